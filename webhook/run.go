package webhook

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"time"
)

const (
	// storeTimeout bounds one call of the store or the queue.
	storeTimeout = 10 * time.Second

	// longestRetryAfter is what a vendor should wait while a delivery is being handled, unless its lease is shorter. A function is
	// usually done much sooner, and vendors count their attempts.
	longestRetryAfter = 30 * time.Second

	// patience is how long a delivery waits for one that looks alike, where the two are two events.
	patience = 10 * time.Second
)

func (h *Handler) retryAfter() time.Duration { return min(h.lease, longestRetryAfter) }

// dispatch runs the function of an event, unless the event was handled before or is being handled.
func (h *Handler) dispatch(ctx context.Context, t *task, patience time.Duration) Report {
	report := Report{Event: t.event}
	claim, began, err := h.claim(ctx, t.event, patience)
	switch {
	case err != nil:
		report.Outcome, report.Status, report.Err = OutcomeUnclaimed, http.StatusServiceUnavailable, err
		report.RetryAfter = h.retryAfter()
	case claim.State == Handled:
		report.Outcome, report.Status = OutcomeDuplicate, http.StatusOK
	case claim.State == Held:
		report.Outcome, report.Status, report.RetryAfter = OutcomeBusy, http.StatusServiceUnavailable, h.retryAfter()
	default:
		report.Status = http.StatusInternalServerError
		if report.Outcome, report.Err = h.run(ctx, claim, began, t.call); report.Outcome == OutcomeHandled {
			report.Status = http.StatusOK
		}
	}
	return report
}

// claim tries to claim an event. If equal deliveries are not de-duplicated, it waits for one that is being handled, so that this one,
// which may report a later change, is handled after it.
func (h *Handler) claim(ctx context.Context, e Event, patience time.Duration) (c Claim, began time.Time, err error) {
	key := e.Vendor + "/" + h.scope + "/" + e.Key
	end := time.Now().Add(patience)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		began = time.Now() // the lease may have begun at any time from here on
		c, err = h.claimOnce(ctx, key, began)
		wait := min(pause, time.Until(end))
		if err != nil || c.State != Held || h.keep > 0 || wait <= 0 {
			return c, began, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return c, began, nil
		case <-timer.C:
		}
	}
}

func (h *Handler) claimOnce(ctx context.Context, key string, began time.Time) (Claim, error) {
	asking, cancel := h.bounded(ctx)
	defer cancel()
	c, err := h.store.Claim(asking, key, h.lease)
	if err == nil && (c.State < Claimed || c.State > Handled) {
		err = errors.New("webhook: the store returned no state")
	}
	if err == nil && c.State == Claimed && time.Since(began) >= h.lease { // it came late: another may have it by now
		releasing, stop := h.bounded(context.WithoutCancel(ctx))
		defer stop()
		err = errors.Join(ErrClaimLost, h.store.Release(releasing, c))
	}
	return c, err
}

// bounded bounds a call of the store. One in memory needs no bound, which would cost as much as the call.
func (h *Handler) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := h.store.(*MemoryStore); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, storeTimeout)
}

var errExited = errors.New("webhook: the function ended its goroutine")

// run calls the function and settles the claim. When the function did its work and only the store fails, the delivery counts as
// handled: a retry could only make it run twice.
func (h *Handler) run(ctx context.Context, c Claim, began time.Time, call func(context.Context) error) (outcome Outcome, err error) {
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	bounded, stop := context.WithTimeout(running, h.timeout)
	ended := make(chan struct{})
	outcome, err = OutcomeFailed, errExited // as it stays if the function does not return
	release := h.hold(bounded, c, began, cancel)
	// A goroutine of its own, so that runtime.Goexit in the function ends no more than that.
	go func() {
		defer close(ended)
		defer stop()
		defer caught(&err)
		err = call(bounded)
		if err != nil { // one that panics when it is read, as a nil pointer may, does so here
			_, _ = err.Error(), errors.As(err, new(*PanicError))
		}
	}()
	<-ended
	release()
	switch {
	case err == nil:
		outcome = OutcomeHandled
	case errors.As(err, new(*PanicError)):
		outcome = OutcomePanicked
	}
	if unsettled := h.settle(ctx, c, outcome); unsettled != nil {
		err = errors.Join(err, unsettled)
	}
	return outcome, err
}

// settle marks an event as handled, or releases the claim, also if the context has ended.
func (h *Handler) settle(ctx context.Context, c Claim, outcome Outcome) (err error) {
	defer caught(&err)
	ctx, cancel := h.bounded(context.WithoutCancel(ctx))
	defer cancel()
	if outcome != OutcomeHandled || h.keep < 0 {
		return h.store.Release(ctx, c)
	}
	return h.store.Done(ctx, c, h.keep)
}

// hold extends the claim, and ends the function's context if the claim is lost, until the returned function is called. Most
// functions end before the first time, and cost no more than a timer.
func (h *Handler) hold(ctx context.Context, c Claim, began time.Time, cancel context.CancelCauseFunc) (release func()) {
	done := make(chan struct{})
	first := time.AfterFunc(min(h.lease/3, time.Until(began.Add(h.lease))/2), func() {
		defer close(done)
		h.extendUntil(ctx, c, began, cancel)
	})
	return func() {
		if !first.Stop() {
			cancel(nil)
			<-done
		}
	}
}

// extendUntil extends the claim until the function's context ends.
func (h *Handler) extendUntil(ctx context.Context, c Claim, began time.Time, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(h.lease / 3)
	defer tick.Stop()
	// A timer of its own, because the end of the lease falls between two ticks or into a call of the store that takes long.
	over := time.AfterFunc(time.Until(began.Add(h.lease)), func() { cancel(ErrClaimLost) })
	defer over.Stop()
	for ctx.Err() == nil {
		began = time.Now()
		switch err := h.extend(ctx, c); {
		case err == nil:
			over.Reset(time.Until(began.Add(h.lease)))
		case ctx.Err() == nil && errors.Is(err, ErrClaimLost):
			cancel(ErrClaimLost)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (h *Handler) extend(ctx context.Context, c Claim) (err error) {
	defer caught(&err)
	ctx, cancel := context.WithTimeout(ctx, h.lease/3)
	defer cancel()
	return h.store.Extend(ctx, c, h.lease)
}

// guard turns a panic into an error.
func guard(fn func() error) (err error) {
	defer caught(&err)
	return fn()
}

// caught turns the panic of the function that defers it into that function's error.
func caught(err *error) {
	if p := panicked(recover()); p != nil {
		*err = p
	}
}

// panicked is the error of what recover returned, nil if there was no panic.
func panicked(recovered any) error {
	if recovered == nil {
		return nil
	}
	return &PanicError{Value: recovered, Stack: debug.Stack()}
}
