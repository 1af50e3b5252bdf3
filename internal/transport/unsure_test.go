package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/proof/faultnet"
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
		_, err := Call[thing](t.Context(), newClient(t, s.URL), op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, nil)
		if e := wantError(t, err, tt.status); calls.Load() != tt.calls || e.MaybeApplied() != tt.applied {
			t.Errorf("%s, %d, %d: sent %d times and MaybeApplied %v, want %d and %v", tt.method, tt.redirect, tt.status,
				calls.Load(), e.MaybeApplied(), tt.calls, tt.applied)
		}
	}
}

// TestAnotherPageSaysNothingOfTheCall is about calls of which only the status counts, and a server that leads to another page, such as
// one to log in at: the call may not have been done.
func TestAnotherPageSaysNothingOfTheCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method   string
		redirect int
		fails    bool
	}{
		{"POST", 301, true},
		{"POST", 302, true},
		{"POST", 303, true},
		{"PATCH", 302, true},
		{"PUT", 302, true},
		{"DELETE", 302, true},
		{"POST", 307, false},
		{"DELETE", 308, false},
		{"GET", 302, false},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path != "/page" {
				http.Redirect(w, r, "/page", tt.redirect)
				return
			}
			answer(w, 200, `{"page":"login"}`)
		})
		c := newClient(t, s.URL)
		op := &Operation{Name: "Things.Try", Method: tt.method, Path: "/{tenant}/things"}
		for name, err := range map[string]error{
			"Exec": Exec(t.Context(), c, op, Input{}, nil),
			"Do":   c.Do(t.Context(), tt.method, "/things", nil, nil, nil),
		} {
			if !tt.fails {
				if err != nil {
					t.Errorf("%s, %s, %d: %v", name, tt.method, tt.redirect, err)
				}
				continue
			}
			if e := wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() || e.Attempts != 1 {
				t.Errorf("%s, %s, %d: MaybeApplied %v after %d attempts: %v", name, tt.method,
					tt.redirect, e.MaybeApplied(), e.Attempts, err)
			}
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

// TestKeyDoesNotMultiplyACall is about net/http, which sends a POST with an Idempotency-Key again by itself when its connection breaks,
// whether the vendor knows such keys or not.
func TestKeyDoesNotMultiplyACall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		for _, method := range []string{"POST", "PATCH", "PUT"} {
			var sent atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == "GET" {
					answer(w, 200, `{"id":"1"}`)
					return
				}
				if r.Header.Get(name) != "k" {
					t.Errorf("%s arrives without %s", method, name)
				}
				if sent.Add(1) == 1 {
					hangUp(w, "", true)
				} else {
					answer(w, 200, `{"id":"1"}`)
				}
			})
			c := newClient(t, s.URL)
			if _, err := get(t, c); err != nil { // so that there is a connection to be used again
				t.Fatal(err)
			}
			op := &Operation{Name: "Things.Try", Method: method, Path: "/{tenant}/things"}
			_, err := Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})},
				[]caremux.RequestOption{caremux.WithHeader(name, "k")})
			if method == "PUT" {
				if err != nil || sent.Load() != 2 {
					t.Errorf("%s with %s: sent %d times, %v", method, name, sent.Load(), err)
				}
				continue
			}
			if e := wantError(t, err, 0); !e.MaybeApplied() || e.Attempts != 1 || sent.Load() != 1 {
				t.Errorf("%s with %s: sent %d times, MaybeApplied %v: %v", method, name, sent.Load(), e.MaybeApplied(), err)
			}
		}
	}
}

// TestSecondConnectionSaysNothingOfTheFirst is about net/http sending a POST again by itself, for the Idempotency-Key of a middleware:
// that the second connection is refused does not mean that the first had no effect.
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
	c := newClient(t, "http://"+l.Addr().String(), caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set("Idempotency-Key", "k")
			return next.RoundTrip(r)
		})
	}))
	if _, err := get(t, c); err != nil {
		t.Fatal(err)
	}
	_, err = create(t, c)
	if e := wantError(t, err, 0); !e.MaybeApplied() || e.Attempts != 1 || <-posts != 1 {
		t.Errorf("MaybeApplied %v after %d attempts: %v", e.MaybeApplied(), e.Attempts, err)
	}
}

// TestFailedLoginDoesNotHideAnEarlierAttempt is about a PUT whose first attempt may have had its effect, and whose second one is refused
// until a login, which fails.
func TestFailedLoginDoesNotHideAnEarlierAttempt(t *testing.T) {
	t.Parallel()
	refused := caremux.NewError(caremux.Error{Vendor: "acme", Operation: "Logins.Create", Status: 403}, caremux.ErrorParts{})
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
	_, err := Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, nil)
	if e := wantError(t, err, 401); !e.MaybeApplied() || n != 2 || !errors.Is(err, refused) {
		t.Errorf("MaybeApplied %v after %d requests: %v", e.MaybeApplied(), n, err)
	}
}

// TestHTTP2DoesNotMultiplyACall is about net/http, which sends a request again by itself when its stream is reset or its connection goes.
func TestHTTP2DoesNotMultiplyACall(t *testing.T) {
	t.Parallel()
	body := content.JSON(&thingInput{Name: "Zoë"})
	const always = 1 << 20
	unread := int32(2)
	if sendsResetsAgain {
		unread = 1 // of a request without a body net/http does not say why it would send it again
	}
	for _, tt := range []struct {
		name   string
		method string
		body   content.Body
		end    func(stream []byte) []byte
		times  int32
		opts   []caremux.RequestOption
		sent   int32
		failed bool
	}{
		{"create", "POST", body, protocolError, always, nil, 1, true},
		{"create without a body", "POST", content.Body{}, protocolError, always, nil, 1, true},
		{"create without a timeout", "POST", body, protocolError, always, []caremux.RequestOption{caremux.WithCallTimeout(0)}, 1, true},
		{"change", "PATCH", body, protocolError, always, nil, 1, true},
		{"create with an early hint", "POST", body, hinted(protocolError), always, nil, 1, true},
		{"change with an early hint", "PATCH", body, hinted(protocolError), always, nil, 1, true},
		{"replace with an early hint", "PUT", body, hinted(protocolError), 2, nil, 3, false},
		{"create that is to go elsewhere after a hint", "POST", body, hinted(elsewhere), 1, nil, 2, false},
		{"create that may be sent twice", "POST", body, protocolError, 2, []caremux.RequestOption{caremux.WithIdempotent()}, 3, false},
		{"replace", "PUT", body, protocolError, 2, nil, 3, false},
		{"refused unseen", "POST", body, refusedStream, 1, nil, 2, false},
		{"not seen by a server that goes", "POST", body, goAway, 1, nil, 2, false},
		{"not seen by a server that goes, without a body", "POST", content.Body{}, goAway, 1, nil, unread, sendsResetsAgain},
		{"replace not seen by a server that goes", "PUT", body, goAway, 1, nil, 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int32
			address, rt := ending(t, tt.end, tt.times, &sent)
			op := &Operation{Name: "Things.Try", Method: tt.method, Path: "/{tenant}/things"}
			err := Exec(t.Context(), newClient(t, address, caremux.WithTransport(rt)), op, Input{Body: tt.body}, tt.opts)
			switch {
			case !tt.failed && err != nil:
				t.Error(err)
			case tt.failed:
				if e := wantError(t, err, 0); !e.MaybeApplied() || e.Attempts != 1 || errors.Is(err, context.Canceled) {
					t.Errorf("MaybeApplied %v after %d attempts: %v", e.MaybeApplied(), e.Attempts, err)
				}
			}
			if n := sent.Load(); n != tt.sent {
				t.Errorf("sent %d times, want %d", n, tt.sent)
			}
		})
	}
}

func protocolError(stream []byte) []byte {
	return append(append([]byte{0, 0, 4, 3, 0}, stream...), 0, 0, 0, 1)
}
func refusedStream(stream []byte) []byte {
	return append(append([]byte{0, 0, 4, 3, 0}, stream...), 0, 0, 0, 7)
}

// hinted puts an answer 103, which is not the last word, in front of another end.
func hinted(end func([]byte) []byte) func([]byte) []byte {
	return func(stream []byte) []byte {
		return append(append(append([]byte{0, 0, 5, 1, 4}, stream...), "\x08\x03103"...), end(stream)...)
	}
}

// elsewhere asks for the same again on another connection: a redirect by 307 to /t, after which the server goes.
func elsewhere(stream []byte) []byte {
	redirect := append(append([]byte{0, 0, 10, 1, 5}, stream...), "\x08\x03307\x0f\x1f\x02/t"...)
	return append(append(append(redirect, 0, 0, 8, 7, 0, 0, 0, 0, 0), stream...), 0, 0, 0, 0)
}
func goAway([]byte) []byte { return append([]byte{0, 0, 8, 7}, make([]byte, 13)...) } // no stream was seen

// ending is a server over HTTP/2 that answers the first requests, once they are there as a whole, with the frame that end gives, and
// the others with 200.
func ending(t *testing.T, end func(stream []byte) []byte, times int32, sent *atomic.Int32) (string, *http.Transport) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := tls.NewListener(front, &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2"}})
	const data, headers, settings = 0, 1, 4
	serve := func(conn net.Conn) {
		defer conn.Close()
		defer context.AfterFunc(t.Context(), func() { _ = conn.Close() })()
		if _, err := io.ReadFull(conn, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
			return
		}
		_, _ = conn.Write([]byte{0, 0, 0, settings, 0, 0, 0, 0, 0})
		for {
			var head [9]byte
			if _, err := io.ReadFull(conn, head[:]); err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, conn, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
			last, stream := head[4]&1 == 1, head[5:]
			switch kind := head[3]; {
			case kind == settings && !last:
				_, _ = conn.Write([]byte{0, 0, 0, settings, 1, 0, 0, 0, 0})
			case (kind == data || kind == headers) && last && sent.Add(1) <= times:
				_, _ = conn.Write(end(stream))
			case (kind == data || kind == headers) && last:
				_, _ = conn.Write(append(append([]byte{0, 0, 1, headers, 5}, stream...), 0x88)) // ":status: 200" and nothing more
			}
		}
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { serve(conn) })
		}
	})
	rt := caremux.NewTransport()
	rt.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	rt.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	t.Cleanup(func() {
		_ = l.Close()
		rt.CloseIdleConnections()
		served.Wait()
	})
	return "https://" + front.Addr().String(), rt
}

// TestLoginThatFailsSaysNothingOfTheCall is about logins of which nobody knows whether they came about. What MaybeApplied says of the
// call depends on its own attempts alone.
func TestLoginThatFailsSaysNothingOfTheCall(t *testing.T) {
	t.Parallel()
	logins := map[string]func() (*http.Response, error){
		"server error": func() (*http.Response, error) { return fake(502, `{"code":"DOWN"}`), nil },
		"refused":      func() (*http.Response, error) { return fake(403, `{"code":"DOWN"}`), nil },
		"reset":        func() (*http.Response, error) { return nil, faultnet.ErrReset },
		"unreachable":  func() (*http.Response, error) { return nil, &dialError },
		"cut off": func() (*http.Response, error) {
			resp := fake(200, `{"id":`)
			resp.ContentLength++
			return resp, nil
		},
	}
	reset := func(*Client) (*http.Response, error) { return nil, faultnet.ErrReset }
	unauthorized := func(*Client) (*http.Response, error) { return fake(401, "{}"), nil }
	outlive := func(*Client) (*http.Response, error) {
		time.Sleep(2 * time.Hour) // longer than the token lasts
		return nil, faultnet.ErrReset
	}
	for _, tt := range []struct {
		name     string
		attempts []func(*Client) (*http.Response, error) // before the login that fails
		applied  bool                                    // by a call that may be repeated
	}{
		{name: "not sent"},
		{name: "refused", attempts: []func(*Client) (*http.Response, error){unauthorized}},
		{name: "unsure, then refused", attempts: []func(*Client) (*http.Response, error){reset, unauthorized}, applied: true},
		{name: "unsure", attempts: []func(*Client) (*http.Response, error){outlive}, applied: true},
	} {
		for login, answer := range logins {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
				t.Run(tt.name+"/"+login+"/"+method, bubble(func(t *testing.T) {
					entry := newClient(t, "https://login.invalid", caremux.WithRetry(caremux.NoRetry),
						caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) { return answer() })))
					var failed error
					source := caremux.TokenSourceFunc(func(ctx context.Context) (caremux.Token, error) {
						if failed == nil && len(tt.attempts) > 0 {
							failed = errNotJSON // the next one
							return caremux.Token{Value: "t", Expires: time.Now().Add(time.Hour)}, nil
						}
						_, failed = Call[thing](ctx, entry, ping, Input{}, nil)
						return caremux.Token{}, failed
					})
					sent := 0
					var c *Client
					c = offline(t, source, roundTrip(func(*http.Request) (*http.Response, error) {
						sent++
						return tt.attempts[sent-1](c)
					}), caremux.WithTimeout(0))
					op := &Operation{Name: "Things.Try", Method: method, Path: "/{tenant}/things", OptionalBody: true}
					var opts []caremux.RequestOption
					if tt.applied {
						opts = append(opts, caremux.WithIdempotent())
					}
					err := Exec(t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, opts)
					var e *caremux.Error
					if !errors.As(err, &e) || e.MaybeApplied() != (tt.applied && method != "GET") || sent != len(tt.attempts) {
						t.Fatalf("sent %d times, and the error is %v, MaybeApplied %v", sent, err, e.MaybeApplied())
					}
					if !errors.Is(err, failed) || !tt.applied && (e.Operation != ping.Name || e.Error() != failed.Error()) {
						t.Errorf("%v does not tell of the login: %v", err, failed)
					}
				}))
			}
		}
	}
}

// bubble runs a test on fake time.
func bubble(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// TestRefusedTokenBehindARedirectDoesNotRepeatTheCall is about a POST that is redirected to what it has made, where the token is refused.
// The next call has another token in any case.
func TestRefusedTokenBehindARedirectDoesNotRepeatTheCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method          string
		redirect, calls int
		applied         bool
	}{
		{"POST", 303, 1, true},
		{"PATCH", 302, 1, true},
		{"PUT", 303, 2, true},
		{"POST", 307, 2, false},
	} {
		t.Run(tt.method+strconv.Itoa(tt.redirect), bubble(func(t *testing.T) {
			calls := 0
			l := &logins{}
			c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path != "/there" {
					calls++
					return fake(tt.redirect, "", "Location", "/there"), nil
				}
				return fake(401, "{}"), nil
			}))
			op := &Operation{Name: "Things.Try", Method: tt.method, Path: "/{tenant}/things"}
			_, err := Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, nil)
			synctest.Wait() // a login that the call does not wait for
			if e := wantError(t, err, 401); calls != tt.calls || e.MaybeApplied() != tt.applied || l.count() != 2 {
				t.Errorf("sent %d times with %d logins, MaybeApplied %v; want %d, 2 and %v", calls, l.count(), e.MaybeApplied(), tt.calls, tt.applied)
			}
		}))
	}
}

// TestALoginThatFailedBesideACallIsTriedForTheNext is about calls that cannot be sent again after their token was refused: the login that
// begins beside the first fails, which says nothing of the operation.
func TestALoginThatFailedBesideACallIsTriedForTheNext(t *testing.T) {
	t.Parallel()
	bubble(func(t *testing.T) {
		l := &logins{before: func(_ context.Context, n int) error {
			if n == 2 {
				return errNotJSON
			}
			return nil
		}}
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
			switch {
			case r.Header.Get("Authorization") == "Bearer t3":
				return fake(200, `{"id":"x"}`), nil
			case r.URL.Path != "/there":
				return fake(303, "", "Location", "/there"), nil
			}
			return fake(401, "{}"), nil
		}))
		op := &Operation{Name: "Things.Try", Method: "POST", Path: "/{tenant}/things"}
		try := func() (*thing, error) {
			// More than a login that failed is left alone, and less than an operation is that no other token helped.
			defer time.Sleep(10 * time.Second)
			return Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, nil)
		}
		for n := range 2 {
			_, err := try()
			if wantError(t, err, 401); l.count() != n+2 {
				t.Fatalf("%d logins after call %d", l.count(), n+1)
			}
		}
		if got, err := try(); err != nil || got.ID != "x" {
			t.Errorf("%v, %v", got, err)
		}
	})(t)
}

// TestContentThatCannotBeRewound is about a file that fails when it is to be read from its beginning, for the first time or for the
// request with another token.
func TestContentThatCannotBeRewound(t *testing.T) {
	t.Parallel()
	broken := errors.New("read /home/zoe/scan.pdf: S3CRET")
	const toMeasure, toSend = 3, 2
	for seeks, attempts := range map[int]int{toMeasure: 0, toMeasure + 1: 0, toMeasure + toSend: 1, toMeasure + toSend + 1: 1} {
		c := offline(t, &logins{}, accepting())
		op := &Operation{Name: "Things.Load", Method: "PUT", Path: "/{tenant}/things"}
		file := &stiff{Reader: strings.NewReader("x"), left: seeks, err: broken}
		err := Exec(t.Context(), c, op, Input{Body: content.Raw("text/plain", caremux.File{Content: file})}, nil)
		e := wantError(t, err, 401*attempts)
		if !errors.Is(err, broken) || e.MaybeApplied() || e.Attempts != attempts || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("after %d seeks: %v after %d attempts, MaybeApplied %v", seeks, err, e.Attempts, e.MaybeApplied())
		}
	}
}

// stiff is content that can seek so many times only.
type stiff struct {
	*strings.Reader
	left int
	err  error
}

func (s *stiff) Seek(offset int64, whence int) (int64, error) {
	if s.left--; s.left < 0 {
		return 0, s.err
	}
	return s.Reader.Seek(offset, whence)
}
