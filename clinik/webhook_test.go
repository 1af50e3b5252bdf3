package clinik_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/webhook"
)

// slugs are the kinds of record that have webhooks, each with the path of its route.
const slugs = `
patient patients; encounter encounters; observation observations; condition conditions; allergy allergies;
assessment assessments; care-plan care-plans; care-team care-teams; goal goals; risk-assessment risk-assessments;
family-member-history family-history; medication medications; prescription prescriptions;
medication-dispense medication-dispenses; medication-statement medication-statements;
medication-knowledge medication-knowledge; immunization immunizations;
immunization-evaluation immunization-evaluations; immunization-recommendation immunization-recommendations;
nutrition-order nutrition-orders; appointment appointments; appointment-response appointment-responses;
schedule schedules; slot slots; note notes; document documents; consent consents; intake intakes; media media;
lab labs; specimen specimens; imaging-study imaging-studies; practitioner practitioners;
practitioner-role practitioner-roles; organization organizations; location locations;
healthcare-service healthcare-services; person persons; task tasks; service-request service-requests;
device-request device-requests; activity-definition activity-definitions; plan-definition plan-definitions;
device devices; device-use-statement device-use-statements; account accounts; charge-item charge-items; claim claims;
claim-response claim-responses; coverage coverages; eligibility-request eligibility-requests;
eligibility-response eligibility-responses; explanation-of-benefit eobs; invoice invoices;
payment-notice payment-notices; payment-reconciliation payment-reconciliations;
enrollment-request enrollment-requests; enrollment-response enrollment-responses;
vision-prescription vision-prescriptions; measure measures; measure-report measure-reports; audit-event audit-events;`

// eachSlug yields slug and route.
func eachSlug(yield func(string, string) bool) {
	for pair := range strings.SplitSeq(slugs, ";") {
		if fields := strings.Fields(pair); len(fields) == 2 && !yield(fields[0], fields[1]) {
			return
		}
	}
}

const webhookSecret = "whsec_0123456789"

func eventBody(id, event, environment string) string {
	slug, action, _ := strings.Cut(event, ".")
	return fmt.Sprintf(
		`{"id":%q,"event":%q,"timestamp":"2026-03-01T10:00:00+05:30","data":{"resourceType":%q,"resourceId":"rec_1","action":%q,`+
			`"tenantId":"org_1","environment":%q,"colour":"red"}}`, id, event, slug, action, environment)
}

func webhookVerifier(t testing.TB, opts ...webhook.Option) *webhook.Verifier {
	t.Helper()
	v, err := clinik.WebhookVerifier([]string{webhookSecret}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func webhookHandler(t testing.TB, v *webhook.Verifier) *webhook.Handler {
	t.Helper()
	h, err := webhook.NewHandler(v, clinik.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// deliver posts a body, signed by v, with more headers as names and values in turn, and returns the status.
func deliver(t testing.TB, url string, v *webhook.Verifier, body string, header ...string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = v.Sign([]byte(body), time.Now())
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestEveryEventArrivesTyped(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t)
	h := webhookHandler(t, v)
	got := map[string]webhook.Delivery[clinik.WebhookEvent]{}
	webhook.On(h, func(_ context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
		got[e.Type] = e
		return nil
	})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	n := 0
	for slug := range eachSlug {
		for _, action := range []string{"created", "updated", "deleted"} {
			n++
			event, id := slug+"."+action, fmt.Sprintf("evt_%d", n)
			if !slices.Contains(clinik.EventTypes(), event) {
				t.Errorf("no constant for %s", event)
			}
			body := eventBody(id, event, "live")
			if status := deliver(t, s.URL, v, body, "X-Clinik-Delivery-Id", id, "X-Clinik-Event", event); status != 200 {
				t.Errorf("%s: status %d", event, status)
			}
			e := got[event]
			if e.Vendor != "clinik" || e.Key != id || e.Test ||
				!e.Time.Equal(time.Date(2026, 3, 1, 4, 30, 0, 0, time.UTC)) || string(e.Body) != body {
				t.Errorf("%s arrived as %+v", event, e.Event)
			}
			p, d := e.Payload, e.Payload.Data
			if p.ID != id || string(p.Event) != event || d.ResourceType != slug || d.ResourceID != "rec_1" || string(d.Action) != action ||
				d.TenantID != "org_1" || p.Environment() != clinik.EnvironmentLive {
				t.Errorf("%s holds %s", event, p.RawJSON())
			}
			if string(p.RawJSON()) != body || string(d.Extra()["colour"]) != `"red"` {
				t.Errorf("%s keeps %s, and of its data %v", event, p.RawJSON(), d.Extra())
			}
		}
	}
	if known := clinik.EventTypes(); n != 186 || len(known) != n || len(slices.Compact(slices.Sorted(slices.Values(known)))) != n {
		t.Errorf("%d events were sent, %d are known", n, len(known))
	}
}

// A delivery carries two signatures. Whoever has the older one and the body can pass them on at any time.
func TestFunctionsSeeNoSignature(t *testing.T) {
	t.Parallel()
	legacy, err := clinik.LegacyWebhookVerifier([]string{webhookSecret})
	if err != nil {
		t.Fatal(err)
	}
	body := eventBody("evt_1", clinik.EventPatientCreated, "live")
	for name, v := range map[string]*webhook.Verifier{"new": webhookVerifier(t), "legacy": legacy} {
		var seen http.Header
		h := webhookHandler(t, v)
		webhook.On(h, func(_ context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
			seen = e.Header
			return nil
		})
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		both := []string{"X-Clinik-Event", clinik.EventPatientCreated}
		for _, other := range []*webhook.Verifier{webhookVerifier(t), legacy} {
			for header, values := range other.Sign([]byte(body), time.Now()) {
				if v.Sign([]byte(body), time.Now())[header] == nil {
					both = append(both, header, values[0])
				}
			}
		}
		if status := deliver(t, s.URL, v, body, both...); status != 200 || len(both) != 4 {
			t.Fatalf("%s: status %d with %d further headers", name, status, len(both)/2)
		}
		if seen.Get("X-Clinik-Event") == "" || seen.Get("X-Clinik-Signature") != "" || seen.Get("X-Clinik-Signature-V2") != "" {
			t.Errorf("%s: the function sees %v", name, seen)
		}
	}
}

func TestEventConstants(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		clinik.EventPatientCreated:                    "patient.created",
		clinik.EventCarePlanUpdated:                   "care-plan.updated",
		clinik.EventFamilyMemberHistoryDeleted:        "family-member-history.deleted",
		clinik.EventImmunizationRecommendationUpdated: "immunization-recommendation.updated",
	} {
		if got != want {
			t.Errorf("constant is %q, want %q", got, want)
		}
	}
}

func TestWebhookSignatures(t *testing.T) {
	t.Parallel()
	body := []byte(eventBody("evt_1", clinik.EventPatientCreated, "live"))
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := webhookVerifier(t, webhook.WithClock(func() time.Time { return now }))
	legacy, err := clinik.LegacyWebhookVerifier([]string{"other", webhookSecret})
	if err != nil {
		t.Fatal(err)
	}
	sender, _ := clinik.LegacyWebhookVerifier([]string{webhookSecret})
	both := v.Sign(body, now)
	both.Set("X-Clinik-Signature", strings.Repeat("0", 64))
	for _, tt := range []struct {
		name   string
		v      *webhook.Verifier
		header http.Header
		want   error
	}{
		{"now", v, v.Sign(body, now), nil},
		{"five minutes old", v, v.Sign(body, now.Add(-5*time.Minute)), nil},
		{"older", v, v.Sign(body, now.Add(-5*time.Minute-time.Second)), webhook.ErrTooOld},
		{"five minutes ahead", v, v.Sign(body, now.Add(5*time.Minute)), nil},
		{"further ahead", v, v.Sign(body, now.Add(5*time.Minute+time.Second)), webhook.ErrTooNew},
		{"the older header is not asked", v, both, nil},
		{"the older header is not enough", v, sender.Sign(body, now), webhook.ErrNoSignature},
		{"the older header, asked for", legacy, sender.Sign(body, now), nil},
		{"the older header alone is asked", legacy, v.Sign(body, now), webhook.ErrNoSignature},
		{"of another body", v, v.Sign(append(body, ' '), now), webhook.ErrMismatch},
		{"of another body, older header", legacy, sender.Sign(append(body, ' '), now), webhook.ErrMismatch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := tt.v.Verify(tt.header, body); !errors.Is(err, tt.want) {
				t.Errorf("Verify = %v, want %v", err, tt.want)
			}
		})
	}
	for _, secrets := range [][]string{nil, {""}, {webhookSecret, ""}} {
		_, err1 := clinik.WebhookVerifier(secrets)
		_, err2 := clinik.LegacyWebhookVerifier(secrets)
		for _, err := range []error{err1, err2} {
			if !errors.As(err, new(*webhook.ArgumentError)) || strings.Contains(err.Error(), webhookSecret) {
				t.Errorf("with %d secrets: %v", len(secrets), err)
			}
		}
	}
	if signed := v.Sign(body, now).Get("X-Clinik-Signature-V2"); !strings.HasPrefix(signed, "t=1772366400,v1=") {
		t.Errorf("signature %q", signed)
	}
}

func TestTypeAndKeyComeFromTheSignedBody(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t)
	s := httptest.NewServer(webhookHandler(t, v))
	t.Cleanup(s.Close)
	const event = clinik.EventPatientCreated
	good := eventBody("evt_C4nary", event, "live")
	for _, tt := range []struct {
		name, body string
		header     []string
		status     int
	}{
		{"no headers", good, nil, 200},
		{"the same id", good, []string{"X-Clinik-Delivery-Id", "evt_C4nary"}, 200},
		{"another id", good, []string{"X-Clinik-Delivery-Id", "evt_2"}, 200},
		{"two ids", good, []string{"X-Clinik-Delivery-Id", "evt_C4nary", "X-Clinik-Delivery-Id", "evt_2"}, 200},
		{"another type", good, []string{"X-Clinik-Event", clinik.EventPatientDeleted}, 200},
		{"the same type", good, []string{"X-Clinik-Event", event}, 200},
		{"no type", strings.Replace(good, `"event":`, `"kind":`, 1), []string{"X-Clinik-Event", event}, 400},
		{"a time that is none", strings.Replace(good, "2026-03-01T", "C4nary", 1), nil, 200},
		{"a type of the future", strings.Replace(good, event, "robot.created", 1), nil, 200},
		{"null", "null", nil, 400},
		{"a list", "[" + good + "]", nil, 400},
		{"a text", `"C4nary"`, nil, 400},
		{"nothing", "", nil, 400},
		{"cut off", good[:len(good)-3], nil, 400},
		{"more than one", good + good, nil, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if status := deliver(t, s.URL, v, tt.body, tt.header...); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			header := http.Header{}
			for i := 0; i < len(tt.header); i += 2 {
				header.Add(tt.header[i], tt.header[i+1])
			}
			e, err := clinik.WebhookFormat().Describe(header, []byte(tt.body))
			if (err == nil) != (tt.status == 200) || err != nil && !errors.As(err, new(*webhook.ArgumentError)) ||
				err == nil && (e.Key != "evt_C4nary" || e.Type == clinik.EventPatientDeleted) {
				t.Errorf("Describe = %+v, %v", e, err)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "C4nary") {
				t.Errorf("error %s holds a part of the body", text)
			}
			if err := clinik.WebhookFormat().Decode([]byte(tt.body), new(clinik.WebhookEvent)); err != nil &&
				strings.Contains(fmt.Sprintf("%v %#v", err, err), "C4nary") {
				t.Errorf("error %v holds a part of the body", err)
			}
		})
	}
}

func TestWithoutAnIDTheBodyIsTheKey(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t)
	h := webhookHandler(t, v)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var runs atomic.Int64
	webhook.On(h, func(context.Context, webhook.Delivery[clinik.WebhookEvent]) error {
		runs.Add(1)
		return nil
	})
	for i, id := range []string{`""`, "7", "null"} {
		body := strings.Replace(eventBody("evt_1", clinik.EventPatientCreated, "live"), `"id":"evt_1"`, `"id":`+id, 1)
		for range 2 {
			if status := deliver(t, s.URL, v, body, "X-Clinik-Delivery-Id", "evt_2"); status != 200 {
				t.Errorf("id %s: status %d", id, status)
			}
		}
		if n := runs.Load(); n != int64(i+1) {
			t.Errorf("id %s: %d runs", id, n)
		}
	}
}

func TestSameDeliveryRunsOnceThoughSignedAnew(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t)
	h := webhookHandler(t, v)
	var ids []string
	webhook.On(h, func(_ context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
		ids = append(ids, e.Payload.ID)
		return nil
	})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	for _, id := range []string{"evt_1", "evt_1", "evt_2", "evt_1"} {
		// The second is the vendor's retry: another body text and signature, the same id.
		if status := deliver(t, s.URL, v, eventBody(id, clinik.EventPatientUpdated, "live")+strings.Repeat(" ", len(ids))); status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if !slices.Equal(ids, []string{"evt_1", "evt_2"}) {
		t.Errorf("handled %v", ids)
	}
}

func TestOnlyInLeavesOutTheOtherEnvironment(t *testing.T) {
	t.Parallel()
	var got []string
	fn := clinik.OnlyIn(clinik.EnvironmentLive, func(_ context.Context, d webhook.Delivery[clinik.WebhookEvent]) error {
		got = append(got, d.Payload.ID)
		return errors.New("from fn")
	})
	for id, environment := range map[string]string{"evt_live": "live", "evt_test": "test", "evt_odd": "odd", "evt_none": ""} {
		body := []byte(eventBody(id, clinik.EventTaskCreated, environment))
		e, err := clinik.WebhookFormat().Describe(nil, body)
		if err != nil || e.Test != (environment == "test") {
			t.Errorf("%s: Test = %t, %v", id, e.Test, err)
		}
		d := webhook.Delivery[clinik.WebhookEvent]{Event: e}
		if err := clinik.WebhookFormat().Decode(body, &d.Payload); err != nil {
			t.Fatal(err)
		}
		if err := fn(t.Context(), d); (err != nil) != (id == "evt_live") {
			t.Errorf("%s: %v", id, err)
		}
	}
	if !slices.Equal(got, []string{"evt_live"}) {
		t.Errorf("handed over %v", got)
	}
	if environment := (clinik.WebhookEvent{}).Environment(); environment != "" {
		t.Errorf("an event without data is of %q", environment)
	}
}

func pointing(slug, id string) clinik.WebhookEvent {
	return clinik.WebhookEvent{Data: &clinik.WebhookEventData{ResourceType: slug, ResourceID: id, Environment: clinik.EnvironmentTest}}
}

func TestFetchRecordReadsEveryKind(t *testing.T) {
	t.Parallel()
	nw := always(200, `{"data":{"id":"rec_1"}}`)
	c := nw.client(t)
	kinds := map[reflect.Type]string{}
	for slug, route := range eachSlug {
		record, err := clinik.FetchRecord(t.Context(), c, pointing(slug, "rec 1"))
		if err != nil {
			t.Errorf("%s: %v", slug, err)
			continue
		}
		sent := nw.sent[len(nw.sent)-1]
		if want := "/v1/" + route + "/rec%201"; sent.method != "GET" || sent.path != want || len(sent.query) != 0 {
			t.Errorf("%s: %s %s?%v, want GET %s", slug, sent.method, sent.path, sent.query, want)
		}
		kind := reflect.TypeOf(record)
		if other := kinds[kind]; other != "" {
			t.Errorf("%s and %s are both %v", slug, other, kind)
		}
		kinds[kind] = slug
		if id := reflect.ValueOf(record).Elem().FieldByName("ID").String(); id != "rec_1" {
			t.Errorf("%s: id %q", slug, id)
		}
	}
	if len(kinds) != 62 {
		t.Errorf("%d kinds", len(kinds))
	}
}

func TestFetchIsTyped(t *testing.T) {
	t.Parallel()
	nw := always(200, `{"data":{"id":"rec_1","lastName":"Taylor"}}`)
	c := nw.client(t)
	p, err := clinik.Fetch[clinik.Patient](t.Context(), c, pointing("patient", "rec_1"))
	if err != nil || p.LastName != "Taylor" {
		t.Errorf("patient %+v, %v", p, err)
	}
	plan, err := clinik.Fetch[clinik.CarePlan](t.Context(), c, pointing("care-plan", "rec_1"), caremux.WithHeader("X-Trace", "1"))
	if err != nil || plan.ID != "rec_1" || nw.sent[1].header.Get("X-Trace") != "1" {
		t.Errorf("care plan %+v, %v", plan, err)
	}
}

func TestFetchRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	nw := always(200, `{"data":{"id":"rec_1"}}`)
	c := nw.client(t)
	live := pointing("patient", "rec_1")
	live.Data.Environment = clinik.EnvironmentLive
	for _, tt := range []struct {
		name, field string
		event       clinik.WebhookEvent
	}{
		{"no data", "data.resourceId", clinik.WebhookEvent{}},
		{"no id", "data.resourceId", pointing("patient", "")},
		{"unknown slug", "data.resourceType", pointing("robot", "rec_1")},
		{"other environment", "data.environment", live},
	} {
		t.Run(tt.name, func(t *testing.T) {
			record, err := clinik.FetchRecord(t.Context(), c, tt.event)
			var e *caremux.ArgumentError
			if record != nil || !errors.As(err, &e) || e.Field != tt.field {
				t.Errorf("FetchRecord = %v, %v", record, err)
			}
			if p, err := clinik.Fetch[clinik.Patient](t.Context(), c, tt.event); p != nil || !errors.As(err, &e) || e.Field != tt.field {
				t.Errorf("Fetch = %v, %v", p, err)
			}
		})
	}
	if _, err := clinik.Fetch[clinik.Patient](t.Context(), c, pointing("lab", "rec_1")); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a lab as a patient: %v", err)
	}
	if nw.count() != 0 {
		t.Errorf("%d requests were sent", nw.count())
	}
}

func TestRecordThatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	c := always(404, `{"error":"NOT_FOUND","code":"NOT_FOUND"}`).client(t)
	record, err := clinik.FetchRecord(t.Context(), c, pointing("slot", "rec_1"))
	if record != nil || !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("FetchRecord = %v, %v", record, err)
	}
}

func FuzzWebhookFormat(f *testing.F) {
	f.Add([]byte(eventBody("evt_1", clinik.EventPatientCreated, "live")), "evt_1")
	f.Add([]byte(`{"id":1,"event":"a.b","data":[1]}`), "")
	f.Add([]byte("\xff{}"), "x")
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		format := clinik.WebhookFormat()
		e, err := format.Describe(http.Header{"X-Clinik-Delivery-Id": {id}}, body)
		var p clinik.WebhookEvent
		decoded := format.Decode(body, &p)
		if err != nil {
			return
		}
		if decoded != nil || e.Key != p.ID || e.Type != string(p.Event) || e.Type == "" {
			t.Errorf("described as %+v, decoded as %+v, %v", e, p, decoded)
		}
		if !json.Valid(p.RawJSON()) {
			t.Errorf("kept %q", p.RawJSON())
		}
	})
}
