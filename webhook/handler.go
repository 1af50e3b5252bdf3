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

// Handler receives the deliveries of one vendor. Mount it on the path that the vendor calls, and register a function for each
// type of event with [On]. See the package's introduction for its responses.
type Handler struct {
	verifier  *Verifier
	format    Format
	unchecked []string // signature headers that the verifier does not check: nobody sees them
	checked   []string // headers that the verifier has checked: the format sees them, functions do not
	handlerOptions

	mu       sync.RWMutex
	routes   map[string]route
	fallback route // nil: acknowledge
}

// route decodes a delivery and returns the call of the function that was registered for it.
type route func(e Event, body []byte, header http.Header) (func(context.Context) error, error)

// NewHandler returns a handler that verifies with v and decodes with f.
func NewHandler(v *Verifier, f Format, opts ...HandlerOption) (*Handler, error) {
	if err := checkHandler(v, f); err != nil {
		return nil, err
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
	for _, name := range v.scheme.Headers() {
		h.checked = append(h.checked, http.CanonicalHeaderKey(name))
	}
	for _, name := range f.Proofs {
		if name = http.CanonicalHeaderKey(name); !slices.Contains(h.checked, name) {
			h.unchecked = append(h.unchecked, name)
		}
	}
	accepted := 2 * v.scheme.Tolerance() // how long a signature may be accepted
	if accepted < 0 {
		accepted = math.MaxInt64 // instead of what overflowed
	}
	if h.keep > 0 && h.keep < accepted {
		return nil, &ArgumentError{
			Field: "WithKeep", Rule: "must be twice the verifier's tolerance or more, or a recorded delivery runs again",
		}
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
		h.keep = max(h.keep, accepted) // a recorded delivery must not outlive its memory
	}
	return h, nil
}

func checkHandler(v *Verifier, f Format) error {
	fail := func(field, rule string) error { return &ArgumentError{Field: field, Rule: rule} }
	switch {
	case v == nil || v.scheme == nil:
		return fail("v", "is required: a Verifier made by a constructor")
	case f.Vendor == "":
		return fail("f.Vendor", "is required")
	case strings.Contains(f.Vendor, "/"):
		return fail("f.Vendor", "must not contain a slash, which parts the keys of a store")
	case f.Describe == nil && f.Batch == nil:
		return fail("f.Describe", "is required")
	case f.Describe != nil && f.Batch != nil:
		return fail("f.Batch", "takes the place of f.Describe")
	case f.Decode == nil:
		return fail("f.Decode", "is required")
	}
	return nil
}

// On registers fn for the events that arrive as T, or only for the named types of them. It panics if a type is not one of T's or
// has a function already, or if T is another vendor's, since that is a mistake in the program. Register everything before
// the first delivery.
//
// fn returns nil when the event is handled. If it returns an error or panics, the event is redelivered: by the vendor,
// who has a response of 500, or from the queue. The context does not end when the vendor hangs up: a vendor whose
// request timed out retries the event, which should then be handled already. It ends after the time of [WithTimeout],
// and when the claim is lost; [context.Cause] is [ErrClaimLost] then.
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
	for i, name := range types { // all are checked before any is registered
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
