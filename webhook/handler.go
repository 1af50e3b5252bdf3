package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a [Handler] does unless options say otherwise.
const (
	DefaultLimit   = 1 << 20          // bytes of a body
	DefaultLease   = time.Minute      // how long a claim outlives a process that died
	DefaultTimeout = 10 * time.Minute // of one run of a function
	DefaultKeep    = 24 * time.Hour   // how long a handled delivery is remembered
)

// Handler receives the deliveries of one vendor. Mount it on the path that the vendor is told, and register a function for each
// type of event with [On]. See the package's introduction for what it answers when.
type Handler struct {
	verifier *Verifier
	format   Format
	handlerOptions

	mu       sync.RWMutex
	routes   map[string]route
	fallback route // nil: acknowledge
}

// route decodes a delivery and returns the call of the function that was registered for it.
type route func(e Event, body []byte, header http.Header) (func(context.Context) error, error)

// HandlerOption changes how a [Handler] works.
type HandlerOption func(*handlerOptions) error

type handlerOptions struct {
	store   Store
	limit   int64
	lease   time.Duration
	timeout time.Duration
	keep    time.Duration
	scope   string
	logger  *slog.Logger
	report  func(context.Context, Report)
}

// NewHandler returns a handler that believes what v believes and reads it as f says.
func NewHandler(v *Verifier, f Format, opts ...HandlerOption) (*Handler, error) {
	switch {
	case v == nil || v.scheme == nil:
		return nil, &ArgumentError{Field: "v", Rule: "is required: a Verifier made by a constructor"}
	case f.Vendor == "":
		return nil, &ArgumentError{Field: "f.Vendor", Rule: "is required"}
	case strings.Contains(f.Vendor, "/"):
		return nil, &ArgumentError{Field: "f.Vendor", Rule: "must hold no slash, which parts the keys of a store"}
	case f.Describe == nil:
		return nil, &ArgumentError{Field: "f.Describe", Rule: "is required"}
	case f.Decode == nil:
		return nil, &ArgumentError{Field: "f.Decode", Rule: "is required"}
	}
	h := &Handler{verifier: v, format: f, routes: make(map[string]route), handlerOptions: handlerOptions{
		limit: DefaultLimit, lease: DefaultLease, timeout: DefaultTimeout, logger: slog.Default(),
	}}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&h.handlerOptions); err != nil {
			return nil, err
		}
	}
	believed := 2 * v.scheme.span() // how long a signature may be believed
	if believed < 0 {
		believed = math.MaxInt64 // instead of what overflowed
	}
	if h.keep > 0 && h.keep < believed {
		return nil, &ArgumentError{Field: "WithKeep", Rule: "must be twice the verifier's tolerance or more, or a recorded delivery runs again"}
	}
	if h.store == nil {
		h.store = new(MemoryStore)
	}
	if h.keep == 0 {
		h.keep = f.Keep
	}
	if h.keep == 0 {
		h.keep = DefaultKeep
	}
	if h.keep > 0 {
		h.keep = max(h.keep, believed) // a recorded delivery must not outlive its memory
	}
	return h, nil
}

// WithStore remembers deliveries in s instead of a [MemoryStore] of the handler's own. Replicas must share a store.
func WithStore(s Store) HandlerOption {
	return setting("WithStore", "needs a store", s == nil, func(o *handlerOptions) { o.store = s })
}

// WithScope keeps the deliveries of this handler apart from those of other handlers of the same vendor that share its store: of
// another account, tenant or endpoint. Without it, an event that reaches two of them runs in one only, and whoever may sign for
// one account could have an event of the other taken for handled. All replicas give the same scope. It holds no slash.
func WithScope(name string) HandlerOption {
	return setting("WithScope", "needs a name without a slash", name == "" || strings.Contains(name, "/"), func(o *handlerOptions) { o.scope = name })
}

// WithLimit sets how many bytes a body may have, instead of [DefaultLimit]. A larger one is answered with 413.
func WithLimit(bytes int64) HandlerOption {
	return setting("WithLimit", "must be more than nothing", bytes <= 0, func(o *handlerOptions) { o.limit = bytes })
}

// WithLease sets how long a claim holds if this process dies, instead of [DefaultLease]. It is extended while the function runs,
// so it need not be as long as the function; at least a second.
func WithLease(d time.Duration) HandlerOption {
	return setting("WithLease", "must be a second or more", d < time.Second, func(o *handlerOptions) { o.lease = d })
}

// WithTimeout sets when the context of a function ends, instead of [DefaultTimeout]. From then on its claim is no longer
// extended. If http.Server has a WriteTimeout, give it more: once that is over the vendor gets no answer, though the work goes on.
func WithTimeout(d time.Duration) HandlerOption {
	return setting("WithTimeout", "must be more than nothing", d <= 0, func(o *handlerOptions) { o.timeout = d })
}

// WithKeep sets how long a handled delivery is remembered, instead of what the vendor's [Format] says or else [DefaultKeep]. It
// should be longer than the vendor goes on sending an event again, and cannot be shorter than a signature is believed: twice the
// tolerance of the verifier.
func WithKeep(d time.Duration) HandlerOption {
	return setting("WithKeep", "must be a second or more", d < time.Second, func(o *handlerOptions) { o.keep = d })
}

// WithLogger logs to l instead of [slog.Default]: one line for each delivery, at level Debug when all is well, Warn when it was
// refused, Error when it failed. Lines hold no body, no header and no key. They do hold the text of the error that a function
// returns, so keep patients' data out of that.
func WithLogger(l *slog.Logger) HandlerOption {
	return setting("WithLogger", "needs a logger; slog.New(slog.DiscardHandler) keeps silent", l == nil, func(o *handlerOptions) { o.logger = l })
}

// WithReport calls fn once for each request, after it was answered, for metrics and error trackers. fn may be called from several
// goroutines; if it panics, that is logged.
func WithReport(fn func(context.Context, Report)) HandlerOption {
	return setting("WithReport", "needs a function", fn == nil, func(o *handlerOptions) { o.report = fn })
}

// setting is an option that must not be wrong.
func setting(field, rule string, wrong bool, set func(*handlerOptions)) HandlerOption {
	return func(o *handlerOptions) error {
		if wrong {
			return &ArgumentError{Field: field, Rule: rule}
		}
		set(o)
		return nil
	}
}

// On registers fn for the events that arrive as T, or only for the named types of them. It panics if a type is not one of T's or
// has a function already, or if T is another vendor's, since that is a mistake in the program. Register everything before the first delivery.
//
// fn returns nil when the event is taken care of for good. On an error, or if it panics, the vendor is told to send it again.
// The context does not end when the vendor hangs up: a vendor that gave up waiting sends the event again, and should find it
// done. It ends after the time of [WithTimeout], and when the claim is lost; [context.Cause] is [ErrClaimLost] then.
func On[T Payload](h *Handler, fn func(context.Context, Delivery[T]) error, types ...string) {
	var zero T
	all := zero.EventTypes()
	if fn == nil {
		panic(fmt.Sprintf("webhook.On: no function for %T", zero))
	}
	if len(types) == 0 {
		types = all
	}
	if len(types) == 0 {
		panic(fmt.Sprintf("webhook.On: %T names no types of events", zero))
	}
	if h == nil || h.verifier == nil {
		panic("webhook.On: the Handler was not made by NewHandler")
	}
	if h.format.foreign(zero) {
		panic(fmt.Sprintf("webhook.On: %T is not a payload of %s", zero, h.format.Vendor))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, name := range types { // all are looked at before any is registered
		if !slices.Contains(all, name) {
			panic(fmt.Sprintf("webhook.On: %T is not what arrives with %q", zero, name))
		}
		if h.routes[name] != nil || slices.Contains(types[:i], name) {
			panic(fmt.Sprintf("webhook.On: %q has a function already", name))
		}
	}
	for _, name := range types {
		h.routes[name] = func(e Event, body []byte, header http.Header) (func(context.Context) error, error) {
			d := Delivery[T]{Event: e, Body: body, Header: header}
			if err := h.format.Decode(body, &d.Payload); err != nil {
				return nil, err
			}
			return func(ctx context.Context) error { return fn(ctx, d) }, nil
		}
	}
}

// Fallback registers fn for all types of events that no call of [On] names, such as those that a vendor adds later. Payload is
// the body. Without a fallback such deliveries are acknowledged and forgotten. It panics if there is one already.
func (h *Handler) Fallback(fn func(context.Context, Delivery[json.RawMessage]) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if fn == nil || h.fallback != nil {
		panic("webhook: Fallback needs a function, and only one")
	}
	h.fallback = func(e Event, body []byte, header http.Header) (func(context.Context) error, error) {
		d := Delivery[json.RawMessage]{Event: e, Payload: body, Body: body, Header: header}
		return func(ctx context.Context) error { return fn(ctx, d) }, nil
	}
}

func (h *Handler) route(eventType string) route {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if r := h.routes[eventType]; r != nil {
		return r
	}
	return h.fallback
}
