package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// storm is calls at an even rate to operations of which some fail.
type storm struct {
	rate   int // calls a second
	length time.Duration
	fails  func(random *rand.Rand, at time.Duration, operation int) bool
	many   int // operations, 1 if 0
}

type result struct {
	calls, requests int
	saved           map[bool]int // calls by whether they succeeded
}

// backoff is that of the default policy.
func backoff(failures int) time.Duration { return 500 * time.Millisecond << (failures - 1) }

// meet sends the calls as the transport does, with the backoff of the default policy.
func meet(t *testing.T, s storm) (r result) {
	r.saved = map[bool]int{}
	synctest.Test(t, func(t *testing.T) {
		b := New(20, 8)
		random := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		begin := time.Now()
		send := func(operation int) bool {
			mu.Lock()
			r.requests++
			failed := s.fails(random, time.Since(begin), operation)
			mu.Unlock()
			time.Sleep(20 * time.Millisecond)
			return !failed
		}
		names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
		call := func(operation int) bool {
			begun := time.Now()
			var failed time.Time
			for failures := 1; ; failures++ {
				if send(operation) {
					b.Succeeded(names[operation])
					return true
				}
				if failures == 1 {
					failed = time.Now()
				}
				if failures == 4 {
					return false
				}
				ceiling := backoff(failures)
				mu.Lock()
				wait := ceiling/2 + time.Duration(random.Int64N(int64(ceiling/2)))
				mu.Unlock()
				time.Sleep(wait)
				if _, err := b.Take(t.Context(), names[operation], begun, failed); err != nil {
					return false
				}
			}
		}
		var all sync.WaitGroup
		for i := 0; time.Since(begin) < s.length; i++ {
			r.calls++
			all.Go(func() {
				ok := call(i % max(1, s.many))
				mu.Lock()
				defer mu.Unlock()
				r.saved[ok]++
			})
			time.Sleep(time.Second / time.Duration(s.rate))
		}
		all.Wait()
	})
	return r
}

func part(of float64) func(*rand.Rand, time.Duration, int) bool {
	return func(random *rand.Rand, _ time.Duration, _ int) bool { return random.Float64() < of }
}

// TestBudgetBoundsWhatAnOutageCosts holds the goals for the requests made for each call, and for the calls that succeed.
func TestBudgetBoundsWhatAnOutageCosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		storm     storm
		amplified float64 // at most
		succeed   float64 // at least
	}{
		{"a total outage, 200 calls", storm{rate: 100, length: 2 * time.Second, fails: part(1)}, 1.1, 0},
		{"a total outage, 2000 calls", storm{rate: 100, length: 20 * time.Second, fails: part(1)}, 1.01, 0},
		{"nine in ten fail", storm{rate: 100, length: 20 * time.Second, fails: part(0.9)}, 1.05, 0.08},
		{"half fails", storm{rate: 100, length: 20 * time.Second, fails: part(0.5)}, 1.1, 0.47},
		{"one in five fails", storm{rate: 100, length: 20 * time.Second, fails: part(0.2)}, 1.2, 0.88},
		{"one in ten fails", storm{rate: 100, length: 60 * time.Second, fails: part(0.1)}, 1.13, 0.999},
		{"one in a hundred fails", storm{rate: 100, length: 20 * time.Second, fails: part(0.01)}, 1.02, 1},
		{"one of ten operations is dead", storm{rate: 100, length: 20 * time.Second, many: 10,
			fails: func(random *rand.Rand, _ time.Duration, operation int) bool {
				return operation == 0 || random.Float64() < 0.01
			}}, 1.03, 0.899},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := meet(t, tt.storm)
			amplified, succeed := float64(r.requests)/float64(r.calls), float64(r.saved[true])/float64(r.calls)
			t.Logf("%d calls: amplification %.3f, %.2f %% succeed", r.calls, amplified, 100*succeed)
			if amplified > tt.amplified || succeed < tt.succeed {
				t.Errorf("want at most %.3f, and %.2f %%", tt.amplified, 100*tt.succeed)
			}
		})
	}
}

func TestCallsOfAShortOutageAreSaved(t *testing.T) {
	t.Parallel()
	const begin, end = 30 * time.Second, 32 * time.Second
	for _, rate := range []int{5, 100} {
		r := meet(t, storm{rate: rate, length: 60 * time.Second, many: 10, fails: func(_ *rand.Rand, at time.Duration, _ int) bool {
			return at >= begin && at < end
		}})
		saved := 1 - float64(r.saved[false])/float64(2*rate) // nothing else fails
		t.Logf("%d a second: %.0f %% saved", rate, 100*saved)
		if saved < 0.65 {
			t.Errorf("%d a second: %.0f %% of the calls begun in an outage of 2 s succeed", rate, 100*saved)
		}
	}
}

// TestSlowRecoveryIsNotHeldUpByRetries has a vendor that comes back over half a minute, and that fails every request while more come than it
// bears by then.
func TestSlowRecoveryIsNotHeldUpByRetries(t *testing.T) {
	t.Parallel()
	const begin, end, rate = 10 * time.Second, 40 * time.Second, 100
	recovering := func(at time.Duration) float64 { return max(0, min(1, (at-begin).Seconds()/(end-begin).Seconds())) }
	r := meet(t, storm{rate: rate, length: 60 * time.Second, many: 10, fails: func(random *rand.Rand, at time.Duration, _ int) bool {
		return at >= begin && random.Float64() >= recovering(at)
	}})
	amplified, succeed := float64(r.requests)/float64(r.calls), float64(r.saved[true])/float64(r.calls)
	t.Logf("random failures: amplification %.3f, %.1f %% succeed", amplified, 100*succeed)
	if amplified > 1.1 || succeed < 0.75 { // without retries it is three quarters
		t.Errorf("amplification %.3f, %.1f %% succeed", amplified, 100*succeed)
	}

	var second time.Duration // that is counted
	asked, after := 0, 0
	r = meet(t, storm{rate: rate, length: 60 * time.Second, fails: func(_ *rand.Rand, at time.Duration, _ int) bool {
		if at.Truncate(time.Second) != second {
			second, asked = at.Truncate(time.Second), 0
		}
		asked++
		bears := 1.2 * rate * recovering(at)
		failed := at >= begin && float64(asked) > bears
		if failed && at > end+5*time.Second {
			after++
		}
		return failed
	}})
	t.Logf("overload: amplification %.3f, %d requests fail after the recovery", float64(r.requests)/float64(r.calls), after)
	if after > 0 {
		t.Errorf("%d requests fail after the vendor has recovered: retries keep it down", after)
	}
}

func TestSpentBudgetFailsAtOnceWithoutSuccesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(2, 1)
		begin := time.Now()
		take := func(operation string) error {
			_, err := b.Take(t.Context(), operation, begin, begin)
			return err
		}
		for _, tt := range []struct {
			operation string
			want      error
		}{{"a", nil}, {"a", ErrSpent}, {"b", nil}, {"c", ErrSpent}} {
			if err := take(tt.operation); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.operation, err, tt.want)
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTokensGoInTheOrderOfTheCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(1, 1)
		b.Succeeded("a")
		now := time.Now()
		if _, err := b.Take(t.Context(), "a", now, now); err != nil {
			t.Fatal(err)
		}
		order := make(chan int, 3)
		for _, n := range []int{3, 1, 2} {
			go func() {
				if _, err := b.Take(t.Context(), "a", now.Add(time.Duration(n)), now); err != nil {
					t.Error(err)
				}
				order <- n
			}()
			synctest.Wait()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.Take(ctx, "a", now, now); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		for want := 1; want <= 3; want++ {
			for range 7 {
				b.Succeeded("a")
			}
			if n := <-order; n != want {
				t.Errorf("call %d has the token, want %d", n, want)
			}
		}
	})
}
