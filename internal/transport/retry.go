package transport

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// again decides whether the attempt that just failed is repeated, and after which wait.
func (a *attempts) again(ctx context.Context, header http.Header) (time.Duration, bool) {
	if a.count >= a.policy.MaxAttempts || ctx.Err() != nil || a.err.Kind == caremux.ErrQuotaExceeded {
		return 0, false
	}
	if a.payload.once && a.mayHaveLeft.Load() {
		return 0, false
	}
	asked, hasAsked := retryAfter(header, time.Now(), a.err.Status == http.StatusTooManyRequests)
	if !a.repeatable(hasAsked && header.Get("Retry-After") != "") {
		return 0, false
	}
	wait := backoff(a.policy, a.count)
	if hasAsked {
		if asked > a.policy.MaxRetryAfter {
			return 0, false
		}
		wait = asked
	}
	// A wait that does not fit the deadline would end in a context error that hides the answer.
	if !a.deadline.IsZero() && time.Until(a.deadline) <= wait {
		return 0, false
	}
	return wait, true
}

// safe reports whether the call may be sent again after an attempt whose outcome is unknown.
func (a *attempts) safe() bool { return a.op.safe() || a.idempotent }

// repeatable is the rule of which failures may be followed by another attempt.
func (a *attempts) repeatable(asked bool) bool {
	r := ruleOf(a.failure, a.err.Status, asked)
	if a.safe() {
		return r.safe
	}
	return r.unsafe && !a.applied
}

// backoff is a random wait below a ceiling that doubles with each attempt (full jitter).
func backoff(p caremux.RetryPolicy, attempt int) time.Duration {
	ceiling := p.MaxWait
	if shift := attempt - 1; shift < 30 && p.MinWait < p.MaxWait>>shift {
		ceiling = p.MinWait << shift
	}
	if ceiling <= 0 {
		return 0
	}
	return rand.N(ceiling + 1)
}

// retryAfter reads how long the server asks to wait: Retry-After in seconds or as a date, else the end of the rate-limit
// window if none is left of it, which goes without saying when the server refused for that reason.
func retryAfter(h http.Header, now time.Time, limited bool) (time.Duration, bool) {
	if value := strings.TrimSpace(h.Get("Retry-After")); value != "" {
		if seconds, err := strconv.ParseFloat(value, 64); err == nil {
			return seconds2duration(seconds), seconds >= 0
		}
		if date, err := http.ParseTime(value); err == nil {
			return max(0, date.Sub(now)), true
		}
		return 0, false
	}
	limit := rateLimit(h, now)
	if limit.Reset.IsZero() || limit.Remaining == nil && !limited || limit.Remaining != nil && *limit.Remaining > 0 {
		return 0, false
	}
	return max(0, limit.Reset.Sub(now)), true
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
		switch n := int64(*reset); {
		case n > 1e11:
			limit.Reset = time.UnixMilli(n)
		case n > 1e8:
			limit.Reset = time.Unix(n, 0)
		default:
			limit.Reset = now.Add(time.Duration(n) * time.Second)
		}
	}
	return limit
}
