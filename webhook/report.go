package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Report says what became of one delivery: of a request, of the bytes of [Handler.Receive], or of a [Message] from a queue. It
// contains no body and no headers.
type Report struct {
	Vendor   string
	Event    Event // zero if it was not verified and described; without a type if there were several
	Outcome  Outcome
	Status   int // of the response
	Duration time.Duration

	// RetryAfter is the time after which the delivery should be retried, if the outcome is [OutcomeBusy],
	// [OutcomeUnclaimed] or [OutcomeUnqueued]. ServeHTTP sends it as the header Retry-After.
	RetryAfter time.Duration

	// Parts are the reports of the events of a delivery that had several, in their order; nil if it had one. Outcome and Status
	// are then those of the worst part, so that the vendor retries all if one failed. Handled events do not run
	// twice.
	Parts []Report

	Attempt int  // in a worker: how often the message was taken
	Dead    bool // in a worker: that was the last attempt, the message is a dead letter now

	// Err is why the outcome is not a good one; nil if it is. It may contain what a function or a decoder put into it. With
	// [OutcomeHandled] it says that the store could not remember that. With [OutcomePanicked] it is a [*PanicError].
	Err error
}

// Outcome is the result of a delivery.
type Outcome string

// The outcomes, with the status of the response.
const (
	OutcomeHandled     Outcome = "handled"     // 200: the function returned nil
	OutcomeQueued      Outcome = "queued"      // 200: stored in the queue of [WithQueue]
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
	OutcomeUnqueued    Outcome = "unqueued"    // 503: the queue failed, so nothing was done
)

// Failure returns nil if the delivery must not be retried: it was handled, queued, handled before, or nothing is
// registered for it. Otherwise it returns an error with the outcome, which wraps Err: a consumer of your own queue
// returns it to have the message redelivered.
func (r Report) Failure() error {
	switch {
	case r.Status < 400:
		return nil
	case r.Err == nil:
		return errors.New("webhook: " + string(r.Outcome))
	}
	return fmt.Errorf("webhook: %s: %w", r.Outcome, r.Err)
}

// worst makes one report of those of several events.
func worst(vendor string, parts []Report) Report {
	all := Report{Event: Event{Vendor: vendor}, Outcome: OutcomeIgnored, Status: 200, Parts: parts}
	rank := func(status int) int { // a status that makes the vendor retry takes precedence over one that does not
		switch status {
		case 200:
			return 0
		case 400:
			return 1
		case 503:
			return 2
		}
		return 3
	}
	for _, p := range parts {
		if more := rank(p.Status) - rank(all.Status); more > 0 || more == 0 && all.Outcome == OutcomeIgnored {
			all.Outcome, all.Status = p.Outcome, p.Status
		}
		all.Err = errors.Join(all.Err, p.Err)
		all.RetryAfter = max(all.RetryAfter, p.RetryAfter)
	}
	if all.Status != 503 {
		all.RetryAfter = 0
	}
	return all
}

// PanicError is a panic made into an error. Its text names the type of the value and not the value, which may be anything.
type PanicError struct {
	Value any
	Stack []byte // as of runtime/debug.Stack
}

// Error returns one line without the value.
func (e *PanicError) Error() string {
	return fmt.Sprintf("webhook: panic with a value of type %T", e.Value)
}

// Format prints the message of Error for every verb, so that %#v does not show the value either.
func (e *PanicError) Format(f fmt.State, verb rune) { formatText(f, verb, e.Error()) }

// MarshalText returns the text of Error, so that a log in JSON does not contain the value either.
func (e *PanicError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// LogValue is what the handler logs: no body, no header, and a hash in place of the event's key.
func (r Report) LogValue() slog.Value { return slog.GroupValue(r.attrs()...) }

// level is Debug when all is well, Warn for what was refused, Error for what failed.
func (r Report) level() slog.Level {
	switch r.Outcome {
	case OutcomeHandled, OutcomeQueued, OutcomeDuplicate, OutcomeIgnored, OutcomeBusy:
		if r.Err != nil {
			return slog.LevelError
		}
		return slog.LevelDebug
	case OutcomeFailed, OutcomePanicked, OutcomeUnclaimed, OutcomeUnqueued, OutcomeUndecodable:
		return slog.LevelError
	}
	return slog.LevelWarn
}

// tell logs a report, each of its parts, and passes it to the function of WithReport.
func (h *Handler) tell(ctx context.Context, r Report) {
	for _, part := range r.Parts {
		h.log(ctx, part)
	}
	h.log(ctx, r)
	if h.report == nil {
		return
	}
	if err := guard(func() error { h.report(ctx, r); return nil }); err != nil {
		r.Err = err
		h.logger.LogAttrs(ctx, slog.LevelError, "webhook: the function of WithReport panicked", r.attrs()...)
	}
}

func (h *Handler) log(ctx context.Context, r Report) {
	if level := r.level(); h.logger.Enabled(ctx, level) {
		h.logger.LogAttrs(ctx, level, "webhook", r.attrs()...)
	}
}

func (r Report) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("outcome", string(r.Outcome)), slog.Int("status", r.Status), slog.Duration("duration", r.Duration),
	}
	if r.Event.Vendor != "" {
		attrs = append(attrs, slog.Attr{Value: r.Event.LogValue()}) // a group without a name: its attributes in line
	} else {
		attrs = append(attrs, slog.String("vendor", r.Vendor))
	}
	if r.Parts != nil {
		attrs = append(attrs, slog.Int("events", len(r.Parts)))
	}
	if r.Attempt > 0 {
		attrs = append(attrs, slog.Int("attempt", r.Attempt))
	}
	if r.Dead {
		attrs = append(attrs, slog.Bool("dead", true))
	}
	if r.Err == nil || r.Parts != nil { // the parts have their own lines
		return attrs
	}
	var p *PanicError
	if errors.As(r.Err, &p) {
		return append(attrs, slog.String("error", p.Error()), slog.String("stack", string(p.Stack)))
	}
	return append(attrs, slog.String("error", r.reason()))
}

// reason is the text of the error, as far as it may be logged.
func (r Report) reason() string {
	switch p := new(PanicError); {
	case r.Err == nil:
		return string(r.Outcome)
	case errors.As(r.Err, &p):
		return p.Error()
	case r.Outcome == OutcomeUndecodable:
		return unquoted(r.Err)
	}
	return r.Err.Error()
}

// unquoted returns what may be logged of an error from a format. A decoder may quote what it could not read, so all but errors of
// this package show their type only, the innermost that they wrap.
func unquoted(err error) string {
	var known *ArgumentError
	switch {
	case errors.As(err, &known):
		return known.Error()
	case errors.Is(err, ErrEmptyBody):
		return ErrEmptyBody.Error()
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}
