package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
)

// stuck is a client whose calls end with their context, but for that of thing "quick".
func stuck(t *testing.T, timeout time.Duration) *Client {
	return newClient(t, "https://acme.invalid", caremux.WithRetry(caremux.NoRetry), caremux.WithTimeout(timeout),
		caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "quick") {
				return fake(200, `{"id":"1"}`), nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})))
}

// lasted is how long a call lasted that its timeout ended.
func lasted(t *testing.T, c *Client, opts ...caremux.RequestOption) time.Duration {
	begin := time.Now()
	_, err := Call[thing](context.Background(), c, getThing, Input{Path: []string{"slow"}}, opts)
	if !errors.Is(err, errTimeout) {
		t.Errorf("error = %v, want that of the client's timeout", err)
	}
	return time.Since(begin)
}

// pending reports whether the client's timer is set, and how many calls are under it.
func (l *alarm) pending() (set bool, calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := l.first; c != nil; c = c.after {
		calls++
	}
	return l.set, calls
}

func TestEachCallHasItsWholeTimeoutAlthoughTheyShareATimer(t *testing.T) {
	t.Parallel()
	const timeout = time.Second
	c := stuck(t, timeout)
	if _, err := Call[thing](t.Context(), c, getThing, Input{Path: []string{"quick"}}, nil); err != nil {
		t.Fatal(err)
	}
	if set, calls := c.alarm.pending(); !set || calls != 0 {
		t.Errorf("after a call: set = %v with %d calls, want one timer that is left pending, and none", set, calls)
	}
	var wg sync.WaitGroup
	for _, late := range []time.Duration{timeout / 4, timeout / 2, timeout * 3 / 2} {
		wg.Go(func() {
			time.Sleep(late)
			if took := lasted(t, c); took < timeout || took > timeout*17/10 {
				t.Errorf("a call begun %v after the timer was set lasted %v, want %v", late, took, timeout)
			}
		})
		wg.Go(func() {
			time.Sleep(late)
			if took := lasted(t, c, caremux.WithCallTimeout(timeout/2)); took < timeout/2 {
				t.Errorf("a call with a timeout of its own lasted %v, want %v", took, timeout/2)
			}
		})
	}
	wg.Wait()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(timeout / 10) {
		if set, calls := c.alarm.pending(); !set && calls == 0 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("set = %v with %d calls, want a client at rest without a timer", set, calls)
		}
	}
}

func TestACallLeavesTheAlarmWhereverItStood(t *testing.T) {
	t.Parallel()
	l := &alarm{timeout: time.Hour}
	calls := make([]clock, 3)
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {1, 2, 0}} {
		for i := range calls {
			calls[i].start(t.Context(), time.Hour, l, time.Now())
		}
		for n, i := range order {
			if _, left := l.pending(); left != len(calls)-n {
				t.Fatalf("%v: %d calls are left after %d have ended", order, left, n)
			}
			if !calls[i].stop() || calls[i].stop() {
				t.Errorf("%v: a call stops once", order)
			}
			calls[i].end()
		}
		if l.first != nil || l.last != nil {
			t.Errorf("%v: first = %p, last = %p of no calls", order, l.first, l.last)
		}
	}
}

func TestAClientServesBubblesOneAfterTheOther(t *testing.T) {
	t.Parallel()
	c := stuck(t, 5*time.Second)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			if took := lasted(t, c); took != 5*time.Second {
				t.Errorf("lasted %v, want the client's timeout", took)
			}
			if _, err := Call[thing](t.Context(), c, getThing, Input{Path: []string{"quick"}}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	if set, _ := c.alarm.pending(); set {
		t.Error("a bubble has set a timer that others rely on")
	}
}
