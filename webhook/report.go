package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Report says what became of one request. It holds no body and no headers.
type Report struct {
	Vendor   string
	Event    Event // zero if the request did not get so far as to be verified and described
	Outcome  Outcome
	Status   int // what the vendor was answered
	Duration time.Duration

	// Err is why the outcome is not a good one; nil if it is. It may hold what a function or a decoder put into it. With
	// [OutcomeHandled] it says that the store could not remember that. With [OutcomePanicked] it is a [*PanicError].
	Err error
}

// Outcome is what became of a request.
type Outcome string

// The outcomes, with the status that is answered.
const (
	OutcomeHandled     Outcome = "handled"     // 200: the function returned nil
	OutcomeDuplicate   Outcome = "duplicate"   // 200: handled before
	OutcomeIgnored     Outcome = "ignored"     // 200: nothing is registered for its type
	OutcomeUndecodable Outcome = "undecodable" // 400: authentic, but not what the vendor documents
	OutcomeUnread      Outcome = "unread"      // 400: the body broke off
	OutcomeRefused     Outcome = "refused"     // 401: not authentic, or not fresh
	OutcomeNotPost     Outcome = "not post"    // 405
	OutcomeTooLarge    Outcome = "too large"   // 413
	OutcomeFailed      Outcome = "failed"      // 500: the function returned an error, or ended its goroutine
	OutcomePanicked    Outcome = "panicked"    // 500: the function panicked, or the vendor's format or the store did
	OutcomeBusy        Outcome = "busy"        // 503: the same delivery is being handled
	OutcomeUnclaimed   Outcome = "unclaimed"   // 503: the store failed, so nothing was done
)

// PanicError is a panic made into an error. Its text names the type of the value and not the value, which may hold anything.
type PanicError struct {
	Value any
	Stack []byte // as runtime/debug.Stack gives it
}

// Error returns one line without the value.
func (e *PanicError) Error() string {
	return fmt.Sprintf("webhook: panic with a value of type %T", e.Value)
}

// Format prints the text of Error for every verb, so that %#v does not show the value either.
func (e *PanicError) Format(f fmt.State, verb rune) { formatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON does not hold the value either.
func (e *PanicError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// LogValue gives slog what the handler logs: no body, no header, and a hash in place of the event's key.
func (r Report) LogValue() slog.Value { return slog.GroupValue(r.attrs()...) }

func (h *Handler) tell(ctx context.Context, r Report) {
	level := slog.LevelWarn
	switch r.Outcome {
	case OutcomeHandled, OutcomeDuplicate, OutcomeIgnored, OutcomeBusy:
		level = slog.LevelDebug
		if r.Err != nil {
			level = slog.LevelError
		}
	case OutcomeFailed, OutcomePanicked, OutcomeUnclaimed, OutcomeUndecodable:
		level = slog.LevelError
	}
	if h.logger.Enabled(ctx, level) {
		h.logger.LogAttrs(ctx, level, "webhook", r.attrs()...)
	}
	if h.report == nil {
		return
	}
	if err := guard(func() error { h.report(ctx, r); return nil }); err != nil {
		r.Err = err
		h.logger.LogAttrs(ctx, slog.LevelError, "webhook: the function of WithReport panicked", r.attrs()...)
	}
}

func (r Report) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("outcome", string(r.Outcome)), slog.Int("status", r.Status), slog.Duration("duration", r.Duration),
	}
	if r.Event.Vendor != "" {
		attrs = append(attrs, slog.Attr{Value: r.Event.LogValue()}) // a group without a name: its members in line
	} else {
		attrs = append(attrs, slog.String("vendor", r.Vendor))
	}
	if r.Err == nil {
		return attrs
	}
	var p *PanicError
	switch errors.As(r.Err, &p); {
	case p != nil:
		attrs = append(attrs, slog.String("error", p.Error()), slog.String("stack", string(p.Stack)))
	case r.Outcome == OutcomeUndecodable:
		attrs = append(attrs, slog.String("error", unquoted(r.Err)))
	default:
		attrs = append(attrs, slog.String("error", r.Err.Error()))
	}
	return attrs
}

// unquoted tells of an error from a format what may be logged. A decoder may quote what it could not read, so all but an
// [ArgumentError] shows its type only, the innermost that it wraps.
func unquoted(err error) string {
	var known *ArgumentError
	if errors.As(err, &known) {
		return known.Error()
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}
