// Package tokentest checks that a [caremux.TokenStore] satisfies its documentation. Use it in the tests of a store of
// your own:
//
//	func TestTokens(t *testing.T) { tokentest.Run(t, newStore(t), newStore(t)) }
package tokentest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

// Run checks two stores that share what they store, as two processes have them, against the real clock, in about a second. They may
// be one store. The keys that it uses begin with the name of the test, and nothing is removed.
func Run(t *testing.T, one, two caremux.TokenStore) {
	for name, check := range map[string]func(c check){
		"a key without a token returns a zero one":    missing,
		"a token comes back as it was":                saved,
		"a token is replaced":                         replaced,
		"a zero token removes the one before":         removed,
		"keys do not touch":                           apart,
		"a lock has one owner":                        locked,
		"waiting for a lock ends with the context":    ended,
		"locks of different keys do not touch":        lockedApart,
		"a lock is unlocked after the context ended":  unlockedLate,
		"unlocking twice leaves the next owner alone": unlockedTwice,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(checkOf(t, one, two))
		})
	}
}

func checkOf(t *testing.T, one, two caremux.TokenStore) check { return check{t, one, two, t.Name()} }

type check struct {
	*testing.T
	one, two caremux.TokenStore
	key      string
}

func (c check) ok(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// want reads the token of a key from both stores.
func (c check) want(key string, want caremux.Token) {
	c.Helper()
	for _, s := range []caremux.TokenStore{c.one, c.two} {
		got, err := s.Load(c.Context(), key)
		c.ok(err)
		if got.Value != want.Value || got.Refresh != want.Refresh || !got.Expires.Equal(want.Expires) {
			c.Fatalf("loaded a token of %d bytes until %v, want %d bytes until %v", len(got.Value),
				got.Expires, len(want.Value), want.Expires)
		}
	}
}

func token(value string) caremux.Token {
	return caremux.Token{Value: value, Expires: time.Now().Add(time.Hour).UTC().Truncate(time.Second)}
}

func missing(c check) { c.want(c.key, caremux.Token{}) }

func saved(c check) {
	for _, t := range []caremux.Token{
		token("a"), token(strings.Repeat("long", 4000)), token("q\"\\\n\u00e9"), {Value: "without an expiry"},
	} {
		c.ok(c.one.Save(c.Context(), c.key, t))
		c.want(c.key, t)
	}
}

func replaced(c check) {
	a, b := token("a"), token("b")
	c.ok(c.one.Save(c.Context(), c.key, a))
	c.ok(c.two.Save(c.Context(), c.key, b))
	c.want(c.key, b)
}

func removed(c check) {
	c.ok(c.one.Save(c.Context(), c.key, token("a")))
	c.ok(c.two.Save(c.Context(), c.key, caremux.Token{}))
	c.want(c.key, caremux.Token{})
}

func apart(c check) {
	for i, more := range []string{"", "a", "A", " ", "/..", "{a}", ":lock", strings.Repeat("k", 1000)} {
		c.ok(c.one.Save(c.Context(), c.key+more, token(strings.Repeat("x", i+1))))
	}
	for i, more := range []string{"", "a", "A", " ", "/..", "{a}", ":lock", strings.Repeat("k", 1000)} {
		got, err := c.two.Load(c.Context(), c.key+more)
		c.ok(err)
		if len(got.Value) != i+1 {
			c.Errorf("key with %q: %d bytes", more, len(got.Value))
		}
	}
}

func locked(c check) {
	var mu sync.Mutex
	var all sync.WaitGroup
	owners, runs := 0, 0
	for i := range 8 {
		all.Go(func() {
			s := []caremux.TokenStore{c.one, c.two}[i%2]
			unlock, err := s.Lock(c.Context(), c.key)
			if err != nil {
				c.Error(err)
				return
			}
			mu.Lock()
			if owners++; owners > 1 {
				c.Error("two own the lock")
			}
			mu.Unlock()
			time.Sleep(10 * time.Millisecond) // for another to come in
			mu.Lock()
			owners, runs = owners-1, runs+1
			mu.Unlock()
			unlock()
		})
	}
	all.Wait()
	if runs != 8 {
		c.Errorf("%d had it", runs)
	}
}

func ended(c check) {
	unlock, err := c.one.Lock(c.Context(), c.key)
	c.ok(err)
	defer unlock()
	ctx, cancel := context.WithTimeout(c.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.two.Lock(ctx, c.key); !errors.Is(err, context.DeadlineExceeded) {
		c.Errorf("got %v", err)
	}
}

func lockedApart(c check) {
	for _, more := range []string{"", "a"} {
		unlock, err := c.one.Lock(c.Context(), c.key+more)
		c.ok(err)
		defer unlock()
	}
}

func unlockedLate(c check) {
	ctx, cancel := context.WithCancel(c.Context())
	unlock, err := c.one.Lock(ctx, c.key)
	c.ok(err)
	cancel()
	unlock()
	ctx, cancel = context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	unlock, err = c.two.Lock(ctx, c.key)
	c.ok(err)
	unlock()
}

func unlockedTwice(c check) {
	first, err := c.one.Lock(c.Context(), c.key)
	c.ok(err)
	first()
	second, err := c.two.Lock(c.Context(), c.key)
	c.ok(err)
	defer second()
	first()
	ctx, cancel := context.WithTimeout(c.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.one.Lock(ctx, c.key); err == nil {
		c.Error("a lock was taken that another owns")
	}
}
