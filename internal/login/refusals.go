package login

import "time"

// refusals remembers for which operations another token did not help. Vendors respond with 401 to a token that has
// ended and also to one that an operation does not take, such as one of the wrong kind of user. The first asks for
// another token. The second must not: one such operation would take the token, and the few logins that a minute has,
// from all other calls.
type refusals struct {
	pause time.Duration // for how long a refusal is the operation's own, whatever else happens
	last  map[string]refusal
}

// refusal is what an operation did last.
type refusal struct {
	at     time.Time
	inVain bool // it refused also another token, or there was no other; false while that is not known
}

const (
	// ownPause is the pause where another token means another login.
	ownPause = time.Minute
	// sourcePause is the pause where a source of the user's may have the next token at any time.
	sourcePause = 15 * time.Second
	// memory is for how long an operation counts as one that no other token helps.
	memory = 10 * time.Minute
	// maxRemembered bounds the memory: the operations of Do have no end.
	maxRemembered = 1000
)

// help reports whether another token may help an operation whose token, the present one, was refused.
func (r *refusals) help(operation string, c *cache, now time.Time) bool {
	last, known := r.last[operation]
	switch since := now.Sub(last.at); {
	case known && since < r.pause:
		return false
	case known && since < memory && now.Sub(c.accepted) < r.pause:
		return false // others use the token with success
	}
	return !(c.replaces && c.accepted.IsZero() && now.Sub(c.got) < r.pause) // as the one before it, so the next one
}

// note remembers that an operation requests another token, or that this was in vain.
func (r *refusals) note(operation string, now time.Time, inVain bool) {
	if len(r.last) >= maxRemembered {
		r.last = nil
	}
	if r.last == nil {
		r.last = map[string]refusal{}
	}
	r.last[operation] = refusal{now, inVain}
}

// forget takes a note back: no other token could be had.
func (r *refusals) forget(operation string) { delete(r.last, operation) }

// accepted notes that an operation accepted a token: the other one that it requested did help.
func (r *refusals) accepted(operation string) {
	if last, known := r.last[operation]; known && !last.inVain {
		delete(r.last, operation)
	}
}

// inVain reports whether another token did not help the operation lately.
func (r *refusals) inVain(operation string, now time.Time) bool {
	last := r.last[operation]
	return last.inVain && now.Sub(last.at) < memory
}
