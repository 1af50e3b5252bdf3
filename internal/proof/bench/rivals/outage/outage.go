// Package outage puts the same calls on a vendor that fails by this module's client, by the same without a budget for its retries, and by the
// retryer of aws-sdk-go-v2. It opens no connection, so that its test has simulated time.
package outage

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// Load is calls at an even rate, to each of some operations in turn.
type Load struct {
	Name       string
	Rate       int // calls a second
	Length     time.Duration
	Operations int // at most ten
	Fails      func(random *rand.Rand, at time.Duration, operation int) bool
	Counts     func(at time.Duration, operation int) bool // which calls the share of successes is of, by their begin; nil for all
}

// Result is how a load went.
type Result struct {
	Calls, Requests    int
	Counted, Succeeded int
}

// Amplification is how many requests a call became.
func (r Result) Amplification() float64 { return float64(r.Requests) / float64(r.Calls) }

// Success is the part of the calls that succeeded, of those that count.
func (r Result) Success() float64 { return float64(r.Succeeded) / float64(r.Counted) }

// vendor responds in 20 ms.
type vendor struct {
	load  Load
	begin time.Time

	mu       sync.Mutex
	random   *rand.Rand
	requests int
}

func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := 0
	for i, path := range paths {
		if strings.Contains(r.URL.Path, path) {
			operation = i
		}
	}
	v.mu.Lock()
	v.requests++
	failed := v.load.Fails(v.random, time.Since(v.begin), operation)
	v.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	resp := &http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(`{"data":{"id":"x1"}}`)), Request: r}
	if failed {
		resp.StatusCode = http.StatusInternalServerError
	}
	return resp, nil
}

// paths tell the operations apart.
var paths = [...]string{"accounts", "activity", "allerg", "appointment", "assessment", "audit", "care-plan", "care-team", "charge", "claim"}

// Side makes a call of an operation.
type Side func(rt http.RoundTripper) (func(ctx context.Context, operation int) error, error)

// Caremux is this module's client with its defaults.
func Caremux(rt http.RoundTripper) (func(context.Context, int) error, error) {
	return client(rt, caremux.RetryPolicy{})
}

// Unbounded is this module's client without a budget.
func Unbounded(rt http.RoundTripper) (func(context.Context, int) error, error) {
	return client(rt, caremux.RetryPolicy{Budget: -1})
}

func client(rt http.RoundTripper, policy caremux.RetryPolicy) (func(context.Context, int) error, error) {
	c, err := clinik.New("clk_test_bench", caremux.WithTransport(rt), caremux.WithRetry(policy))
	if err != nil {
		return nil, err
	}
	calls := [...]func(context.Context) error{
		func(ctx context.Context) error { _, err := c.Accounts.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.ActivityDefinitions.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.Allergies.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.AppointmentResponses.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.Assessments.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.AuditEvents.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.CarePlans.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.CareTeams.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.ChargeItems.Get(ctx, "x1"); return err },
		func(ctx context.Context) error { _, err := c.Claims.Get(ctx, "x1"); return err },
	}
	return func(ctx context.Context, operation int) error { return calls[operation](ctx) }, nil
}

// AWS asks the standard retryer, with its defaults, as the SDK's own middleware does.
func AWS(rt http.RoundTripper) (func(context.Context, int) error, error) {
	r := retry.NewStandard()
	return func(ctx context.Context, operation int) error {
		retried := func(error) error { return nil }
		for attempt := 1; ; attempt++ {
			attempted, err := r.GetAttemptToken(ctx)
			if err != nil {
				return err
			}
			err = plain(ctx, rt, operation)
			_, _ = attempted(err), retried(err)
			if err == nil || attempt >= r.MaxAttempts() || !r.IsErrorRetryable(err) {
				return err
			}
			var spent error
			if retried, spent = r.GetRetryToken(ctx, err); spent != nil {
				return err
			}
			wait, delayed := r.RetryDelay(attempt, err)
			if delayed != nil {
				return err
			}
			time.Sleep(wait)
		}
	}, nil
}

// plain is a GET whose error is one of the SDK's.
func plain(ctx context.Context, rt http.RoundTripper, operation int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://vendor.example/"+paths[operation]+"/x1", nil)
	if err != nil {
		return err
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: resp}}
	}
	return nil
}

// Run puts the load on a new vendor.
func Run(ctx context.Context, l Load, side Side) (r Result, err error) {
	v := &vendor{load: l, begin: time.Now(), random: rand.New(rand.NewPCG(1, 2))}
	call, err := side(v)
	if err != nil {
		return r, err
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for at := time.Duration(0); at < l.Length; at = time.Since(v.begin) {
		operation := r.Calls % max(1, l.Operations)
		r.Calls++
		all.Go(func() {
			err := call(ctx, operation)
			mu.Lock()
			defer mu.Unlock()
			if l.Counts == nil || l.Counts(at, operation) {
				r.Counted++
				if err == nil {
					r.Succeeded++
				}
			}
		})
		time.Sleep(time.Second / time.Duration(l.Rate))
	}
	all.Wait()
	r.Requests = v.requests
	return r, nil
}
