package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

// TestSwitchedConnectionDoesNotHang is about an answer with status 101, whose body is the bare connection: reading it ends with no
// context.
func TestSwitchedConnectionDoesNotHang(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	t.Cleanup(func() { close(released) })
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: acme\r\n\r\n"))
		go func() {
			<-released
			_ = conn.Close()
		}()
	})
	done := make(chan error, 2)
	c := newClient(t, s.URL, caremux.WithTimeout(time.Second))
	go func() {
		_, err := create(t, c)
		done <- err
		_, err = get(t, c)
		done <- err
	}()
	for i, applied := range []bool{true, false} {
		select {
		case err := <-done:
			if e := wantError(t, err, 101); e.MaybeApplied() != applied || e.Attempts != 1 {
				t.Errorf("call %d: MaybeApplied %v after %d attempts: %v", i, e.MaybeApplied(), e.Attempts, err)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("call %d hangs", i)
		}
	}
}

// TestRedirectMayComeWhenTheWorkIsDone holds calls that change something against redirects: 307 and 308 ask for the same again, the
// others may say where to look at what was done.
func TestRedirectMayComeWhenTheWorkIsDone(t *testing.T) {
	t.Parallel()
	for status, applied := range map[int]bool{301: true, 302: true, 303: true, 307: false, 308: false} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "https://elsewhere.invalid/", status)
		})
		c := newClient(t, s.URL)
		_, err := create(t, c)
		if e := wantError(t, err, status); e.MaybeApplied() != applied || e.Attempts != 1 {
			t.Errorf("%d: MaybeApplied %v after %d attempts", status, e.MaybeApplied(), e.Attempts)
		}
		if _, err = get(t, c); wantError(t, err, status).MaybeApplied() {
			t.Errorf("%d: a GET may have changed something", status)
		}
	}
}

// TestRefusalBehindARedirectIsNotTheCalls is about a call that is redirected within the origin, and then refused in a way that would
// allow another attempt: what was refused is the GET that the redirect led to.
func TestRefusalBehindARedirectIsNotTheCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method           string
		redirect, status int
		calls            int32
		applied          bool
	}{
		{"POST", 302, 429, 1, true},
		{"POST", 303, 429, 1, true},
		{"POST", 303, 503, 1, true},
		{"POST", 303, 404, 1, true},
		{"POST", 307, 429, 3, false},
		{"POST", 308, 404, 1, false},
		{"PATCH", 303, 429, 1, true},
		{"PUT", 303, 429, 3, true},
		{"PUT", 307, 429, 3, false},
	} {
		var calls atomic.Int32
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path != "/there" {
				calls.Add(1)
				http.Redirect(w, r, "/there", tt.redirect)
				return
			}
			w.Header().Set("Retry-After", "0")
			answer(w, tt.status, "{}")
		})
		op := &Operation{Name: "Things.Try", Method: tt.method, Path: "/{tenant}/things"}
		_, err := Call[thing](t.Context(), newClient(t, s.URL), op, Input{Body: JSON(&thingInput{Name: "Zoë"})}, nil)
		if e := wantError(t, err, tt.status); calls.Load() != tt.calls || e.MaybeApplied() != tt.applied {
			t.Errorf("%s, %d, %d: sent %d times and MaybeApplied %v, want %d and %v", tt.method, tt.redirect, tt.status,
				calls.Load(), e.MaybeApplied(), tt.calls, tt.applied)
		}
	}
}

// TestErrorAboutTheAnswerIsNotAboutTheRequest is about texts that net/http uses for a request that it refuses to send, found in an error
// about an answer.
func TestErrorAboutTheAnswerIsNotAboutTheRequest(t *testing.T) {
	t.Parallel()
	for _, sent := range []bool{true, false} {
		n := 0
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			n++
			if trace := httptrace.ContextClientTrace(r.Context()); sent && trace != nil && trace.WroteHeaders != nil {
				trace.WroteHeaders()
			}
			return nil, errors.New(`stream error: stream ID 1; PROTOCOL_ERROR; invalid header field name "X y"`)
		})))
		_, err := create(t, c)
		if e := wantError(t, err, 0); e.MaybeApplied() != sent || n != 1 {
			t.Errorf("sent %v: MaybeApplied %v after %d attempts", sent, e.MaybeApplied(), n)
		}
	}
}

// TestSecondConnectionSaysNothingOfTheFirst is about net/http sending a POST with an Idempotency-Key again by itself: that the second
// connection is refused does not mean that the first had no effect.
func TestSecondConnectionSaysNothingOfTheFirst(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	posts := make(chan int, 1)
	go func() {
		defer close(posts)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for n := range 2 {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			if n == 1 {
				posts <- 1
				_ = l.Close()
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"1\"}"))
		}
	}()
	c := newClient(t, "http://"+l.Addr().String())
	if _, err := get(t, c); err != nil {
		t.Fatal(err)
	}
	_, err = create(t, c, caremux.WithHeader("Idempotency-Key", "k"))
	if e := wantError(t, err, 0); !e.MaybeApplied() || e.Attempts != 1 || <-posts != 1 {
		t.Errorf("MaybeApplied %v after %d attempts: %v", e.MaybeApplied(), e.Attempts, err)
	}
}

// TestFailedLoginDoesNotHideAnEarlierAttempt is about a PUT whose first attempt may have had its effect, and whose second one is refused
// until a login, which fails.
func TestFailedLoginDoesNotHideAnEarlierAttempt(t *testing.T) {
	t.Parallel()
	refused := caremux.NewError(caremux.Error{Vendor: "acme", Operation: "Logins.Create", Status: 403}, nil, nil, "", false)
	l := &logins{before: func(_ context.Context, n int) error {
		if n == 1 {
			return nil
		}
		return refused
	}}
	n := 0
	c := offline(t, l, roundTrip(func(*http.Request) (*http.Response, error) {
		if n++; n == 1 {
			return nil, errors.New("reset")
		}
		return fake(401, "{}"), nil
	}))
	op := &Operation{Name: "Things.Replace", Method: "PUT", Path: "/{tenant}/things"}
	_, err := Call[thing](t.Context(), c, op, Input{Body: JSON(&thingInput{Name: "Zoë"})}, nil)
	if e := wantError(t, err, 401); !e.MaybeApplied() || n != 2 || !errors.Is(err, refused) {
		t.Errorf("MaybeApplied %v after %d requests: %v", e.MaybeApplied(), n, err)
	}
}
