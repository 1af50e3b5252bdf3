// Package pacing puts the same load on a server with a rate limit by this module's client and by the adaptive retryer of aws-sdk-go-v2.
package pacing

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// Vendor allows Limit requests in each window, counted from the first, and names whole seconds to wait.
type Vendor struct {
	Limit  int
	Window time.Duration

	mu       sync.Mutex
	begin    time.Time
	used     int
	Requests int
	Refused  int
}

func (v *Vendor) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	now := time.Now()
	if now.Sub(v.begin) >= v.Window {
		v.begin, v.used = now, 0
	}
	v.Requests++
	v.used++
	refused := v.used > v.Limit
	left := v.begin.Add(v.Window).Sub(now)
	if refused {
		v.Refused++
	}
	v.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	w.Header().Set("Content-Type", "application/json")
	if refused {
		w.Header().Set("Retry-After", strconv.Itoa(int((left+time.Second-1)/time.Second)))
		w.WriteHeader(http.StatusTooManyRequests)
	}
	_, _ = io.WriteString(w, `{"data":{"id":"p1","firstName":"Ann"}}`)
}

// Load is calls of a number of goroutines, and the vendor's limit.
type Load struct {
	Name           string
	Callers, Calls int
	Limit          int
	Window         time.Duration
	Clients        int // of one account, among which the callers are divided
}

// Ideal is the time of a client that knows the vendor's state.
func (l Load) Ideal() time.Duration { return time.Duration((l.Callers*l.Calls-1)/l.Limit) * l.Window }

// Result is how a load went.
type Result struct {
	Took                      time.Duration
	Requests, Refused, Failed int
	Longest, Median           time.Duration // of the calls
}

// Side makes clients: each returns a function that makes one call.
type Side func(address string, clients int) ([]func(context.Context) error, error)

// Caremux makes clients of this module with their defaults. Several share a pace.
func Caremux(address string, clients int) (calls []func(context.Context) error, err error) {
	pace := caremux.NewPace()
	for range clients {
		c, err := clinik.New("clk_test_bench", caremux.WithBaseURL(address), caremux.WithPace(pace))
		if err != nil {
			return nil, err
		}
		calls = append(calls, func(ctx context.Context) error {
			_, err := c.Patients.Get(ctx, "p1", nil)
			return err
		})
	}
	return calls, nil
}

// AWS makes clients that ask the adaptive retryer, with its defaults, as the SDK's own middleware does.
func AWS(address string, clients int) (calls []func(context.Context) error, err error) {
	for range clients {
		retryer := retry.NewAdaptiveMode()
		calls = append(calls, func(ctx context.Context) error { return adaptive(ctx, retryer, address) })
	}
	return calls, nil
}

func adaptive(ctx context.Context, r *retry.AdaptiveMode, address string) error {
	retried := func(error) error { return nil }
	for attempt := 1; ; attempt++ {
		release, err := r.GetAttemptToken(ctx)
		if err != nil {
			return err
		}
		err = plain(ctx, address)
		_, _ = release(err), retried(err)
		if err == nil || attempt >= r.MaxAttempts() || !r.IsErrorRetryable(err) {
			return err
		}
		var spent error
		if retried, spent = r.GetRetryToken(ctx, err); spent != nil {
			return err
		}
		wait, err := r.RetryDelay(attempt, err)
		if err != nil {
			return err
		}
		time.Sleep(wait)
	}
}

// plain is a GET by net/http.
func plain(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/v1/patients/p1", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		return &smithy.GenericAPIError{Code: "TooManyRequestsException"}
	}
	return json.Unmarshal(body, &struct{ Data map[string]any }{})
}

// Run puts the load on a new server.
func Run(ctx context.Context, l Load, side Side) (r Result, err error) {
	v := &Vendor{Limit: l.Limit, Window: l.Window}
	s := httptest.NewServer(v)
	defer s.Close()
	calls, err := side(s.URL, max(1, l.Clients))
	if err != nil {
		return r, err
	}
	var mu sync.Mutex
	var waits []time.Duration
	var all sync.WaitGroup
	begin := time.Now()
	for i := range l.Callers {
		all.Go(func() {
			for range l.Calls {
				begin := time.Now()
				err := calls[i%len(calls)](ctx)
				mu.Lock()
				waits = append(waits, time.Since(begin))
				if err != nil {
					r.Failed++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	r.Took, r.Requests, r.Refused = time.Since(begin), v.Requests, v.Refused
	slices.Sort(waits)
	r.Longest, r.Median = waits[len(waits)-1], waits[len(waits)/2]
	return r, nil
}
