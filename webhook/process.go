package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// ErrNoFunction is why a message from a queue cannot be processed: no function is registered for its type in this process, though
// there was one where it was received.
var ErrNoFunction = errors.New("webhook: no function is registered for the type of the message")

// Process runs the function for a message that [WithQueue] stored in a queue of your own. Remove the message from the queue if
// [Report.Failure] of the report is nil, and let the queue redeliver it otherwise:
//
//	return h.Process(ctx, message).Failure()
//
// The outcome is OutcomeBusy if the event is being handled by another worker, OutcomeUndecodable if the message cannot be read, which
// another attempt does not change, and OutcomeFailed with [ErrNoFunction] if no function is registered for its type. The handler does
// not verify here: let nobody else write to the queue. The function's context ends with ctx.
func (h *Handler) Process(ctx context.Context, m Message) Report {
	if h == nil || h.verifier == nil {
		return Report{Outcome: OutcomeFailed, Status: http.StatusInternalServerError, Err: errUnmadeHandler}
	}
	report := h.process(ctx, m)
	h.tell(ctx, report)
	return report
}

// process is Process without the log.
func (h *Handler) process(ctx context.Context, m Message) (report Report) {
	start := time.Now()
	defer func() {
		if p := panicked(recover()); p != nil {
			report = Report{Event: m.Event, Outcome: OutcomePanicked, Status: http.StatusInternalServerError, Err: p}
		}
		report.Vendor, report.Duration = h.format.Vendor, time.Since(start)
	}()
	fail := func(err error) Report {
		return Report{Event: m.Event, Outcome: OutcomeFailed, Status: http.StatusInternalServerError, Err: err}
	}
	switch {
	case m.Vendor != h.format.Vendor:
		return fail(&ArgumentError{Field: "m.Vendor", Rule: "is another handler's: use a queue of its own for each handler"})
	case m.Scope != h.scope:
		return fail(&ArgumentError{Field: "m.Scope", Rule: "is another handler's: use a queue of its own for each handler"})
	case m.Key == "":
		return fail(&ArgumentError{Field: "m.Key", Rule: "is missing"})
	}
	report, task := h.prepare(delivery{header: m.Header}, Part{Event: m.Event, Body: m.Body}, "")
	switch {
	case report.Outcome == OutcomeIgnored:
		return fail(ErrNoFunction)
	case task == nil:
		return report
	}
	return h.dispatch(ctx, task, 0)
}
