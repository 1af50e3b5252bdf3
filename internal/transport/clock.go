package transport

import (
	"context"
	"time"
)

// clock bounds a call by the client's timeout, and ends the call's context. It stands while the call is in the line.
type clock struct {
	ctx     context.Context // what hangs on it ends with the call
	cancel  context.CancelCauseFunc
	timeout time.Duration
	timer   *time.Timer // nil without a bound
	left    time.Duration
	since   time.Time
	kept    bool // the context outlives the call
}

// start begins to bound a call, and returns its context.
func (c *clock) start(ctx context.Context, timeout time.Duration, now time.Time) context.Context {
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.timeout = timeout
	if timeout > 0 {
		c.left, c.since = timeout, now
		cancel := c.cancel
		c.timer = time.AfterFunc(timeout, func() { cancel(errTimeout) })
	}
	return c.ctx
}

// pause stops the clock.
func (c *clock) pause() {
	if c.timer != nil && c.timer.Stop() {
		c.left -= time.Since(c.since)
	}
}

// resume goes on with what was left.
func (c *clock) resume() {
	if c.timer != nil {
		c.since = time.Now()
		c.timer.Reset(max(0, c.left))
	}
}

// stop ends the bound. The context goes on.
func (c *clock) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
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
	return c.timer == nil || c.left-time.Since(c.since) > wait
}
