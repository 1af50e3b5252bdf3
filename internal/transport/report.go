package transport

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/caremux/caremux"
)

// report tells the caller's Response and logger how a call ended.
func (c *Client) report(ctx context.Context, a *attempts, cfg *caremux.CallConfig, err error) {
	if r := cfg.Response; r != nil {
		*r = caremux.Response{
			Status: a.status, Header: a.header, RequestID: c.requestID(a.header), RateLimit: rateLimit(a.header, time.Now()),
			Attempts: a.count, Duration: time.Since(a.started), Body: a.body,
		}
		if meta := c.settings.Meta; meta != nil && a.header != nil {
			r.Meta = meta(a.header, a.body)
		}
	}
	if c.config.Logger == nil {
		return
	}
	level, message := slog.LevelDebug, "vendor call"
	attrs := c.attrs(a)
	if err != nil {
		level, message = slog.LevelWarn, "vendor call failed"
		var known *caremux.Error
		if errors.As(err, &known) {
			attrs = append(attrs, slog.String("error", known.Error()))
		}
	}
	attrs = append(attrs, slog.Duration("duration", time.Since(a.started)))
	c.config.Logger.LogAttrs(ctx, level, message, attrs...)
}

// reportAttempt tells the logger that an attempt failed and will be repeated.
func (c *Client) reportAttempt(ctx context.Context, a *attempts) {
	if c.config.Logger == nil || !a.waiting {
		return
	}
	attrs := append(c.attrs(a), slog.String("error", a.err.Error()), slog.Duration("wait", a.wait))
	c.config.Logger.LogAttrs(ctx, slog.LevelWarn, "vendor call repeated", attrs...)
}

// attrs are the facts of a call that are safe to log.
func (c *Client) attrs(a *attempts) []slog.Attr {
	return []slog.Attr{
		slog.String("vendor", c.settings.Vendor),
		slog.String("operation", a.op.Name),
		slog.String("method", a.op.Method),
		slog.String("path", a.op.shownPath()),
		slog.Int("status", a.status),
		slog.Int("attempt", a.count),
	}
}
