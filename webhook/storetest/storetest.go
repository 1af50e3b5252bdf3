// Package storetest checks that a [webhook.Store] satisfies its documentation. Use it in the tests of a store of your
// own:
//
//	func TestStore(t *testing.T) { storetest.Run(t, newStore(t)) }
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

// Run checks a store against the real clock, in about a second. It uses keys that begin with the name of the test.
func Run(t *testing.T, s webhook.Store) {
	for _, c := range slices.Concat(leases, ends, lateOwners, manyKeys) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&check{T: t, ctx: t.Context(), store: s, key: t.Name()})
		})
	}
}

// promise is one that a store keeps.
type promise struct {
	name string
	run  func(t *check)
}

const long, short = time.Minute, 50 * time.Millisecond

// leases are promises about how long a claim lasts.
var leases = []promise{
	{"the first claim is granted, the next one reports Held", func(t *check) {
		c := t.claim(long, webhook.Claimed)
		t.claim(long, webhook.Held)
		t.ok(t.store.Extend(t.ctx, c, long))
		t.claim(long, webhook.Held)
	}},
	{"a lease runs out", func(t *check) {
		t.claim(short, webhook.Claimed)
		t.eventually(webhook.Claimed)
	}},
	{"an extended lease does not", func(t *check) {
		lease := 10 * short
		for start := time.Now(); ; start, lease = time.Now(), 2*lease { // until the machine is fast enough for a lease
			err := t.store.Extend(t.ctx, t.claim(lease, webhook.Claimed), long)
			if err == nil || lease > long || time.Since(start) < lease {
				t.ok(err)
				break
			}
		}
		time.Sleep(lease + 2*short)
		t.claim(long, webhook.Held)
	}},
	{"extending counts from now, not on top", func(t *check) {
		c := t.claim(long, webhook.Claimed)
		t.ok(t.store.Extend(t.ctx, c, short))
		t.eventually(webhook.Claimed)
	}},
	{"what has run out cannot be extended", func(t *check) {
		c := t.claim(short, webhook.Claimed)
		time.Sleep(2 * short)
		t.lost(t.store.Extend(t.ctx, c, long))
		t.claim(long, webhook.Claimed)
	}},
}

// ends are promises about claims that are released or done.
var ends = []promise{
	{"done is remembered", func(t *check) {
		t.ok(t.store.Done(t.ctx, t.claim(short, webhook.Claimed), long))
		time.Sleep(2 * short) // beyond the lease, which no longer counts
		t.claim(long, webhook.Handled)
	}},
	{"done is forgotten after its time", func(t *check) {
		t.ok(t.store.Done(t.ctx, t.claim(long, webhook.Claimed), short))
		t.eventually(webhook.Claimed)
	}},
	{"released can be claimed, under another token", func(t *check) {
		first := t.claim(long, webhook.Claimed)
		t.ok(t.store.Release(t.ctx, first))
		if second := t.claim(long, webhook.Claimed); second.Token == first.Token || second.Token == "" {
			t.Errorf("tokens %q and %q", first.Token, second.Token)
		}
	}},
	{"releasing twice and without a claim does nothing", func(t *check) {
		c := t.claim(long, webhook.Claimed)
		t.ok(t.store.Release(t.ctx, c))
		t.ok(t.store.Release(t.ctx, c))
		t.lost(t.store.Extend(t.ctx, c, long))
		t.claim(long, webhook.Claimed)
	}},
}

// lateOwners are promises about claims whose lease ran out while the owner was at work.
var lateOwners = []promise{
	{"a late owner can neither release nor extend another's claim", func(t *check) {
		late := t.claim(short, webhook.Claimed)
		t.eventually(webhook.Claimed)
		t.ok(t.store.Release(t.ctx, late))
		t.claim(long, webhook.Held)
		t.lost(t.store.Extend(t.ctx, late, long))
	}},
	{"a late owner cannot undo what is done", func(t *check) {
		late := t.claim(short, webhook.Claimed)
		now := t.eventually(webhook.Claimed)
		t.ok(t.store.Done(t.ctx, now, long))
		t.ok(t.store.Release(t.ctx, late))
		t.ok(t.store.Release(t.ctx, now))
		t.lost(t.store.Extend(t.ctx, now, short))
		t.claim(long, webhook.Handled)
	}},
	{"a late owner that did its work marks it done", func(t *check) {
		late := t.claim(short, webhook.Claimed)
		now := t.eventually(webhook.Claimed)
		t.ok(t.store.Done(t.ctx, late, long))
		t.claim(long, webhook.Handled)
		t.lost(t.store.Extend(t.ctx, now, long))
		t.ok(t.store.Release(t.ctx, now)) // must not forget it
		t.claim(long, webhook.Handled)
	}},
}

// manyKeys are promises about several keys, and about several claims at once.
var manyKeys = []promise{
	{"keys do not touch", func(t *check) {
		for _, more := range []string{"", " ", "a", "A", "a:b", "{a}", "\xff\x00\r\n", strings.Repeat("k", 100_000)} {
			c, err := t.store.Claim(t.ctx, t.key+more, long)
			t.ok(err)
			if c.State != webhook.Claimed || c.Key != t.key+more {
				t.Errorf("claim of %.20q: state %v", more, c.State)
			}
		}
	}},
	{"one of many gets it", func(t *check) {
		for round := range 20 {
			states := make(chan webhook.ClaimState, 16)
			var ready, all sync.WaitGroup
			ready.Add(1)
			for range cap(states) {
				all.Go(func() {
					ready.Wait()
					c, err := t.store.Claim(t.ctx, fmt.Sprint(t.key, round), long)
					if err != nil {
						t.Error(err)
					}
					states <- c.State
				})
			}
			ready.Done()
			all.Wait()
			close(states)
			count := map[webhook.ClaimState]int{}
			for state := range states {
				count[state]++
			}
			if count[webhook.Claimed] != 1 || count[webhook.Held] != cap(states)-1 {
				t.Errorf("states %v", count)
			}
		}
	}},
}

type check struct {
	*testing.T
	ctx   context.Context
	store webhook.Store
	key   string
}

func (t *check) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (t *check) lost(err error) {
	t.Helper()
	if !errors.Is(err, webhook.ErrClaimLost) {
		t.Errorf("error is %v, want ErrClaimLost", err)
	}
}

func (t *check) claim(lease time.Duration, want webhook.ClaimState) webhook.Claim {
	t.Helper()
	c, err := t.store.Claim(t.ctx, t.key, lease)
	if err != nil || c.State != want || c.Key != t.key || (c.Token != "") != (want == webhook.Claimed) {
		t.Fatalf("claim is %v (%v), want %v", c.State, err, want)
	}
	return c
}

// eventually claims for a minute as soon as the claim or the memory before has run out.
func (t *check) eventually(want webhook.ClaimState) webhook.Claim {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		c, err := t.store.Claim(t.ctx, t.key, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if c.State == want {
			return c
		}
		if time.Now().After(end) {
			t.Fatalf("claim is still %v", c.State)
		}
	}
}
