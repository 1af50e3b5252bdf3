package transport

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick retries without waiting to speak of.
var quick = caremux.RetryPolicy{MaxAttempts: 3, MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}

// request is what a server saw.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         string
}

// server keeps what it is sent. Its handler is told the number of the request, from 1.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []request
	conns atomic.Int32
}

type handler func(w http.ResponseWriter, r *http.Request, n int)

// serve starts a server that reads each request as a whole before the handler sees it.
func serve(t testing.TB, h handler) *server {
	return start(t, func(s *server, w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = append(body, " (cut off)"...)
		}
		h(w, r, s.note(r, string(body)))
	})
}

// serveUnread is serve without reading the request's body.
func serveUnread(t testing.TB, h func(s *server, w http.ResponseWriter, r *http.Request)) *server {
	return start(t, h)
}

func start(t testing.TB, h func(s *server, w http.ResponseWriter, r *http.Request)) *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h(s, w, r) }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *server) note(r *http.Request, body string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, request{r.Method, r.URL.EscapedPath(), r.URL.Query(), r.Header.Clone(), body})
	return len(s.seen)
}

// requests are those seen so far.
func (s *server) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.seen...)
}

func (s *server) count() int { return len(s.requests()) }

// answer is a handler's plain answer.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// always answers so to every request.
func always(status int, body string) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, status, body) }
}

// hangUp ends the connection, by a reset or in good order, after writing raw.
func hangUp(w http.ResponseWriter, raw string, reset bool) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(conn, raw)
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// settings are those of a vendor "acme" whose errors look like {"code":"…","message":"…"}.
func settings() Settings {
	return Settings{
		Identity: Identity{
			Vendor:  "acme",
			BaseURL: "https://acme.invalid",
			Fixed:   map[string]string{"tenant": "gh"},
		},
		Reading: Reading{
			RequestID: []string{"X-Request-Id", "X-Other-Id"},
			Explain: func(e *caremux.Error, body []byte) error {
				var said struct{ Code, Message string }
				if json.Unmarshal(body, &said) == nil {
					e.Code, e.Message = said.Code, said.Message
					if said.Code == "QUOTA" {
						e.Kind = caremux.ErrQuotaExceeded
					}
				}
				return nil
			},
		},
	}
}

// newClient returns a client of the server at base, with a connection pool of its own unless the options bring one.
func newClient(t testing.TB, base string, opts ...caremux.Option) *Client {
	t.Helper()
	return newClientOf(t, settings(), base, opts...)
}

func newClientOf(t testing.TB, s Settings, base string, opts ...caremux.Option) *Client {
	t.Helper()
	opts = append([]caremux.Option{caremux.WithBaseURL(base), caremux.WithRetry(quick)}, opts...)
	config, err := caremux.NewConfig(opts)
	if err != nil {
		t.Fatal(err)
	}
	if config.HTTPClient == nil && config.Transport == nil {
		own := caremux.NewTransport()
		config.Transport = own
		t.Cleanup(own.CloseIdleConnections)
	}
	c, err := New(s, config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// roundTrip is a fake network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	return f(r)
}

// fake is an answer of a fake network; header holds names and values in turn.
func fake(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

type thing struct {
	caremux.Record `json:"-"`
	ID             string       `json:"id"`
	Count          *int         `json:"count"`
	At             caremux.Time `json:"at"`
	Part           *piece       `json:"part"`
	Parts          []piece      `json:"parts"`
	Children       []*thing     `json:"children"`
}

type piece struct {
	caremux.Record `json:"-"`
	Name           string `json:"name"`
}

type thingInput struct {
	Name  string  `json:"name" check:"required"`
	Note  *string `json:"note,omitempty" check:"maxlen=5"`
	Links []link  `json:"links,omitempty"`
}

type link struct {
	Kind string `json:"kind" check:"required"`
}

var (
	getThing    = &Operation{Name: "Things.Get", Method: "GET", Path: "/{tenant}/things/{thingId}"}
	createThing = &Operation{Name: "Things.Create", Method: "POST", Path: "/{tenant}/things"}
	changeThing = &Operation{Name: "Things.Change", Method: "PATCH", Path: "/{tenant}/things/{thingId}"}
	deleteThing = &Operation{Name: "Things.Delete", Method: "DELETE", Path: "/{tenant}/things/{thingId}"}
	searchThing = &Operation{Name: "Things.Search", Method: "POST", Path: "/{tenant}/things/search", Idempotent: true}
)

// get calls getThing.
func get(t testing.TB, c *Client, opts ...caremux.RequestOption) (*thing, error) {
	return Call[thing](t.Context(), c, getThing, Input{Path: []string{"1"}}, opts)
}

// create calls createThing.
func create(t testing.TB, c *Client, opts ...caremux.RequestOption) (*thing, error) {
	return Call[thing](t.Context(), c, createThing, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, opts)
}

// wantError checks that err is an Error of the status.
func wantError(t testing.TB, err error, status int) *caremux.Error {
	t.Helper()
	var e *caremux.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a *caremux.Error", err)
	}
	if e.Status != status {
		t.Errorf("error %v has status %d, want %d", e, e.Status, status)
	}
	return e
}

// wantArgument checks that err is about an argument of the operation.
func wantArgument(t testing.TB, err error, operation, field string) {
	t.Helper()
	var e *caremux.ArgumentError
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a *caremux.ArgumentError", err)
	}
	if e.Operation != operation || e.Field != field || e.Rule == "" {
		t.Errorf("error = %v about %q of %q, want one about %q of %q", e, e.Field, e.Operation, field, operation)
	}
}

// startTLS starts a server whose certificate nobody trusts.
func startTLS(t testing.TB) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// dialError is a connection that did not come about.
var dialError = net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
