package caremux

import "time"

// RetryPolicy says how often and how patiently a call is repeated. The zero value of a field means its default.
//
// GET, HEAD, PUT, DELETE and OPTIONS may be sent twice; POST and PATCH may not, so that they are repeated only when the
// server surely did not act. [WithIdempotent] lifts that for one call. Waits grow exponentially with jitter, follow
// Retry-After, and never outlive the context. This is the whole of it: how an attempt fails, which calls are repeated then,
// and whether a call that changes something may have been applied, which [Error.MaybeApplied] reports:
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
// # Behind a rate limit
//
// Status 429, and 503 with Retry-After, are refusals. A refusal pauses all calls of the client until the time that the vendor named, and
// without one for a backoff; so does a response with X-RateLimit-Remaining: 0. Then the calls go, in the order in which they began, at the
// pace that the vendor proved to take, which grows while it does. A refused call goes back to its place in line. That costs it none of its
// attempts, and the time in line does not count against [WithTimeout]. A call leaves the line with an error whose RetryAt is set when the
// pause would outlive the context's deadline or is longer than MaxRetryAfter, or when the vendor refuses whatever is sent. Clients that
// share a vendor's limit share their pace by [WithPace]. An exhausted quota is no refusal: it fails at once.
//
// # In an outage
//
// Each retry of a failed attempt takes a token of the client's budget and one of the operation's. Each success returns 0.15 of a token to
// both, up to their sizes, so that a total outage is not multiplied, while at up to one failure in ten all are retried. A retry without a
// token waits for one, for at most 10 s from the first failure, as long as other calls succeed; then the call fails, with BudgetSpent.
//
// Beneath these, net/http sends a request again by itself when the server has not looked at it. The net/http of Go 1.26 cannot tell
// that from a reset over HTTP/2 whose effect is not known, so that under it a POST or PATCH fails there, and may be applied. A header
// Idempotency-Key changes nothing: only [WithIdempotent] does.
type RetryPolicy struct {
	// MaxAttempts is after how many failed attempts a call fails; 1 turns retries off. A refusal is none, but so many
	// pauses in a row without an accepted request between end the call too. Default 4.
	MaxAttempts int
	// MinWait is the ceiling of the first wait; each later ceiling doubles. Default 500 ms.
	MinWait time.Duration
	// MaxWait is the highest ceiling. Default 20 s.
	MaxWait time.Duration
	// MaxRetryAfter is the longest wait asked for by a server that is obeyed; beyond it the response is returned as an error whose RetryAt
	// says until when. Default 90 s.
	MaxRetryAfter time.Duration
	// Budget is how many retries of failed attempts a client may make beyond those that its successes pay for. Default 20; negative for
	// no bound. In [WithCallRetry] only a negative one counts.
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
		return &ArgumentError{Field: "RetryPolicy", Rule: "must not hold a negative wait"}
	}
	return nil
}
