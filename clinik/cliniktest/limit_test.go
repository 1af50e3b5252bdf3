package cliniktest_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func TestCallsBeyondALimitAreRefusedUntilItsPeriodIsOver(t *testing.T) {
	srv, _ := setup(t)
	srv.Limit(2, time.Minute)
	var r caremux.Response
	for left := 1; left >= 0; left-- {
		must(srv.Client().Patients.Search(t.Context(), nil, caremux.WithResponse(&r)))(t)
		if *r.RateLimit.Limit != 2 || *r.RateLimit.Remaining != left || time.Until(r.RateLimit.Reset) < 50*time.Second {
			t.Errorf("figures %+v, want %d left", r.RateLimit, left)
		}
	}
	_, err := srv.Client(caremux.WithRetry(caremux.NoRetry)).Patients.Search(t.Context(), nil)
	wantCode(t, err, caremux.ErrRateLimited, clinik.CodeRateLimited)
	if e := new(caremux.Error); !errors.As(err, &e) || time.Until(e.RetryAt) < 50*time.Second || time.Until(e.RetryAt) > time.Minute {
		t.Errorf("%v: retry at %v", err, e.RetryAt)
	}
	srv.Advance(time.Minute)
	must(srv.Client().Patients.Search(t.Context(), nil))(t)
	srv.Limit(0, 0)
	for range 3 {
		must(srv.Client().Patients.Search(t.Context(), nil))(t)
	}
}

func TestClientBehindALimitLosesNoCall(t *testing.T) {
	srv, c := setup(t)
	srv.Limit(10, time.Second)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if _, err := c.Patients.Search(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// How few are refused is shown in package pace, on simulated time: here a machine that stalls between two windows counts.
	if n := len(srv.Requests()); n > 60 {
		t.Errorf("%d requests for 30 calls", n)
	}
}
