package login

import (
	"cmp"
	"time"

	"github.com/caremux/caremux"
)

// cache is the present token of a client.
type cache struct {
	token    caremux.Token
	got      time.Time
	accepted time.Time // when the vendor accepted it last; zero if it never did
	replaces bool      // it took the place of a token that was refused
	refused  string    // the value that was refused, or given up, last: not to be taken from a store again
}

// early is how long before its expiry a token is refreshed.
const early = time.Minute

// put makes a token the present one.
func (c *cache) put(token caremux.Token, now time.Time, replaces bool) {
	if token.Value != c.token.Value {
		c.accepted, c.replaces = time.Time{}, replaces
	}
	c.token, c.got = token, now
}

// drop gives the current token up and returns its value, "" if there is none that lasts.
func (c *cache) drop(now time.Time) (value string) {
	if c.lasts(now) {
		value = c.token.Value
	}
	*c = cache{refused: cmp.Or(c.token.Value, c.refused)}
	return value
}

// lasts reports whether calls can go with the present token.
func (c *cache) lasts(now time.Time) bool { return usable(c.token, now) }

// due reports whether it is time to refresh the present token. One that came with little life is used for half of it.
func (c *cache) due(now time.Time) bool {
	return !usable(c.token, now.Add(min(early, c.token.Expires.Sub(c.got)/2)))
}

// takes reports whether a token of the store can become the present one.
func (c *cache) takes(token caremux.Token, now time.Time) bool {
	return usable(token, now.Add(early)) && token.Value != c.refused
}

func usable(t caremux.Token, now time.Time) bool {
	return t.Value != "" && (t.Expires.IsZero() || now.Before(t.Expires))
}
