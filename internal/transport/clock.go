package transport

import (
	"context"
	"time"
)

// clock bounds a call by the client's timeout. It stands while the call is in the line.
type clock struct {
	timer *time.Timer // nil without a bound
	left  time.Duration
	since time.Time
}

// start begins to bound what cancel ends.
func (c *clock) start(timeout time.Duration, cancel context.CancelCauseFunc) {
	if timeout > 0 {
		c.left, c.since = timeout, time.Now()
		c.timer = time.AfterFunc(timeout, func() { cancel(errTimeout) })
	}
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

// stop ends it.
func (c *clock) stop() {
	if c.timer != nil {
		c.timer.Stop()
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
