package caremux

import "time"

// RetryPolicy says how often and how patiently a call is repeated. The zero value of a field means its default.
//
// GET, HEAD, PUT, DELETE and OPTIONS are repeated after connection errors, cut-off answers and the statuses 408, 429, 500,
// 502, 503 and 504. POST and PATCH are repeated only when the server surely did not act: no connection came about, status
// 429, or status 503 with Retry-After; [WithIdempotent] lifts that for one call. Waits grow exponentially with full jitter,
// follow Retry-After and X-RateLimit-Reset, and never outlive the context.
//
// Beneath these, net/http sends a request again by itself when the server has not looked at it. The net/http of Go 1.26 cannot tell
// that from a reset over HTTP/2 whose effect is not known, so that under it a POST or PATCH fails there, and may be applied. A header
// Idempotency-Key changes nothing: only [WithIdempotent] does.
type RetryPolicy struct {
	// MaxAttempts counts the first attempt too. Default 4; 1 turns retries off.
	MaxAttempts int
	// MinWait is the ceiling of the first wait; each later ceiling doubles. Default 500 ms.
	MinWait time.Duration
	// MaxWait is the highest ceiling. Default 20 s.
	MaxWait time.Duration
	// MaxRetryAfter is the longest wait asked for by a server that is obeyed; beyond it the answer is returned as an error.
	// Default 60 s.
	MaxRetryAfter time.Duration
}

// NoRetry sends every call once.
var NoRetry = RetryPolicy{MaxAttempts: 1}

// WithDefaults returns the policy with defaults for the fields that are zero.
func (p RetryPolicy) WithDefaults() RetryPolicy {
	set := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 4
	}
	set(&p.MinWait, 500*time.Millisecond)
	set(&p.MaxWait, 20*time.Second)
	set(&p.MaxRetryAfter, time.Minute)
	return p
}

func (p RetryPolicy) check() error {
	switch {
	case p.MaxAttempts < 0:
		return &ArgumentError{Field: "RetryPolicy.MaxAttempts", Rule: "must not be negative"}
	case p.MinWait < 0 || p.MaxWait < 0 || p.MaxRetryAfter < 0:
		return &ArgumentError{Field: "RetryPolicy", Rule: "must not hold a negative wait"}
	}
	return nil
}
