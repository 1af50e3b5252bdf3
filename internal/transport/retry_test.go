package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// TestAttempts holds the retry rule against every kind of method and failure: how often the server is asked, what the caller is told,
// and whether the server may have acted.
func TestAttempts(t *testing.T) {
	t.Parallel()
	refused := func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String()
	}
	methods := []struct {
		name        string
		op          Operation
		idempotent  bool // said by the caller
		safe, reads bool
	}{
		{"GET", Operation{Method: "GET"}, false, true, true},
		{"HEAD", Operation{Method: "HEAD"}, false, true, true},
		{"OPTIONS", Operation{Method: "OPTIONS"}, false, true, true},
		{"PUT", Operation{Method: "PUT"}, false, true, false},
		{"DELETE", Operation{Method: "DELETE"}, false, true, false},
		{"POST", Operation{Method: "POST"}, false, false, false},
		{"PATCH", Operation{Method: "PATCH"}, false, false, false},
		{"POST that only reads", Operation{Method: "POST", Idempotent: true}, false, true, true},
		{"POST called idempotent", Operation{Method: "POST"}, true, true, false},
		{"PATCH called idempotent", Operation{Method: "PATCH"}, true, true, false},
	}
	status := func(status int, header ...string) handler {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			answer(w, status, `{"code":"E"}`)
		}
	}
	failures := []struct {
		name         string
		handle       handler // nil: nobody listens
		status       int
		is           error
		safe, unsafe int  // attempts
		applied      bool // of a call that changes something
		body         bool // the failure lies in the body, which HEAD has none of
		timeout      time.Duration
	}{
		{name: "refused connection", safe: 3, unsafe: 3},
		{name: "reset before the answer", handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
			hangUp(w, "", true)
		}, safe: 3, unsafe: 1, applied: true},
		{name: "closed before the answer", handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
			hangUp(w, "", false)
		}, safe: 3, unsafe: 1, applied: true},
		{name: "closed in the header", handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
			hangUp(w, "HTTP/1.1 200 OK\r\nX-A", false)
		}, safe: 3, unsafe: 1, applied: true},
		{name: "no HTTP", handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
			hangUp(w, "SSH-2.0-x\r\n", false)
		}, safe: 3, unsafe: 1, applied: true},
		{
			name: "cut off body",
			handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
				hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\":", false)
			},
			status: 200, is: caremux.ErrUnreadable, safe: 3, unsafe: 1, applied: true, body: true,
		},
		{
			name: "cut off chunk",
			handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
				hangUp(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"id\":", false)
			},
			status: 200, is: caremux.ErrUnreadable, safe: 3, unsafe: 1, applied: true, body: true,
		},
		{
			name: "cut off body without a length",
			handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
				hangUp(w, "HTTP/1.1 200 OK\r\n\r\n{\"id\":", false)
			},
			status: 200, is: caremux.ErrUnreadable, safe: 3, unsafe: 1, applied: true, body: true,
		},
		{
			name: "stalled before the answer", handle: func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() },
			is: context.DeadlineExceeded, safe: 1, unsafe: 1, applied: true, timeout: 300 * time.Millisecond,
		},
		{
			name: "stalled in the body", handle: func(w http.ResponseWriter, r *http.Request, _ int) {
				w.Header().Set("Content-Length", "50")
				answer(w, 200, `{"id":`)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			},
			status: 200, is: context.DeadlineExceeded, safe: 1, unsafe: 1, applied: true, body: true, timeout: 300 * time.Millisecond,
		},
		{
			name: "stalled in the body of an error", handle: func(w http.ResponseWriter, r *http.Request, _ int) {
				w.Header().Set("Content-Length", "50")
				answer(w, 502, `{"code":`)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			},
			status: 502, is: caremux.ErrServer, safe: 1, unsafe: 1, applied: true, body: true, timeout: 300 * time.Millisecond,
		},
		{name: "HTML on 200", handle: always(200, "<html>maintenance</html>"), status: 200, is: caremux.ErrUnreadable,
			safe: 1, unsafe: 1, applied: true, body: true},
		{name: "nothing on 200", handle: always(200, ""), status: 200, is: caremux.ErrUnreadable,
			safe: 1, unsafe: 1, applied: true, body: true},
		{name: "another type on 200", handle: always(200, `["x"]`), status: 200, is: caremux.ErrUnreadable,
			safe: 1, unsafe: 1, applied: true, body: true},
		{name: "400", handle: status(400), status: 400, is: caremux.ErrInvalid, safe: 1, unsafe: 1},
		{name: "403", handle: status(403), status: 403, is: caremux.ErrForbidden, safe: 1, unsafe: 1},
		{name: "404", handle: status(404), status: 404, is: caremux.ErrNotFound, safe: 1, unsafe: 1},
		{name: "404 with Retry-After", handle: status(404, "Retry-After", "0"), status: 404, is: caremux.ErrNotFound, safe: 1, unsafe: 1},
		{name: "408", handle: status(408), status: 408, safe: 3, unsafe: 1, applied: true},
		{name: "409", handle: status(409), status: 409, is: caremux.ErrConflict, safe: 1, unsafe: 1},
		{name: "429", handle: status(429), status: 429, is: caremux.ErrRateLimited, safe: 3, unsafe: 3},
		{name: "429 with Retry-After", handle: status(429, "Retry-After", "0"), status: 429,
			is: caremux.ErrRateLimited, safe: 3, unsafe: 3},
		{name: "500", handle: status(500), status: 500, is: caremux.ErrServer, safe: 3, unsafe: 1, applied: true},
		{name: "500 with Retry-After", handle: status(500, "Retry-After", "0"), status: 500, is: caremux.ErrServer,
			safe: 3, unsafe: 1, applied: true},
		{name: "501", handle: status(501), status: 501, is: caremux.ErrServer, safe: 1, unsafe: 1, applied: true},
		{name: "502", handle: status(502), status: 502, is: caremux.ErrServer, safe: 3, unsafe: 1, applied: true},
		{name: "503", handle: status(503), status: 503, is: caremux.ErrServer, safe: 3, unsafe: 1, applied: true},
		{name: "503 with Retry-After", handle: status(503, "Retry-After", "0"), status: 503, is: caremux.ErrServer, safe: 3, unsafe: 3},
		{name: "504", handle: status(504), status: 504, is: caremux.ErrServer, safe: 3, unsafe: 1, applied: true},
		{name: "304", handle: status(304), status: 304, safe: 1, unsafe: 1},
	}
	for _, f := range failures {
		for _, m := range methods {
			if f.body && m.op.Method == "HEAD" {
				continue
			}
			t.Run(f.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				var s *server
				base := ""
				if f.handle != nil {
					s = serve(t, f.handle)
					base = s.URL
				} else {
					base = refused(t)
				}
				c := newClient(t, base)
				op := m.op
				op.Name, op.Path = "Things.Try", "/{tenant}/things/{thingId}"
				in := Input{Path: []string{"a b"}}
				if op.Method != "GET" && op.Method != "HEAD" {
					in.Body = content.JSON(&thingInput{Name: "Zoë"})
				}
				var r caremux.Response
				opts := []caremux.RequestOption{caremux.WithQuery("q", "1&2"), caremux.WithResponse(&r)}
				if m.idempotent {
					opts = append(opts, caremux.WithIdempotent())
				}
				if f.timeout > 0 {
					opts = append(opts, caremux.WithCallTimeout(f.timeout))
				}
				_, err := Call[thing](t.Context(), c, &op, in, opts)
				e := wantError(t, err, f.status)
				want := f.unsafe
				if m.safe {
					want = f.safe
				}
				if e.Attempts != want || r.Attempts != want || r.Status != f.status {
					t.Errorf("%d attempts (Response: %d with status %d), want %d", e.Attempts, r.Attempts, r.Status, want)
				}
				if f.is != nil && !errors.Is(err, f.is) {
					t.Errorf("error %v does not match %v", err, f.is)
				}
				if applied := f.applied && !m.reads; e.MaybeApplied() != applied {
					t.Errorf("MaybeApplied = %v, want %v", e.MaybeApplied(), applied)
				}
				if e.Vendor != "acme" || e.Operation != "Things.Try" || e.Method != op.Method || e.Path != op.Path {
					t.Errorf("error = %v", err)
				}
				if s == nil {
					return
				}
				seen := s.requests()
				if len(seen) != want {
					t.Errorf("the server saw %d requests, want %d", len(seen), want)
				}
				for _, got := range seen {
					body := ""
					if in.Body.IsJSON() {
						body = `{"name":"Zoë"}`
					}
					if got.method != op.Method || got.path != "/gh/things/a%20b" || got.query.Get("q") != "1&2" || got.body != body {
						t.Errorf("the server saw %s %s?%s %q", got.method, got.path, got.query.Encode(), got.body)
					}
				}
			})
		}
	}
}

func TestCallSucceedsAfterFailures(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			answer(w, 503, `{"code":"BUSY"}`)
		case 2:
			hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\":\"wrong\"", false)
		default:
			w.Header().Set("X-Request-Id", "r3")
			answer(w, 200, `{"id":"right"}`)
		}
	})
	var r caremux.Response
	got, err := get(t, newClient(t, s.URL), caremux.WithResponse(&r))
	if err != nil || got.ID != "right" || got.Count != nil || string(got.RawJSON()) != `{"id":"right"}` {
		t.Errorf("got %+v, %v", got, err)
	}
	if r.Attempts != 3 || r.Status != 200 || r.RequestID != "r3" || string(r.Body) != `{"id":"right"}` {
		t.Errorf("Response = %+v", r)
	}
}

func TestMaybeAppliedSticks(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			hangUp(w, "", true) // the server may have acted
			return
		}
		answer(w, 404, `{}`) // and now there is nothing left to delete
	})
	err := Exec(t.Context(), newClient(t, s.URL), deleteThing, Input{Path: []string{"1"}}, nil)
	if e := wantError(t, err, 404); !e.MaybeApplied() || e.Attempts != 2 {
		t.Errorf("MaybeApplied = %v after %d attempts, want true after 2", e.MaybeApplied(), e.Attempts)
	}
}

func TestNoRetrySendsOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, always(500, ""))
	c := newClient(t, s.URL, caremux.WithRetry(caremux.NoRetry))
	_, err := get(t, c)
	wantError(t, err, 500)
	if s.count() != 1 {
		t.Errorf("%d requests, want 1", s.count())
	}
	_, err = get(t, c, caremux.WithCallRetry(quick))
	wantError(t, err, 500)
	if s.count() != 4 {
		t.Errorf("%d requests, want 3 more", s.count())
	}
}

func TestUntrustedCertificateIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	rt := caremux.NewTransport()
	t.Cleanup(rt.CloseIdleConnections)
	s := serve(t, always(200, `{"id":"1"}`))
	tls := startTLS(t)
	c := newClient(t, tls, caremux.WithTransport(rt), caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			attempts.Add(1)
			return next.RoundTrip(r)
		})
	}))
	_, err := create(t, c)
	if e := wantError(t, err, 0); e.MaybeApplied() || attempts.Load() != 1 || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error = %v after %d attempts, MaybeApplied %v", err, attempts.Load(), e.MaybeApplied())
	}
	if s.count() != 0 {
		t.Error("something was sent elsewhere")
	}
}

// waited runs a call against a fake network in a bubble and tells how long it took.
func waited(t *testing.T, opts []caremux.Option, rt roundTrip, call func(ctx context.Context, c *Client) error) (time.Duration, error) {
	t.Helper()
	c := newClient(t, "https://acme.invalid",
		append([]caremux.Option{caremux.WithTransport(rt), caremux.WithRetry(caremux.RetryPolicy{})}, opts...)...)
	begin := time.Now()
	err := call(t.Context(), c)
	return time.Since(begin), err
}

func TestWaitsAsTheServerAsks(t *testing.T) {
	t.Parallel()
	// A bubble's clock begins at 2000-01-01 00:00 UTC.
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name     string
		status   int
		header   []string
		least    time.Duration
		most     time.Duration
		attempts int // of 2
	}{
		{"Retry-After in seconds", 429, []string{"Retry-After", "7"}, 7 * time.Second, 7350 * time.Millisecond, 2},
		{"Retry-After with a fraction", 429, []string{"Retry-After", "1.5"}, 1500 * time.Millisecond, 1575 * time.Millisecond, 2},
		{"Retry-After zero", 429, []string{"Retry-After", "0"}, 250 * time.Millisecond, 525 * time.Millisecond, 2},
		{"Retry-After zero, a failure", 500, []string{"Retry-After", "0"}, 250 * time.Millisecond, 500 * time.Millisecond, 2},
		{"Retry-After with spaces", 429, []string{"Retry-After", " 7 "}, 7 * time.Second, 7350 * time.Millisecond, 2},
		{"Retry-After as a date", 503, []string{"Retry-After", begin.Add(9 * time.Second).Format(http.TimeFormat)},
			9 * time.Second, 9450 * time.Millisecond, 2},
		{"Retry-After as a date gone by", 503, []string{"Retry-After", begin.Add(-time.Hour).Format(http.TimeFormat)},
			250 * time.Millisecond, 525 * time.Millisecond, 2},
		{"Retry-After as a date by another clock", 503,
			[]string{"Retry-After", begin.Add(-time.Hour + 9*time.Second).Format(http.TimeFormat),
				"Date", begin.Add(-time.Hour).Format(http.TimeFormat)}, 9 * time.Second, 9450 * time.Millisecond, 2},
		{"Retry-After wins over the window", 429, []string{"Retry-After", "3", "X-RateLimit-Reset", "20", "X-RateLimit-Remaining", "0"},
			3 * time.Second, 3150 * time.Millisecond, 2},
		{"the longest wait obeyed", 429, []string{"Retry-After", "90"}, 90 * time.Second, 93 * time.Second, 2},
		{"a longer one gives the answer at once", 429, []string{"Retry-After", "91"}, 0, 0, 1},
		{"an hour", 503, []string{"Retry-After", "3600"}, 0, 0, 1},
		{"far beyond", 503, []string{"Retry-After", "99999999999999999999"}, 0, 0, 1},
		{"infinite", 503, []string{"Retry-After", "Inf"}, 0, 0, 1},
		{"a date far ahead", 503, []string{"Retry-After", begin.Add(24 * time.Hour).Format(http.TimeFormat)}, 0, 0, 1},
		{"unreadable", 429, []string{"Retry-After", "soon"}, 250 * time.Millisecond, 525 * time.Millisecond, 2},
		{"negative", 429, []string{"Retry-After", "-5"}, 250 * time.Millisecond, 525 * time.Millisecond, 2},
		{"not a number", 429, []string{"Retry-After", "NaN"}, 250 * time.Millisecond, 525 * time.Millisecond, 2},
		{"the window in seconds", 429, []string{"X-RateLimit-Reset", "20"}, 20 * time.Second, 21 * time.Second, 2},
		{"the window as epoch seconds", 429, []string{"X-RateLimit-Reset", strconv.FormatInt(begin.Add(12*time.Second).Unix(), 10)},
			12 * time.Second, 12600 * time.Millisecond, 2},
		{"the window as epoch milliseconds", 429, []string{
			"X-RateLimit-Reset", strconv.FormatInt(begin.Add(12*time.Second).UnixMilli(), 10),
		}, 12 * time.Second, 12600 * time.Millisecond, 2},
		{"the window by another clock", 429,
			[]string{"X-RateLimit-Reset", strconv.FormatInt(begin.Add(time.Hour+12*time.Second).Unix(), 10),
				"Date", begin.Add(time.Hour).Format(http.TimeFormat)}, 12 * time.Second, 12600 * time.Millisecond, 2},
		{"the window by its new name", 429, []string{"RateLimit-Reset", "20", "RateLimit-Remaining", "0"},
			20 * time.Second, 21 * time.Second, 2},
		{"a window with calls left", 429, []string{"X-RateLimit-Reset", "20", "X-RateLimit-Remaining", "5"},
			250 * time.Millisecond, 525 * time.Millisecond, 2},
		{"a window beyond the longest wait", 429, []string{"X-RateLimit-Reset", "600"}, 0, 0, 1},
		{"a window used up, another failure", 500, []string{"X-RateLimit-Reset", "20", "X-RateLimit-Remaining", "0"},
			20 * time.Second, 21 * time.Second, 2},
		{"a window with no word of what is left, another failure", 500, []string{"X-RateLimit-Reset", "20"},
			250 * time.Millisecond, 500 * time.Millisecond, 2},
		{"a long window with no word of what is left, another failure", 502, []string{"X-RateLimit-Reset", "900"},
			250 * time.Millisecond, 500 * time.Millisecond, 2},
		{"nothing said", 503, nil, 250 * time.Millisecond, 500 * time.Millisecond, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				took, err := waited(t, []caremux.Option{caremux.WithTimeout(10 * time.Minute)},
					func(*http.Request) (*http.Response, error) {
						if sent++; sent == 1 {
							return fake(tt.status, "{}", tt.header...), nil
						}
						return fake(200, `{"id":"1"}`), nil
					}, func(ctx context.Context, c *Client) error {
						_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, nil)
						return err
					})
				if sent != tt.attempts {
					t.Errorf("%d attempts, want %d", sent, tt.attempts)
				}
				if tt.attempts == 1 {
					wantError(t, err, tt.status)
				} else if err != nil {
					t.Errorf("error = %v", err)
				}
				if took < tt.least || took > tt.most {
					t.Errorf("waited %v, want %v to %v", took, tt.least, tt.most)
				}
			})
		})
	}
}

func TestMaxRetryAfterIsThePolicys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		took, err := waited(t, []caremux.Option{caremux.WithRetry(caremux.RetryPolicy{MaxRetryAfter: 5 * time.Second})},
			func(*http.Request) (*http.Response, error) {
				sent++
				return fake(429, "{}", "Retry-After", []string{"5", "6"}[sent-1]), nil
			}, func(ctx context.Context, c *Client) error {
				_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, nil)
				return err
			})
		if e := wantError(t, err, 429); sent != 2 || took < 5*time.Second || took > 5250*time.Millisecond || e.Attempts != 2 {
			t.Errorf("%d attempts in %v, %v; want 2 in 5s", sent, took, err)
		} else if until := time.Until(e.RetryAt); until != 6*time.Second {
			t.Errorf("RetryAt is %v from now, want 6s", until)
		}
	})
}

func TestWaitThatDoesNotFitTheDeadlineGivesTheLastError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		status  int
		context time.Duration // 0: none
		options []caremux.Option
		call    []caremux.RequestOption
	}{
		{"the caller's deadline", 503, 10 * time.Second, nil, nil},
		{"the client's timeout", 500, 0, []caremux.Option{caremux.WithTimeout(10 * time.Second)}, nil},
		{"the call's timeout", 500, 0, nil, []caremux.RequestOption{caremux.WithCallTimeout(10 * time.Second)}},
		{"the earlier of both", 503, 10 * time.Second, []caremux.Option{caremux.WithTimeout(time.Hour)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took, err := waited(t, tt.options, func(*http.Request) (*http.Response, error) {
					return fake(tt.status, `{"code":"BUSY"}`, "Retry-After", "10", "X-Request-Id", "r1"), nil
				}, func(ctx context.Context, c *Client) error {
					if tt.context > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, tt.context)
						defer cancel()
					}
					_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, tt.call)
					return err
				})
				e := wantError(t, err, tt.status)
				if took != 0 || e.Attempts != 1 || e.Code != "BUSY" || e.RequestID != "r1" || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("after %v: %v with %d attempts; want the response at once", took, err, e.Attempts)
				}
			})
		})
	}
}

func TestCancelEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		took, err := waited(t, nil, func(*http.Request) (*http.Response, error) {
			sent++
			return fake(429, "{}", "Retry-After", "30"), nil
		}, func(ctx context.Context, c *Client) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(3*time.Second, cancel)
			_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, nil)
			return err
		})
		e := wantError(t, err, 429)
		if took != 3*time.Second || sent != 1 || e.Attempts != 1 {
			t.Errorf("%d attempts in %v, want 1 in 3s", sent, took)
		}
		if !errors.Is(err, context.Canceled) || !errors.Is(err, caremux.ErrRateLimited) ||
			!strings.Contains(err.Error(), "canceled by the caller") {
			t.Errorf("error = %v, want one that matches Canceled and the answer that was waited for", err)
		}
	})
}

func TestCancelBeforeAndDuringAnAttempt(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 9)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		reached <- struct{}{}
		<-r.Context().Done()
	})
	c := newClient(t, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	_, err := Call[thing](ctx, c, createThing, Input{Body: content.JSON(&thingInput{Name: "x"})}, nil)
	if e := wantError(t, err, 0); !errors.Is(err, context.Canceled) || !e.MaybeApplied() || e.Attempts != 1 {
		t.Errorf("error = %v, MaybeApplied %v", err, e.MaybeApplied())
	}
	_, err = Call[thing](ctx, c, createThing, Input{Body: content.JSON(&thingInput{Name: "x"})}, nil)
	if wantError(t, err, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if s.count() != 1 {
		t.Errorf("%d requests, want none after the cancel", s.count())
	}
}

// TestContextThatHasEndedSendsNothing holds also for round trippers that do not look at the context.
func TestContextThatHasEndedSendsNothing(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	past, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
	defer cancel()
	input := Input{Body: content.JSON(&thingInput{Name: "x"})}
	for ctx, cause := range map[context.Context]error{canceled: context.Canceled, past: context.DeadlineExceeded} {
		var sent int
		l := &logins{}
		rt := roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return fake(200, `{"id":"1"}`), nil
		})
		plain := newClient(t, "https://acme.invalid", caremux.WithTransport(rt))
		warm := offline(t, l, rt)
		if _, err := create(t, warm); err != nil {
			t.Fatal(err)
		}
		sent = 0
		_, streamed := Stream(ctx, plain, createThing, input, nil)
		for name, err := range map[string]error{
			"without a token":     Exec(ctx, plain, createThing, input, nil),
			"with a token":        Exec(ctx, warm, createThing, input, nil),
			"without a token yet": Exec(ctx, offline(t, l, rt), createThing, input, nil),
			"as a stream":         streamed,
		} {
			if e := wantError(t, err, 0); !errors.Is(err, cause) || e.MaybeApplied() || e.Attempts != 0 {
				t.Errorf("%s: MaybeApplied %v after %d attempts: %v", name, e.MaybeApplied(), e.Attempts, err)
			}
		}
		if sent != 0 || l.count() != 1 {
			t.Errorf("%v: %d requests and %d logins", cause, sent, l.count()-1)
		}
	}
}

func TestQuotaErrorsAreNeverRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 503} {
		s := serve(t, always(status, `{"code":"QUOTA","message":"used up"}`))
		_, err := get(t, newClient(t, s.URL))
		e := wantError(t, err, status)
		if s.count() != 1 || !errors.Is(err, caremux.ErrQuotaExceeded) || e.Code != "QUOTA" || e.Message != "used up" {
			t.Errorf("status %d: %d requests, %v", status, s.count(), err)
		}
	}
}

func TestBackoffStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	for _, p := range []caremux.RetryPolicy{
		caremux.RetryPolicy{}.WithDefaults(),
		{MinWait: time.Second, MaxWait: time.Second},
		{MinWait: time.Minute, MaxWait: time.Second},
		{MinWait: time.Microsecond, MaxWait: time.Minute},
		{MinWait: 3, MaxWait: 10},
	} {
		for attempt := 1; attempt <= 70; attempt++ {
			ceiling := p.MaxWait
			if wanted := float64(p.MinWait) * pow2(attempt-1); wanted < float64(ceiling) {
				ceiling = time.Duration(wanted)
			}
			var least, most time.Duration = 1 << 62, -1
			for range 200 {
				wait := backoff(p, attempt)
				least, most = min(least, wait), max(most, wait)
			}
			if least < ceiling/2 || most > ceiling {
				t.Errorf("%+v, failure %d: waits of %v to %v, want %v to %v", p, attempt, least, most, ceiling/2, ceiling)
			}
			if ceiling > 1000 && (least > ceiling*5/8 || most < ceiling*7/8) {
				t.Errorf("%+v, failure %d: waits of %v to %v do not fill %v to %v", p, attempt, least, most, ceiling/2, ceiling)
			}
		}
	}
	if wait := backoff(caremux.RetryPolicy{}, 1); wait != 0 {
		t.Errorf("no bounds at all: %v", wait)
	}
}

func pow2(n int) float64 {
	f := 1.0
	for range n {
		f *= 2
	}
	return f
}

func TestWaitsGrowUntilTheAttemptsAreUsedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		_, err := waited(t, []caremux.Option{
			caremux.WithTimeout(0), caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 6, MinWait: time.Second, MaxWait: 4 * time.Second}),
		},
			func(*http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				return nil, io.ErrUnexpectedEOF
			}, func(ctx context.Context, c *Client) error {
				_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, nil)
				return err
			})
		wantError(t, err, 0)
		if len(at) != 6 {
			t.Fatalf("%d attempts, want 6", len(at))
		}
		for i, ceiling := range []time.Duration{1, 2, 4, 4, 4} {
			if wait := at[i+1].Sub(at[i]); wait < 0 || wait > ceiling*time.Second {
				t.Errorf("wait %d = %v, want at most %ds", i+1, wait, ceiling)
			}
		}
	})
}

// TestRedirectedCallIsNotTakenForOneThatNeverLeft is about a POST that is answered with a redirect whose target cannot be reached: the
// server has had the POST.
func TestRedirectedCallIsNotTakenForOneThatNeverLeft(t *testing.T) {
	t.Parallel()
	posts := 0
	c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == "POST" {
			posts++
			return fake(303, "", "Location", "/done"), nil
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
	})))
	_, err := create(t, c)
	if e := wantError(t, err, 0); posts != 1 || !e.MaybeApplied() {
		t.Errorf("%d POSTs, MaybeApplied %v; want 1 and true: %v", posts, e.MaybeApplied(), err)
	}
}

func TestRateLimitFigures(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name             string
		header           []string
		limit, remaining string
		reset            time.Time
	}{
		{"nothing", nil, "-", "-", time.Time{}},
		{"all", []string{"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "30"},
			"100", "0", now.Add(30 * time.Second)},
		{"new names", []string{"RateLimit-Limit", "5", "RateLimit-Remaining", "4", "RateLimit-Reset", "1"}, "5", "4", now.Add(time.Second)},
		{"epoch", []string{"X-RateLimit-Reset", "1704164700"}, "-", "-", time.Unix(1704164700, 0)},
		{"epoch milliseconds", []string{"X-RateLimit-Reset", "1704164700123"}, "-", "-", time.UnixMilli(1704164700123)},
		{"unreadable", []string{
			"X-RateLimit-Limit", "many", "X-RateLimit-Remaining", "1.5", "X-RateLimit-Reset", "2024-01-01",
		}, "-", "-", time.Time{}},
		{"negative reset", []string{"X-RateLimit-Reset", "-1"}, "-", "-", time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := rateLimit(fake(200, "", tt.header...).Header, now)
			show := func(n *int) string {
				if n == nil {
					return "-"
				}
				return fmt.Sprint(*n)
			}
			if show(got.Limit) != tt.limit || show(got.Remaining) != tt.remaining || !got.Reset.Equal(tt.reset) {
				t.Errorf("figures = %s, %s, %v; want %s, %s, %v", show(got.Limit), show(got.Remaining),
					got.Reset, tt.limit, tt.remaining, tt.reset)
			}
		})
	}
}
