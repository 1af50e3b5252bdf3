package caremux

import "time"

// RetryPolicy configures how often a call is retried and how long it waits. The zero value of a field means its
// default.
//
// GET, HEAD, PUT, DELETE and OPTIONS may be sent twice; POST and PATCH may not: they are retried only if the server did not
// process them. [WithIdempotent] lifts that restriction for one call. Waits grow exponentially with jitter, follow
// Retry-After, and never outlive the context. The table lists how an attempt can fail, which calls are then retried, and
// whether a call that changes something may have been applied, which [Error.MaybeApplied] reports:
//
//	                                                      GET, PUT …  POST, PATCH   may be applied
//	nothing was sent                                      yes           yes           no
//	it cannot be sent: certificate, proxy login, scheme   no            no            no
//	sent, and no response came                            yes           no            yes
//	2xx, cut off                                          yes           no            yes
//	2xx with an unexpected response                       no            no            yes
//	304; 307, 308 to another origin                       no            no            no
//	408                                                   yes           no            yes
//	425, 429                                              yes           yes           no
//	other 4xx                                             no            no            no
//	503 with Retry-After                                  yes           yes           no
//	500, 502, 503, 504                                    yes           no            yes
//	any other status                                      no            no            yes
//
// If any attempt may have been applied, the call may have been applied, whatever fails later.
//
// # Behind a rate limit
//
// Status 429, and 503 with Retry-After, are refusals. A refusal pauses all calls of the client until the time that the vendor named, and
// without one for a backoff; so does a response with X-RateLimit-Remaining: 0. Then the calls continue in the order in which they began,
// at the rate that the vendor has accepted so far, which grows while it accepts more. A refused call returns to its place in line. This
// does not count as an attempt, and the time in line does not count against [WithTimeout]. A call leaves the line with an error whose
// RetryAt is set if the pause would outlive the context's deadline or is longer than MaxRetryAfter, or if the vendor refuses every
// request. Clients that share a vendor's limit share their pace with [WithPace]. An exhausted quota is not a refusal: the call fails at
// once.
//
// # In an outage
//
// Each retry of a failed attempt takes a token of the client's budget and one of the operation's. Each success returns 0.15 of a token to
// both, up to their sizes, so that a total outage is not multiplied, while at up to one failure in ten all are retried. A retry without a
// token waits for one, for at most 12 s from the first failure, as long as other calls succeed; then the call fails, with BudgetSpent.
//
// In addition, net/http itself retries a request that the server has not processed. The net/http of Go 1.26 cannot distinguish this
// from an HTTP/2 reset after which the request may have been applied. With Go 1.26 such a POST or PATCH therefore fails and may have
// been applied. An Idempotency-Key header makes no difference: only [WithIdempotent] does.
type RetryPolicy struct {
	// MaxAttempts is the number of failed attempts after which a call fails; 1 disables retries. A refusal does not
	// count as one, but the same number of pauses in a row also ends the call if the vendor accepted nothing for a minute, or for six
	// windows of its limit. Default 4.
	MaxAttempts int
	// MinWait is the maximum of the first wait; it doubles with each retry. Default 500 ms.
	MinWait time.Duration
	// MaxWait is the maximum of any wait. Default 20 s.
	MaxWait time.Duration
	// MaxRetryAfter is the longest wait of a Retry-After header that is respected; for a longer one the call returns an error with RetryAt
	// set. Default 90 s.
	MaxRetryAfter time.Duration
	// Budget is how many retries of failed attempts a client may make beyond those that its successes pay for. Default 20; negative for
	// no limit. In [WithCallRetry] only a negative one counts.
	Budget int
	// OperationBudget is the same for each operation, so that one that fails does not keep the others from retrying. Default 8.
	OperationBudget int
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
	set(&p.MaxRetryAfter, 90*time.Second)
	if p.Budget == 0 {
		p.Budget = 20
	}
	if p.OperationBudget == 0 {
		p.OperationBudget = 8
	}
	return p
}

func (p RetryPolicy) check() error {
	switch {
	case p.MaxAttempts < 0:
		return &ArgumentError{Field: "RetryPolicy.MaxAttempts", Rule: "must not be negative"}
	case p.OperationBudget < 0:
		return &ArgumentError{Field: "RetryPolicy.OperationBudget", Rule: "must not be negative"}
	case p.MinWait < 0 || p.MaxWait < 0 || p.MaxRetryAfter < 0:
		return &ArgumentError{Field: "RetryPolicy", Rule: "must not contain a negative wait"}
	}
	return nil
}
