package snapcare_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// The corrections to the facts about SnapMD, a test for each. Each test quotes the line that it holds. Time zones are held by
// timezones_internal_test.go, webhooks by webhook_test.go.

func responding(t *testing.T, body string) *snapcare.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL)
}

// "Payments.CreateProfile answers customerProfileID." And: "Envelope names come in two cases (data, Data)."
func TestAStoredCardNamesThePatientUnderEitherName(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ body, profile, customer string }{
		"as live":       {`{"Data": [{"customerProfileID": "77", "paymentProfileId": "5"}], "Total": 1}`, "", "77"},
		"as documented": {`{"data": [{"profileId": "77", "paymentProfileId": "5"}], "total": 1}`, "77", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			card, err := responding(t, tt.body).Payments.CreateProfile(t.Context(), &snapcare.PaymentProfileCreate{FirstName: new("A")})
			if err != nil || card.ProfileID != tt.profile || card.CustomerProfileID != tt.customer || card.PaymentProfileID != "5" {
				t.Errorf("got %+v, %v", card, err)
			}
		})
	}
}

// "Integer ids come as text in places (hospitalId: "1", patientId: "1429")."
func TestIDsAsTextAreReadAsNumbers(t *testing.T) {
	t.Parallel()
	a, err := responding(t,
		`{"data": [{"appointmentId": "a", "patientId": "1429", "clinicianId": 6653}]}`).Appointments.GetForPatient(t.Context(), "a")
	if err != nil || a.PatientID == nil || *a.PatientID != 1429 || *a.ClinicianID != 6653 || a.Mismatch() != nil {
		t.Errorf("got %+v, %v", a, err)
	}
}

// The vendor needs the intake metadata of an appointment (seed: "Intake metadata Required."): an empty object says nothing.
func TestAnAppointmentWithoutIntakeMetadataIsNotSent(t *testing.T) {
	t.Parallel()
	var sent int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ }))
	t.Cleanup(server.Close)
	_, err := newClient(t, server.URL).Appointments.AdminCreate(t.Context(), &snapcare.AppointmentCreate{
		AvailabilityBlockID: "b", AppointmentTypeCode: 3, EncounterTypeCode: 3, ServiceTypeID: 307,
		PaymentRequisites: &snapcare.PaymentRequisitesInput{},
		Participants: []snapcare.AppointmentParticipantInput{
			{PersonID: "p", ParticipantTypeCode: new(snapcare.ParticipantTypeCodePatient)},
			{PersonID: "c", ParticipantTypeCode: new(snapcare.ParticipantTypeCodePractitioner)},
		},
	})
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) || argument.Field != "intakeMetadata" || sent != 0 {
		t.Errorf("got %v after %d requests", err, sent)
	}
}
