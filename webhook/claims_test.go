package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux/webhook"
)

// spyStore is a store that can be made to fail.
type spyStore struct {
	webhook.Store
	claim   func(webhook.Claim, error) (webhook.Claim, error)
	extend  func(error) error
	done    func() error
	release func() error
	keep    atomic.Int64 // of the last Done
}

func (s *spyStore) Claim(ctx context.Context, key string, lease time.Duration) (webhook.Claim, error) {
	c, err := s.Store.Claim(ctx, key, lease)
	if s.claim != nil {
		return s.claim(c, err)
	}
	return c, err
}

func (s *spyStore) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	err := s.Store.Extend(ctx, c, lease)
	if s.extend != nil {
		return s.extend(err)
	}
	return err
}

func (s *spyStore) Done(ctx context.Context, c webhook.Claim, keep time.Duration) error {
	s.keep.Store(int64(keep))
	if s.done != nil {
		return s.done()
	}
	return s.Store.Done(ctx, c, keep)
}

func (s *spyStore) Release(ctx context.Context, c webhook.Claim) error {
	if s.release != nil {
		return s.release()
	}
	return s.Store.Release(ctx, c)
}

// inProcess is a handler without a network, for tests in fake time.
type inProcess struct {
	*webhook.Handler
	store *spyStore
	v     *webhook.Verifier
	mu    sync.Mutex
	last  webhook.Report
}

// report returns the last report.
func (p *inProcess) report() webhook.Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

func newInProcess(t *testing.T, format webhook.Format, opts ...webhook.HandlerOption) *inProcess {
	t.Helper()
	p := &inProcess{store: &spyStore{Store: new(webhook.MemoryStore)}, v: plainVerifier(t)}
	h, err := webhook.NewHandler(p.v, format, append([]webhook.HandlerOption{
		webhook.WithStore(p.store), webhook.WithLogger(slog.New(slog.DiscardHandler)),
		webhook.WithReport(func(_ context.Context, r webhook.Report) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.last = r
		}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	p.Handler = h
	return p
}

const paid = `{"type":"order.paid","key":"1"}`

func (p *inProcess) send() *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", "/", strings.NewReader(paid))
	req.Header = p.v.Sign([]byte(paid), time.Now())
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, req)
	return rec
}

func (p *inProcess) want(t *testing.T, status int, outcome webhook.Outcome) {
	t.Helper()
	rec := p.send()
	if rec.Code != status || p.report().Outcome != outcome {
		t.Errorf("answered %d and reported %q (%v), want %d %q", rec.Code, p.report().Outcome, p.report().Err, status, outcome)
	}
	if status == http.StatusServiceUnavailable && rec.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestNothingRunsWithoutAClaim(t *testing.T) {
	down := errors.New("connection refused")
	for name, claim := range map[string]func(webhook.Claim, error) (webhook.Claim, error){
		"store fails":             func(webhook.Claim, error) (webhook.Claim, error) { return webhook.Claim{}, down },
		"fails though it claimed": func(c webhook.Claim, _ error) (webhook.Claim, error) { return c, down },
		"store returns no state":  func(webhook.Claim, error) (webhook.Claim, error) { return webhook.Claim{}, nil },
		"store returns another":   func(webhook.Claim, error) (webhook.Claim, error) { return webhook.Claim{State: 9}, nil },
		"store is full":           func(webhook.Claim, error) (webhook.Claim, error) { return webhook.Claim{}, webhook.ErrStoreFull },
		"store fails, says handled": func(webhook.Claim, error) (webhook.Claim, error) {
			return webhook.Claim{State: webhook.Handled}, down
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newInProcess(t, acme())
			p.store.claim = claim
			webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
				t.Error("the function ran")
				return nil
			})
			p.want(t, 503, webhook.OutcomeUnclaimed)
			if p.report().Err == nil {
				t.Error("no error is reported")
			}
		})
	}
	t.Run("store panics", func(t *testing.T) {
		p := newInProcess(t, acme())
		p.store.claim = func(webhook.Claim, error) (webhook.Claim, error) { panic("store") }
		webhook.On(p.Handler, ok[orderEvent])
		p.want(t, 500, webhook.OutcomePanicked)
	})
}

func TestStoreThatFailsAfterwards(t *testing.T) {
	down := errors.New("connection refused")
	t.Run("done work is not asked for again", func(t *testing.T) {
		for name, done := range map[string]func() error{"error": func() error { return down }, "panic": func() error { panic(down) }} {
			t.Run(name, func(t *testing.T) {
				p := newInProcess(t, acme())
				p.store.done = done
				webhook.On(p.Handler, ok[orderEvent])
				p.want(t, 200, webhook.OutcomeHandled)
				if !errors.Is(p.report().Err, down) {
					t.Errorf("reported %v", p.report().Err)
				}
				p.want(t, 503, webhook.OutcomeBusy) // until the lease runs out
			})
		}
	})
	t.Run("a failure stays one", func(t *testing.T) {
		p, mine := newInProcess(t, acme()), errors.New("mine")
		p.store.release = func() error { return down }
		webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { return mine })
		p.want(t, 500, webhook.OutcomeFailed)
		if !errors.Is(p.report().Err, down) || !errors.Is(p.report().Err, mine) {
			t.Errorf("reported %v", p.report().Err)
		}
		p = newInProcess(t, acme())
		p.store.release = func() error { panic("store") }
		webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { return mine })
		p.want(t, 500, webhook.OutcomeFailed)
	})
}

func TestLongFunctionKeepsItsClaim(t *testing.T) {
	for name, extend := range map[string]func(error) error{
		"extended each time": nil,
		"extended every other time": func() func(error) error {
			n := 0
			return func(err error) error {
				if n++; n%2 == 0 {
					return errors.New("timeout")
				}
				return err
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newInProcess(t, acme(), webhook.WithLease(3*time.Second))
				p.store.extend = extend
				var runs atomic.Int64
				webhook.On(p.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
					runs.Add(1)
					time.Sleep(5 * time.Minute)
					return ctx.Err()
				})
				first := make(chan int)
				go func() { first <- p.send().Code }()
				time.Sleep(4 * time.Minute)
				if code := p.send().Code; code != 503 {
					t.Errorf("a second delivery gets %d meanwhile", code)
				}
				if code := <-first; code != 200 {
					t.Errorf("the first gets %d: %v", code, p.report().Err)
				}
				p.want(t, 200, webhook.OutcomeDuplicate)
				if n := runs.Load(); n != 1 {
					t.Errorf("it ran %d times", n)
				}
			})
		})
	}
}

func TestLostClaimEndsTheContext(t *testing.T) {
	for name, c := range map[string]struct {
		extend func(error) error
		after  time.Duration // when it is noticed
	}{
		"store says so": {func(error) error { return webhook.ErrClaimLost }, 10 * time.Second},
		"store is away": {func(error) error { return errors.New("connection refused") }, 30 * time.Second},
		"store panics":  {func(error) error { panic("store") }, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newInProcess(t, acme(), webhook.WithLease(30*time.Second))
				p.store.extend = c.extend
				start := time.Now()
				webhook.On(p.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
					<-ctx.Done()
					if took := time.Since(start); took != c.after {
						t.Errorf("noticed after %v", took)
					}
					return context.Cause(ctx)
				})
				p.want(t, 500, webhook.OutcomeFailed)
				if !errors.Is(p.report().Err, webhook.ErrClaimLost) {
					t.Errorf("reported %v", p.report().Err)
				}
			})
		})
	}
}

func TestContextEndsWithTheLeaseHoweverSlowTheStore(t *testing.T) {
	for name, c := range map[string]struct{ lease, claim, extend time.Duration }{
		"claim is answered late":               {30 * time.Second, 8 * time.Second, 0},
		"extending fails after some time":      {30 * time.Second, 0, 3 * time.Second},
		"extending fails later than its limit": {9 * time.Second, 0, 12 * time.Second},
		"extending hangs":                      {9 * time.Second, 0, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newInProcess(t, acme(), webhook.WithLease(c.lease))
				p.store.claim = func(claim webhook.Claim, err error) (webhook.Claim, error) { time.Sleep(c.claim); return claim, err }
				p.store.extend = func(error) error { time.Sleep(c.extend); return errors.New("connection refused") }
				start := time.Now()
				webhook.On(p.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
					<-ctx.Done()
					if took := time.Since(start); took != c.lease {
						t.Errorf("the context ended after %v, the lease after %v", took, c.lease)
					}
					return context.Cause(ctx)
				})
				p.want(t, 500, webhook.OutcomeFailed)
				if !errors.Is(p.report().Err, webhook.ErrClaimLost) {
					t.Errorf("reported %v", p.report().Err)
				}
			})
		})
	}
}

func TestClaimAnsweredAfterItsLeaseRunsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lease = 2 * time.Second
		store := new(webhook.MemoryStore)
		late, other := newInProcess(t, acme(), webhook.WithLease(lease)), newInProcess(t, acme(), webhook.WithLease(lease))
		late.store.Store, other.store.Store = store, store
		late.store.claim = func(c webhook.Claim, err error) (webhook.Claim, error) { time.Sleep(lease); return c, err }
		webhook.On(late.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
			t.Error("it ran on a claim that was over")
			return nil
		})
		webhook.On(other.Handler, ok[orderEvent])
		late.want(t, 503, webhook.OutcomeUnclaimed)
		if !errors.Is(late.report().Err, webhook.ErrClaimLost) {
			t.Errorf("reported %v", late.report().Err)
		}
		other.want(t, 200, webhook.OutcomeHandled)
		late.want(t, 200, webhook.OutcomeDuplicate)
	})
}

func TestFunctionThatOverrunsItsTime(t *testing.T) {
	t.Run("and stops with its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newInProcess(t, acme(), webhook.WithTimeout(time.Minute), webhook.WithLease(10*time.Second))
			webhook.On(p.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
				<-ctx.Done()
				return ctx.Err()
			})
			start := time.Now()
			p.want(t, 500, webhook.OutcomeFailed)
			if !errors.Is(p.report().Err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("after %v: %v", time.Since(start), p.report().Err)
			}
			p.want(t, 500, webhook.OutcomeFailed) // it was released
		})
	})
	t.Run("and goes on: its claim runs out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newInProcess(t, acme(), webhook.WithTimeout(time.Minute), webhook.WithLease(9*time.Second))
			var runs atomic.Int64
			webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
				if runs.Add(1) == 1 {
					time.Sleep(time.Hour)
				}
				return nil
			})
			first := make(chan int)
			go func() { first <- p.send().Code }()
			time.Sleep(time.Minute)
			p.want(t, 503, webhook.OutcomeBusy)
			time.Sleep(10 * time.Second)
			p.want(t, 200, webhook.OutcomeHandled)
			if code := <-first; code != 200 || runs.Load() != 2 {
				t.Errorf("%d after %d runs", code, runs.Load())
			}
		})
	})
}

func TestHowLongADeliveryIsRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		format time.Duration
		opts   []webhook.HandlerOption
		want   time.Duration
	}{
		"by default":         {0, nil, webhook.DefaultKeep},
		"as the vendor says": {time.Minute, nil, time.Minute},
		"as the caller says": {time.Minute, []webhook.HandlerOption{webhook.WithKeep(time.Hour)}, time.Hour},
		"caller says always": {-1, []webhook.HandlerOption{webhook.WithKeep(time.Hour)}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				format := acme()
				format.Keep = c.format
				p := newInProcess(t, format, c.opts...)
				webhook.On(p.Handler, ok[orderEvent])
				p.want(t, 200, webhook.OutcomeHandled)
				time.Sleep(c.want - 1)
				p.want(t, 200, webhook.OutcomeDuplicate)
				time.Sleep(time.Nanosecond)
				p.want(t, 200, webhook.OutcomeHandled)
				if keep := time.Duration(p.store.keep.Load()); keep != c.want {
					t.Errorf("kept for %v", keep)
				}
			})
		})
	}
	t.Run("not at all, and the first runs for long", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			format := acme()
			format.Keep = -1
			p := newInProcess(t, format)
			webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
				time.Sleep(time.Minute)
				return nil
			})
			go p.send()
			synctest.Wait()
			p.want(t, 503, webhook.OutcomeBusy) // the vendor sends it again
			time.Sleep(time.Minute)
			p.want(t, 200, webhook.OutcomeHandled)
		})
	})
	t.Run("not at all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			format := acme()
			format.Keep = -1
			p := newInProcess(t, format)
			webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
				time.Sleep(time.Second)
				return nil
			})
			go p.send()
			synctest.Wait()
			start := time.Now()
			p.want(t, 200, webhook.OutcomeHandled) // it waited for the first and ran then
			if took := time.Since(start); took < 2*time.Second || took > 4*time.Second {
				t.Errorf("an equal event took %v", took)
			}
			p.want(t, 200, webhook.OutcomeHandled)
			if p.store.keep.Load() != 0 {
				t.Error("the store was told to remember it")
			}
		})
	})
}

func TestTwoVendorsShareAStore(t *testing.T) {
	store := webhook.WithStore(new(webhook.MemoryStore))
	other := acme()
	other.Vendor = "other"
	a, b := newInProcess(t, acme(), store), newInProcess(t, other, store)
	for _, p := range []*inProcess{a, b} {
		webhook.On(p.Handler, ok[orderEvent])
		p.want(t, 200, webhook.OutcomeHandled)
		p.want(t, 200, webhook.OutcomeDuplicate)
	}
}

func TestHandlersOfOneVendorShareAStore(t *testing.T) {
	for name, c := range map[string]struct {
		a, b []webhook.HandlerOption
		want webhook.Outcome // of the second
	}{
		"replicas":          {nil, nil, webhook.OutcomeDuplicate},
		"replicas in scope": {scope("a"), scope("a"), webhook.OutcomeDuplicate},
		"two accounts":      {scope("a"), scope("b"), webhook.OutcomeHandled},
		"one without scope": {scope("a"), nil, webhook.OutcomeHandled},
	} {
		t.Run(name, func(t *testing.T) {
			store := webhook.WithStore(new(webhook.MemoryStore))
			a, b := newInProcess(t, acme(), append(c.a, store)...), newInProcess(t, acme(), append(c.b, store)...)
			webhook.On(a.Handler, ok[orderEvent])
			webhook.On(b.Handler, ok[orderEvent])
			a.want(t, 200, webhook.OutcomeHandled)
			b.want(t, 200, c.want)
		})
	}
}

func TestScopeAndKeyDoNotRunTogether(t *testing.T) {
	store := webhook.WithStore(new(webhook.MemoryStore))
	other := acme() // whose key looks like a scope and a key
	other.Describe = func(http.Header, []byte) (webhook.Event, error) {
		return webhook.Event{Type: "order.paid", Key: "a/1"}, nil
	}
	a, b := newInProcess(t, acme(), store, webhook.WithScope("a")), newInProcess(t, other, store)
	for _, p := range []*inProcess{a, b} {
		webhook.On(p.Handler, ok[orderEvent])
		p.want(t, 200, webhook.OutcomeHandled)
	}
}

func scope(name string) []webhook.HandlerOption {
	return []webhook.HandlerOption{webhook.WithScope(name)}
}

func TestNothingIsForgottenWhileItsSignatureIsBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		tolerance, format, want time.Duration
	}{
		"memory of the format too short": {time.Hour, time.Minute, 2 * time.Hour},
		"memory of the format enough":    {time.Minute, 2 * time.Minute, 2 * time.Minute},
		"default too short":              {13 * time.Hour, 0, 26 * time.Hour},
		"default enough":                 {time.Minute, 0, webhook.DefaultKeep},
		"believed for ever":              {math.MaxInt64, 0, math.MaxInt64},
		"believed for two centuries":     {math.MaxInt64/2 + 1, 0, math.MaxInt64},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := webhook.NewTimestampedHMAC(signatureHeader, c.tolerance, []string{secret})
			if err != nil {
				t.Fatal(err)
			}
			format, store := acme(), &spyStore{Store: new(webhook.MemoryStore)}
			format.Keep = c.format
			h, err := webhook.NewHandler(v, format, webhook.WithStore(store), webhook.WithLogger(slog.New(slog.DiscardHandler)))
			if err != nil {
				t.Fatal(err)
			}
			webhook.On(h, ok[orderEvent])
			req := httptest.NewRequest("POST", "/", strings.NewReader(paid))
			req.Header = v.Sign([]byte(paid), time.Now())
			h.ServeHTTP(httptest.NewRecorder(), req)
			if keep := time.Duration(store.keep.Load()); keep != c.want {
				t.Errorf("kept for %v, want %v", keep, c.want)
			}
		})
	}
	v := timestamped(t)
	for keep, good := range map[time.Duration]bool{2*tolerance - 1: false, 2 * tolerance: true} {
		_, err := webhook.NewHandler(v, acme(), webhook.WithKeep(keep))
		var e *webhook.ArgumentError
		if refused := errors.As(err, &e) && e.Field == "WithKeep"; refused == good {
			t.Errorf("kept for %v: %v", keep, err)
		}
	}
}
