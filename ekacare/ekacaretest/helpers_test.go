package ekacaretest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/internal/proof/faketest"
)

var (
	quick      = faketest.Quick
	documented = faketest.Documented
)

func setup(t *testing.T, opts ...ekacaretest.Option) (*ekacaretest.Server, *ekacare.Client) {
	t.Helper()
	t.Parallel()
	srv := ekacaretest.NewServer(t, opts...)
	t.Cleanup(func() {
		if problems := srv.Problems(); len(problems) > 0 && !t.Failed() && !strings.Contains(t.Name(), "Invalid") {
			t.Errorf("problems: %v", problems)
		}
	})
	return srv, srv.Client(quick)
}

// before is setup with the clock of the server a day before the booking of the seed.
func before(t *testing.T) (*ekacaretest.Server, *ekacare.Client) {
	t.Helper()
	srv, c := setup(t)
	srv.SetNow(seedTime.AddDate(0, 0, -1))
	return srv, c
}

func must[T any](v T, err error) func(testing.TB) T { return faketest.Must(v, err) }

// refused checks status and code of an error.
func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status != status || e.Code != code {
		t.Errorf("error %v, want %d %s", err, status, code)
	}
}

func count(srv *ekacaretest.Server, operation string) int {
	return faketest.Count(srv.Requests(), operation)
}

// writes gives the operations of the ledger.
func writes(srv *ekacaretest.Server) string {
	var names []string
	for _, w := range srv.Writes() {
		names = append(names, w.Operation)
	}
	return strings.Join(names, " ")
}

// send sends a request as [faketest.Send] does.
func send(t *testing.T, srv *ekacaretest.Server, method, path string, body any, header ...string) (status int, answer string) {
	t.Helper()
	return faketest.Send(t, method, srv.URL+path, body, header...)
}

// seedTime is the start of the vendor's sample booking: 13:43:06 in India.
var seedTime = time.Unix(1730189586, 0)

// seedBooking is the vendor's sample, by partner ids and with the details of a patient who is not known yet.
func seedBooking() *ekacare.AppointmentBooking {
	at := ekacare.NewEpochSeconds(seedTime)
	return &ekacare.AppointmentBooking{
		PartnerAppointmentID: new("098765434567890"),
		PartnerClinicID:      new("642783"), PartnerDoctorID: new("8423994"), PartnerPatientID: new("6742984"),
		Token: new(2),
		AppointmentDetails: ekacare.AppointmentDetailsInput{
			StartTime: at, EndTime: &at, Mode: new(ekacare.AppointmentModeInClinic),
			CustomAttributes: map[string]any{"label": []string{"vitals_submitted"}, "tags": []string{"paid", "in_consult"}},
			VideoConnect:     &ekacare.VideoConnectInput{Vendor: new(ekacare.VideoVendorOther), URL: new("https://xyz.com")},
		},
		PatientDetails: &ekacare.AppointmentPatientInput{
			Designation: new(ekacare.DesignationMr), FirstName: new("Test"), MiddleName: new(""), LastName: new("Patient"),
			Mobile: new("+919999999999"), Gender: new(ekacare.GenderMale), DateOfBirth: new(caremux.NewDate(1987, time.January, 6)),
			Address: &ekacare.PatientAddressInput{City: new("Bangalore"), Pincode: new(560049)}, PartnerPatientID: new("6742984"),
		},
		PartnerMeta: map[string]any{"encounter_id": "123"},
		DisplayMeta: map[string]any{"key1": "value1"},
	}
}

// booking is one by Eka's ids, of the people that the server has from its start.
func booking(srv *ekacaretest.Server, start time.Time) *ekacare.AppointmentBooking {
	return &ekacare.AppointmentBooking{
		ClinicID: new(srv.Clinic().ID), DoctorID: new(srv.Doctor().ID), PatientID: new(srv.Patient().ID),
		AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: ekacare.NewEpochSeconds(start)},
	}
}
