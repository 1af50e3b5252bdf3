package transport

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/caremux/caremux"
)

func TestObserversAreToldOfRepeatsAndTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		net := roundTrip(func(*http.Request) (*http.Response, error) {
			if n++; n < 3 {
				return fake(503, `{"code":"BUSY","message":"SECRET"}`, "X-Request-Id", "first"), nil
			}
			return fake(200, `{"id":"1"}`, "X-Request-Id", "last"), nil
		})
		var first, second []caremux.CallEvent
		c := newClient(t, "https://acme.example.com", caremux.WithTransport(net),
			caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 3, MinWait: time.Second, MaxWait: time.Second}),
			caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) { first = append(first, e) }),
			caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) { second = append(second, e) }))
		begin := time.Now()
		if _, err := get(t, c); err != nil {
			t.Fatal(err)
		}
		base := caremux.CallEvent{
			Vendor: "acme", Operation: "Things.Get", Method: "GET", Path: "/{tenant}/things/{thingId}", Started: begin,
		}
		if len(first) != 3 {
			t.Fatalf("%d events, want one for each of two repeats and one for the end", len(first))
		}
		for i := range 2 {
			if first[i].Err == nil || strings.Contains(first[i].Err.Error(), "SECRET") || first[i].Wait <= 0 || first[i].Done {
				t.Errorf("event of repeat %d: %+v", i, first[i])
			}
		}
		want := []caremux.CallEvent{base, base, base}
		want[0].Status, want[0].Attempts, want[0].RequestID, want[0].Wait = 503, 1, "first", first[0].Wait
		want[1].Status, want[1].Attempts, want[1].RequestID, want[1].Wait = 503, 2, "first", first[1].Wait
		want[1].Waited, want[1].Duration = first[0].Wait, first[0].Wait
		want[2].Status, want[2].Attempts, want[2].RequestID, want[2].Done = 200, 3, "last", true
		want[2].Waited, want[2].Duration = first[0].Wait+first[1].Wait, first[0].Wait+first[1].Wait
		if diff := cmp.Diff(want, first, cmpopts.IgnoreFields(caremux.CallEvent{}, "Err")); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(first, second, cmpopts.IgnoreFields(caremux.CallEvent{}, "Err")); diff != "" {
			t.Errorf("the second observer is told otherwise:\n%s", diff)
		}
	})
}

func TestObserversAreToldOfAFailure(t *testing.T) {
	t.Parallel()
	s := serve(t, always(404, `{"code":"NONE","message":"no such thing"}`))
	var got []caremux.CallEvent
	c := newClient(t, s.URL, caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) { got = append(got, e) }))
	_, err := get(t, c)
	if len(got) != 1 || !got[0].Done || got[0].Status != 404 || got[0].Attempts != 1 || got[0].Err != err || got[0].Duration <= 0 {
		t.Errorf("events %+v; want one, with the error of the call: %v", got, err)
	}
}

func TestMiddlewareKnowsTheCall(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]string{}
	s := serve(t, always(200, `{"id":"1"}`))
	login := settings()
	login.Login = caremux.StaticToken("x")
	login.Authorise = func(r *http.Request, _ *Operation, token string) { r.Header.Set("Authorization", "Bearer "+token) }
	c := newClientOf(t, login, s.URL, caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			call, ok := caremux.CallOf(r.Context())
			mu.Lock()
			defer mu.Unlock()
			if ok {
				seen[r.Method] = call.Vendor + " " + call.Operation + " " + call.Method + " " + call.Path
			}
			return next.RoundTrip(r)
		})
	}))
	if _, err := get(t, c); err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), "DELETE", "/x/1", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	// the path of Do may hold ids
	want := map[string]string{"GET": "acme Things.Get GET /{tenant}/things/{thingId}", "DELETE": "acme Do DELETE "}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if _, ok := caremux.CallOf(t.Context()); ok {
		t.Error("a context that no call made has a call")
	}
}

func TestObserverMustBeGiven(t *testing.T) {
	t.Parallel()
	if _, err := caremux.NewConfig([]caremux.Option{caremux.WithObserver(nil)}); err == nil {
		t.Error("a nil observer is taken")
	}
}
