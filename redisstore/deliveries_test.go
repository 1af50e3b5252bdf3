package redisstore_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/webhook/storetest"
	"github.com/redis/go-redis/v9"
)

func newStore(t testing.TB, client redis.Scripter, prefix string) *redisstore.Deliveries {
	t.Helper()
	s, err := redisstore.NewDeliveries(client, redisstore.DeliveriesConfig{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStoreKeepsItsPromises(t *testing.T) {
	client := connect(t)
	storetest.Run(t, newStore(t, client, prefix(t, client)))
}

// twice runs each script a second time, as the client does when the first answer got lost.
type twice struct{ *redis.Client }

func (c twice) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	c.Client.EvalSha(ctx, sha, keys, args...)
	return c.Client.EvalSha(ctx, sha, keys, args...)
}

func (c twice) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	c.Client.Eval(ctx, script, keys, args...)
	return c.Client.Eval(ctx, script, keys, args...)
}

func TestScriptsMayRunTwice(t *testing.T) {
	client := connect(t)
	p := prefix(t, client)
	s := newStore(t, twice{client}, p)
	ctx := t.Context()
	claim := func(key string, want webhook.ClaimState) webhook.Claim {
		t.Helper()
		c, err := s.Claim(ctx, key, time.Minute)
		if err != nil || c.State != want {
			t.Fatalf("claim is %v, %v; want %v", c.State, err, want)
		}
		return c
	}
	c := claim("a", webhook.Claimed)
	claim("a", webhook.Held)
	if err := errors.Join(s.Extend(ctx, c, time.Minute), s.Release(ctx, c)); err != nil {
		t.Error(err)
	}
	c = claim("a", webhook.Claimed)
	if err := s.Done(ctx, c, time.Minute); err != nil {
		t.Error(err)
	}
	claim("a", webhook.Handled)
	t.Run("all promises", func(t *testing.T) { storetest.Run(t, s) })
}

func TestKeysAreHashedPrefixedAndExpire(t *testing.T) {
	client := connect(t)
	p := prefix(t, client)
	s := newStore(t, client, p)
	c, err := s.Claim(t.Context(), "acme/patient-7", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	check := func(least, most time.Duration) {
		t.Helper()
		list := keys(t, client, p)
		if len(list) != 1 || len(list[0]) != len(p)+64 || strings.Contains(list[0], "patient") {
			t.Fatalf("keys %q", list)
		}
		if value := client.Get(t.Context(), list[0]).Val(); strings.Contains(value, "patient") {
			t.Errorf("value %q", value)
		}
		if ttl := client.PTTL(t.Context(), list[0]).Val(); ttl <= least || ttl > most {
			t.Errorf("expires in %v", ttl)
		}
	}
	check(50*time.Second, time.Minute)
	if err := s.Extend(t.Context(), c, 2*time.Minute); err != nil {
		t.Fatal(err)
	}
	check(time.Minute, 2*time.Minute)
	if err := s.Done(t.Context(), c, time.Hour); err != nil {
		t.Fatal(err)
	}
	check(50*time.Minute, time.Hour)

	// Another prefix is another world; without one it is the default.
	other := newStore(t, client, p+"b:")
	if c, err := other.Claim(t.Context(), "acme/patient-7", time.Minute); err != nil || c.State != webhook.Claimed {
		t.Errorf("under another prefix: %v, %v", c.State, err)
	}
	key := p + "default"
	standard := newStore(t, client, "")
	c, err = standard.Claim(t.Context(), key, time.Minute)
	if err != nil || c.State != webhook.Claimed {
		t.Fatalf("under the default prefix: %v, %v", c.State, err)
	}
	if n := len(keys(t, client, redisstore.DefaultDeliveriesPrefix)); n == 0 {
		t.Error("no key under the default prefix")
	}
	if err := standard.Release(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestScriptsAreSentAgainAfterRedisForgotThem(t *testing.T) {
	client := connect(t)
	s := newStore(t, client, prefix(t, client))
	for range 2 {
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		c, err := s.Claim(t.Context(), "a", time.Minute)
		if err != nil || c.State != webhook.Claimed {
			t.Fatalf("claim is %v, %v", c.State, err)
		}
		if err := s.Release(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRedisThatIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	client := redis.NewClient(&redis.Options{Addr: l.Addr().String(), MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	s, ctx := newStore(t, client, ""), t.Context()
	c, err := s.Claim(ctx, "acme/patient-7", time.Minute)
	if err == nil || c.State != 0 {
		t.Errorf("claim is %v, %v", c.State, err)
	}
	c.Token = "x"
	for name, err := range map[string]error{
		"claim": err, "extend": s.Extend(ctx, c, time.Minute), "done": s.Done(ctx, c, time.Minute), "release": s.Release(ctx, c),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "redisstore: "+name) || strings.Contains(err.Error(), "patient") {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(err, webhook.ErrClaimLost) {
			t.Errorf("%s: nobody knows that the claim is lost", name)
		}
	}
}

// TestRedisThatHangs has many short contexts, since the client's deadline on its connection passes at the same instant as theirs.
func TestRedisThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := redis.NewClient(&redis.Options{
		Addr: l.Addr().String(), ContextTimeoutEnabled: true, ReadTimeout: time.Hour, DisableIdentity: true,
	})
	defer client.Close()
	s, q, tokens := newStore(t, client, ""), newQueue(t, client, redisstore.QueueConfig{}), newTokens(t, client, "", 1)
	limiter, err := redisstore.NewLimiter(client, redisstore.LimiterConfig{Name: "acme", Rate: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, command := range map[string]func(context.Context) error{
		"claim":   func(ctx context.Context) error { _, err := s.Claim(ctx, "a", time.Minute); return err },
		"extend":  func(ctx context.Context) error { return s.Extend(ctx, webhook.Claim{}, time.Minute) },
		"enqueue": func(ctx context.Context) error { return q.Enqueue(ctx, patientMessage("a")) },
		"take":    func(ctx context.Context) error { _, err := q.Take(ctx, time.Minute); return err },
		"retry":   func(ctx context.Context) error { return q.Retry(ctx, &webhook.Job{Token: "1-1:1"}, 0) },
		"length":  func(ctx context.Context) error { _, err := q.Len(ctx); return err },
		"load":    func(ctx context.Context) error { _, err := tokens.Load(ctx, "a"); return err },
		"save":    func(ctx context.Context) error { return tokens.Save(ctx, "a", caremux.Token{Value: "open-sesame"}) },
		"wait":    limiter.Wait,
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				err := command(ctx)
				cancel()
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("got %v", err)
				}
			}
			if took := time.Since(start); took > time.Minute { // go-redis alone would wait for an hour
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestCallsEndWithTheirContext(t *testing.T) {
	client := connect(t)
	s := newStore(t, client, prefix(t, client))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Claim(ctx, "a", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDeliveriesNeedAClient(t *testing.T) {
	var e *webhook.ArgumentError
	if _, err := redisstore.NewDeliveries(nil, redisstore.DeliveriesConfig{}); !errors.As(err, &e) || e.Field != "client" {
		t.Errorf("got %v", err)
	}
}
