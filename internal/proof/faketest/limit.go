package faketest

import (
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

// Limited is a fake of a vendor whose responses do not name its limit.
type Limited struct {
	Limit    func(n int, per time.Duration)
	Client   func(opts ...caremux.Option) (call func(opts ...caremux.RequestOption) error) // a new one
	Requests func() int                                                                    // of the calls, without logins
	Code     string                                                                        // of a refusal
}

// Test checks that calls beyond the limit are refused, without a header that says more than the vendor does, and that a client with its
// defaults loses none of them.
func (l *Limited) Test(t *testing.T) {
	t.Helper()
	l.Limit(2, time.Hour)
	var r caremux.Response
	call := l.Client()
	for range 2 { // the login does not count
		if err := call(caremux.WithResponse(&r)); err != nil {
			t.Fatal(err)
		}
		l.silent(t, r)
	}
	err := l.Client(caremux.WithRetry(caremux.NoRetry))(caremux.WithResponse(&r))
	WantCode(t, err, caremux.ErrRateLimited, l.Code)
	if r.Status != 429 {
		t.Errorf("status %d", r.Status)
	}
	l.silent(t, r)
	l.Limit(0, 0)
	call = l.Client()
	for range 3 {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}

	const calls, limit = 15, 10
	before := l.Requests()
	l.Limit(limit, 300*time.Millisecond)
	call = l.Client()
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			if err := call(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := l.Requests() - before; n < calls || n > 2*calls {
		t.Errorf("%d requests for %d calls", n, calls)
	}
}

// silent checks that a response has no header that names a limit or a wait.
func (l *Limited) silent(t *testing.T, r caremux.Response) {
	t.Helper()
	if r.Header.Get("Retry-After") != "" || r.RateLimit.Limit != nil || r.RateLimit.Remaining != nil || !r.RateLimit.Reset.IsZero() {
		t.Errorf("a response with status %d names the limit: %v, %+v", r.Status, r.Header, r.RateLimit)
	}
}
