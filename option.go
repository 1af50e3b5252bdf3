package caremux

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Option configures a client. An option that cannot be applied makes the constructor fail.
type Option func(*Config) error

// Config is the result of the options of a client. Vendor packages read it; users set it with options.
type Config struct {
	BaseURL     *url.URL // nil: the vendor's own
	HTTPClient  *http.Client
	Transport   http.RoundTripper
	Retry       RetryPolicy
	Timeout     time.Duration
	Logger      *slog.Logger
	Observers   []func(context.Context, CallEvent)
	UserAgent   string
	Middleware  []func(http.RoundTripper) http.RoundTripper
	TokenSource TokenSource
	TokenStore  TokenStore
	Pace        *Pace // nil: one of the client's own
	Limiter     Limiter
	ErrorText   bool
	EnvPrefix   string

	// Own has what options of a vendor's package have set, by the name of that package. Clients of other vendors
	// refuse it.
	Own map[string]any
}

// DefaultTimeout bounds one call if [WithTimeout] is not used.
const DefaultTimeout = time.Minute

// NewConfig applies the options in their order and fills in defaults.
func NewConfig(opts []Option) (*Config, error) {
	c := &Config{Timeout: DefaultTimeout}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	if c.HTTPClient != nil && c.Transport != nil {
		return nil, &ArgumentError{Field: "WithTransport", Rule: "cannot be combined with WithHTTPClient, which brings its own transport"}
	}
	if c.TokenSource != nil && c.TokenStore != nil {
		return nil, &ArgumentError{Field: "WithTokenStore",
			Rule: "cannot be combined with WithTokenSource: a store cannot distinguish the tokens of several users, and would return one user's token to another user's client"}
	}
	c.Retry = c.Retry.WithDefaults()
	if c.Logger != nil {
		c.Observers = append(c.Observers, logTo(c.Logger))
	}
	return c, nil
}

// WithBaseURL sends calls to a different address, such as a test server or a proxy. A path in it is the prefix of every
// call's path. It must use https, unless the host is a loopback address.
func WithBaseURL(rawURL string) Option {
	return baseURL(rawURL, false)
}

// WithInsecureBaseURL is [WithBaseURL] that also accepts http for any host: credentials and patient data are then sent
// in plain text.
func WithInsecureBaseURL(rawURL string) Option {
	return baseURL(rawURL, true)
}

func baseURL(rawURL string, insecure bool) Option {
	return func(c *Config) error {
		fail := func(rule string) error { return &ArgumentError{Field: "base URL", Rule: rule} }
		u, err := url.Parse(rawURL)
		switch {
		case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
			return fail("must be an absolute http or https URL")
		case u.User != nil:
			return fail("must not contain a user name or password")
		case u.RawQuery != "" || u.Fragment != "":
			return fail("must not contain a query or a fragment")
		case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
			return fail("must use https, since credentials travel with every call; see WithInsecureBaseURL")
		}
		u.Path = strings.TrimRight(u.Path, "/")
		u.RawPath = strings.TrimRight(u.RawPath, "/")
		c.BaseURL = u
		return nil
	}
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// WithHTTPClient uses hc as it is, its transport, cookie jar, redirect policy and timeout included. On top of it,
// credentials never follow a redirect to another origin.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *Config) error {
		if hc == nil {
			return &ArgumentError{Field: "WithHTTPClient", Rule: "must not be nil"}
		}
		c.HTTPClient = hc
		return nil
	}
}

// WithTransport sends requests with rt. Several clients may share it and its connection pool. [NewTransport] returns a
// suitable one. Without this option all clients of the process share one such transport.
//
// If rt itself retries without the context of the request, [Error.MaybeApplied] only knows of the last attempt: retry
// or fail over in a [WithMiddleware], where every attempt counts.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Config) error {
		if rt == nil {
			return &ArgumentError{Field: "WithTransport", Rule: "must not be nil"}
		}
		c.Transport = rt
		return nil
	}
}

// WithRetry replaces the retry policy.
func WithRetry(p RetryPolicy) Option {
	return func(c *Config) error {
		c.Retry = p
		return p.check()
	}
}

// WithTimeout bounds each call as a whole: all attempts, the waits between them and reading the response. The time in line behind a rate
// limit does not count: there only the context bounds the call, so use a context with a deadline for calls that somebody waits for. A
// download is bounded until its first byte, and then from one read to the next. Default [DefaultTimeout]; 0 means no timeout.
func WithTimeout(d time.Duration) Option {
	return func(c *Config) error {
		if d < 0 {
			return &ArgumentError{Field: "WithTimeout", Rule: "must not be negative"}
		}
		c.Timeout = d
		return nil
	}
}

// WithUserAgent puts name, such as "clinic-portal/2.1", in front of this module's own User-Agent.
func WithUserAgent(name string) Option {
	return func(c *Config) error {
		if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
			return &ArgumentError{Field: "WithUserAgent", Rule: "must be printable ASCII"}
		}
		c.UserAgent = name
		return nil
	}
}

// WithEnvPrefix puts prefix, such as "NORTH_", in front of the names of the variables that a vendor's NewFromEnv reads
// (NORTH_WELKIN_TENANT), for a program that serves several tenants. It is made of letters, digits and underscores.
// New has no use for it.
func WithEnvPrefix(prefix string) Option {
	return func(c *Config) error {
		if strings.ContainsFunc(prefix, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return &ArgumentError{Field: "WithEnvPrefix", Rule: "must be letters, digits and underscores"}
		}
		c.EnvPrefix = prefix
		return nil
	}
}

// WithErrorText adds [Error.Message], the vendor's own words, to the text of errors, for development: it may name a
// person, and quote what was sent.
func WithErrorText() Option {
	return func(c *Config) error {
		c.ErrorText = true
		return nil
	}
}

// WithMiddleware wraps the round tripper that sends each attempt; the first middleware is the outermost. It sees whole
// requests with their credentials.
//
// Middleware may send a request several times, to other places too: whatever outcome it reports, [Error.MaybeApplied] is
// true if one of the sends may have been applied. If it refuses to send, its error should wrap [ErrNotSent]; a POST is then
// retried as after a refused connection.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *Config) error {
		for _, m := range mw {
			if m == nil {
				return &ArgumentError{Field: "WithMiddleware", Rule: "must not be nil"}
			}
		}
		c.Middleware = append(c.Middleware, mw...)
		return nil
	}
}

// WithTokenSource gets access tokens from ts instead of the vendor's login. Tokens are kept until shortly before they
// expire; a new one is requested earlier if the vendor refuses the token.
func WithTokenSource(ts TokenSource) Option {
	return func(c *Config) error {
		c.TokenSource = ts
		return nil
	}
}

// WithTokenStore keeps access tokens in s, which other clients and processes may share. It cannot be combined with [WithTokenSource]: a
// store keeps tokens by the account of the client's credentials, and a source may return those of any user.
func WithTokenStore(s TokenStore) Option {
	return func(c *Config) error {
		c.TokenStore = s
		return nil
	}
}
