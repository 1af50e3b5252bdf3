package caremux

import "time"

// RetryPolicy says how often and how patiently a call is repeated. The zero value of a field means its default.
//
// GET, HEAD, PUT, DELETE and OPTIONS may be sent twice; POST and PATCH may not, so that they are repeated only when the server surely did not
// act. [WithIdempotent] lifts that for one call. Waits grow exponentially with full jitter, follow Retry-After and X-RateLimit-Reset, and
// never outlive the context. This is the whole of it: how an attempt fails, which calls are repeated then, and whether a call that changes
// something may have been applied, which [Error.MaybeApplied] reports:
//
//	                                                      GET, PUT …  POST, PATCH   may be applied
//	nothing was sent                                      yes           yes           no
//	it cannot be sent: certificate, proxy login, scheme   no            no            no
//	sent, and no response came                            yes           no            yes
//	2xx, cut off                                          yes           no            yes
//	2xx that is not what was promised                     no            no            yes
//	304; 307, 308 to another origin                       no            no            no
//	408                                                   yes           no            yes
//	425, 429                                              yes           yes           no
//	other 4xx                                             no            no            no
//	503 with Retry-After                                  yes           yes           no
//	500, 502, 503, 504                                    yes           no            yes
//	any other status                                      no            no            yes
//
// Once an attempt may have been applied, no later failure takes that back.
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
