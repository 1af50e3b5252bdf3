package ekacare_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
	"github.com/caremux/caremux/webhook"
)

// TestEveryEventArrivesTyped sends a complete sample of every event, made up from its schema, through a handler.
func TestEveryEventArrivesTyped(t *testing.T) {
	data, err := openapi.Specs.ReadFile("ekacare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{ekacare.EventUserDelete: true} // its content is not documented
	checkEvent[ekacare.ABHACareContextDiscoverEvent](t, spec, seen)
	checkEvent[ekacare.ABHACareContextLinkConfirmEvent](t, spec, seen)
	checkEvent[ekacare.ABHACareContextLinkInitEvent](t, spec, seen)
	checkEvent[ekacare.ABHAConsentUpdateEvent](t, spec, seen)
	checkEvent[ekacare.ABHACreatedEvent](t, spec, seen)
	checkEvent[ekacare.ABHAHIPDataFetchEvent](t, spec, seen)
	checkEvent[ekacare.ABHAHIPProfileShareEvent](t, spec, seen)
	checkEvent[ekacare.ABHAHIUDataPushEvent](t, spec, seen)
	checkEvent[ekacare.ABHALinkCareContextEvent](t, spec, seen)
	checkEvent[ekacare.ABHALockerCreatedEvent](t, spec, seen)
	checkEvent[ekacare.ABHASubscriptionModifiedEvent](t, spec, seen)
	checkEvent[ekacare.ABHASubscriptionNotifyEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentAssessmentsTakenEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentCreatedEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentFollowupReminderInstantEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentReminderInstantEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentStatusChangeEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentTeleDoctorJoinedEvent](t, spec, seen)
	checkEvent[ekacare.AppointmentUpdatedEvent](t, spec, seen)
	checkEvent[ekacare.BookingCancelEvent](t, spec, seen)
	checkEvent[ekacare.BookingConfirmEvent](t, spec, seen)
	checkEvent[ekacare.BookingInitEvent](t, spec, seen)
	checkEvent[ekacare.BookingStatusEvent](t, spec, seen)
	checkEvent[ekacare.DoctorScheduleEvent](t, spec, seen)
	checkEvent[ekacare.DoctorSearchResultsEvent](t, spec, seen)
	checkEvent[ekacare.DoctorSlotSearchResultsEvent](t, spec, seen)
	checkEvent[ekacare.GoogleReviewRequestEvent](t, spec, seen)
	checkEvent[ekacare.GoogleReviewRequestManualEvent](t, spec, seen)
	checkEvent[ekacare.IPDAdmissionActivityEvent](t, spec, seen)
	checkEvent[ekacare.IPDAdmissionClearanceEvent](t, spec, seen)
	checkEvent[ekacare.IPDAdmissionEstimateEvent](t, spec, seen)
	checkEvent[ekacare.IPDAdmissionEvent](t, spec, seen)
	checkEvent[ekacare.MedicalCertificateEvent](t, spec, seen)
	checkEvent[ekacare.PrescriptionCommunicationEvent](t, spec, seen)
	checkEvent[ekacare.PrescriptionEvent](t, spec, seen)
	checkEvent[ekacare.ReceiptEvent](t, spec, seen)
	checkEvent[ekacare.ReceiptPaymentRequestedEvent](t, spec, seen)
	checkEvent[ekacare.RecordClassificationEvent](t, spec, seen)
	checkEvent[ekacare.RecordPIIEvent](t, spec, seen)
	checkEvent[ekacare.RecordRefreshEvent](t, spec, seen)
	checkEvent[ekacare.RecordSmartReportEvent](t, spec, seen)
	checkEvent[ekacare.RecordUploadedEvent](t, spec, seen)
	checkEvent[ekacare.ScribeCompletedEvent](t, spec, seen)
	checkEvent[ekacare.UserDataDownloadEvent](t, spec, seen)
	checkEvent[ekacare.VaccinationReminderEvent](t, spec, seen)
	for _, name := range ekacare.EventTypes() {
		if !seen[name] {
			t.Errorf("%s has no type", name)
		}
	}
	if known := len(ekacare.EventTypes()); known != 56 || len(seen) != known {
		t.Errorf("%d names are known, %d have a type", known, len(seen))
	}
	schemas := 0
	for _, schema := range spec.Doc.Components.Schemas {
		if schema.Value.Extensions["x-event"] != nil {
			schemas++
		}
	}
	if schemas != 45 {
		t.Errorf("%d schemas are events", schemas)
	}
}

func checkEvent[T webhook.Payload](t *testing.T, spec *specserver.Spec, seen map[string]bool) {
	name := reflect.TypeFor[T]().Name()
	t.Run(name, func(t *testing.T) {
		schema := spec.Doc.Components.Schemas[name]
		var types []string
		for _, e := range schema.Value.Extensions["x-event"].([]any) {
			types = append(types, e.(string))
		}
		if got := (*new(T)).EventTypes(); !slices.Equal(got, types) {
			t.Fatalf("EventTypes = %v, want %v", got, types)
		}
		v, err := ekacare.WebhookVerifier([]string{"a signing key"})
		if err != nil {
			t.Fatal(err)
		}
		h, err := webhook.NewHandler(v, ekacare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		var got []webhook.Delivery[T]
		webhook.On(h, func(_ context.Context, d webhook.Delivery[T]) error {
			got = append(got, d)
			return nil
		})
		for i, eventType := range types {
			if seen[eventType] {
				t.Errorf("%s has two types", eventType)
			}
			seen[eventType] = true
			sample := spec.Value(schema, name).(map[string]any)
			sample["event"] = eventType
			body, err := json.Marshal(sample)
			if err != nil {
				t.Fatal(err)
			}
			if status := deliver(h, v, string(body)); status != 200 || len(got) != i+1 {
				t.Fatalf("%s: status %d, %d arrived", eventType, status, len(got))
			}
			d := got[i]
			if d.Type != eventType || d.Key == "" || d.Time.IsZero() || d.Test {
				t.Errorf("%s is described as %+v", eventType, d.Event)
			}
			// Every member has its field: what the payload says is what was sent.
			said, err := json.Marshal(d.Payload)
			if err != nil {
				t.Fatal(err)
			}
			var back map[string]any
			if err := json.Unmarshal(said, &back); err != nil {
				t.Fatal(err)
			}
			var sent map[string]any
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sent, back); diff != "" {
				t.Errorf("%s (-sent +read):\n%s", eventType, diff)
			}
			record := any(d.Payload).(interface {
				RawJSON() json.RawMessage
				Mismatch() error
			})
			if string(record.RawJSON()) != string(body) || record.Mismatch() != nil {
				t.Errorf("%s keeps %s, mismatch %v", eventType, record.RawJSON(), record.Mismatch())
			}
		}
	})
}

// deliver hands a signed body to a handler and returns the status.
func deliver(h *webhook.Handler, v *webhook.Verifier, body string) int {
	r := signedRequest(v, body)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}
