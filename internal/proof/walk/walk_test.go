// Package walk has no code: its test tells how a call, a token, a page and a delivery walk through the module, function by function.
package walk

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
)

// walks are the functions of this module on a goroutine's stack at each step, the outermost first, with their files. None only
// passes on; what net/http, go-retryablehttp and the user do in between is left out. What a function does stands where it comes first.
var walks = []struct {
	step   string
	frames []string
}{
	// A call: the request leaves, and its response is read. Beside the latter, and after it, received has the body accepted and decoded by
	// the function that Call gave to call.
	{"create: request", []string{
		"clinik/patients_gen.go Create", // what the operation is, and its input
		"transport/call.go Call",        // what becomes of the response
		"transport/call.go call",        // options, request, line, report
		"transport/attempts.go send",    // token, attempts, another token
		"transport/sends.go RoundTrip",  // what each send beneath an attempt may have done
	}},
	{"create: response", []string{
		"clinik/patients_gen.go Create",
		"transport/call.go Call",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/receive.go received",   // read, UTF-8, in the clear, to the door
		"transport/receive.go readAnswer", // within limits
	}},

	// A page, and the next one.
	{"page: request", []string{
		"welkin/patients_gen.go List",
		"transport/call.go Page", // where the first page is, and the way to the next
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/sends.go RoundTrip",
	}},
	{"page: response", []string{
		"welkin/patients_gen.go List",
		"transport/call.go Page",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/receive.go received",
		"transport/receive.go readAnswer",
	}},
	{"next page: request", []string{
		"caremux/page.go Next",       // whether there is one
		"transport/paging.go pageOf", // where it is, and the way to the one after
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/sends.go RoundTrip",
	}},
	{"next page: response", []string{
		"caremux/page.go Next",
		"transport/paging.go pageOf",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/receive.go received",
		"transport/receive.go readAnswer",
	}},

	// A token, on a goroutine of its own: any number of calls wait for it.
	{"welkin, token: request", []string{
		"login/flight.go fly",  // the store, the gate, the outcome
		"welkin/auth.go Token", // the secret, and whether what came is a token
		"transport/call.go Call",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/sends.go RoundTrip",
	}},
	{"welkin, token: response", []string{
		"login/flight.go fly",
		"welkin/auth.go Token",
		"transport/call.go Call",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/receive.go received",
		"transport/receive.go readAnswer",
	}},
	{"ekacare, token: request", []string{
		"login/flight.go fly",
		"ekacare/auth.go Token", // a refresh or a login
		"ekacare/auth.go login",
		"transport/call.go Call",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/sends.go RoundTrip",
	}},
	{"snapcare, token: request", []string{
		"login/flight.go fly",
		"snapcare/auth.go Token", // a renewal or a login
		"snapcare/auth.go enter", // which of the five logins
		"snapcare/account_gen.go CreateSession",
		"transport/call.go Call",
		"transport/call.go call",
		"transport/attempts.go send",
		"transport/sends.go RoundTrip",
	}},

	// A delivery: from net/http to its response.
	{"delivery: body", []string{
		"webhook/serve.go ServeHTTP", // read, receive, respond, report
		"webhook/serve.go read",      // within limits
	}},
	{"delivery: signature", []string{
		"webhook/serve.go ServeHTTP",
		"webhook/receive.go receive", // verify, describe, handle
		"webhook/verifier.go verify",
		"webhook/verifier.go Verify", // of the user's own scheme: its errors get names of ours
	}},
	{"delivery: claim", []string{
		"webhook/serve.go ServeHTTP",
		"webhook/receive.go receive",
		"webhook/receive.go one",   // decode; to the queue or to the function
		"webhook/run.go dispatch",  // what the claim says becomes the report
		"webhook/run.go claim",     // again, where equal deliveries are two events
		"webhook/run.go claimOnce", // within a time
	}},
	{"delivery: function", []string{ // on a goroutine of its own: it may end that
		"webhook/run.go run",
		"webhook/handler.go On", // the type
	}},
	{"delivery: done", []string{
		"webhook/serve.go ServeHTTP",
		"webhook/receive.go receive",
		"webhook/receive.go one",
		"webhook/run.go dispatch",
		"webhook/run.go run",
		"webhook/run.go settle",
	}},
	{"queued delivery: message", []string{
		"webhook/serve.go ServeHTTP",
		"webhook/receive.go receive",
		"webhook/receive.go one",
		"webhook/receive.go enqueue", // what the queue says becomes the report
		"webhook/receive.go stored",  // within a time
	}},
	{"queued delivery: function", []string{
		"webhook/run.go run",
		"webhook/handler.go On",
	}},
}

// A walk has at most so many frames; that of a token has those of its call, and a few before it.
const longest, longestLogin = 6, 4

func TestWalks(t *testing.T) {
	t.Parallel()
	s := &steps{seen: map[string][]string{}}
	create(t, s)
	pages(t, s)
	tokens(t, s)
	deliver(t, s)
	for _, w := range walks {
		if !slices.Equal(s.seen[w.step], w.frames) {
			t.Errorf("%s came by\n\t%s\nnot by\n\t%s", w.step, strings.Join(s.seen[w.step], "\n\t"), strings.Join(w.frames, "\n\t"))
		}
		own := 0
		if strings.HasPrefix(w.frames[0], "login/") {
			own = slices.IndexFunc(w.frames, func(frame string) bool { return strings.HasPrefix(frame, "transport/") })
		}
		if own > longestLogin || len(w.frames)-own > longest {
			t.Errorf("%s has %d frames", w.step, len(w.frames))
		}
	}
}

// steps are the stacks at the steps that were come by.
type steps struct {
	mu   sync.Mutex
	seen map[string][]string
}

var (
	module = regexp.MustCompile(`^github\.com/caremux/caremux[./]`)
	here   = regexp.MustCompile(`/internal/proof/walk\.`)
	// name is that of the function or method that a name of the runtime is about: without package, receiver, types, and functions within.
	name = regexp.MustCompile(`(\w+)(\[\.\.\.\])?((\.|-)\w*\d+)*$`)
)

// at notes the stack of a step, the first time that it is come by.
func (s *steps) at(step string) {
	pcs := make([]uintptr, 200)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var walk []string
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if !module.MatchString(frame.Function) || here.MatchString(frame.Function) {
			continue
		}
		dir, file := path.Split(frame.File)
		if dir = path.Base(dir); !strings.Contains(frame.Function, "/caremux/caremux/") {
			dir = "caremux"
		}
		walk = append(walk, dir+"/"+file+" "+name.FindStringSubmatch(frame.Function)[1])
	}
	slices.Reverse(walk)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[step] == nil {
		s.seen[step] = walk
	}
}

// vendor sends the same response to all requests for a token, and one to all others.
type vendor struct {
	steps       *steps
	name        string
	token, call string
}

func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	step, text := v.name, v.call
	if v.token != "" && r.Method == http.MethodPost {
		step, text = v.name+", token", v.token
	} else if r.URL.Query().Get("page") == "1" {
		step = "next " + v.name
	}
	v.steps.at(step + ": request")
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(text)),
		Body: &body{Reader: strings.NewReader(text), read: func() { v.steps.at(step + ": response") }},
	}, nil
}

// body tells when it is read.
type body struct {
	io.Reader
	read func()
}

func (b *body) Read(p []byte) (int, error) {
	b.read()
	return b.Reader.Read(p)
}

func (b *body) Close() error { return nil }

// jwt expires in the year 2100.
const jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.eA"

func create(t *testing.T, s *steps) {
	c, err := clinik.New("clk_test_0", caremux.WithTransport(&vendor{steps: s, name: "create",
		call: `{"data":{"id":"1","firstName":"Charlie","lastName":"Taylor"}}`}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "Charlie", LastName: "Taylor"}); err != nil {
		t.Error(err)
	}
}

func pages(t *testing.T, s *steps) {
	c, err := welkin.New(welkin.Credentials{Tenant: "t", Instance: "i", ClientName: "c", Secret: "s"},
		caremux.WithTransport(&vendor{steps: s, name: "page", call: `{"content":[{"id":"1"}],"last":false}`, token: `{"token":"` + jwt + `"}`}))
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.Patients.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = page.Next(t.Context()) // it has the items of the first, an error that comes after the walk
}

func tokens(t *testing.T, s *steps) {
	through := func(name, token string) caremux.Option {
		return caremux.WithTransport(&vendor{steps: s, name: name, token: token, call: `{}`})
	}
	w, err := welkin.New(welkin.Credentials{Tenant: "t", Instance: "i", ClientName: "c", Secret: "s"},
		through("welkin", `{"token":"`+jwt+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	e, err := ekacare.New(ekacare.Credentials{ClientID: "c", ClientSecret: "s"}, through("ekacare", `{"access_token":"a","expires_in":3600}`))
	if err != nil {
		t.Fatal(err)
	}
	n, err := snapcare.New(snapcare.Credentials{Host: snapcare.SandboxHost, DeveloperID: "d", APIKey: "k", HospitalID: 1,
		UserType: snapcare.UserTypeClinician, Email: "e@example.com", Password: "p"}, through("snapcare", `{"access_token":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []func(context.Context, string, string, any, any, any, ...caremux.RequestOption) error{w.Do, e.Do, n.Do} {
		_ = do(t.Context(), http.MethodGet, "/", nil, nil, nil) // for the token that it waits for
	}
}

const event = `{"service":"appointment","event":"appointment.created","event_time":1749544696,"timestamp":1749544697,
	"transaction_id":"d-1","business_id":"1","client_id":"EC_1","data":{"appointment_id":"a"}}`

func deliver(t *testing.T, s *steps) {
	v, err := webhook.NewVerifier(scheme{s})
	if err != nil {
		t.Fatal(err)
	}
	var messages queue
	for name, opt := range map[string]webhook.HandlerOption{
		"delivery":        webhook.WithStore(store{&webhook.MemoryStore{}, s}),
		"queued delivery": webhook.WithQueue(&messages),
	} {
		h, err := webhook.NewHandler(v, ekacare.WebhookFormat(), opt)
		if err != nil {
			t.Fatal(err)
		}
		webhook.On(h, func(context.Context, webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
			s.at(name + ": function")
			return nil
		})
		messages = func(m webhook.Message) {
			s.at(name + ": message")
			h.Process(t.Context(), m)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/",
			&body{Reader: strings.NewReader(event), read: func() { s.at(name + ": body") }})
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("the %s got status %d", name, w.Code)
		}
	}
}

// queue takes a message.
type queue func(webhook.Message)

func (q *queue) Enqueue(_ context.Context, messages ...webhook.Message) error {
	for _, m := range messages {
		(*q)(m)
	}
	return nil
}

// scheme tells when a delivery is verified.
type scheme struct{ steps *steps }

func (s scheme) Verify(http.Header, []byte) error {
	s.steps.at("delivery: signature")
	return nil
}

func (scheme) Headers() []string        { return []string{"Signature"} }
func (scheme) Tolerance() time.Duration { return 0 }

// store tells when a delivery is claimed and done.
type store struct {
	webhook.Store
	steps *steps
}

func (s store) Claim(ctx context.Context, key string, lease time.Duration) (webhook.Claim, error) {
	s.steps.at("delivery: claim")
	return s.Store.Claim(ctx, key, lease)
}

func (s store) Done(ctx context.Context, c webhook.Claim, keep time.Duration) error {
	s.steps.at("delivery: done")
	return s.Store.Done(ctx, c, keep)
}
