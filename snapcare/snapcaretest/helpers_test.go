package snapcaretest_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

var quick = faketest.Quick

// morning is what the clock shows in all tests about appointments: nine o'clock on the day of the vendor's sample.
func morning(srv *snapcaretest.Server) time.Time {
	return time.Date(2019, time.March, 14, 9, 0, 0, 0, srv.Zone())
}

func setup(t *testing.T, opts ...snapcaretest.Option) (*snapcaretest.Server, string) {
	t.Helper()
	t.Parallel()
	srv := snapcaretest.NewServer(t, opts...)
	now := morning(srv)
	srv.SetNow(now)
	return srv, srv.AddBlock(srv.Clinician(), now.Add(time.Hour), now.Add(12*time.Hour))
}

func must[T any](v T, err error) func(testing.TB) T { return faketest.Must(v, err) }

// order is the vendor's sample, at a wall-clock time.
func order(srv *snapcaretest.Server, block string, start time.Time) *snapcare.AppointmentCreate {
	return &snapcare.AppointmentCreate{
		AvailabilityBlockID: block,
		AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled,
		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
		IntakeMetadata: snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
			IsPrimary: new(true), CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
		}}},
		Participants: []snapcare.AppointmentParticipantInput{
			snapcare.ClinicianParticipant(srv.Clinician().ID), snapcare.PatientParticipant(srv.Patient().ID),
		},
		ServiceTypeID: 307,
		Where:         new("+1-34011111"),
		WhereUse:      new(1),
		StartTime:     snapcare.NewLocalTime(start, srv.Zone()),
		EndTime:       snapcare.NewLocalTime(start.Add(30*time.Minute), srv.Zone()),
	}
}

func update(o *snapcare.AppointmentCreate) *snapcare.AppointmentReplace {
	return &snapcare.AppointmentReplace{
		AppointmentTypeCode: o.AppointmentTypeCode, EncounterTypeCode: o.EncounterTypeCode, IntakeMetadata: o.IntakeMetadata,
		Participants: o.Participants, ServiceTypeID: o.ServiceTypeID, StartTime: o.StartTime, EndTime: o.EndTime,
	}
}

// rejected checks that an error is one of version 3, with a code and a part of its message.
func rejected(t *testing.T, err error, code, message string) {
	t.Helper()
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status != 400 || e.Code != code || !strings.Contains(e.Message, message) {
		t.Errorf("error %v, want 400 %s %q", err, code, message)
		if e != nil {
			t.Logf("message %q", e.Message)
		}
	}
}

func count(srv *snapcaretest.Server, operation string) int {
	return faketest.Count(srv.Requests(), operation)
}

// send sends a request as [faketest.Send] does, with the developer's headers and, unless it is empty, a token.
func send(t *testing.T, srv *snapcaretest.Server, method, path, token string, body any) (status int, answer string) {
	t.Helper()
	c := srv.Credentials()
	header := []string{"X-Developer-Id", c.DeveloperID, "X-Api-Key", c.APIKey}
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return faketest.Send(t, method, srv.URL+path, body, header...)
}

// login opens a session of the staff without a client.
func login(t *testing.T, srv *snapcaretest.Server) string {
	t.Helper()
	c := srv.Credentials()
	status, text := send(t, srv, "POST", "/v3/auth/user-sessions", "", map[string]any{
		"hospitalId": c.HospitalID, "userTypeId": c.UserType, "email": c.Email, "password": c.Password, "deviceId": c.DeviceID,
	})
	var answer struct{ AccessToken string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 || answer.AccessToken == "" {
		t.Fatalf("%d %s", status, text)
	}
	return answer.AccessToken
}
