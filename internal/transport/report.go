package transport

import (
	"context"
	"time"

	"github.com/caremux/caremux"
)

// report tells the caller's Response and the observers how a call ended.
func (c *Client) report(ctx context.Context, a *attempts, cfg *caremux.CallConfig, err error) {
	if r := cfg.Response; r != nil {
		*r = caremux.Response{
			Status: a.status, Header: a.header, RequestID: c.requestID(a.header), RateLimit: rateLimit(a.header, time.Now()),
			Attempts: a.count, Duration: time.Since(a.started), Lined: a.waits.lined, LinedFor: a.waits.reason, Body: a.body,
		}
		if meta := c.settings.Meta; meta != nil && a.header != nil {
			r.Meta = meta(a.header, a.text)
		}
	}
	if len(c.config.Observers) == 0 {
		return
	}
	e := c.event(a)
	e.Done, e.Err = true, err
	c.tell(ctx, e)
}

// reportAttempt tells the observers that an attempt failed and will be repeated.
func (c *Client) reportAttempt(ctx context.Context, a *attempts) {
	if len(c.config.Observers) == 0 || !a.waiting {
		return
	}
	e := c.event(a)
	e.Wait, e.Refused, e.PausedUntil, e.Err = a.wait, a.refused, a.pausedUntil, a.err
	c.tell(ctx, e)
}

func (c *Client) event(a *attempts) caremux.CallEvent {
	e := c.callOf(a)
	e.Status, e.Attempts, e.RequestID = a.status, a.count, c.requestID(a.header)
	e.Duration, e.Waited, e.Lined, e.LinedFor = time.Since(a.started), a.waits.between, a.waits.lined, a.waits.reason
	return e
}

// callOf is what is known of a call before it is sent.
func (c *Client) callOf(a *attempts) caremux.CallEvent {
	return caremux.CallEvent{
		Vendor: c.settings.Vendor, Operation: a.op.Name, Method: a.op.Method, Path: a.op.shownPath(), Started: a.started,
	}
}

func (c *Client) tell(ctx context.Context, e caremux.CallEvent) {
	for _, observe := range c.config.Observers {
		observe(ctx, e)
	}
}
