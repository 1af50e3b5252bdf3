package transport

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/pace"
)

// retries decides whether the attempt that just failed is repeated. A refused one goes back to the line, another one waits for a.wait first.
func (a *attempts) retries(ctx context.Context) bool {
	asked, hasAsked := retryAfter(a.header, time.Now())
	if !a.refused {
		a.countFailure()
	}
	switch {
	case ctx.Err() != nil, a.err.Kind == caremux.ErrQuotaExceeded, a.personal():
		return false
	case a.late != nil:
		a.err.RetryAt = a.late.Until
		return false
	case a.payload.Once && a.mayHaveLeft.Load(), !a.repeatable(askedToWait(a.header)):
		return false
	case a.refused:
		return true
	case a.failures >= a.policy.MaxAttempts:
		return false
	}
	a.wait = backoff(a.policy, a.failures)
	if hasAsked {
		if asked.wait > a.policy.MaxRetryAfter {
			a.err.RetryAt = time.Now().Add(asked.wait)
			return false
		}
		a.wait = max(a.wait, asked.wait)
	}
	return a.clock.fits(ctx, a.wait)
}

func (a *attempts) countFailure() {
	if a.failures++; a.failures == 1 {
		a.failed = time.Now()
	}
}

// safe reports whether the call may be sent again after an attempt whose outcome is unknown.
func (a *attempts) safe() bool { return a.op.safe() || a.config.Idempotent }

// repeatable is the rule of which failures may be followed by another attempt.
func (a *attempts) repeatable(asked bool) bool {
	r := ruleOf(a.failure, a.err.Status, asked)
	if a.safe() {
		return r.safe
	}
	return r.unsafe && !a.applied
}

// ceiling is what a wait may last at most; it doubles with each failure.
func ceiling(p caremux.RetryPolicy, failures int) time.Duration {
	if shift := failures - 1; shift < 30 && p.MinWait < p.MaxWait>>shift {
		return p.MinWait << shift
	}
	return p.MaxWait
}

// backoff is a random wait between half of the ceiling and all of it.
func backoff(p caremux.RetryPolicy, failures int) time.Duration {
	least := ceiling(p, failures) / 2
	if least <= 0 {
		return 0
	}
	return least + rand.N(least+1)
}

// asked is a wait that the vendor requests.
type asked struct {
	wait time.Duration
	date bool
}

// retryAfter reads how long the server asks to wait: Retry-After in seconds, or as a date by the server's own clock.
func retryAfter(h http.Header, now time.Time) (asked, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return asked{}, false
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return asked{wait: seconds2duration(seconds)}, seconds >= 0
	}
	if date, err := http.ParseTime(value); err == nil {
		return asked{max(0, date.Sub(serverTime(h, now))), true}, true
	}
	return asked{}, false
}

// serverTime is the time by the server's clock, which its dates are to be held against.
func serverTime(h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return now
}

func seconds2duration(seconds float64) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	if !(seconds < most.Seconds()) {
		return most
	}
	return time.Duration(seconds * float64(time.Second))
}

// rateLimit reads the X-RateLimit-* headers. Reset comes as seconds from now, as epoch seconds or as epoch milliseconds.
func rateLimit(h http.Header, now time.Time) caremux.RateLimit {
	number := func(names ...string) *int {
		for _, name := range names {
			if n, err := strconv.Atoi(strings.TrimSpace(h.Get(name))); err == nil {
				return &n
			}
		}
		return nil
	}
	limit := caremux.RateLimit{
		Limit:     number("X-Ratelimit-Limit", "Ratelimit-Limit"),
		Remaining: number("X-Ratelimit-Remaining", "Ratelimit-Remaining"),
	}
	if reset := number("X-Ratelimit-Reset", "Ratelimit-Reset"); reset != nil && *reset >= 0 {
		limit.Reset = resetAt(int64(*reset), now)
	}
	return limit
}

// figures reads the same for the pace. It allocates nothing, and asks for the time only if there is something to read.
func figures(h http.Header) (f pace.Figures) {
	number := func(name, short string) (int64, bool) {
		values := h[name]
		if len(values) == 0 {
			values = h[short]
		}
		if len(values) == 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(strings.TrimSpace(values[0]), 10, 64)
		return n, err == nil && n >= 0
	}
	if limit, ok := number("X-Ratelimit-Limit", "Ratelimit-Limit"); ok {
		f.Limit = int(min(limit, math.MaxInt32))
	}
	reset, ok := number("X-Ratelimit-Reset", "Ratelimit-Reset")
	if !ok {
		return f
	}
	now := time.Now()
	if reset > epoch {
		now = serverTime(h, now)
	}
	f.Reset = max(0, resetAt(reset, now).Sub(now))
	remaining, ok := number("X-Ratelimit-Remaining", "Ratelimit-Remaining")
	f.Remaining, f.Known = int(min(remaining, math.MaxInt32)), ok
	return f
}

// epoch is where a reset stops being a wait.
const epoch = 1e8

// resetAt reads a reset in seconds from now, in epoch seconds or in epoch milliseconds.
func resetAt(n int64, now time.Time) time.Time {
	switch {
	case n > 1e11:
		return time.UnixMilli(n)
	case n > epoch:
		return time.Unix(n, 0)
	}
	return now.Add(time.Duration(n) * time.Second)
}
