package caremux

import (
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// RequestOption configures a single call. Request options are the last, optional arguments of every method.
type RequestOption func(*CallConfig) error

// CallConfig is the result of the options of a call. The transport reads it; users set it with options.
type CallConfig struct {
	Header     http.Header
	Query      url.Values
	Timeout    *time.Duration
	Retry      *RetryPolicy
	Idempotent bool
	Prefetch   int
	StartAt    *string // nil without [StartAt]
	Response   *Response
	BodyFields []BodyField
}

// BodyField is a field of a body that [WithBodyField] sets.
type BodyField struct {
	Path  string
	Value any
}

// NewCallConfig applies the options in their order.
func NewCallConfig(opts []RequestOption) (*CallConfig, error) {
	c := &CallConfig{}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// WithHeader sets a header of the request. It overrides headers that the client sets itself.
func WithHeader(name, value string) RequestOption {
	return func(c *CallConfig) error {
		if !headerName(name) {
			return &ArgumentError{Field: "WithHeader", Rule: "needs a valid header name"}
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return &ArgumentError{Field: textproto.CanonicalMIMEHeaderKey(name), Rule: "must not contain control characters"}
		}
		if c.Header == nil {
			c.Header = http.Header{}
		}
		c.Header.Set(name, value)
		return nil
	}
}

func headerName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return true
}

// WithQuery adds a query parameter, for one that the method's params do not name yet. Called twice with a name, it sends
// both values; a parameter of the method's params by that name is replaced.
func WithQuery(name, value string) RequestOption {
	return func(c *CallConfig) error {
		if name == "" {
			return &ArgumentError{Field: "WithQuery", Rule: "needs a name"}
		}
		if c.Query == nil {
			c.Query = url.Values{}
		}
		c.Query.Add(name, value)
		return nil
	}
}

// WithCallTimeout is [WithTimeout] for one call; an iterator applies it to each page.
func WithCallTimeout(d time.Duration) RequestOption {
	return func(c *CallConfig) error {
		if d < 0 {
			return &ArgumentError{Field: "WithCallTimeout", Rule: "must not be negative"}
		}
		c.Timeout = &d
		return nil
	}
}

// WithCallRetry is [WithRetry] for one call.
func WithCallRetry(p RetryPolicy) RequestOption {
	return func(c *CallConfig) error {
		c.Retry = &p
		return p.check()
	}
}

// WithIdempotent declares that sending this call twice does no harm, so that a POST or PATCH is retried like a GET.
func WithIdempotent() RequestOption {
	return func(c *CallConfig) error {
		c.Idempotent = true
		return nil
	}
}

// WithBodyField sets a field of the JSON body and overrides the method's body: for a field that the body's type does not
// have yet, and to clear one. path is the field's name as it is sent, dotted for a nested field ("address.city"); missing
// parents are created. value is encoded as JSON; nil sends null, which clears the field if the vendor supports it. A call
// without a JSON body is an [ArgumentError].
func WithBodyField(path string, value any) RequestOption {
	return func(c *CallConfig) error {
		for name := range strings.SplitSeq(path, ".") {
			if name == "" {
				return &ArgumentError{Field: "WithBodyField", Rule: "needs the names of fields, with dots between them"}
			}
		}
		c.BodyFields = append(c.BodyFields, BodyField{path, value})
		return nil
	}
}

// WithResponse fills r with status, header, request id, rate-limit figures, attempts and raw body of the call, also when it
// fails. An iterator overwrites it with each page.
func WithResponse(r *Response) RequestOption {
	return func(c *CallConfig) error {
		if r == nil {
			return &ArgumentError{Field: "WithResponse", Rule: "must not be nil"}
		}
		c.Response = r
		return nil
	}
}

// StartAt starts a list at the page of cursor, a saved [Page] NextCursor, such as to resume it in another process. The
// params of the call must be those of the list that returned the cursor; a page or token among them is ignored. An
// empty cursor has no effect, so that a program can also pass it in its first run.
//
// If the cursor is damaged, or belongs to another list or to other params, the call returns an [ArgumentError] and
// sends nothing. So does a call that is not a list.
func StartAt(cursor string) RequestOption {
	return func(c *CallConfig) error {
		c.StartAt = &cursor
		return nil
	}
}

// WithPrefetch lets an iterator fetch up to n pages ahead while the caller works on one. Breaking out of the loop ends the
// fetching. Other calls ignore it.
func WithPrefetch(n int) RequestOption {
	return func(c *CallConfig) error {
		if n < 0 {
			return &ArgumentError{Field: "WithPrefetch", Rule: "must not be negative"}
		}
		c.Prefetch = n
		return nil
	}
}

// Prefetch is [WithPrefetch].
//
// Deprecated: use [WithPrefetch].
func Prefetch(n int) RequestOption { return WithPrefetch(n) }
