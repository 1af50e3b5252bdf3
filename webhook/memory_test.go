package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/webhook/storetest"
)

func TestMemoryStoreKeepsItsPromises(t *testing.T) {
	storetest.Run(t, new(webhook.MemoryStore))
}

func claim(t *testing.T, s webhook.Store, key string, lease time.Duration, want webhook.ClaimState) webhook.Claim {
	t.Helper()
	c, err := s.Claim(context.Background(), key, lease)
	if err != nil || c.State != want {
		t.Fatalf("claim of %s is %v (%v), want %v", key, c.State, err, want)
	}
	return c
}

func TestMemoryStoreExpiresToTheNanosecond(t *testing.T) {
	now := noon
	s := &webhook.MemoryStore{Now: func() time.Time { return now }}
	c := claim(t, s, "a", time.Minute, webhook.Claimed)
	now = noon.Add(time.Minute - 1)
	claim(t, s, "a", time.Minute, webhook.Held)
	now = noon.Add(time.Minute)
	if err := s.Extend(t.Context(), c, time.Minute); !errors.Is(err, webhook.ErrClaimLost) {
		t.Errorf("extending what ran out: %v", err)
	}
	c = claim(t, s, "a", time.Minute, webhook.Claimed)
	if err := s.Done(t.Context(), c, time.Hour); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour - 1)
	claim(t, s, "a", time.Minute, webhook.Handled)
	now = now.Add(1)
	claim(t, s, "a", time.Minute, webhook.Claimed)
}

func TestMemoryStoreForgetsWhatWasDoneLongestAgo(t *testing.T) {
	s := &webhook.MemoryStore{Max: 4}
	held := claim(t, s, "held", time.Hour, webhook.Claimed)
	for i := range 10 {
		c := claim(t, s, fmt.Sprint(i), time.Hour, webhook.Claimed)
		if err := s.Done(t.Context(), c, time.Hour); err != nil {
			t.Fatal(err)
		}
		if s.Len() > 4 {
			t.Fatalf("%d entries", s.Len())
		}
	}
	for i := 7; i < 10; i++ {
		claim(t, s, fmt.Sprint(i), time.Hour, webhook.Handled)
	}
	claim(t, s, "held", time.Hour, webhook.Held) // never evicted
	claim(t, s, "6", time.Hour, webhook.Claimed) // forgotten; its claim evicts 7
	claim(t, s, "8", time.Hour, webhook.Handled)
	claim(t, s, "7", time.Hour, webhook.Claimed)
	if err := s.Extend(t.Context(), held, time.Hour); err != nil {
		t.Error(err)
	}
}

func TestMemoryStoreFullOfClaims(t *testing.T) {
	now := noon
	s := &webhook.MemoryStore{Max: 2, Now: func() time.Time { return now }}
	a := claim(t, s, "a", time.Hour, webhook.Claimed)
	claim(t, s, "b", time.Minute, webhook.Claimed)
	if _, err := s.Claim(t.Context(), "c", time.Hour); !errors.Is(err, webhook.ErrStoreFull) {
		t.Errorf("a third claim: %v", err)
	}
	claim(t, s, "a", time.Hour, webhook.Held) // what is there is still answered
	now = now.Add(time.Minute)                // b runs out
	claim(t, s, "c", time.Hour, webhook.Claimed)
	if err := s.Done(t.Context(), a, time.Hour); err != nil {
		t.Errorf("done needs no more room: %v", err)
	}
	claim(t, s, "a", time.Hour, webhook.Handled)
	claim(t, s, "c", time.Hour, webhook.Held)
}

func TestMemoryStoreSweepsWhatExpired(t *testing.T) {
	now := noon
	s := &webhook.MemoryStore{Now: func() time.Time { return now }}
	for i := range 1000 {
		if err := s.Done(t.Context(), claim(t, s, fmt.Sprint(i), time.Minute, webhook.Claimed), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	claim(t, s, "next", time.Minute, webhook.Claimed)
	if s.Len() != 1 {
		t.Errorf("%d entries are left", s.Len())
	}
}

func TestMemoryStoreSharedByHandlersThatKeepDifferently(t *testing.T) {
	now := noon
	s := &webhook.MemoryStore{Max: 10, Now: func() time.Time { return now }}
	done := func(key string, keep time.Duration) {
		t.Helper()
		if err := s.Done(t.Context(), claim(t, s, key, time.Minute, webhook.Claimed), keep); err != nil {
			t.Fatal(err)
		}
	}
	done("long", time.Hour)
	for i := range 50 {
		done(fmt.Sprint(i), time.Second)
		now = now.Add(time.Second)
		if s.Len() > 2 {
			t.Fatalf("%d entries, though all but one ran out", s.Len())
		}
	}
	for i := range 50 {
		done(fmt.Sprint(i), time.Second)
	}
	claim(t, s, "long", time.Minute, webhook.Handled) // the short ones made room for one another
	claim(t, s, "49", time.Minute, webhook.Handled)

	now = noon // a clock that was set back
	done("next", time.Second)
	now = noon.Add(time.Hour)
	claim(t, s, "last", time.Minute, webhook.Claimed)
	if s.Len() != 1 {
		t.Errorf("%d entries are left", s.Len())
	}
}
