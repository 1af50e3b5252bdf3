package clinik_test

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

const testKey = "clk_test_K3yOfTheT3sts"

// seen is a request as it was sent.
type seen struct {
	method, path string // path as escaped
	query        url.Values
	header       http.Header
	body         string
	at           time.Time
}

// network is a round tripper in place of the network, so that tests can run in a bubble of fake time. The number of the
// request, from 1, is handed to answer.
type network struct {
	mu     sync.Mutex
	sent   []seen
	answer func(r *http.Request, n int) (*http.Response, error)
}

func (nw *network) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		body = string(data)
	}
	nw.mu.Lock()
	nw.sent = append(nw.sent, seen{r.Method, r.URL.EscapedPath(), r.URL.Query(), r.Header.Clone(), body, time.Now()})
	n := len(nw.sent)
	nw.mu.Unlock()
	resp, err := nw.answer(r, n)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

func (nw *network) count() int {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	return len(nw.sent)
}

// always is a network with one answer.
func always(status int, body string, header ...string) *network {
	return &network{answer: func(*http.Request, int) (*http.Response, error) { return reply(status, body, header...), nil }}
}

// reply is an answer; header holds names and values in turn.
func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func (nw *network) client(t testing.TB, opts ...caremux.Option) *clinik.Client {
	t.Helper()
	c, err := clinik.New(testKey, append([]caremux.Option{caremux.WithTransport(nw)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// server is a listening server that keeps what it is sent.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	sent []seen
}

func listen(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, n int)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.sent = append(s.sent, seen{r.Method, r.URL.EscapedPath(), r.URL.Query(), r.Header.Clone(), string(data), time.Now()})
		n := len(s.sent)
		s.mu.Unlock()
		answer(w, r, n)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.sent...)
}

// client has a connection pool of its own and retries without waiting to speak of.
func (s *server) client(t testing.TB, opts ...caremux.Option) *clinik.Client {
	t.Helper()
	pool := caremux.NewTransport()
	t.Cleanup(pool.CloseIdleConnections)
	c, err := clinik.New(testKey, append([]caremux.Option{caremux.WithBaseURL(s.URL), caremux.WithRetry(quick),
		caremux.WithHTTPClient(&http.Client{Transport: pool})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var quick = caremux.RetryPolicy{MaxAttempts: 3, MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
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

// wantError checks that err is an Error of the status.
func wantError(t testing.TB, err error, status int) *caremux.Error {
	t.Helper()
	var e *caremux.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a *caremux.Error", err)
	}
	if e.Status != status || e.Vendor != "clinik" {
		t.Errorf("error %v is of %s and has status %d, want %d", e, e.Vendor, e.Status, status)
	}
	return e
}

// assessment is the least that a create takes.
func assessment() *clinik.AssessmentCreate {
	return &clinik.AssessmentCreate{Status: clinik.AssessmentStatusCompleted, PatientID: "pt_abc123", Summary: "Well."}
}

const (
	assessmentAnswer = `{"data":{"id":"assess_abc123","status":"completed","patientId":"pt_abc123","summary":"Well."}}`
	patientAnswer    = `{"data":{"id":"pt_abc123","firstName":"Jane","lastName":"Doe"}}`
)
