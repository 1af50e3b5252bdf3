package transport

import (
	"context"
	"time"
)

// clock bounds a call by the client's timeout, and ends the call's context. It stands while the call is in the line.
type clock struct {
	ctx     context.Context // what hangs on it ends with the call
	cancel  context.CancelCauseFunc
	timeout time.Duration // 0 without a bound
	left    time.Duration
	since   time.Time
	kept    bool // the context outlives the call

	// What ends the context: the client's alarm, or a timer. The alarm's own are guarded by its lock.
	alarm         *alarm
	under         bool
	before, after *clock
	timer         *time.Timer
}

// start begins to bound a call, and returns its context.
func (c *clock) start(ctx context.Context, timeout time.Duration, shared *alarm, now time.Time) context.Context {
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	if timeout <= 0 {
		return c.ctx
	}
	c.timeout, c.left, c.since = timeout, timeout, now
	// A bubble of testing/synctest has a time of its own, without a monotonic reading: it cannot share a timer with anything outside.
	if bubble := now == now.Round(0); shared != nil && shared.timeout == timeout && !bubble {
		c.alarm = shared
		c.alarm.add(c)
	} else {
		c.set()
	}
	return c.ctx
}

// set has a timer end the call after what is left.
func (c *clock) set() {
	cancel := c.cancel
	c.timer = time.AfterFunc(max(0, c.left), func() { cancel(errTimeout) })
}

// pause stops the clock.
func (c *clock) pause() {
	if c.stop() {
		c.left -= time.Since(c.since)
	}
	c.alarm = nil // whose order is that of the calls' begin
}

// resume goes on with what was left.
func (c *clock) resume() {
	if c.timeout > 0 {
		c.since = time.Now()
		c.set()
	}
}

// stop ends the bound, and reports whether it had not ended the context. The context goes on.
func (c *clock) stop() bool {
	if c.alarm != nil {
		return c.alarm.remove(c)
	}
	return c.timer != nil && c.timer.Stop()
}

// keep ends the bound and leaves the context to the body of a response that the caller reads after the call.
func (c *clock) keep() {
	c.stop()
	c.kept = true
}

// end ends the call.
func (c *clock) end() {
	if !c.kept {
		c.stop()
		c.cancel(nil)
	}
}

// fits reports whether a wait ends before the client's timeout and the context's deadline. One that does not would end in a context
// error that hides the response.
func (c *clock) fits(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	return c.timeout == 0 || c.left-time.Since(c.since) > wait
}
