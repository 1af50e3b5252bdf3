package ekacare_test

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
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/webhook"
)

// assessmentTaken is the vendor's own sample of appointment.assessments.taken, value by value.
const assessmentTaken = `{
  "event": "appointment.assessments.taken",
  "event_time": 1749544696,
  "service": "appointment",
  "transaction_id": "d-bcebe31d-5a73-4d05-bd4f-0fdef45dcb86",
  "timestamp": 1730189586,
  "business_id": "75682005283056",
  "client_id": "",
  "data": {
    "appointment_id": "api-abb67007-1e53-4f0f-b428-a4bc025468a4",
    "clinic_id": "678faea412e547001db5c639",
    "created_at": 1749544579,
    "custom_attributes": {"label": ["vital_submitted"], "tags": ["87"]},
    "doctor_id": "171458899473447",
    "modified_at": 1749544696,
    "partner_appointment_id": "67ce9032abfba8001d17ddd2",
    "partner_clinic_id": "CL04",
    "partner_doctor_id": "1712660285igfewifwe",
    "partner_meta": {"key1": "value1"},
    "partner_patient_id": "77237637763817-17",
    "patient_id": "174436114490384",
    "sa_ids": ["sa_25061014072610653"],
    "status": "CK",
    "workflow_data": {"sa_25061014072610653": "3970"}
  }
}`

func signedRequest(v *webhook.Verifier, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks/eka", strings.NewReader(body))
	r.Header = v.Sign([]byte(body), time.Now())
	return r
}

func TestSampleOfTheVendorArrivesWhole(t *testing.T) {
	t.Parallel()
	v, err := ekacare.WebhookVerifier([]string{"a new key", "the signing key"})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := ekacare.WebhookVerifier([]string{"the signing key"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := webhook.NewHandler(v, ekacare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	var got []webhook.Delivery[ekacare.AppointmentAssessmentsTakenEvent]
	webhook.On(h, func(_ context.Context, d webhook.Delivery[ekacare.AppointmentAssessmentsTakenEvent]) error {
		got = append(got, d)
		return nil
	})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	for range 2 { // the second is a repetition
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(assessmentTaken))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = sender.Sign([]byte(assessmentTaken), time.Now())
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Fatalf("status %d", resp.StatusCode)
		}
	}
	if len(got) != 1 {
		t.Fatalf("handled %d times", len(got))
	}
	d := got[0]
	if string(d.Body) != assessmentTaken || string(d.Payload.RawJSON()) != assessmentTaken {
		t.Errorf("the bytes were not kept: %s", d.Body)
	}
	if d.Vendor != "ekacare" || d.Type != ekacare.EventAppointmentAssessmentsTaken || !d.Time.Equal(time.Unix(1749544696, 0)) || d.Test {
		t.Errorf("described as %+v", d.Event)
	}
	p := d.Payload
	if p.Event != ekacare.EventAppointmentAssessmentsTaken || p.Service != "appointment" ||
		p.EventTime.Unix() != 1749544696 || p.Timestamp.Unix() != 1730189586 ||
		p.TransactionID != "d-bcebe31d-5a73-4d05-bd4f-0fdef45dcb86" || p.BusinessID != "75682005283056" || p.ClientID != "" {
		t.Errorf("payload %s", p.RawJSON())
	}
	a := p.Data
	if a.AppointmentID != "api-abb67007-1e53-4f0f-b428-a4bc025468a4" || a.ClinicID != "678faea412e547001db5c639" ||
		a.CreatedAt.Unix() != 1749544579 ||
		a.DoctorID != "171458899473447" || a.ModifiedAt.Unix() != 1749544696 ||
		a.PartnerAppointmentID != "67ce9032abfba8001d17ddd2" || a.PartnerClinicID != "CL04" ||
		a.PartnerDoctorID != "1712660285igfewifwe" || a.PartnerPatientID != "77237637763817-17" || a.PatientID != "174436114490384" ||
		a.Status != "CK" || !slices.Equal(a.SaIDs, []string{"sa_25061014072610653"}) {
		t.Errorf("data %s", a.RawJSON())
	}
	var sent struct{ Data map[string]any }
	if err := json.Unmarshal([]byte(assessmentTaken), &sent); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]any{
		"custom_attributes": a.CustomAttributes, "partner_meta": a.PartnerMeta, "workflow_data": a.WorkflowData,
	} {
		if fmt.Sprint(open) != fmt.Sprint(sent.Data[name]) {
			t.Errorf("%s is %v", name, open)
		}
	}
	if p.Mismatch() != nil || p.Extra() != nil || a.Extra() != nil {
		t.Errorf("mismatch %v, extra %v and %v", p.Mismatch(), p.Extra(), a.Extra())
	}
}

func decodeAs[T any](t testing.TB, body string) (webhook.Event, T) {
	t.Helper()
	var payload T
	e, err := ekacare.WebhookFormat().Describe(nil, []byte(body))
	if err != nil {
		t.Fatalf("Describe: %v", err)
	}
	if err := ekacare.WebhookFormat().Decode([]byte(body), &payload); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return e, payload
}

func TestVariantsOfTheDocumentsAreReadAlike(t *testing.T) {
	t.Parallel()
	moment := time.Date(2025, 6, 10, 8, 38, 16, 0, time.UTC)
	t.Run("event_type, service dr, ISO times, client_meta", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.AppointmentCreatedEvent](t, `{"service":"dr","event_type":"appointment.created","event_time":1749544696,
			"data":{"appointment_id":"a-1","created_at":"2025-06-10T08:38:16Z","client_meta":{"k":"v"},"colour":"red"}}`)
		if e.Type != ekacare.EventAppointmentCreated || p.Event != ekacare.EventAppointmentCreated ||
			p.Service != "dr" || p.Data.AppointmentID != "a-1" ||
			!p.Data.CreatedAt.Equal(moment) || fmt.Sprint(p.Data.PartnerMeta) != "map[k:v]" || !e.Time.Equal(moment) {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
		if extra := p.Data.Extra(); len(extra) != 1 || string(extra["colour"]) != `"red"` {
			t.Errorf("extra %v", extra)
		}
	})
	t.Run("event wins over event_type, partner_meta over client_meta", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.AppointmentUpdatedEvent](t,
			`{"event":"appointment.updated","event_type":"x","data":{"client_meta":{"k":"v"},"partner_meta":{"k":"w"}}}`)
		if e.Type != ekacare.EventAppointmentUpdated || fmt.Sprint(p.Data.PartnerMeta) != "map[k:w]" ||
			string(p.Extra()["event_type"]) != `"x"` {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	t.Run("scribe, envelope with a payload", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.ScribeCompletedEvent](t,
			`{"business_id":"b-1","client_id":"c-1","service_id":"v2rx","event_id":"v2rx.completed",
			"payload":{"event_time":"2025-06-10T08:38:16Z","transaction_id":"t-1","business_id":"other","data":{"session_id":"s-1","more":2}}}`)
		if e.Type != ekacare.EventScribeCompleted || !e.Time.Equal(moment) || p.Event != ekacare.EventScribeCompleted ||
			p.Service != "v2rx" || p.BusinessID != "b-1" ||
			p.ClientID != "c-1" || p.TransactionID != "t-1" || p.Data.SessionID != "s-1" || string(p.Data.Extra()["more"]) != "2" {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	t.Run("scribe, envelope whose payload names the event", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.ScribeCompletedEvent](t,
			`{"service_id":"12","event_id":"34","payload":{"service":"v2rx","event":"v2rx.completed","data":{}}}`)
		if e.Type != ekacare.EventScribeCompleted || p.Service != "v2rx" || !e.Time.IsZero() {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	t.Run("scribe, no envelope", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.ScribeCompletedEvent](t,
			`{"event":"v2rx.completed","data":{"transaction_id":"t-1","status":"done","session_id":"s-1"},"timestamp":"2025-06-10T08:38:16Z"}`)
		if e.Type != ekacare.EventScribeCompleted || !e.Time.Equal(moment) || p.Data.SessionID != "s-1" ||
			p.Data.Status != "done" || !p.Timestamp.Equal(moment) {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	t.Run("milliseconds and no timestamp", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.AppointmentReminderInstantEvent](t,
			`{"event":"appointment.reminder_instant","event_time":1749544696000,"partition_id":"p","data":{"appointment_id":"a-1"}}`)
		if !e.Time.Equal(moment) || !p.EventTime.Equal(moment) || p.PartitionID != "p" {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	t.Run("seconds where milliseconds are documented", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.PrescriptionCommunicationEvent](t, `{"event":"prescription.communication","event_time":1749544696}`)
		if !e.Time.Equal(moment) || !p.EventTime.Equal(moment) || p.Data != nil {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	t.Run("no service and no ids", func(t *testing.T) {
		t.Parallel()
		e, p := decodeAs[ekacare.RecordRefreshEvent](t,
			`{"event":"rec.refresh","event_time":null,"timestamp":1749544696,"data":{"patient_id":null}}`)
		if e.Type != ekacare.EventRecordRefresh || !e.Time.Equal(moment) || p.Data.PatientID != "" || p.Mismatch() != nil {
			t.Errorf("%+v: %s", e, p.RawJSON())
		}
	})
	for id, want := range map[string]string{
		`4711`: "4711", `"4711"`: "4711", `"R/4711"`: "R/4711", `null`: "", `12345678901234567890`: "12345678901234567890",
		`true`: "true", `{"a":1}`: `{"a":1}`, // the last is no id, and says so
	} {
		t.Run("receipt_id "+id, func(t *testing.T) {
			t.Parallel()
			_, p := decodeAs[ekacare.ReceiptEvent](t, `{"event":"receipt.created","data":{"receipt_id":`+id+
				`,"receipt_number":null,"amount_due":null,"archive":0}}`)
			if string(p.Data.ReceiptID) != want || p.Data.AmountDue != nil || *p.Data.Archive != 0 ||
				(p.Mismatch() != nil) != (id[0] == '{') {
				t.Errorf("receipt id %q: %s", p.Data.ReceiptID, p.RawJSON())
			}
		})
	}
	t.Run("a member of another type", func(t *testing.T) {
		t.Parallel()
		_, p := decodeAs[ekacare.IPDAdmissionEvent](t,
			`{"event":"ipd_admissions.updated","business_id":75682,"data":{"id":"i-1","created_at":"2026-06-30 07:24:21.985000+00:00"}}`)
		if p.Mismatch() == nil || strings.Contains(p.Mismatch().Error(), "75682") || p.Data.ID != "i-1" ||
			!p.Data.CreatedAt.Equal(time.Date(2026, 6, 30, 7, 24, 21, 985e6, time.UTC)) {
			t.Errorf("mismatch %v: %s", p.Mismatch(), p.RawJSON())
		}
	})
}

func TestWhatIsNoEventIsRefusedWithoutSayingWhatItHeld(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":           "",
		"spaces":            " \n",
		"null":              "null",
		"text":              `"C4nary"`,
		"number":            "5550100377",
		"list":              `[{"event":"C4nary"}]`,
		"cut off":           `{"event":"C4nary`,
		"something behind":  `{"event":"appointment.created"} C4nary`,
		"broken part":       `{"event":"appointment.created","data":C4nary}`,
		"no name":           `{"evnt":"C4nary","data":{}}`,
		"name of no type":   `{"event":{"C4nary":1}}`,
		"empty name":        `{"event":"","event_type":null,"payload":{"event":"","x":"C4nary"}}`,
		"payload of a text": `{"payload":"C4nary"}`,
		"HTML":              `<html>C4nary</html>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := ekacare.WebhookFormat().Describe(nil, []byte(body))
			if !errors.As(err, new(*webhook.ArgumentError)) || e.Type != "" || e.Key != "" { // so that the log tells what is wrong
				t.Errorf("Describe = %+v, %v", e, err)
			}
			decoded := ekacare.WebhookFormat().Decode([]byte(body), new(ekacare.AppointmentCreatedEvent))
			for _, err := range []error{err, decoded} {
				if text := printed(err); strings.Contains(text, "C4nary") || strings.Contains(text, "5550100377") {
					t.Errorf("error holds a part of the body: %s", text)
				}
			}
		})
	}
}

func eventKey(t testing.TB, body string) string {
	t.Helper()
	e, err := ekacare.WebhookFormat().Describe(nil, []byte(body))
	if err != nil || e.Key == "" {
		t.Fatalf("Describe = %+v, %v", e, err)
	}
	return e.Key
}

func TestKeyIsTheSameForARepetition(t *testing.T) {
	t.Parallel()
	const event = `{"event":"rec.refresh","event_time":1749544696,"transaction_id":"t-1","timestamp":1749544697,"data":{"patient_id":"p-1","at":1.50,"s":"a  b"}}`
	for name, again := range map[string]string{
		"same bytes":     event,
		"sent later":     strings.Replace(event, "1749544697", "1749549999", 1),
		"no time sent":   strings.Replace(event, `"timestamp":1749544697,`, "", 1),
		"other spaces":   " " + strings.ReplaceAll(event, ",", " ,\n") + "\n",
		"other order":    `{"timestamp":1749544698,"data":{"patient_id":"p-1","at":1.50,"s":"a  b"},"transaction_id":"t-1","event":"rec.refresh","event_time":1749544696}`,
		"event_type":     strings.Replace(event, `"event":`, `"event_type":`, 1),
		"event_id added": strings.Replace(event, `"event":`, `"event_type":null,"event":`, 1),
	} {
		same := eventKey(t, again) == eventKey(t, event)
		if want := name != "event_id added"; same != want { // a new member may mean something
			t.Errorf("%s: same key %t", name, same)
		}
	}
	if key := eventKey(t, event); !strings.HasPrefix(key, "rec.refresh:") || strings.Contains(key, "p-1") ||
		len(key) != len("rec.refresh:")+64 {
		t.Errorf("key %q", key)
	}
}

func TestKeysOfDifferentEventsDiffer(t *testing.T) {
	t.Parallel()
	keys := map[string]string{}
	for _, body := range []string{
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"p"}}`,
		`{"event":"rec.uploaded","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"p"}}`,
		`{"event":"rec.refresh","event_time":2,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"p"}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"u","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"p"}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"d","client_id":"c","data":{"patient_id":"p"}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"d","data":{"patient_id":"p"}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"q"}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"p","timestamp":3}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"patient_id":"p","timestamp":4}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"a":"p\",\"b\":\"q"}}`,
		`{"event":"rec.refresh","event_time":1,"transaction_id":"t","timestamp":2,"business_id":"b","client_id":"c","data":{"a":"p","b":"q"}}`,
		// Nothing says when it happened, so that the time of sending counts.
		`{"event":"v2rx.completed","timestamp":"2025-06-10T08:38:16Z","data":{"session_id":"s"}}`,
		`{"event":"v2rx.completed","timestamp":"2025-06-10T08:38:17Z","data":{"session_id":"s"}}`,
		`{"event":"v2rx.completed","event_time":null,"timestamp":"2025-06-10T08:38:18Z","data":{"session_id":"s"}}`,
	} {
		key := eventKey(t, body)
		if other, ok := keys[key]; ok {
			t.Errorf("the same key for\n%s\n%s", other, body)
		}
		keys[key] = body
	}
}

func TestWebhookSignatures(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v, err := ekacare.WebhookVerifier([]string{"key"}, webhook.WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(assessmentTaken)
	for shift, want := range map[time.Duration]error{
		0: nil, 3 * time.Minute: nil, -3 * time.Minute: nil, 181 * time.Second: webhook.ErrTooNew, -181 * time.Second: webhook.ErrTooOld,
	} {
		if err := v.Verify(v.Sign(body, now.Add(shift)), body); !errors.Is(err, want) {
			t.Errorf("signed %v from now: %v, want %v", shift, err, want)
		}
	}
	if got := v.Sign(body, now).Get("Eka-Webhook-Signature"); !strings.HasPrefix(got, "t=1772366400,v1=") {
		t.Errorf("signature %q", got)
	}
	if err := v.Verify(v.Sign(body, now), append(body, '\n')); !errors.Is(err, webhook.ErrMismatch) {
		t.Errorf("another body: %v", err)
	}
	if err := v.Verify(http.Header{}, body); !errors.Is(err, webhook.ErrNoSignature) {
		t.Errorf("no header: %v", err)
	}
	for _, secrets := range [][]string{nil, {""}, {"key", ""}} {
		if _, err := ekacare.WebhookVerifier(secrets); !errors.As(err, new(*webhook.ArgumentError)) {
			t.Errorf("%q: %v", secrets, err)
		}
	}
}

func TestEventsReadWhatTheyPointTo(t *testing.T) {
	t.Parallel()
	type call = func(context.Context, *ekacare.Client) (any, error)
	appointment := `{"data":{"appointment_id":"a-1","aid":"a-1"}}`
	for _, tt := range []struct{ name, body, want string }{
		{"AppointmentCreated", appointment, "/dr/v1/appointment/a-1"},
		{"AppointmentCreated", `{"data":{"appointment_id":"a-1","partner_appointment_id":"p-1"}}`, "/dr/v1/appointment/a-1"},
		{"AppointmentCreated", `{"data":{"partner_appointment_id":"p-1"}}`, "/dr/v1/appointment/p-1?partner_id=1"},
		{"AppointmentUpdated", appointment, "/dr/v1/appointment/a-1"},
		{"AppointmentStatusChange", appointment, "/dr/v1/appointment/a-1"},
		{"AppointmentAssessmentsTaken", appointment, "/dr/v1/appointment/a-1"},
		{"AppointmentTeleDoctorJoined", appointment, "/dr/v1/appointment/a-1"},
		{"AppointmentReminderInstant", appointment, "/dr/v1/appointment/a-1"},
		{"AppointmentFollowupReminderInstant", appointment, "/dr/v1/appointment/a-1"},
		{"GoogleReviewRequest", appointment, "/dr/v1/appointment/a-1"},
		{"GoogleReviewRequestManual", appointment, "/dr/v1/appointment/a-1"},
		{"PrescriptionCommunication", appointment, "/dr/v1/appointment/a-1"},
		{"Receipt", appointment, "/dr/v1/appointment/a-1"},
		{"ReceiptPaymentRequested", appointment, "/dr/v1/appointment/a-1"},
		{"Prescription", `{"data":{"prescription_id":"r-1"}}`, "/dr/v1/prescription/r-1"},
		{"PrescriptionCommunication rx", `{"data":{"prescription_id":"r-1"}}`, "/dr/v1/prescription/r-1"},
		{"RecordUploaded", `{"data":{"document_id":"d-1","patient_id":"o-1"}}`, "/mr/api/v1/docs/d-1 for o-1"},
		{"RecordUploaded", `{"data":{"document_id":"d-1"}}`, "/mr/api/v1/docs/d-1 for oid-1"},
		{"RecordSmartReport", `{"data":{"document_id":"d-1"}}`, "/mr/api/v1/docs/d-1/result for oid-1"},
		{"RecordPII", `{"data":{"document_id":"d-1"}}`, "/mr/api/v1/docs/d-1/result for oid-1"},
		{"RecordClassification", `{"data":{"document_id":"d-1"}}`, "/mr/api/v1/docs/d-1/result for oid-1"},
		{"ScribeCompleted", `{"data":{"session_id":"s-1"}}`, "/voice/v1/sessions/s-1"},
		{"IPDAdmission", `{"data":{"id":"i-1"}}`, "/appointments/v1/ipd/admission/i-1"},
		{"DoctorSchedule", `{"data":{"doctor_id":"d-1"}}`, "/dr/v1/doctor/d-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fetch := func(body string) call {
				read := ekacare.WebhookFormat().Decode
				return map[string]call{
					"AppointmentCreated":          fetches(t, read, body, ekacare.AppointmentCreatedEvent.Appointment),
					"AppointmentUpdated":          fetches(t, read, body, ekacare.AppointmentUpdatedEvent.Appointment),
					"AppointmentStatusChange":     fetches(t, read, body, ekacare.AppointmentStatusChangeEvent.Appointment),
					"AppointmentAssessmentsTaken": fetches(t, read, body, ekacare.AppointmentAssessmentsTakenEvent.Appointment),
					"AppointmentTeleDoctorJoined": fetches(t, read, body, ekacare.AppointmentTeleDoctorJoinedEvent.Appointment),
					"AppointmentReminderInstant":  fetches(t, read, body, ekacare.AppointmentReminderInstantEvent.Appointment),
					"AppointmentFollowupReminderInstant": fetches(t, read, body,
						ekacare.AppointmentFollowupReminderInstantEvent.Appointment),
					"GoogleReviewRequest":          fetches(t, read, body, ekacare.GoogleReviewRequestEvent.Appointment),
					"GoogleReviewRequestManual":    fetches(t, read, body, ekacare.GoogleReviewRequestManualEvent.Appointment),
					"PrescriptionCommunication":    fetches(t, read, body, ekacare.PrescriptionCommunicationEvent.Appointment),
					"PrescriptionCommunication rx": fetches(t, read, body, ekacare.PrescriptionCommunicationEvent.Prescription),
					"Receipt":                      fetches(t, read, body, ekacare.ReceiptEvent.Appointment),
					"ReceiptPaymentRequested":      fetches(t, read, body, ekacare.ReceiptPaymentRequestedEvent.Appointment),
					"Prescription":                 fetches(t, read, body, ekacare.PrescriptionEvent.Prescription),
					"RecordUploaded":               fetches(t, read, body, ekacare.RecordUploadedEvent.Document),
					"RecordSmartReport":            fetches(t, read, body, ekacare.RecordSmartReportEvent.Result),
					"RecordPII":                    fetches(t, read, body, ekacare.RecordPIIEvent.Result),
					"RecordClassification":         fetches(t, read, body, ekacare.RecordClassificationEvent.Result),
					"ScribeCompleted":              fetches(t, read, body, ekacare.ScribeCompletedEvent.Session),
					"IPDAdmission":                 fetches(t, read, body, ekacare.IPDAdmissionEvent.Admission),
					"DoctorSchedule":               fetches(t, read, body, ekacare.DoctorScheduleEvent.Doctor),
				}[tt.name]
			}
			nw := always(200, anyRecord)
			c := nw.client(t).For(patient)
			record, err := fetch(tt.body)(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if raw := record.(interface{ RawJSON() json.RawMessage }).RawJSON(); string(raw) != anyRecord {
				t.Errorf("record %s", raw)
			}
			sent := nw.requests()[0]
			got := sent.path
			if len(sent.query) > 0 {
				got += "?" + sent.query.Encode()
			}
			if id := sent.header.Get("X-Pt-Id"); id != "" {
				got += " for " + id
			}
			if sent.method != "GET" || got != tt.want {
				t.Errorf("%s %s, want GET %s", sent.method, got, tt.want)
			}
			for _, without := range []string{`{}`, `{"data":{}}`} {
				if _, err := fetch(without)(t.Context(), c); !errors.As(err, new(*caremux.ArgumentError)) {
					t.Errorf("%s: %v", without, err)
				}
			}
			if n := len(nw.requests()); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// fetches decodes an event and returns the call of one of its methods.
func fetches[E, R any](t *testing.T, read func([]byte, any) error, body string,
	method func(E, context.Context, *ekacare.Client, ...caremux.RequestOption) (*R, error),
) func(context.Context, *ekacare.Client) (any, error) {
	t.Helper()
	var e E
	if err := read([]byte(body), &e); err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, c *ekacare.Client) (any, error) { return method(e, ctx, c) }
}

func FuzzWebhookFormat(f *testing.F) {
	f.Add([]byte(assessmentTaken))
	f.Add([]byte(`{"service_id":"12","event_id":"34","payload":{"service":"v2rx","event":"v2rx.completed","event_time":"x","data":[]}}`))
	f.Add([]byte(`{"event_type":"a","data":{"client_meta":{"a":1},"partner_meta":null},"timestamp":1e400}`))
	f.Add([]byte("{\"event\":\"\xff\",\"\xff\":1}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		format := ekacare.WebhookFormat()
		e, err := format.Describe(nil, body)
		var p ekacare.AppointmentAssessmentsTakenEvent
		decoded := format.Decode(body, &p)
		var members map[string]json.RawMessage
		if err != nil {
			if e.Type != "" || e.Key != "" {
				t.Errorf("%+v with %v", e, err)
			}
			return
		}
		if again, err := format.Describe(nil, append([]byte(" "), body...)); err != nil || again.Key != e.Key || again.Type != e.Type {
			t.Errorf("a space makes %+v of %+v: %v", again, e, err)
		}
		if decoded != nil || json.Unmarshal(p.RawJSON(), &members) != nil || members["event"] == nil {
			t.Errorf("described as %+v, but %v: %s", e, decoded, p.RawJSON())
		}
	})
}
