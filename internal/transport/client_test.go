package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/caremux/caremux"
)

func TestRequestIsBuiltFromClientAndCall(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClient(t, s.URL+"/base%20path/", caremux.WithUserAgent("clinic/1.0"))
	type params struct {
		Page  *int    `url:"page,omitempty"`
		Sort  *string `url:"sort,omitempty"`
		Trace *string `url:"-" header:"X-Trace"`
	}
	in := Input{Path: []string{"a b/c"[:3]}, Query: &params{Page: new(2), Sort: new("name,desc"), Trace: new("t")}}
	if _, err := Call[thing](t.Context(), c, getThing, in, nil); err != nil {
		t.Fatal(err)
	}
	r := s.requests()[0]
	if r.method != "GET" || r.path != "/base%20path/gh/things/a%20b" || r.query.Encode() != "page=2&sort=name%2Cdesc" || r.body != "" {
		t.Errorf("request = %+v", r)
	}
	if h := r.header; h.Get("Accept") != "application/json" || h.Get("X-Trace") != "t" || h.Get("Content-Type") != "" ||
		!strings.HasPrefix(h.Get("User-Agent"), "clinic/1.0 caremux/"+caremux.Version+" (go") {
		t.Errorf("header = %v", h)
	}
	if _, err := create(t, newClient(t, s.URL)); err != nil {
		t.Fatal(err)
	}
	r = s.requests()[1]
	if h := r.header; h.Get("Content-Type") != "application/json" || h.Get("Content-Length") != "15" ||
		!strings.HasPrefix(h.Get("User-Agent"), "caremux/") {
		t.Errorf("header = %v", h)
	}
}

func TestHTTPClientOfTheUserIsRespectedWhole(t *testing.T) {
	t.Parallel()
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, "https://acme.invalid", caremux.WithHTTPClient(&http.Client{Transport: accepting("")}))
		if _, err := get(t, c, caremux.WithHeader("Authorization", "Bearer ")); err != nil {
			t.Error(err)
		}
	})
	t.Run("cookie jar", func(t *testing.T) {
		t.Parallel()
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: string(rune('0' + n))})
			switch n {
			case 2:
				answer(w, 503, "")
			case 3:
				answer(w, 401, "")
			default:
				answer(w, 200, `{"id":"1"}`)
			}
		})
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		rt := caremux.NewTransport()
		defer rt.CloseIdleConnections()
		c := newClientOf(t, loginSettings(&logins{}), s.URL, caremux.WithHTTPClient(&http.Client{Jar: jar, Transport: rt}))
		for range 2 {
			if _, err := get(t, c); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range []string{"", "session=1", "session=2", "session=3"} {
			if got := strings.Join(s.requests()[i].header["Cookie"], " | "); got != want {
				t.Errorf("request %d has the cookies %q, want %q", i+1, got, want)
			}
		}
	})
	t.Run("timeout", func(t *testing.T) {
		t.Parallel()
		s := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
		rt := caremux.NewTransport()
		defer rt.CloseIdleConnections()
		c := newClient(t, s.URL, caremux.WithHTTPClient(&http.Client{Timeout: 200 * time.Millisecond, Transport: rt}),
			caremux.WithTimeout(time.Hour))
		_, err := get(t, c)
		if e := wantError(t, err, 0); e.Attempts != 3 || !strings.Contains(err.Error(), "timed out") ||
			!errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v", err)
		}
		_, err = create(t, c)
		if e := wantError(t, err, 0); e.Attempts != 1 || !e.MaybeApplied() {
			t.Errorf("error = %v, MaybeApplied %v", err, e.MaybeApplied())
		}
	})
	t.Run("redirect policy", func(t *testing.T) {
		t.Parallel()
		s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { http.Redirect(w, r, "/next", http.StatusFound) })
		rt := caremux.NewTransport()
		defer rt.CloseIdleConnections()
		asked := 0
		hc := &http.Client{Transport: rt, CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if asked++; r.URL.Path != "/next" || len(via) != asked {
				t.Errorf("asked about %s after %d", r.URL.Path, len(via))
			}
			if asked == 3 {
				return http.ErrUseLastResponse
			}
			return nil
		}}
		_, err := get(t, newClient(t, s.URL, caremux.WithHTTPClient(hc)))
		wantError(t, err, 302)
		if asked != 3 || s.count() != 3 {
			t.Errorf("asked %d times, %d requests; want 3", asked, s.count())
		}
	})
	t.Run("it stays as it was", func(t *testing.T) {
		t.Parallel()
		hc := &http.Client{Transport: accepting("x")}
		c := newClient(t, "https://acme.invalid", caremux.WithHTTPClient(hc),
			caremux.WithMiddleware(func(rt http.RoundTripper) http.RoundTripper { return rt }))
		_, _ = get(t, c)
		if _, ok := hc.Transport.(roundTrip); !ok || hc.CheckRedirect != nil {
			t.Errorf("the user's client was changed: %+v", hc)
		}
	})
	t.Run("no transport of its own", func(t *testing.T) {
		// Not parallel: the default transport is everybody's.
		s := serve(t, always(200, `{"id":"1"}`))
		defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if _, err := get(t, newClient(t, s.URL, caremux.WithHTTPClient(&http.Client{}))); err != nil {
			t.Error(err)
		}
	})
}

func TestHTTPMockMayBeActivatedBeforeOrAfterTheClientIsMade(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			// Not parallel: httpmock counts in a package variable.
			hc := &http.Client{}
			passed, made := 0, 0
			opts := []caremux.Option{caremux.WithHTTPClient(hc), caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
				made++
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					passed++
					return next.RoundTrip(r)
				})
			})}
			var c *Client
			if after {
				c = newClient(t, "https://acme.invalid", opts...)
			}
			httpmock.ActivateNonDefault(hc)
			httpmock.RegisterResponder("GET", "https://acme.invalid/gh/things/1", httpmock.NewStringResponder(200, `{"id":"mocked"}`))
			if !after {
				c = newClient(t, "https://acme.invalid", opts...)
			}
			for range 2 {
				if got, err := get(t, c); err != nil || got.ID != "mocked" {
					t.Errorf("got %v, %v", got, err)
				}
			}
			if passed != 2 || made != 1 {
				t.Errorf("the middleware, made %d times, saw %d requests; want 1 and 2", made, passed)
			}
			httpmock.Reset()
			_, err := get(t, c)
			wantError(t, err, 0)
		})
	}
}

func TestCredentialsStayWithTheirOrigin(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, mine := range []bool{false, true} {
			foreign := serve(t, always(200, `{"id":"stolen"}`))
			home := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				http.Redirect(w, r, foreign.URL+"/gh/things/1", status)
			})
			s := loginSettings(&logins{})
			s.Authorise = func(r *http.Request, _ *Operation, token string) { r.Header.Set("X-Api-Key", token) }
			var opts []caremux.Option
			if mine {
				rt := caremux.NewTransport()
				defer rt.CloseIdleConnections()
				opts = append(opts, caremux.WithHTTPClient(&http.Client{
					Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
				}))
			}
			c := newClientOf(t, s, home.URL, opts...)
			_, err := get(t, c)
			e := wantError(t, err, status)
			if strings.Contains(err.Error(), "127.0.0.1") || e.Attempts != 1 {
				t.Errorf("error = %v", err)
			}
			if _, err = create(t, c); err == nil {
				t.Error("a redirected POST succeeds")
			}
			if foreign.count() != 0 || home.count() != 2 {
				t.Errorf("status %d: the other origin saw %v", status, foreign.requests())
			}
		}
	}
}

func TestRedirectWithinTheOriginIsFollowed(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n%2 == 1 {
			http.Redirect(w, r, "/elsewhere?x=1", http.StatusTemporaryRedirect)
			return
		}
		answer(w, 200, `{"id":"moved"}`)
	})
	c := newClientOf(t, loginSettings(&logins{}), s.URL)
	for _, call := range []func(testing.TB, *Client, ...caremux.RequestOption) (*thing, error){get, create} {
		if got, err := call(t, c); err != nil || got.ID != "moved" {
			t.Errorf("got %v, %v", got, err)
		}
	}
	for i, want := range []string{
		"GET /gh/things/1 ", "GET /elsewhere ", `POST /gh/things {"name":"Zoë"}`, `POST /elsewhere {"name":"Zoë"}`,
	} {
		r := s.requests()[i]
		if got := r.method + " " + r.path + " " + r.body; got != want || r.header.Get("Authorization") != "Bearer t1" {
			t.Errorf("request %d = %q with %q, want %q", i, got, r.header.Get("Authorization"), want)
		}
	}
}

func TestRedirectInACircleEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, "/again", http.StatusFound) })
	_, err := get(t, newClient(t, s.URL))
	wantError(t, err, 302)
	if s.count() != 10 {
		t.Errorf("%d requests, want 10", s.count())
	}
}

func TestMiddlewareWrapsEachAttempt(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			answer(w, 503, "")
			return
		}
		answer(w, 200, `{"id":"1"}`)
	})
	var mu sync.Mutex
	var order []string
	made := 0
	named := func(name string) func(http.RoundTripper) http.RoundTripper {
		return func(next http.RoundTripper) http.RoundTripper {
			made++
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				order = append(order, name+" "+r.Header.Get("Authorization"))
				mu.Unlock()
				r = r.Clone(r.Context())
				r.Header.Add("X-Passed", name)
				return next.RoundTrip(r)
			})
		}
	}
	c := newClientOf(t, loginSettings(&logins{}), s.URL, caremux.WithMiddleware(named("a"), named("b")), caremux.WithMiddleware(named("c")))
	if _, err := get(t, c); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(order, ", "), "a Bearer t1, b Bearer t1, c Bearer t1, a Bearer t1, b Bearer t1, c Bearer t1"; got != want {
		t.Errorf("order = %s, want %s", got, want)
	}
	if made != 3 {
		t.Errorf("the middleware was made %d times, want once each: it may hold a limiter or instruments", made)
	}
	for i, r := range s.requests() {
		if got := strings.Join(r.header["X-Passed"], ""); got != "abc" {
			t.Errorf("request %d passed %s, want abc", i+1, got)
		}
	}
}

// incomparable is a round tripper that panics when it is compared.
type incomparable struct{ next http.RoundTripper }

func (i incomparable) RoundTrip(r *http.Request) (*http.Response, error) { return i.next.RoundTrip(r) }

func TestRoundTripperNeedNotBeComparable(t *testing.T) {
	t.Parallel()
	for _, rt := range []http.RoundTripper{accepting("x"), incomparable{accepting("x")}} {
		for _, opt := range []caremux.Option{caremux.WithTransport(rt), caremux.WithHTTPClient(&http.Client{Transport: rt})} {
			c := newClient(t, "https://acme.invalid", opt, caremux.WithTokenSource(caremux.StaticToken("x")))
			for range 2 {
				if _, err := get(t, c); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestConnectionsAreReusedAndShared(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case n%4 == 1:
			answer(w, 404, strings.Repeat("x", 10000))
		case n%4 == 2:
			answer(w, 503, `{"code":"BUSY"}`)
		case n%4 == 3:
			w.(http.Flusher).Flush() // no Content-Length
			answer(w, 200, `{"id":"1"}`)
		default:
			answer(w, 200, "<html>")
		}
	})
	rt := caremux.NewTransport()
	t.Cleanup(rt.CloseIdleConnections)
	clients := []*Client{newClient(t, s.URL, caremux.WithTransport(rt)), newClient(t, s.URL, caremux.WithTransport(rt))}
	for i := range 20 {
		_, _ = get(t, clients[i%2])
	}
	if s.conns.Load() != 1 {
		t.Errorf("%d calls took %d connections, want 1", s.count(), s.conns.Load())
	}
}

func TestGivingUpLeavesTheSharedConnectionsAlone(t *testing.T) {
	t.Parallel()
	good := serve(t, always(200, `{"id":"1"}`))
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { hangUp(w, "", true) })
	rt := caremux.NewTransport()
	t.Cleanup(rt.CloseIdleConnections)
	toGood, toBad := newClient(t, good.URL, caremux.WithTransport(rt)), newClient(t, bad.URL, caremux.WithTransport(rt))
	hc := newClient(t, bad.URL, caremux.WithHTTPClient(&http.Client{Transport: rt}))
	for range 3 {
		if _, err := get(t, toGood); err != nil {
			t.Fatal(err)
		}
		if _, err := get(t, toBad); err == nil {
			t.Fatal("no error")
		}
		if _, err := get(t, hc); err == nil {
			t.Fatal("no error")
		}
	}
	if good.conns.Load() != 1 {
		t.Errorf("%d connections to the good server, want 1", good.conns.Load())
	}
}

// closing notes whether a body has been closed.
type closing struct {
	io.Reader
	open *atomic.Int32
}

func (c *closing) Close() error {
	c.open.Add(-1)
	return nil
}

func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	var open atomic.Int32
	bodies := []struct {
		status int
		body   io.Reader
		length int64
	}{
		{200, strings.NewReader(`{"id":"1"}`), 10},
		{200, strings.NewReader(`{"id":"1"}`), -1},
		{200, strings.NewReader(`{"id":"1"}`), 0},
		{200, strings.NewReader(`<html>`), 6},
		{200, strings.NewReader(``), 0},
		{200, io.MultiReader(strings.NewReader(`{"id`), errReader{}), -1},
		{200, io.MultiReader(strings.NewReader(`{"id`), errReader{}), 100},
		{200, strings.NewReader(``), maxAnswer + 1},
		{204, strings.NewReader(``), 0},
		{404, strings.NewReader(`{}`), 2},
		{503, io.MultiReader(strings.NewReader(`{"id`), errReader{}), -1},
		{302, strings.NewReader(`x`), 1},
	}
	n := -1
	c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		n++
		b := bodies[n]
		open.Add(1)
		return &http.Response{StatusCode: b.status, Header: http.Header{}, Body: &closing{b.body, &open}, ContentLength: b.length}, nil
	})), caremux.WithRetry(caremux.NoRetry))
	for i := range bodies {
		_, err := get(t, c)
		if open.Load() != 0 {
			t.Errorf("body %d is open after %v", i, err)
			open.Store(0)
		}
		if i < 3 && err != nil {
			t.Errorf("body %d: %v", i, err)
		}
	}
}

func TestClientsOfOneProcessShareATransportUnlessTold(t *testing.T) {
	// Not parallel: the shared transport is everybody's.
	s := serve(t, always(200, `{"id":"1"}`))
	defer sharedTransport().(*http.Transport).CloseIdleConnections()
	for range 3 {
		config, err := caremux.NewConfig([]caremux.Option{caremux.WithBaseURL(s.URL)})
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(settings(), config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := get(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if s.conns.Load() != 1 {
		t.Errorf("%d connections, want 1", s.conns.Load())
	}
}

func TestTwoClientsDoNotMix(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	var wg sync.WaitGroup
	for _, tenant := range []string{"one", "two"} {
		settings := loginSettings(caremux.StaticToken("token-" + tenant))
		settings.Fixed = map[string]string{"tenant": tenant}
		c := newClientOf(t, settings, s.URL)
		for range 20 {
			wg.Go(func() {
				if _, err := get(t, c); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for _, r := range s.requests() {
		if tenant := strings.Split(r.path, "/")[1]; r.header.Get("Authorization") != "Bearer token-"+tenant {
			t.Errorf("%s was called with %s", r.path, r.header.Get("Authorization"))
		}
	}
}

func TestNewUsesTheVendorsAddress(t *testing.T) {
	t.Parallel()
	var asked string
	config, err := caremux.NewConfig([]caremux.Option{caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		return fake(200, `{"id":"1"}`), nil
	}))})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(settings(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, c); err != nil || asked != "https://acme.invalid/gh/things/1" {
		t.Errorf("asked %s, %v", asked, err)
	}
	if _, err := New(Settings{Identity: Identity{BaseURL: "https://a b"}}, config); err == nil {
		t.Error("a broken address of the vendor is accepted")
	}
}
