package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

// Acme is a vendor with two forms of events.
type orderEvent struct {
	ID    string `json:"id"`
	Total int    `json:"total"`
}

func (orderEvent) EventTypes() []string { return []string{"order.created", "order.paid"} }

type userEvent struct {
	Name string `json:"name"`
}

func (userEvent) EventTypes() []string { return []string{"user.created"} }

type noEvent struct{}

func (noEvent) EventTypes() []string { return nil }

func acme() webhook.Format {
	return webhook.Format{
		Vendor: "acme",
		Describe: func(header http.Header, body []byte) (webhook.Event, error) {
			var e struct{ Type, Key string }
			err := json.Unmarshal(body, &e)
			return webhook.Event{Type: e.Type, Key: e.Key, Test: header.Get("Acme-Mode") == "test"}, err
		},
		Decode: json.Unmarshal,
	}
}

// receiver is a handler behind a real server, with what it reported and logged.
type receiver struct {
	*webhook.Handler
	server   *httptest.Server
	verifier *webhook.Verifier
	reports  chan webhook.Report
	log      *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func newReceiver(t testing.TB, format webhook.Format, opts ...webhook.HandlerOption) *receiver {
	t.Helper()
	v, err := webhook.NewTimestampedHMAC(signatureHeader, tolerance, []string{secret})
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{verifier: v, reports: make(chan webhook.Report, 1000), log: new(lockedBuffer)}
	opts = append([]webhook.HandlerOption{
		webhook.WithLogger(slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		webhook.WithReport(func(_ context.Context, report webhook.Report) { r.reports <- report }),
	}, opts...)
	if r.Handler, err = webhook.NewHandler(v, format, opts...); err != nil {
		t.Fatal(err)
	}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// send delivers body as the vendor would.
func (r *receiver) send(t testing.TB, body string) *answer {
	t.Helper()
	return r.do(t, http.MethodPost, body, r.verifier.Sign([]byte(body), time.Now()))
}

type answer struct {
	status int
	header http.Header
	body   string
	report webhook.Report
}

func (r *receiver) do(t testing.TB, method, body string, header http.Header) *answer {
	t.Helper()
	req, err := http.NewRequest(method, r.server.URL+"/hooks", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{res.StatusCode, res.Header, string(text), <-r.reports}
}

func (a *answer) want(t testing.TB, status int, outcome webhook.Outcome) {
	t.Helper()
	if a.status != status || a.report.Status != status || a.report.Outcome != outcome {
		t.Errorf("answered %d and reported %d %q, want %d %q (error: %v)",
			a.status, a.report.Status, a.report.Outcome, status, outcome, a.report.Err)
	}
}

func TestAByteOrderMarkIsSignedButNoPartOfTheJSON(t *testing.T) {
	r := newReceiver(t, acme())
	var got []string
	webhook.On(r.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
		got = append(got, string(d.Body))
		return nil
	})
	const body = `{"type":"order.created","key":"1","id":"o1","total":7}`
	r.send(t, "\xef\xbb\xbf"+body).want(t, http.StatusOK, webhook.OutcomeHandled)
	if len(got) != 1 || got[0] != body {
		t.Errorf("got %q", got)
	}
}

func TestEachEventReachesItsFunctionTyped(t *testing.T) {
	r := newReceiver(t, acme())
	var got []string
	webhook.On(r.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
		got = append(got, fmt.Sprintf("order %s %s %d test=%t", d.Type, d.Payload.ID, d.Payload.Total, d.Test))
		if d.Vendor != "acme" || d.Key == "" || !json.Valid(d.Body) {
			t.Errorf("delivery %+v, key %q, body %q", d, d.Key, d.Body)
		}
		if d.Header.Get("Acme-Mode") != "test" || d.Header.Get(signatureHeader) != "" {
			t.Errorf("headers %v", d.Header)
		}
		return nil
	})
	webhook.On(r.Handler, func(_ context.Context, d webhook.Delivery[userEvent]) error {
		got = append(got, "user "+d.Payload.Name)
		return nil
	}, "user.created")
	for _, body := range []string{
		`{"type":"order.created","key":"1","id":"o1","total":7}`,
		`{"type":"order.paid","key":"2","id":"o1"}`,
		`{"type":"user.created","key":"3","name":"Zoë"}`,
	} {
		header := r.verifier.Sign([]byte(body), time.Now())
		header.Set("Acme-Mode", "test")
		a := r.do(t, "POST", body, header)
		a.want(t, 200, webhook.OutcomeHandled)
		if a.body != "" || a.report.Duration <= 0 || a.report.Vendor != "acme" || a.report.Err != nil {
			t.Errorf("answered %q, report %+v", a.body, a.report)
		}
	}
	want := "[order order.created o1 7 test=true order order.paid o1 0 test=true user Zoë]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
}

func TestTypesWithoutAFunction(t *testing.T) {
	r := newReceiver(t, acme())
	webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
		t.Error("called for another type")
		return nil
	}, "order.paid")
	r.send(t, `{"type":"order.created","key":"1"}`).want(t, 200, webhook.OutcomeIgnored)
	r.send(t, `{"type":"","key":"1"}`).want(t, 200, webhook.OutcomeIgnored)

	var got []string
	r.Fallback(func(_ context.Context, d webhook.Delivery[json.RawMessage]) error {
		got = append(got, d.Type+" "+string(d.Payload))
		if len(got) == 2 {
			return errors.New("not now")
		}
		return nil
	})
	// What was only acknowledged was not remembered as done, so the new fallback sees it.
	r.send(t, `{"type":"order.created","key":"1"}`).want(t, 200, webhook.OutcomeHandled)
	r.send(t, `{"type":"order.created","key":"1"}`).want(t, 200, webhook.OutcomeDuplicate)
	r.send(t, `{"type":"tomorrow","key":"2"}`).want(t, 500, webhook.OutcomeFailed)
	if fmt.Sprint(got) != `[order.created {"type":"order.created","key":"1"} tomorrow {"type":"tomorrow","key":"2"}]` {
		t.Errorf("got %v", got)
	}
}

func TestRefusals(t *testing.T) {
	const body = `{"type":"order.paid","key":"1"}`
	r := newReceiver(t, acme(), webhook.WithLimit(100))
	webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
		t.Error("called for a refused request")
		return nil
	})
	signed := func(body string, at time.Time) http.Header { return r.verifier.Sign([]byte(body), at) }
	now := time.Now()
	twice := signed(body, now)
	twice.Add(signatureHeader, "x")
	const mistyped = `{"type":"order.paid","id":[]}`
	for name, c := range map[string]struct {
		method, body string
		header       http.Header
		status       int
		outcome      webhook.Outcome
		err          error
	}{
		"GET":            {"GET", "", nil, 405, webhook.OutcomeNotPost, nil},
		"PUT, signed":    {"PUT", body, signed(body, now), 405, webhook.OutcomeNotPost, nil},
		"not signed":     {"POST", body, nil, 401, webhook.OutcomeRefused, webhook.ErrNoSignature},
		"malformed":      {"POST", body, http.Header{signatureHeader: {"v1=x"}}, 401, webhook.OutcomeRefused, webhook.ErrMalformed},
		"tampered":       {"POST", body + " ", signed(body, now), 401, webhook.OutcomeRefused, webhook.ErrMismatch},
		"header twice":   {"POST", body, twice, 401, webhook.OutcomeRefused, webhook.ErrMalformed},
		"too old":        {"POST", body, signed(body, now.Add(-time.Hour)), 401, webhook.OutcomeRefused, webhook.ErrTooOld},
		"too new":        {"POST", body, signed(body, now.Add(time.Hour)), 401, webhook.OutcomeRefused, webhook.ErrTooNew},
		"too large":      {"POST", strings.Repeat(" ", 101), signed(strings.Repeat(" ", 101), now), 413, webhook.OutcomeTooLarge, nil},
		"not JSON":       {"POST", "{", signed("{", now), 400, webhook.OutcomeUndecodable, nil},
		"empty":          {"POST", "", signed("", now), 400, webhook.OutcomeUndecodable, nil},
		"of other types": {"POST", mistyped, signed(mistyped, now), 400, webhook.OutcomeUndecodable, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.do(t, c.method, c.body, c.header)
			a.want(t, c.status, c.outcome)
			if c.err != nil && !errors.Is(a.report.Err, c.err) {
				t.Errorf("reported %v, want %v", a.report.Err, c.err)
			}
			if a.body != http.StatusText(c.status)+"\n" {
				t.Errorf("the answer says %q", a.body)
			}
			if allow := a.header.Get("Allow"); (c.status == 405) != (allow == "POST") {
				t.Errorf("Allow is %q", allow)
			}
			if a.header.Get("Retry-After") != "" {
				t.Error("Retry-After is set")
			}
		})
	}
	t.Run("exactly the limit", func(t *testing.T) {
		body := `{"type":"x","key":"` + strings.Repeat("k", 79) + `"}`
		if len(body) != 100 {
			t.Fatal(len(body))
		}
		r.send(t, body).want(t, 200, webhook.OutcomeIgnored)
	})
}

func TestBodyOfUnknownLengthIsLimited(t *testing.T) {
	r := newReceiver(t, acme(), webhook.WithLimit(1000))
	req, _ := http.NewRequest("POST", r.server.URL, io.MultiReader(strings.NewReader(strings.Repeat("x", 1001)))) // chunked
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if report := <-r.reports; res.StatusCode != 413 || report.Outcome != webhook.OutcomeTooLarge {
		t.Errorf("got %d, %q", res.StatusCode, report.Outcome)
	}
}

func TestBodyAnnouncedAsTooLargeIsNotWaitedFor(t *testing.T) {
	r := newReceiver(t, acme(), webhook.WithLimit(1000))
	conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n") // and then nothing
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 413 ") {
		t.Errorf("got %q, %v", line, err)
	}
}

func TestBodyThatBreaksOff(t *testing.T) {
	r := newReceiver(t, acme())
	conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"half\":")
	conn.Close()
	if report := <-r.reports; report.Outcome != webhook.OutcomeUnread || report.Status != 400 {
		t.Errorf("got %+v", report)
	}
}

func TestFailureIsSentAgainAndHandledOnce(t *testing.T) {
	r := newReceiver(t, acme())
	broken := errors.New("no database")
	var fail func() error
	calls := 0
	webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
		calls++
		return fail()
	})
	const body = `{"type":"order.paid","key":"1"}`

	fail = func() error { return broken }
	a := r.send(t, body)
	a.want(t, 500, webhook.OutcomeFailed)
	if !errors.Is(a.report.Err, broken) || strings.Contains(a.body, "database") {
		t.Errorf("reported %v, answered %q", a.report.Err, a.body)
	}

	fail = func() error { panic(map[string]string{"patient": "Zoë"}) }
	a = r.send(t, body)
	a.want(t, 500, webhook.OutcomePanicked)
	var p *webhook.PanicError
	if !errors.As(a.report.Err, &p) || fmt.Sprint(p.Value) != "map[patient:Zoë]" || !bytes.Contains(p.Stack, []byte("handler_test.go")) {
		t.Errorf("reported %v", a.report.Err)
	}

	fail = func() error { panic(broken) }
	if a = r.send(t, body); !errors.Is(a.report.Err, broken) {
		t.Errorf("an error as panic is reported as %v", a.report.Err)
	}

	fail = func() error { return nil }
	r.send(t, body).want(t, 200, webhook.OutcomeHandled)
	r.send(t, body).want(t, 200, webhook.OutcomeDuplicate)
	r.send(t, strings.Replace(body, "1", "2", 1)).want(t, 200, webhook.OutcomeHandled)
	if calls != 5 {
		t.Errorf("%d calls", calls)
	}
}

func TestWithoutAKeyTheBodyStandsForItself(t *testing.T) {
	r := newReceiver(t, acme())
	webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { return nil })
	r.send(t, `{"type":"order.paid","id":"1"}`).want(t, 200, webhook.OutcomeHandled)
	r.send(t, `{"type":"order.paid","id":"2"}`).want(t, 200, webhook.OutcomeHandled)
	r.send(t, `{"type":"order.paid","id":"1"}`).want(t, 200, webhook.OutcomeDuplicate)
}

func TestSameDeliveryAtTheSameTimeWaits(t *testing.T) {
	for name, c := range map[string]struct {
		lease time.Duration
		retry string
	}{"short lease": {5 * time.Second, "5"}, "long lease": {time.Hour, "30"}} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, acme(), webhook.WithLease(c.lease))
			started, finish := make(chan struct{}), make(chan struct{})
			webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
				close(started)
				<-finish
				return nil
			})
			const body = `{"type":"order.paid","key":"1"}`
			first := make(chan int)
			go func() { // the report of this one comes last
				req, _ := http.NewRequest("POST", r.server.URL, strings.NewReader(body))
				req.Header = r.verifier.Sign([]byte(body), time.Now())
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					first <- 0
					return
				}
				res.Body.Close()
				first <- res.StatusCode
			}()
			<-started
			a := r.send(t, body)
			a.want(t, 503, webhook.OutcomeBusy)
			if got := a.header.Get("Retry-After"); got != c.retry {
				t.Errorf("Retry-After is %q", got)
			}
			close(finish)
			if status := <-first; status != 200 {
				t.Errorf("the first got %d", status)
			}
			<-r.reports
			r.send(t, body).want(t, 200, webhook.OutcomeDuplicate)
		})
	}
}

func TestVendorThatHangsUpFindsItDone(t *testing.T) {
	r := newReceiver(t, acme())
	type keyType struct{}
	started, noticed := make(chan struct{}), make(chan struct{})
	webhook.On(r.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
		if ctx.Value(keyType{}) != "kept" {
			t.Error("the values of the request's context are gone")
		}
		close(started)
		<-noticed
		return ctx.Err()
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		context.AfterFunc(req.Context(), func() { close(noticed) }) // the server has seen that the client is gone
		r.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), keyType{}, "kept")))
	}))
	defer server.Close()
	const body = `{"type":"order.paid","key":"1"}`
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "POST", server.URL, strings.NewReader(body))
	req.Header = r.verifier.Sign([]byte(body), time.Now())
	go func() {
		<-started
		cancel()
	}()
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if report := <-r.reports; report.Outcome != webhook.OutcomeHandled {
		t.Errorf("outcome %q, %v", report.Outcome, report.Err)
	}
	r.send(t, body).want(t, 200, webhook.OutcomeDuplicate)
}

func TestFunctionThatEndsItsGoroutineHasFailed(t *testing.T) {
	r := newReceiver(t, acme())
	exit := true
	webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
		if exit {
			exit = false
			runtime.Goexit()
		}
		return nil
	})
	const body = `{"type":"order.paid","key":"1"}`
	a := r.send(t, body)
	a.want(t, 500, webhook.OutcomeFailed)
	if a.report.Err == nil || !strings.Contains(r.log.String(), "the function ended its goroutine") {
		t.Errorf("reported %v, logged %s", a.report.Err, r.log)
	}
	r.send(t, body).want(t, 200, webhook.OutcomeHandled) // its claim was given back
}

type textError struct{ text string }

func (e *textError) Error() string { return e.text }

type wrappingError struct{ inner error }

func (*wrappingError) Error() string { return "failed" }

func (e *wrappingError) Unwrap() error { return e.inner }

func TestErrorThatCannotBeRead(t *testing.T) {
	for name, err := range map[string]error{
		"nil pointer with a text":     (*textError)(nil),
		"nil pointer around an error": (*wrappingError)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, acme())
			fail := true
			webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error {
				if fail {
					return err
				}
				return nil
			})
			r.send(t, `{"type":"order.paid","key":"1"}`).want(t, 500, webhook.OutcomePanicked)
			if !strings.Contains(r.log.String(), "outcome=panicked") {
				t.Errorf("log: %s", r.log)
			}
			fail = false // and the claim was given back
			r.send(t, `{"type":"order.paid","key":"1"}`).want(t, 200, webhook.OutcomeHandled)
		})
	}
}

func TestFormatThatPanics(t *testing.T) {
	format := acme()
	format.Decode = func([]byte, any) error { panic("decoder") }
	r := newReceiver(t, format)
	webhook.On(r.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { return nil })
	r.send(t, `{"type":"order.paid","key":"1"}`).want(t, 500, webhook.OutcomePanicked)
}

func TestLogsTellWhatHappenedAndNothingPrivate(t *testing.T) {
	r := newReceiver(t, acme())
	var fail func() error
	webhook.On(r.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
		slog.New(slog.NewTextHandler(r.log, nil)).Info("mine", "delivery", d, "text", fmt.Sprintf("%v %+v %s", d, d, d))
		return fail()
	})
	private := `{"type":"order.paid","key":"private-key","id":"private-id","name":"private-name"}`
	fail = func() error { panic("private-panic") }
	r.send(t, private)
	fail = func() error { return errors.New("no database") }
	r.send(t, private)
	fail = func() error { return nil }
	r.send(t, private)
	r.send(t, private)
	r.send(t, `{"type":"order.paid","key":"private-key","id":["private-id"],"total":"private-total"}`)
	r.do(t, "POST", private, http.Header{signatureHeader: {"private-signature"}})

	got := r.log.String()
	for _, want := range []string{
		"level=ERROR msg=webhook outcome=panicked status=500",
		"level=ERROR msg=webhook outcome=failed status=500",
		"level=DEBUG msg=webhook outcome=handled status=200",
		"level=DEBUG msg=webhook outcome=duplicate status=200",
		"level=ERROR msg=webhook outcome=undecodable status=400",
		"level=WARN msg=webhook outcome=refused status=401",
		"vendor=acme type=order.paid key=", `error="no database"`, "value of type string", "stack=", "delivery.type=order.paid",
		"webhook: malformed signature", "duration=",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if strings.Contains(got, "private") {
		t.Errorf("the log holds private data")
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestRegisteringWrongly(t *testing.T) {
	for name, c := range map[string]struct {
		register func(h *webhook.Handler)
		want     string
	}{
		"a type of another": {func(h *webhook.Handler) { webhook.On(h, ok[orderEvent], "order.paid", "user.created") }, "user.created"},
		"a type twice": {func(h *webhook.Handler) {
			webhook.On(h, ok[orderEvent], "order.paid")
			webhook.On(h, ok[orderEvent])
		}, "order.paid"},
		"a type twice in one call": {func(h *webhook.Handler) { webhook.On(h, ok[orderEvent], "order.paid", "order.paid") }, "order.paid"},
		"no types":                 {func(h *webhook.Handler) { webhook.On(h, ok[noEvent]) }, "noEvent"},
		"no function":              {func(h *webhook.Handler) { webhook.On[userEvent](h, nil) }, "userEvent"},
		"no fallback":              {func(h *webhook.Handler) { h.Fallback(nil) }, "Fallback"},
		"two fallbacks": {func(h *webhook.Handler) {
			h.Fallback(ok[json.RawMessage])
			h.Fallback(ok[json.RawMessage])
		}, "Fallback"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("panics with %q", got)
				}
			}()
			c.register(newReceiver(t, acme()).Handler)
		})
	}
}

func ok[T any](context.Context, webhook.Delivery[T]) error { return nil }

func TestNewHandlerRefuses(t *testing.T) {
	v, f := timestamped(t), acme()
	describe, decode, vendor, slash := f, f, f, f
	describe.Describe, decode.Decode, vendor.Vendor, slash.Vendor = nil, nil, "", "a/b"
	for field, make := range map[string]func() (*webhook.Handler, error){
		"v":           func() (*webhook.Handler, error) { return webhook.NewHandler(nil, f) },
		"f.Describe":  func() (*webhook.Handler, error) { return webhook.NewHandler(v, describe) },
		"f.Decode":    func() (*webhook.Handler, error) { return webhook.NewHandler(v, decode) },
		"f.Vendor":    func() (*webhook.Handler, error) { return webhook.NewHandler(v, vendor) },
		"WithStore":   func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithStore(nil)) },
		"WithLimit":   func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithLimit(0)) },
		"WithLease":   func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithLease(time.Millisecond)) },
		"WithTimeout": func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithTimeout(0)) },
		"WithKeep":    func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithKeep(-1)) },
		"WithLogger":  func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithLogger(nil)) },
		"WithReport":  func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithReport(nil)) },
		"WithScope":   func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithScope("")) },
		"f.Vendor ":   func() (*webhook.Handler, error) { return webhook.NewHandler(v, slash) },
		"WithScope ":  func() (*webhook.Handler, error) { return webhook.NewHandler(v, f, webhook.WithScope("a/b")) },
	} {
		var e *webhook.ArgumentError
		if _, err := make(); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if _, err := webhook.NewHandler(new(webhook.Verifier), f); err == nil {
		t.Error("a verifier that nobody made is taken")
	}
	if _, err := webhook.NewHandler(v, f, nil); err != nil {
		t.Errorf("a nil option: %v", err)
	}
}

var discard = slog.New(slog.DiscardHandler)
