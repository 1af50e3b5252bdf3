package ekacare_test

import (
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/proof/roundtrip"
)

// models are all that calls and events are decoded into.
func models(t testing.TB) []reflect.Type {
	t.Helper()
	found := roundtrip.Models(always(200, "").client(t),
		ekacare.ABHACareContextDiscoverEvent{}, ekacare.ABHACareContextLinkConfirmEvent{},
		ekacare.ABHACareContextLinkInitEvent{}, ekacare.ABHAConsentUpdateEvent{}, ekacare.ABHACreatedEvent{},
		ekacare.ABHAHIPDataFetchEvent{}, ekacare.ABHAHIPProfileShareEvent{}, ekacare.ABHAHIUDataPushEvent{},
		ekacare.ABHALinkCareContextEvent{}, ekacare.ABHALockerCreatedEvent{}, ekacare.ABHASubscriptionModifiedEvent{},
		ekacare.ABHASubscriptionNotifyEvent{}, ekacare.AppointmentAssessmentsTakenEvent{}, ekacare.AppointmentCreatedEvent{},
		ekacare.AppointmentFollowupReminderInstantEvent{}, ekacare.AppointmentReminderInstantEvent{},
		ekacare.AppointmentStatusChangeEvent{}, ekacare.AppointmentTeleDoctorJoinedEvent{}, ekacare.AppointmentUpdatedEvent{},
		ekacare.BookingCancelEvent{}, ekacare.BookingConfirmEvent{}, ekacare.BookingInitEvent{}, ekacare.BookingStatusEvent{},
		ekacare.DoctorScheduleEvent{}, ekacare.DoctorSearchResultsEvent{}, ekacare.DoctorSlotSearchResultsEvent{},
		ekacare.GoogleReviewRequestEvent{}, ekacare.GoogleReviewRequestManualEvent{}, ekacare.IPDAdmissionActivityEvent{},
		ekacare.IPDAdmissionClearanceEvent{}, ekacare.IPDAdmissionEstimateEvent{}, ekacare.IPDAdmissionEvent{},
		ekacare.MedicalCertificateEvent{}, ekacare.PrescriptionCommunicationEvent{}, ekacare.PrescriptionEvent{},
		ekacare.ReceiptEvent{}, ekacare.ReceiptPaymentRequestedEvent{}, ekacare.RecordClassificationEvent{},
		ekacare.RecordPIIEvent{}, ekacare.RecordRefreshEvent{}, ekacare.RecordSmartReportEvent{},
		ekacare.RecordUploadedEvent{}, ekacare.ScribeCompletedEvent{}, ekacare.UserDataDownloadEvent{},
		ekacare.VaccinationReminderEvent{},
	)
	if len(found) < 200 {
		t.Errorf("only %d models were found", len(found))
	}
	return found
}

func FuzzModels(f *testing.F) { roundtrip.Fuzz(f, models(f)) }

func TestModelsComeBackAsTheyWere(t *testing.T) { roundtrip.Run(t, models(t)) }

// FuzzLogin answers logins with anything: a call either goes out with the token, or fails with an error, and never asks for ever.
func FuzzLogin(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"t","refresh_token":"r","expires_in":1800,"refresh_expires_in":99999999999}`,
		`{"access_token":"t","expires_in":1}`, `{"access_token":"t","expires_in":9223372036854775807}`,
		`{"access_token":"t","expires_in":"1800"}`, `{"access_token":"t\n","expires_in":5}`, `{"access_token":5}`,
		`{"access_token":"","expires_in":-1}`, `null`, `[]`, `<html>`, ``,
	} {
		f.Add(body, 200)
	}
	f.Add(`{"error":"x"}`, 401)
	f.Fuzz(func(t *testing.T, body string, status int) {
		synctest.Test(t, func(t *testing.T) { // logins are repeated after a wait
			if status < 200 || status > 599 {
				status = 200
			}
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				if r.URL.Path == loginPath || strings.Contains(r.URL.Path, "refresh") {
					return reply(status, body), nil
				}
				if token := r.Header.Get("Auth") + r.Header.Get("Authorization"); token == "" || strings.ContainsAny(token, "\r\n\x00") {
					t.Errorf("sent with the token %q", token)
				}
				return reply(401, `{"message":"no"}`), nil
			}}
			_, err := nw.login(t, credentials, caremux.WithRetry(caremux.NoRetry)).Doctors.Get(t.Context(), "1")
			if !errors.As(err, new(*caremux.Error)) {
				t.Errorf("error = %v", err)
			}
			if n := len(nw.requests()); n == 0 || n > 8 {
				t.Errorf("sent %d requests", n)
			}
		})
	})
}

// errorText is all that the text of an error may be, whatever the vendor says.
var errorText = regexp.MustCompile(`^ekacare: Doctors\.Get: GET /[\w/{}-]+: \d{3}( [\w.:/-]{1,64})?( \(2 attempts\))?$`)

func FuzzErrorText(f *testing.F) {
	for _, body := range []string{`{"error":{"code":"A B","message":"Jane"}}`, `{"error":"Jane Doe","code":7}`,
		`{"source_error":{"code":"Jane\tDoe"}}`, `Jane\nDoe`, `<html>`, ``} {
		f.Add(400, body)
		f.Add(401, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 599 {
			status = 400
		}

		_, err := always(status, body).client(t, caremux.WithRetry(caremux.NoRetry)).Doctors.Get(t.Context(), "1")
		if err == nil || !errorText.MatchString(err.Error()) {
			t.Errorf("%d %q gives %v", status, body, err)
		}
	})
}
