package transport

import (
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/login"
)

// Settings are what a vendor package tells the transport about its vendor.
type Settings struct {
	Identity
	Access
	Reading
	Limits
	// Sealing encrypts bodies; nil sends them as they are.
	Sealing *Sealing
}

// Identity is which vendor it is, and whose data its calls are about.
type Identity struct {
	Vendor  string
	BaseURL string
	// Fixed fills path placeholders that are the same for all calls of the client.
	Fixed map[string]string
	// Account is whose tokens a token store keeps for the client.
	Account login.Account
	// Subject names for whom a call with the caller's own headers is made, where a client serves several persons or
	// facilities: a cursor of one's list is refused for another's. nil says that the path names all.
	Subject func(own http.Header) []string
}

// Access is what gives a request its right to be sent.
type Access struct {
	// Login gets a token; nil for a vendor without tokens. An option of the user may replace it.
	Login caremux.TokenSource
	// LoginTimeout bounds one login with all its tries. Default 30 s.
	LoginTimeout time.Duration
	// Header goes with every call, also with those that are sent without a token.
	Header http.Header
	// NeedsToken reports whether an operation that is not anonymous is sent with a token; nil says that all are.
	NeedsToken func(op *Operation) bool
	// Authorise puts the token, "" without one, into the request.
	Authorise func(r *http.Request, op *Operation, token string)
	// Permit refuses a call that the vendor is known to refuse to this client, before anything is sent; nil lets all pass. own
	// are the headers that the caller's options set.
	Permit func(op *Operation, own http.Header) error
	// Refused sets the Kind of a 401 that another token did not help, or would not.
	Refused func(e *caremux.Error, use login.Use)
}

// Reading is how the vendor's responses are to be understood.
type Reading struct {
	// Explain fills Code, Message, Details and Kind of an error from the body of the response. A typed error that it returns is
	// what errors.As finds.
	Explain func(e *caremux.Error, body []byte) error
	// Vet refuses a record of another shape than the documented one, before it is decoded into blanks; nil lets all pass. path
	// are the values of the operation's placeholders: whose record was requested.
	Vet func(op *Operation, path []string, raw []byte) error
	// Rewrite brings a response into the documented form before it is decoded; nil leaves it. The resolver, which may be
	// nil, then decodes the parts of the result.
	Rewrite func(body []byte) ([]byte, Resolver, error)
	// Meta reads what a response says beside its record, for caremux.Response.Meta.
	Meta func(h http.Header, body []byte) any
	// RequestID are the headers that may contain the vendor's id of a request.
	RequestID []string
}

// Limits is how the vendor limits the rate of calls.
type Limits struct {
	// Group names the group of operations that the vendor limits apart from the others; nil says that it limits all together.
	Group func(op *Operation) string
	// Personal reports whether a status 429 speaks of one person's step and not of all that the client sends; nil says that none does.
	Personal func(e *caremux.Error) bool
}

// Resolver decodes a response in which values stand for others by name. It is given slices of the body that
// Settings.Rewrite has returned.
type Resolver interface {
	// Value returns the JSON of what raw stands for: raw itself, unless it is a name.
	Value(raw []byte) []byte
	// Decode decodes raw, with what it names, into out, a pointer, which keeps its JSON.
	Decode(raw []byte, out any) error
}

// Client sends the calls of one vendor client. It does not change after New and is safe for concurrent use.
type Client struct {
	settings *Settings // behind a pointer, where no verb of a print finds the header
	config   *caremux.Config
	base     *url.URL
	agent    string
	tokens   *login.Tokens
	lanes    *lanes
	chain    *chain
	alarm    *alarm            // of the timeout that calls have without an option
	fixed    http.RoundTripper // with middleware; nil with a client of the user, whose transport may change
	patient  bool              // attempts end when nothing moves, reads of the body among them
}

// New returns a client for the vendor with the options of the user.
func New(s Settings, config *caremux.Config) (*Client, error) {
	for vendor := range config.Own {
		if vendor != s.Vendor {
			return nil, &caremux.ArgumentError{Field: "options", Rule: "must not contain an option of package " + vendor}
		}
	}
	base := config.BaseURL
	if base == nil {
		var err error
		if base, err = url.Parse(s.BaseURL); err != nil {
			return nil, err
		}
	}
	c := &Client{
		settings: &s,
		config:   config,
		base:     base,
		agent:    userAgent(),
		lanes:    newLanes(s.Vendor, config),
		chain:    &chain{middleware: config.Middleware},
		alarm:    &alarm{timeout: config.Timeout},
	}
	if config.UserAgent != "" {
		c.agent = config.UserAgent + " " + c.agent
	}
	if config.HTTPClient == nil {
		base := config.Transport
		if base == nil {
			base = sharedTransport()
		}
		c.fixed = c.chain.wrap(base)
	}
	if own := config.TokenSource == nil; own {
		c.tokens = c.newTokens(s.Login, own, config.TokenStore)
	} else {
		c.tokens = c.newTokens(config.TokenSource, own, nil)
	}
	return c, nil
}

func (c *Client) newTokens(source caremux.TokenSource, own bool, store caremux.TokenStore) *login.Tokens {
	if source == nil {
		return nil
	}
	s := c.settings
	return login.New(login.Settings{
		Vendor: s.Vendor, Source: source, Own: own, Timeout: s.LoginTimeout, Store: store,
		Key: login.Key(s.Vendor, c.base, s.Account), Logger: c.config.Logger,
	})
}

// Derive returns a client that differs in its settings and shares connections and middleware with c, and tokens too unless
// change sets a Login of its own.
func (c *Client) Derive(change func(*Settings)) *Client {
	d := *c
	settings := *c.settings
	settings.Login = nil
	change(&settings)
	d.settings = &settings
	if d.settings.Login != nil {
		d.tokens = d.newTokens(d.settings.Login, false, nil)
	} else {
		d.settings.Login = c.settings.Login
	}
	return &d
}

// Clock is the vendor's, as its responses to logins show it.
func (c *Client) Clock() *login.Clock { return c.tokens.Clock() }

var userAgent = sync.OnceValue(func() string {
	return "caremux/" + caremux.Version + " (" + strings.ReplaceAll(runtime.Version(), " ", "-") + ")"
})

// sharedTransport serves all clients that bring no transport, so that they share one connection pool.
var sharedTransport = sync.OnceValue(func() http.RoundTripper { return caremux.NewTransport() })

// chain applies the user's middleware, once for each round tripper that it meets: middleware may set up instruments.
type chain struct {
	middleware []func(http.RoundTripper) http.RoundTripper
	last       atomic.Pointer[wrapped]
}

type wrapped struct{ inner, outer http.RoundTripper }

func (c *chain) wrap(rt http.RoundTripper) http.RoundTripper {
	comparable := reflect.ValueOf(rt).Comparable() // a struct may contain a func further down
	if last := c.last.Load(); last != nil && comparable && last.inner == rt {
		return last.outer
	}
	outer := http.RoundTripper(guard{rt})
	for i := len(c.middleware) - 1; i >= 0; i-- {
		outer = c.middleware[i](outer)
	}
	if len(c.middleware) > 0 {
		outer = quiet{outer}
	}
	if comparable {
		c.last.Store(&wrapped{rt, outer})
	}
	return outer
}

// quiet hides CloseIdleConnections of middleware, as the guard does that of a transport, from go-retryablehttp, which would empty a pool
// that other clients share.
type quiet struct{ http.RoundTripper }

// httpClient is the user's client, or ours, as it is at the time of the call, with two things on top: middleware, and
// credentials that stay with their origin.
func (c *Client) httpClient(a *attempts) *http.Client {
	hc := &a.http
	hc.Transport = c.fixed
	if user := c.config.HTTPClient; user != nil {
		*hc = *user
		if hc.Transport == nil {
			hc.Transport = http.DefaultTransport
		}
		hc.Transport = c.chain.wrap(hc.Transport)
	}
	hc.CheckRedirect = a.redirects(hc.CheckRedirect)
	return hc
}
