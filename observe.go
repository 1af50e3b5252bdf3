package caremux

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/caremux/caremux/internal/pace"
)

// CallEvent describes a call to an observer. It never contains ids, query values, headers or bodies.
type CallEvent struct {
	Vendor    string // "welkin"
	Operation string // "Patients.Get"
	Method    string
	Path      string // the template: "/{tenant}/{instance}/patients/{patientId}"
	Status    int    // of the latest attempt; 0 without a response
	Attempts  int    // so far; a login is a call of its own
	RequestID string // the vendor's id of the latest attempt, if it sent one that looks like an id
	Started   time.Time
	Duration  time.Duration // since Started
	Waited    time.Duration // of that, between attempts
	// Lined is how long the call waited in line so far, in which its timeout did not run, and for a token of the retry budget. LinedFor
	// names the reason of the longest such wait: one of the constants LinedForPause, LinedForPace, LinedForLimiter and LinedForBudget,
	// or "" if there was none.
	Lined    time.Duration
	LinedFor string
	// Wait is what passes until the next attempt, if Done is false.
	Wait time.Duration
	// Refused reports that the vendor refused the attempt, if Done is false: the call goes back to the line, and Wait is
	// how long its client pauses.
	Refused bool
	// PausedUntil is the end of the pause, if the refusal began it; zero otherwise.
	PausedUntil time.Time
	// Done reports that the call has ended. Otherwise an attempt failed and another one follows.
	Done bool
	// Err is what the call, or the attempt, failed with; nil for a success. Its text is as safe as the rest.
	Err error
}

// Why a call waited in line.
const (
	LinedForPause   = string(pace.Pause) // the vendor refused a call of the client, or reported that its limit is used up
	LinedForPace    = string(pace.Rate)  // the vendor's rate had been reached
	LinedForLimiter = "limiter"          // of [WithLimiter]
	LinedForBudget  = "budget"           // a retry waited for a token of the budget; see [RetryPolicy]
)

// WithObserver calls observe when a call ends, and before each wait for a retry. It runs in the goroutine of the call, so
// it must return quickly, and may run concurrently. The option may be used more than once.
func WithObserver(observe func(context.Context, CallEvent)) Option {
	return func(c *Config) error {
		if observe == nil {
			return &ArgumentError{Field: "WithObserver", Rule: "must not be nil"}
		}
		c.Observers = append(c.Observers, func(ctx context.Context, e CallEvent) {
			e.RequestID = safeToken(e.RequestID)
			observe(ctx, e)
		})
		return nil
	}
}

// WithLogger logs each call at debug level, and retries, the start of a pause and failures at warn level. Log records
// contain vendor, operation, method, path template, status, attempt, duration and the time in line; never ids, query
// values, headers or bodies. Default: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *Config) error {
		c.Logger = l
		return nil
	}
}

// logTo is the observer of [WithLogger].
func logTo(l *slog.Logger) func(context.Context, CallEvent) {
	return func(ctx context.Context, e CallEvent) {
		level, message := slog.LevelDebug, "vendor call"
		switch {
		case e.Refused && e.PausedUntil.IsZero(): // of a pause that another call has reported
			message = "vendor call refused"
		case e.Refused:
			level, message = slog.LevelWarn, "vendor calls paused"
		case !e.Done:
			level, message = slog.LevelWarn, "vendor call retried"
		case e.Err != nil:
			level, message = slog.LevelWarn, "vendor call failed"
		}
		if !l.Enabled(ctx, level) {
			return
		}
		attrs := append(make([]slog.Attr, 0, 10),
			slog.String("vendor", e.Vendor), slog.String("operation", e.Operation), slog.String("method", e.Method),
			slog.String("path", e.Path), slog.Int("status", e.Status), slog.Int("attempt", e.Attempts))
		// An error that is not ours, such as one of the caller's context, may say anything.
		var known *Error
		if errors.As(e.Err, &known) {
			attrs = append(attrs, slog.String("error", known.Error()))
		}
		if e.Lined > 0 {
			attrs = append(attrs, slog.Duration("lined", e.Lined), slog.String("lined_for", e.LinedFor))
		}
		if e.Done {
			attrs = append(attrs, slog.Duration("duration", e.Duration))
		} else {
			attrs = append(attrs, slog.Duration("wait", e.Wait))
		}
		l.LogAttrs(ctx, level, message, attrs...)
	}
}

type callKey struct{}

// CallOf returns the call that a request belongs to, for middleware that names spans or counts by operation. Of the event only
// Vendor, Operation, Method, Path and Started are set. A login is a call of its own. ok is false for a context that no call
// made.
func CallOf(ctx context.Context) (call CallEvent, ok bool) {
	call, ok = ctx.Value(callKey{}).(CallEvent)
	return call, ok
}

// ContextWithCall returns a context from which [CallOf] returns call. Vendor packages use it.
func ContextWithCall(ctx context.Context, call CallEvent) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}
