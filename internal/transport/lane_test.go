package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// limited is a vendor that takes some calls in each second, by its own clock.
type limited struct {
	mu       sync.Mutex
	limit    int
	shows    bool
	begin    time.Time
	used     int
	requests int
	refused  int
	posts    map[string]int // accepted, by body
}

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(15 * time.Millisecond)
	defer time.Sleep(15 * time.Millisecond)
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	if now := time.Now().Truncate(time.Second); now != l.begin {
		l.begin, l.used = now, 0
	}
	header := []string{"Retry-After", "1"}
	if l.shows {
		header = append(header, "X-RateLimit-Limit", "10", "X-RateLimit-Reset", "1", "X-RateLimit-Remaining")
		header = append(header, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}[max(0, l.limit-l.used-1)])
	}
	if l.used++; l.used > l.limit {
		l.refused++
		return fake(429, `{"code":"LIMIT"}`, header...), nil
	}
	if l.posts == nil {
		l.posts = map[string]int{}
	}
	l.posts[string(body)]++
	return fake(200, `{"id":"1"}`, header[2:]...), nil
}

// paced is a client of a round tripper with the default policy.
func paced(t *testing.T, rt http.RoundTripper, opts ...caremux.Option) *Client {
	t.Helper()
	return newClient(t, "https://acme.invalid",
		append([]caremux.Option{caremux.WithTransport(rt), caremux.WithRetry(caremux.RetryPolicy{})}, opts...)...)
}

func TestHerdBehindARateLimitLosesNoCall(t *testing.T) {
	t.Parallel()
	for _, shows := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := &limited{limit: 10, shows: shows}
			shared := caremux.WithPace(caremux.NewPace())
			clients := []*Client{paced(t, l, shared), paced(t, l, shared)} // of one account
			begin := time.Now()
			var all sync.WaitGroup
			for i := range 50 {
				all.Go(func() {
					for range 10 {
						if _, err := get(t, clients[i%2]); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			took, share := time.Since(begin), float64(l.refused)/float64(l.requests)
			if took > 49*time.Second*115/100+time.Second || share > 0.05 || shows && l.refused > 0 {
				t.Errorf("limit shown %v: took %v, %d of %d requests refused", shows, took, l.refused, l.requests)
			}
		})
	}
}

func TestRefusedWriteIsSentUntilItIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &limited{limit: 3}
		c := paced(t, l)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				if err := Exec(t.Context(), c, createThing,
					Input{Body: content.JSON(&thingInput{Name: strings.Repeat("x", i+1)})}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(l.posts) != 40 {
			t.Errorf("%d of 40 writes came", len(l.posts))
		}
		for _, n := range l.posts {
			if n != 1 {
				t.Errorf("one came %d times", n)
			}
		}
	})
}

func TestTimeInLineDoesNotCountAgainstTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := paced(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			if sent++; sent <= 3 {
				return fake(429, "{}", "Retry-After", "60"), nil
			}
			return fake(200, `{"id":"1"}`), nil
		}), caremux.WithTimeout(time.Second))
		var r caremux.Response
		_, err := get(t, c, caremux.WithResponse(&r))
		if err != nil || r.Attempts != 4 || r.Lined < 3*time.Minute || r.Lined > 190*time.Second || r.LinedFor != caremux.LinedForPause {
			t.Errorf("%v, %d attempts, %v in line for %q", err, r.Attempts, r.Lined, r.LinedFor)
		}
		d, err := Stream(t.Context(), c, getThing, Input{Path: []string{"1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = d.Close()
	})
}

func TestCallKeptBackByAPauseSaysUntilWhen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := paced(t, roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return fake(429, `{"code":"LIMIT"}`, "Retry-After", "3600"), nil
		}))
		until := time.Now().Add(time.Hour)
		for i := range 3 {
			_, err := create(t, c)
			e := new(caremux.Error)
			if !errors.As(err, &e) || !errors.Is(err, caremux.ErrRateLimited) || !e.RetryAt.Equal(until) || e.MaybeApplied() {
				t.Errorf("%v, RetryAt %v, MaybeApplied %v", err, e.RetryAt, e.MaybeApplied())
			}
			if first := i == 0; errors.Is(err, caremux.ErrNotSent) == first || (e.Status == 429) != first {
				t.Errorf("call %d: %v with status %d", i, err, e.Status)
			}
		}
		if sent != 1 {
			t.Errorf("%d requests", sent)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Exec(ctx, c, deleteThing, Input{Path: []string{"1"}}, nil); !errors.Is(err, caremux.ErrNotSent) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNothingLeftPausesTheClientUntilTheReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		c := paced(t, roundTrip(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Now())
			return fake(200, `{"id":"1"}`, "X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "30"), nil
		}))
		for range 2 {
			if _, err := get(t, c); err != nil {
				t.Error(err)
			}
		}
		if wait := at[1].Sub(at[0]); wait < 30*time.Second || wait > 32*time.Second {
			t.Errorf("the second call came after %v", wait)
		}
	})
}

func TestQuotaAndOnePersonsRefusalPauseNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, code := range []string{"QUOTA", "OTP"} {
			s, sent := settings(), 0
			s.Personal = func(e *caremux.Error) bool { return e.Code == "OTP" }
			rt := roundTrip(func(*http.Request) (*http.Response, error) {
				sent++
				return fake(429, `{"code":"`+code+`"}`, "Retry-After", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "60"), nil
			})
			c := newClientOf(t, s, "https://acme.invalid", caremux.WithTransport(rt))
			begin := time.Now()
			for range 2 {
				_, err := get(t, c)
				wantError(t, err, 429)
			}
			if sent != 2 || time.Since(begin) != 0 {
				t.Errorf("%s: %d requests in %v", code, sent, time.Since(begin))
			}
		}
	})
}

func TestGroupsHaveLinesOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := settings()
		s.Group = func(op *Operation) string { return map[bool]string{true: "writes"}[op.Method == "POST"] }
		c := newClientOf(t, s, "https://acme.invalid", caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == "POST" {
				return fake(429, "{}", "Retry-After", "3600"), nil
			}
			return fake(200, `{"id":"1"}`), nil
		})))
		if _, err := create(t, c); !errors.Is(err, caremux.ErrRateLimited) {
			t.Errorf("error %v", err)
		}
		begin := time.Now()
		if _, err := get(t, c); err != nil || time.Since(begin) != 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// limiter is one of the user's.
type limiter struct {
	wait  time.Duration
	err   error
	asked atomic.Int32
}

func (l *limiter) Wait(ctx context.Context) error {
	l.asked.Add(1)
	select {
	case <-time.After(l.wait):
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestLimiterIsAskedOnceForEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, sent := &limiter{wait: 2 * time.Minute}, 0
		c := paced(t, roundTrip(func(*http.Request) (*http.Response, error) {
			if sent++; sent == 1 {
				return fake(502, "{}"), nil
			}
			return fake(200, `{"id":"1"}`), nil
		}), caremux.WithLimiter(l), caremux.WithTimeout(10*time.Second))
		var r caremux.Response
		if _, err := get(t, c, caremux.WithResponse(&r)); err != nil {
			t.Error(err)
		}
		if l.asked.Load() != 2 || r.Lined != 4*time.Minute || r.LinedFor != caremux.LinedForLimiter {
			t.Errorf("asked %d times, %v in line for %q", l.asked.Load(), r.Lined, r.LinedFor)
		}
	})
}

func TestLimiterThatRefusesKeepsTheCallBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuses := errors.New("no more today")
		sent := 0
		c := paced(t, roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return fake(200, `{"id":"1"}`), nil
		}), caremux.WithLimiter(&limiter{err: refuses}))
		_, err := create(t, c)
		if e := wantError(t, err, 0); sent != 0 || !errors.Is(err, refuses) || !errors.Is(err, caremux.ErrNotSent) || e.MaybeApplied() {
			t.Errorf("%d requests: %v", sent, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = Exec(ctx, paced(t, roundTrip(nil), caremux.WithLimiter(&limiter{wait: time.Hour})), createThing,
			Input{Body: content.JSON(&thingInput{Name: "x"})}, nil)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, caremux.ErrNotSent) {
			t.Errorf("error %v", err)
		}
	})
}

func TestSpentBudgetIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		rt := roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return fake(500, "{}"), nil
		})
		c := paced(t, rt, caremux.WithRetry(caremux.RetryPolicy{Budget: 5, OperationBudget: 4}))
		spent := 0
		for range 100 {
			_, err := get(t, c)
			if e := wantError(t, err, 500); e.BudgetSpent {
				spent++
			}
		}
		if err := Exec(t.Context(), c, deleteThing, Input{Path: []string{"1"}}, nil); wantError(t, err, 500).Attempts != 2 {
			t.Errorf("%v: the other operation has a token left", err)
		}
		if sent != 100+4+2 || spent != 99 {
			t.Errorf("%d requests, %d calls ended by the budget", sent, spent)
		}
		sent = 0
		unbounded := paced(t, rt, caremux.WithRetry(caremux.RetryPolicy{Budget: -1}))
		for range 30 {
			_, _ = get(t, unbounded)
		}
		if sent != 120 {
			t.Errorf("%d requests without a budget, want 120", sent)
		}
	})
}

func TestOnlyTheRefusalThatBeginsAPauseIsAWarning(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		l := &limited{limit: 2}
		c := paced(t, l, caremux.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _, _ = get(t, c) })
		}
		all.Wait()
		if lines := strings.Count(log.String(), "vendor calls paused"); lines == 0 || lines >= l.refused ||
			strings.Count(log.String(), "\n") != lines {
			t.Errorf("%d refused:\n%s", l.refused, log.String())
		}
	})
}

func TestLoginDoesNotStandInTheLineOfTheCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		paused := true
		c := paced(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == "POST" || !paused {
				return fake(200, `{"id":"1"}`), nil
			}
			return fake(429, "{}", "Retry-After", "3600"), nil
		}))
		_, err := get(t, c)
		wantError(t, err, 429)
		login := *createThing
		login.Anonymous = true
		if _, err := Call[thing](t.Context(), c, &login, Input{Body: content.JSON(&thingInput{Name: "x"})}, nil); err != nil {
			t.Errorf("the login waits: %v", err)
		}
	})
}
