package ekacare_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const (
	testSecret  = "S3cretOfTheT3sts"
	testSharing = "Sh4ringOfTheT3sts"
)

var credentials = ekacare.Credentials{ClientID: "EC_1234", ClientSecret: testSecret, AgentID: "agent-7"}

// patient is whom calls to records are made for.
var patient = ekacare.Identity{PatientID: "oid-1"}

// seen is a request as it was sent.
type seen struct {
	method, host, path string // path as escaped
	query              url.Values
	header             http.Header
	body               string
	at                 time.Time
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
	nw.sent = append(nw.sent, seen{r.Method, r.URL.Host, r.URL.EscapedPath(), r.URL.Query(), r.Header.Clone(), body, time.Now()})
	n := len(nw.sent)
	nw.mu.Unlock()
	resp, err := nw.answer(r, n)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

func (nw *network) requests() []seen {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	return append([]seen(nil), nw.sent...)
}

// to counts the requests whose path ends so.
func (nw *network) to(suffix string) int {
	n := 0
	for _, s := range nw.requests() {
		if strings.HasSuffix(s.path, suffix) {
			n++
		}
	}
	return n
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

// client has a token ready, and logs in with login.
func (nw *network) client(t testing.TB, opts ...caremux.Option) *ekacare.Client {
	t.Helper()
	return nw.login(t, credentials, append([]caremux.Option{caremux.WithTokenSource(caremux.StaticToken("tok"))}, opts...)...)
}

func (nw *network) login(t testing.TB, credentials ekacare.Credentials, opts ...caremux.Option) *ekacare.Client {
	t.Helper()
	c, err := ekacare.New(credentials, append([]caremux.Option{caremux.WithTransport(nw)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantError checks that err is an Error of the status.
func wantError(t testing.TB, err error, status int) *caremux.Error {
	t.Helper()
	var e *caremux.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a *caremux.Error", err)
	}
	if e.Status != status || e.Vendor != "ekacare" {
		t.Errorf("error %v is of %s and has status %d, want %d", e, e.Vendor, e.Status, status)
	}
	return e
}

// printed is v as any verb prints it.
func printed(v any) string { return fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) }

// anyRecord has a field of each of many types of records.
const anyRecord = `{"id":"1","data":{},"status":"success","message":"m","txn_id":"t","appointment_id":"1","document_id":"1","prescription_id":"1",` +
	`"session_id":"s","doctor_id":"1","name":"n","request_id":"r","hip_id":"h","abha_address":"a","questions":[],"files":[],"address":"x","oid":"o","access_token":"t","expires_in":60,"is_last_question":true,"success":true,"conversations":{},"workflows":[],"assessment_id":"a"}`
