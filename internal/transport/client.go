package transport

import (
	"context"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/caremux/caremux"
)

// Settings are what a vendor package tells the transport about its vendor.
type Settings struct {
	Vendor  string
	BaseURL string
	// Fixed fills path placeholders that are the same for all calls of the client.
	Fixed map[string]string
	// Login gets a token; nil for a vendor without tokens. An option of the user may replace it.
	Login caremux.TokenSource
	// LoginTimeout bounds one login. Default 30 s.
	LoginTimeout time.Duration
	// TokenKey names the account in a token store.
	TokenKey string
	// Authorise puts the token, "" without one, into the request.
	Authorise func(r *http.Request, op *Operation, token string)
	// Explain fills Code, Message, Details and Kind of an error from the body of the answer.
	Explain func(e *caremux.Error, body []byte)
	// RequestID are the headers that may hold the vendor's id of a request.
	RequestID []string
}

// Client sends the calls of one vendor client. It does not change after New and is safe for concurrent use.
type Client struct {
	settings Settings
	config   *caremux.Config
	base     *url.URL
	agent    string
	tokens   *tokens
	chain    chain
}

// New returns a client for the vendor with the options of the user.
func New(s Settings, config *caremux.Config) (*Client, error) {
	base := config.BaseURL
	if base == nil {
		var err error
		if base, err = url.Parse(s.BaseURL); err != nil {
			return nil, err
		}
	}
	c := &Client{settings: s, config: config, base: base, agent: userAgent(), chain: chain{config.Middleware}}
	if config.UserAgent != "" {
		c.agent = config.UserAgent + " " + c.agent
	}
	source := s.Login
	if config.TokenSource != nil {
		source = config.TokenSource
	}
	if source != nil {
		timeout := s.LoginTimeout
		if timeout == 0 {
			timeout = 30 * time.Second
		}
		c.tokens = newTokens(s.Vendor, source, timeout, config.TokenStore, s.Vendor+" "+base.Host+" "+s.TokenKey, config.Logger)
	}
	return c, nil
}

var userAgent = sync.OnceValue(func() string {
	return "caremux/" + caremux.Version + " (" + strings.ReplaceAll(runtime.Version(), " ", "-") + ")"
})

// sharedTransport serves all clients that bring no transport, so that they share one connection pool.
var sharedTransport = sync.OnceValue(func() http.RoundTripper { return caremux.NewTransport() })

// chain applies the user's middleware.
type chain struct {
	middleware []func(http.RoundTripper) http.RoundTripper
}

func (c chain) wrap(rt http.RoundTripper) http.RoundTripper {
	for i := len(c.middleware) - 1; i >= 0; i-- {
		rt = c.middleware[i](rt)
	}
	return quiet{rt}
}

// quiet hides CloseIdleConnections from go-retryablehttp, which would empty a pool that other clients share.
type quiet struct{ http.RoundTripper }

// httpClient is the user's client, or ours, as it is at the time of the call, with two things on top: middleware, and
// credentials that stay with their origin.
func (c *Client) httpClient() *http.Client {
	var hc http.Client
	if user := c.config.HTTPClient; user != nil {
		hc = *user
		if hc.Transport == nil {
			hc.Transport = http.DefaultTransport
		}
	} else if hc.Transport = c.config.Transport; hc.Transport == nil {
		hc.Transport = sharedTransport()
	}
	hc.Transport = c.chain.wrap(hc.Transport)
	hc.CheckRedirect = sameOrigin(hc.CheckRedirect)
	return &hc
}

// sameOrigin stops at a redirect to another origin and hands the redirect itself to the caller.
func sameOrigin(next func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if first := via[0].URL; req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
			return http.ErrUseLastResponse
		}
		if next != nil {
			return next(req, via)
		}
		if len(via) >= 10 {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// Token returns the token that calls would be sent with, logging in if there is none.
func (c *Client) Token(ctx context.Context) (string, error) {
	if c.tokens == nil {
		return "", nil
	}
	return c.tokens.get(ctx)
}
