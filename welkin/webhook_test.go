package welkin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
)

const (
	hookKey    = "K3yOfTheHook"
	hookSecret = "S3cretOfTheHook"

	cdtEvent = `{"sourceId":"3b6e2f0c-rec","sourceName":"cdt-vitals","eventEntity":"CDT","eventSubtype":"CDT_UPDATED",` +
		`"tenantName":"gh","instanceName":"sb-demo","patientId":"9d1c-pat","url":"https://example.com/r","colour":"red"}`
	chatEvent = `{"patientId":"9d1c-pat","patientUrl":"https://example.com/p","tenantName":"gh","instanceName":"sb-demo","message":"See you at ten."}`
	testEvent = `{"sourceId":"SOURCE_ID","sourceName":"SOURCE_NAME","eventEntity":"EVENT_ENTITY","eventSubtype":"EVENT_SUBTYPE",` +
		`"tenantName":"gh","instanceName":"sb-demo","patientId":"PATIENT_ID","url":"URL"}`
)

func hookVerifier(t testing.TB) *webhook.Verifier {
	t.Helper()
	v, err := welkin.WebhookVerifier(hookKey, hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func hookHandler(t testing.TB, f webhook.Format, opts ...webhook.HandlerOption) *webhook.Handler {
	t.Helper()
	h, err := webhook.NewHandler(hookVerifier(t), f, append(opts, webhook.WithLogger(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// deliver hands a body to a handler, with the credentials and more headers as names and values in turn, and returns the status.
func deliver(t testing.TB, h http.Handler, body string, header ...string) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/hooks/welkin", strings.NewReader(body))
	r.Header = hookVerifier(t).Sign([]byte(body), time.Now())
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// numbered is a CDT event whose record has a number for its id.
func numbered(id int) string {
	return strings.Replace(cdtEvent, `"3b6e2f0c-rec"`, fmt.Sprint(id), 1)
}

func entity(name string) string {
	return strings.Replace(cdtEvent, `"CDT"`, fmt.Sprintf("%q", name), 1)
}

func TestEventsArriveTyped(t *testing.T) {
	t.Parallel()
	h := hookHandler(t, welkin.WebhookFormat())
	var records []webhook.Delivery[welkin.WebhookEvent]
	var chats []webhook.Delivery[welkin.ChatWebhookEvent]
	var others []webhook.Delivery[json.RawMessage]
	webhook.On(h, func(_ context.Context, d webhook.Delivery[welkin.WebhookEvent]) error {
		records = append(records, d)
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[welkin.ChatWebhookEvent]) error {
		chats = append(chats, d)
		return nil
	})
	h.Fallback(func(_ context.Context, d webhook.Delivery[json.RawMessage]) error {
		others = append(others, d)
		return nil
	})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	types := []string{welkin.EventCDT, welkin.EventAssessment, welkin.EventCalendar, welkin.EventPatient}
	if got := (welkin.WebhookEvent{}).EventTypes(); !slices.Equal(got, types) {
		t.Errorf("EventTypes = %v", got)
	}
	if got := (welkin.ChatWebhookEvent{}).EventTypes(); !slices.Equal(got, []string{welkin.EventChat}) {
		t.Errorf("EventTypes = %v", got)
	}
	for _, body := range []string{
		entity("CDT"), entity("ASSESSMENT"), entity("CALENDAR"), entity("PATIENT"), chatEvent, testEvent, entity("ROBOT"),
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-WEBHOOK-API-KEY", hookKey)
		r.Header.Set("X-WEBHOOK-API-SECRET", hookSecret)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	if len(records) != 4 || len(chats) != 1 || len(others) != 2 {
		t.Fatalf("%d records, %d chats, %d others", len(records), len(chats), len(others))
	}
	for i, d := range records {
		p := d.Payload
		if d.Type != types[i] || d.Vendor != "welkin" || d.Test || !d.Time.IsZero() || string(d.Body) != entity(types[i]) {
			t.Errorf("described as %+v", d.Event)
		}
		if p.SourceID != "3b6e2f0c-rec" || p.SourceName != "cdt-vitals" || string(p.EventEntity) != types[i] ||
			p.EventSubtype != "CDT_UPDATED" || p.TenantName != "gh" ||
			p.InstanceName != "sb-demo" || p.PatientID != "9d1c-pat" || p.URL != "https://example.com/r" ||
			string(p.Extra()["colour"]) != `"red"` {
			t.Errorf("payload %s", p.RawJSON())
		}
	}
	if p := chats[0].Payload; chats[0].Type != welkin.EventChat || p.PatientID != "9d1c-pat" ||
		p.PatientURL != "https://example.com/p" || p.TenantName != "gh" ||
		p.InstanceName != "sb-demo" || p.Message != "See you at ten." || string(p.RawJSON()) != chatEvent {
		t.Errorf("chat %s", p.RawJSON())
	}
	if others[0].Type != welkin.EventTest || !others[0].Test || string(others[0].Payload) != testEvent ||
		others[1].Type != "ROBOT" || others[1].Test {
		t.Errorf("others %+v", others)
	}
}

func TestCredentialsAreBothNeeded(t *testing.T) {
	t.Parallel()
	h := hookHandler(t, welkin.WebhookFormat())
	for _, tt := range []struct {
		name   string
		header []string
		want   int
	}{
		{"both", nil, 200},
		{"wrong key", []string{"X-Webhook-Api-Key", hookSecret}, 401},
		{"wrong secret", []string{"X-Webhook-Api-Secret", hookKey}, 401},
		{"no key", []string{"X-Webhook-Api-Key", ""}, 401},
		{"no secret", []string{"X-Webhook-Api-Secret", ""}, 401},
	} {
		if got := deliver(t, h, cdtEvent, tt.header...); got != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, got, tt.want)
		}
	}
	for _, pair := range [][2]string{{"", ""}, {hookKey, ""}, {"", hookSecret}} {
		_, err := welkin.WebhookVerifier(pair[0], pair[1])
		if !errors.As(err, new(*webhook.ArgumentError)) || strings.Contains(err.Error(), hookKey) ||
			strings.Contains(err.Error(), hookSecret) {
			t.Errorf("%q: %v", pair, err)
		}
	}
}

func TestEqualEventsAllRunUnlessAWindowIsAskedFor(t *testing.T) {
	t.Parallel()
	const soon, late = 10*time.Second - 1, 10 * time.Second
	one, window := welkin.WebhookFormat, []webhook.HandlerOption{webhook.WithKeep(10 * time.Second)}
	// after says how long after the first the second comes; want how many of them are handled.
	for _, tt := range []struct {
		name   string
		format func() webhook.Format
		first  string
		second string
		after  time.Duration
		opts   []webhook.HandlerOption
		want   int
	}{
		{"the same at once", one, cdtEvent, cdtEvent, 0, window, 1},
		{"by default: at once", one, cdtEvent, cdtEvent, 0, nil, 2},
		{"by default: three seconds later", one, cdtEvent, cdtEvent, 3 * time.Second, nil, 2},
		{"by default: chats", one, chatEvent, chatEvent, time.Second, nil, 2},
		{"a field that nobody knows", one, cdtEvent, strings.Replace(cdtEvent, "{", `{"version":2,`, 1), 0, window, 2},
		{"the same within the window", one, cdtEvent, cdtEvent, soon, window, 1},
		{"the same after the window", one, cdtEvent, cdtEvent, late, window, 2},
		{"a wider window", one, cdtEvent, cdtEvent, time.Hour - 1, []webhook.HandlerOption{webhook.WithKeep(time.Hour)}, 1},
		{"after a wider window", one, cdtEvent, cdtEvent, time.Hour, []webhook.HandlerOption{webhook.WithKeep(time.Hour)}, 2},
		{"equal chats", one, chatEvent, chatEvent, soon, window, 1},
		{"equal chats after the window", one, chatEvent, chatEvent, late, window, 2},
		{"other spaces and order", one, chatEvent, `{"message":"See you at ten.", "instanceName":"sb-demo","tenantName":"gh",
			"patientUrl":"https://example.com/p","patientId":"9d1c-pat"}`, 0, window, 1},
		{"another record", one, cdtEvent, strings.Replace(cdtEvent, "3b6e", "4b6e", 1), 0, window, 2},
		{"another type of record", one, cdtEvent, entity("ASSESSMENT"), 0, window, 2},
		{"another name of record", one, cdtEvent, strings.Replace(cdtEvent, "cdt-vitals", "cdt-notes", 1), 0, window, 2},
		{"another subtype", one, cdtEvent, strings.Replace(cdtEvent, "CDT_UPDATED", "CDT_CREATED", 1), 0, window, 2},
		{"another patient", one, cdtEvent, strings.Replace(cdtEvent, "9d1c", "8d1c", 1), 0, window, 2},
		{"another instance", one, cdtEvent, strings.Replace(cdtEvent, "sb-demo", "live", 1), 0, window, 2},
		{"another tenant", one, cdtEvent, strings.Replace(cdtEvent, `"gh"`, `"hg"`, 1), 0, window, 2},
		{"another record, by number", one, numbered(1), numbered(2), 0, window, 2},
		{"the same record, by number", one, numbered(1), numbered(1), soon, window, 1},
		{"another text", one, chatEvent, strings.Replace(chatEvent, "ten", "two", 1), 0, window, 2},
		{"each counts: at once", welkin.WebhookFormatEach, cdtEvent, cdtEvent, 0, nil, 2},
		{"each counts: chats", welkin.WebhookFormatEach, chatEvent, chatEvent, time.Second, nil, 2},
		{"each counts, whatever is remembered", welkin.WebhookFormatEach, cdtEvent, cdtEvent, 0,
			[]webhook.HandlerOption{webhook.WithKeep(time.Hour)}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := hookHandler(t, tt.format(), tt.opts...)
				handled := 0
				count := func() error { handled++; return nil }
				webhook.On(h, func(context.Context, webhook.Delivery[welkin.WebhookEvent]) error { return count() })
				webhook.On(h, func(context.Context, webhook.Delivery[welkin.ChatWebhookEvent]) error { return count() })
				first := deliver(t, h, tt.first)
				time.Sleep(tt.after)
				if second := deliver(t, h, tt.second); first != 200 || second != 200 {
					t.Errorf("status %d and %d", first, second)
				}
				if handled != tt.want {
					t.Errorf("handled %d, want %d", handled, tt.want)
				}
			})
		})
	}
}

func TestAChangeWaitsForTheHandlingOfAnEqualOneAndRunsThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hookHandler(t, welkin.WebhookFormat())
		record, seen, running := 1, 0, 0
		webhook.On(h, func(context.Context, webhook.Delivery[welkin.WebhookEvent]) error {
			if running++; running > 1 {
				t.Error("two at the same time")
			}
			seen = record // the function reads the record, and takes its time
			time.Sleep(3 * time.Second)
			running--
			return nil
		})
		first := make(chan int)
		go func() { first <- deliver(t, h, cdtEvent) }()
		synctest.Wait()
		record = 2
		if status := deliver(t, h, cdtEvent); status != 200 || seen != 2 {
			t.Errorf("status %d, the function has read record %d", status, seen)
		}
		if status := <-first; status != 200 {
			t.Errorf("status %d", status)
		}
	})
}

func TestAFormerPairIsAcceptedWhileItIsReplaced(t *testing.T) {
	t.Parallel()
	v, err := welkin.WebhookVerifier("new-key", "new-secret", webhook.WithFormerValues("old-key", "old-secret"),
		webhook.WithFormerValues("k3", "s3"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, secret string
		good        bool
	}{
		{"new-key", "new-secret", true}, {"old-key", "old-secret", true}, {"k3", "s3", true},
		{"new-key", "old-secret", false}, {"old-key", "new-secret", false}, {"old-key", "", false}, {"k4", "s4", false},
	} {
		header := http.Header{"X-Webhook-Api-Key": {c.key}, "X-Webhook-Api-Secret": {c.secret}}
		if err := v.Verify(header, []byte(cdtEvent)); (err == nil) != c.good {
			t.Errorf("%s and %s: %v", c.key, c.secret, err)
		}
	}
	if got := v.Sign(nil, time.Now()).Get("X-Webhook-Api-Key"); got != "new-key" {
		t.Errorf("signs with %s", got)
	}
	for _, bad := range [][]string{nil, {"k"}, {"k", ""}, {"k", "s", "t"}, {"k ", "s"}} {
		var e *webhook.ArgumentError
		if _, err := welkin.WebhookVerifier("k", "s", webhook.WithFormerValues(bad...)); !errors.As(err, &e) ||
			e.Field != "WithFormerValues" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestChangeDuringTheHandlingOfAnEqualOneIsHandledTooWhereEachCounts(t *testing.T) {
	t.Parallel()
	h := hookHandler(t, welkin.WebhookFormatEach())
	started, finish := make(chan struct{}, 2), make(chan struct{})
	webhook.On(h, func(context.Context, webhook.Delivery[welkin.WebhookEvent]) error {
		started <- struct{}{}
		<-finish
		return nil
	})
	first := make(chan int)
	go func() { first <- deliver(t, h, cdtEvent) }()
	<-started
	second := make(chan int, 1)
	go func() { second <- deliver(t, h, cdtEvent) }()
	select {
	case <-started: // while the first still runs
	case status := <-second:
		second <- status
		t.Error("the second was not handled")
	}
	close(finish)
	if a, b := <-first, <-second; a != 200 || b != 200 {
		t.Errorf("status %d and %d", a, b)
	}
}

func TestWhatIsNoEventIsRefusedWithoutSayingWhatItHeld(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":            "",
		"null":               "null",
		"text":               `"C4nary"`,
		"list":               "[" + cdtEvent + "]",
		"cut off":            `{"message":"C4nary`,
		"something behind":   chatEvent + "C4nary",
		"empty":              "{}",
		"no entity, no text": `{"patientId":"C4nary","sourceId":"C4nary"}`,
		"text for nobody":    `{"message":"C4nary"}`,
		"entity of no type":  `{"eventEntity":{"C4nary":1},"sourceId":"C4nary"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range []webhook.Format{welkin.WebhookFormat(), welkin.WebhookFormatEach()} {
				e, err := f.Describe(nil, []byte(body))
				if !errors.As(err, new(*webhook.ArgumentError)) || e.Type != "" { // so that the log tells what is wrong
					t.Errorf("Describe = %+v, %v", e, err)
				}
				for _, err := range []error{err, f.Decode([]byte(body), new(welkin.ChatWebhookEvent))} {
					if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "C4nary") {
						t.Errorf("error holds a part of the body: %s", text)
					}
				}
			}
		})
	}
}

func TestEventsReadWhatTheyPointTo(t *testing.T) {
	t.Parallel()
	record := func(entity, patient, name, id string) welkin.WebhookEvent {
		return welkin.WebhookEvent{EventEntity: welkin.WebhookEntity(entity), PatientID: patient, SourceName: name, SourceID: id}
	}
	patient := func(e welkin.WebhookEvent) any { return e.Patient }
	cdt := func(e welkin.WebhookEvent) any { return e.CDTRecord }
	calendar := func(e welkin.WebhookEvent) any { return e.CalendarEvent }
	for _, tt := range []struct {
		name  string
		event welkin.WebhookEvent
		fetch func(welkin.WebhookEvent) any
		want  string // path, or the member at fault
	}{
		{"patient", record("PATIENT", "p-1", "", "p-1"), patient, "/gh/sb-demo/patients/p-1"},
		{"patient of a record", record("CDT", "p-1", "cdt-vitals", "r-1"), patient, "/gh/sb-demo/patients/p-1"},
		{"record", record("CDT", "p-1", "cdt-vitals", "r-1"), cdt, "/gh/sb-demo/patients/p-1/cdts/cdt-vitals/r-1"},
		{"calendar event", record("CALENDAR", "", "", "e-1"), calendar, "/gh/sb-demo/calendar/events/e-1"},
		{"no patient", record("PATIENT", "", "", "p-1"), patient, "patientId"},
		{"record without id", record("CDT", "p-1", "cdt-vitals", ""), cdt, "sourceId"},
		{"record without name", record("CDT", "p-1", "", "r-1"), cdt, "sourceName"},
		{"record of another kind", record("CALENDAR", "p-1", "n", "e-1"), cdt, "eventEntity"},
		{"calendar event of another kind", record("CDT", "p-1", "n", "e-1"), calendar, "eventEntity"},
		{"calendar event without id", record("CALENDAR", "p-1", "n", ""), calendar, "sourceId"},
		{"test message", record("EVENT_ENTITY", "PATIENT_ID", "SOURCE_NAME", "SOURCE_ID"), patient, "eventEntity"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, tt.want, func(ctx context.Context, c *welkin.Client) error {
				var err error
				switch fetch := tt.fetch(tt.event).(type) {
				case func(context.Context, *welkin.Client, ...caremux.RequestOption) (*welkin.Patient, error):
					_, err = fetch(ctx, c)
				case func(context.Context, *welkin.Client, ...caremux.RequestOption) (*welkin.CDTRecord, error):
					_, err = fetch(ctx, c)
				case func(context.Context, *welkin.Client, ...caremux.RequestOption) (*welkin.CalendarEvent, error):
					_, err = fetch(ctx, c)
				}
				return err
			})
		})
	}
	for id, want := range map[string]string{"p-1": "/gh/sb-demo/patients/p-1", "": "patientId", "PATIENT_ID": "eventEntity"} {
		check(t, want, func(ctx context.Context, c *welkin.Client) error {
			_, err := welkin.ChatWebhookEvent{PatientID: id}.Patient(ctx, c)
			return err
		})
	}
}

// check runs a call, which must GET the path that want is, or send nothing because of the member that want is.
func check(t *testing.T, want string, call func(context.Context, *welkin.Client) error) {
	t.Helper()
	v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, `{"id":"x"}` }}
	err := call(t.Context(), v.client(t, caremux.WithTokenSource(caremux.StaticToken("tok"))))
	if strings.HasPrefix(want, "/") {
		if err != nil || len(v.sent) != 1 || v.sent[0] != "GET "+want+" Bearer tok" {
			t.Errorf("sent %v, %v; want GET %s", v.sent, err, want)
		}
		return
	}
	var e *caremux.ArgumentError
	if len(v.sent) != 0 || !errors.As(err, &e) || e.Field != want {
		t.Errorf("sent %v, %v; want nothing for %s", v.sent, err, want)
	}
}

func FuzzWebhookFormat(f *testing.F) {
	for _, body := range []string{cdtEvent, chatEvent, testEvent, `{"eventEntity":1,"patientId":"p","message":"m"}`, "\xff"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		format := welkin.WebhookFormat()
		e, err := format.Describe(nil, body)
		if err != nil {
			return
		}
		again, err := format.Describe(nil, append([]byte("\n"), body...))
		if err != nil || again != e || e.Key == "" || e.Type == "" || e.Test != (e.Type == welkin.EventTest) {
			t.Errorf("described as %+v, then as %+v, %v", e, again, err)
		}
		var record welkin.WebhookEvent
		var chat welkin.ChatWebhookEvent
		if err := errors.Join(format.Decode(body, &record), format.Decode(body, &chat)); err != nil {
			t.Errorf("described as %+v, but %v", e, err)
		}
	})
}
