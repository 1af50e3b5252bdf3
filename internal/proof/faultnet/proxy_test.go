package faultnet

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that answers with what it was sent, and counts whole requests as work.
type echo struct {
	*httptest.Server
	work, cut atomic.Int64
}

func serveEcho(t *testing.T) *echo {
	e := &echo{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			e.cut.Add(1)
			return
		}
		e.work.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Seen", r.Method+" "+r.RequestURI+" "+r.Header.Get("X-Ask"))
		_, _ = w.Write(body)
	}))
	t.Cleanup(e.Close)
	return e
}

func start(t *testing.T, e *echo, script Script) (*Proxy, *http.Client) {
	t.Helper()
	p, err := New(Config{Target: e.URL, Script: script})
	if err != nil {
		t.Fatal(err)
	}
	rt := &http.Transport{DialContext: p.Dial}
	t.Cleanup(func() {
		rt.CloseIdleConnections()
		p.Close()
	})
	return p, &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

const sent = `{"name":"Charlie","note":"twelve and more"}`

// post sends a request and reads the answer, up to a limit.
func post(ctx context.Context, c *http.Client, url string) (status int, h http.Header, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(sent))
	if err != nil {
		return 0, nil, "", err
	}
	r.Header.Set("X-Ask", "me")
	resp, err := c.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, resp.Header, string(data), err
}

func TestFaultsOfTheProxy(t *testing.T) {
	t.Parallel()
	for f, want := range map[Fault]struct {
		status int
		body   string // "" for any
		err    error
	}{
		None:                  {200, sent, nil},
		ResetBeforeBody:       {0, "", ErrReset},
		ResetInBody:           {0, "", ErrReset},
		ResetAfterBody:        {0, "", ErrReset},
		ResetAfterWork:        {0, "", ErrReset},
		ResetInAnswer:         {200, sent[:len(sent)/2], ErrReset},
		CloseInAnswer:         {200, sent[:len(sent)/2], io.ErrUnexpectedEOF},
		Delay:                 {200, sent, nil},
		StallBeforeWork:       {0, "", context.DeadlineExceeded},
		StallAfterWork:        {0, "", context.DeadlineExceeded},
		StallInAnswer:         {200, sent[:len(sent)/2], context.DeadlineExceeded},
		CutJSON:               {200, sent[:len(sent)/2], nil},
		WrongType:             {200, sent, nil},
		HTMLAnswer:            {200, page, nil},
		HTMLError:             {502, page, nil},
		Interim:               {200, sent, nil},
		TooMany:               {429, "", nil},
		TooManyRetryAfter:     {429, "", nil},
		Unavailable:           {503, "", nil},
		UnavailableRetryAfter: {503, "", nil},
		UnavailableAfterWork:  {503, "", nil},
		Broken:                {500, "", nil},
		BrokenAfterWork:       {500, "", nil},
		Unauthorized:          {401, "", nil},
		RedirectAway:          {307, "", nil},
		RedirectAfterWork:     {303, "", nil},
		Oversize:              {200, sent, context.DeadlineExceeded},
		Endless:               {200, strings.Repeat(" ", 1<<20), nil},
	} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			e := serveEcho(t)
			p, c := start(t, e, Fixed(f))
			ctx, cancel := t.Context(), func() {}
			if errors.Is(want.err, context.DeadlineExceeded) {
				ctx, cancel = context.WithTimeout(ctx, 500*time.Millisecond)
			}
			defer cancel()
			status, h, body, err := post(ctx, c, p.URL+"/a%2Fb?q=1")
			if !errors.Is(err, want.err) || status != want.status || want.body != "" && body != want.body {
				// A reset may overtake the header that was sent ahead of it.
				if f != ResetInAnswer || !errors.Is(err, ErrReset) {
					t.Errorf("status %d, body of %d bytes %.60q, error %v", status, len(body), body, err)
				}
			}
			if want.err == nil && want.body == sent && h.Get("X-Seen") != "POST /a%2Fb?q=1 me" {
				t.Errorf("the server saw %q", h.Get("X-Seen"))
			}
			work := int64(0)
			if f.Acts() {
				work = 1
			}
			if e.work.Load() != work {
				t.Errorf("the server acted %d times", e.work.Load())
			}
			if got := p.Counts(); len(got) != 1 || got[f] != 1 {
				t.Errorf("counted %v", got)
			}
			if status, _, body, err := post(t.Context(), c, p.URL); status != 200 || body != sent || err != nil {
				t.Errorf("the next call: status %d, body %q, error %v", status, body, err)
			}
			if p.Strays() != 0 {
				t.Error("a request went astray")
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	e := serveEcho(t)
	p, c := start(t, e, Fixed(Refuse))
	for i, want := range []error{nil, ErrRefused, nil} {
		if _, _, _, err := post(t.Context(), c, p.URL); !errors.Is(err, want) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if got := p.Counts(); got[Refuse] != 1 || got[None] != 1 || e.work.Load() != 2 {
		t.Errorf("counted %v, the server acted %d times", got, e.work.Load())
	}
}

// The server sees a request that is not whole.
func TestHalfARequestReachesTheServer(t *testing.T) {
	t.Parallel()
	e := serveEcho(t)
	p, c := start(t, e, Fixed(ResetInBody))
	_, _, _, err := post(t.Context(), c, p.URL)
	for e.cut.Load()+e.work.Load() == 0 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if err == nil || e.work.Load() != 0 {
		t.Errorf("error %v, %d cut off, %d whole", err, e.cut.Load(), e.work.Load())
	}
}

func TestInterimAnswersComeFirst(t *testing.T) {
	t.Parallel()
	p, c := start(t, serveEcho(t), Fixed(Interim))
	var codes []int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error { codes = append(codes, code); return nil },
	})
	if _, _, _, err := post(ctx, c, p.URL); err != nil || !slices.Equal(codes, []int{100, 102, 103}) {
		t.Errorf("%v before the answer, error %v", codes, err)
	}
}

func TestSwitchingIsFollowedBySilence(t *testing.T) {
	t.Parallel()
	p, c := start(t, serveEcho(t), Fixed(Switching))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
}

func TestFollowersOfARedirectAreCounted(t *testing.T) {
	t.Parallel()
	p, c := start(t, serveEcho(t), Fixed(RedirectAway, RedirectAfterWork))
	c.CheckRedirect = nil
	for range 2 {
		resp, err := c.Post(p.URL, "application/json", strings.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if p.Strays() != 2 {
		t.Errorf("%d strays", p.Strays())
	}
}

func TestAnswersWithoutABodyStayWithoutOne(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(s.Close)
	p, c := start(t, &echo{Server: s}, Fixed(None, None, HTMLError, None))
	for _, method := range []string{"HEAD", "DELETE", "HEAD", "DELETE"} {
		r, err := http.NewRequestWithContext(t.Context(), method, p.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(method, err)
		}
		if body, err := io.ReadAll(resp.Body); len(body) > 0 || err != nil {
			t.Errorf("%s: %q, %v", method, body, err)
		}
		_ = resp.Body.Close()
	}
	if p.Open() != 1 {
		t.Errorf("%d connections for calls one after the other", p.Open())
	}
}

func TestClosingEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	e := serveEcho(t)
	p, err := New(Config{Target: e.URL, Script: func(*http.Request) Fault { return StallAfterWork }})
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{}}
	failed := make(chan error)
	go func() {
		_, _, _, err := post(context.Background(), c, p.URL)
		failed <- err
	}()
	for e.work.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	p.Close()
	if <-failed == nil {
		t.Error("a stalled call succeeded")
	}
	if p.Open() != 0 {
		t.Errorf("%d connections are open", p.Open())
	}
}

func TestBadTarget(t *testing.T) {
	if _, err := New(Config{Target: "http://[::1"}); err == nil {
		t.Error("taken")
	}
	if _, err := NewHTTP2(Config{Target: "http://[::1"}); err == nil {
		t.Error("taken")
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	e := serveEcho(t)
	p, c := start(t, e, Fixed(None, ResetInBody))
	e.Close()
	for range 2 {
		if _, _, _, err := post(t.Context(), c, p.URL); !errors.Is(err, ErrReset) {
			t.Error(err)
		}
	}
}

func TestDeck(t *testing.T) {
	deal := func(seed uint64, n int) []Fault {
		script := Deck(seed, 3, TooMany, Refuse, TooMany)
		var got []Fault
		for range n {
			got = append(got, script(nil))
		}
		return got
	}
	first := deal(7, 60)
	if !slices.Equal(first, deal(7, 60)) {
		t.Error("one seed gives two orders")
	}
	if slices.Equal(first, deal(8, 60)) {
		t.Error("two seeds give one order")
	}
	for i := 0; i < 60; i += 6 {
		seen := map[Fault]int{}
		for _, f := range first[i : i+6] {
			seen[f]++
		}
		if !maps.Equal(seen, map[Fault]int{None: 3, TooMany: 2, Refuse: 1}) {
			t.Errorf("round %d dealt %v", i/6, seen)
		}
	}
}

func TestEveryFaultHasAName(t *testing.T) {
	for _, f := range append(append(Faults(), None), FaultsHTTP2()...) {
		if strings.HasPrefix(f.String(), "fault ") {
			t.Errorf("%d has none", uint8(f))
		}
	}
	if Fault(200).String() != "fault 200" {
		t.Error(Fault(200))
	}
}

func startHTTP2(t *testing.T, e *echo, script Script) (*HTTP2, *http.Client) {
	t.Helper()
	h, err := NewHTTP2(Config{Target: e.URL, Script: script})
	if err != nil {
		t.Fatal(err)
	}
	rt := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.Roots}, ForceAttemptHTTP2: true}
	t.Cleanup(func() {
		rt.CloseIdleConnections()
		h.Close()
	})
	return h, &http.Client{Transport: rt}
}

func TestFaultsOfHTTP2(t *testing.T) {
	t.Parallel()
	for f, want := range map[Fault]struct {
		status int
		err    string
	}{
		None:              {200, ""},
		GoAwayUnprocessed: {200, ""}, // the standard library asks again, rightly
		GoAwayGraceful:    {200, ""},
		GoAwayLost:        {0, "GOAWAY"},
		StreamRefused:     {200, ""},
		StreamReset:       {200, "INTERNAL_ERROR"},
		StreamRejected:    {0, "PROTOCOL_ERROR"},
	} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			e := serveEcho(t)
			h, c := startHTTP2(t, e, Fixed(None, f))
			for i := range 3 {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/x", bytes.NewReader([]byte(sent)))
				if err != nil {
					t.Fatal(err)
				}
				if f == StreamRejected {
					r.GetBody = nil // else the standard library of Go 1.26 asks again, wrongly
				}
				resp, err := c.Do(r)
				status, body := 0, []byte(nil)
				if err == nil {
					status = resp.StatusCode
					body, err = io.ReadAll(resp.Body)
					_ = resp.Body.Close()
				}
				expect := want
				if i != 1 {
					expect.status, expect.err = 200, ""
				}
				if status != expect.status || (err != nil) != (expect.err != "") ||
					err != nil && !strings.Contains(err.Error(), expect.err) ||
					err == nil && string(body) != sent {
					t.Errorf("call %d: status %d, body %q, error %v", i, status, body, err)
				}
			}
			requests := 3
			if !f.Acts() {
				requests++
			}
			counts := h.Counts()
			if f == None {
				counts[None] -= 3
				requests = 0
			} else if counts[f] != 1 {
				t.Errorf("counted %v", counts)
			}
			if counts[None]+counts[f] != requests {
				t.Errorf("counted %v", counts)
			}
			if e.work.Load() != 3 {
				t.Errorf("the server acted %d times", e.work.Load())
			}
		})
	}
}

// Streams that share a connection with a lost one end too, and no request is acted on that was said to be unprocessed.
func TestManyStreamsOfHTTP2(t *testing.T) {
	t.Parallel()
	e := serveEcho(t)
	h, c := startHTTP2(t, e, Deck(1, 40, FaultsHTTP2()...))
	var fine atomic.Int64
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 20 {
				if status, _, body, err := post(t.Context(), c, h.URL); err == nil && status == 200 && body == sent {
					fine.Add(1)
				}
			}
		})
	}
	all.Wait()
	most := int64(200 + h.Counts()[StreamRejected]) // after which the standard library of Go 1.26 asks again
	if fine.Load() < 100 || fine.Load() > e.work.Load() || e.work.Load() > most {
		t.Errorf("%d of 200 calls went well, the server acted %d times, %v", fine.Load(), e.work.Load(), h.Counts())
	}
	for _, f := range FaultsHTTP2() {
		if !slices.Contains(h.Injected(), f) {
			t.Errorf("no %v among %v", f, h.Counts())
		}
	}
}

func TestRelayRefusesWhatIsNotHTTP2(t *testing.T) {
	t.Parallel()
	h, _ := startHTTP2(t, serveEcho(t), Fixed())
	conn, err := tls.Dial("tcp", strings.TrimPrefix(h.URL, "https://"), &tls.Config{RootCAs: h.Roots, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + preface)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection stays")
	}
}
