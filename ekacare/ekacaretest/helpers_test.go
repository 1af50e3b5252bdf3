package ekacaretest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// quick keeps the waits between attempts short.
var quick = caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})

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

// must fails the test on an error, and on an answer that is not as documented.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		documented(t, v)
		if items := reflect.Indirect(reflect.ValueOf(v)); items.Kind() == reflect.Struct && items.FieldByName("Items").IsValid() {
			for i := range items.FieldByName("Items").Len() {
				documented(t, items.FieldByName("Items").Index(i).Interface())
			}
		}
		return v
	}
}

func documented(t *testing.T, v any) {
	t.Helper()
	r, ok := v.(interface {
		Mismatch() error
		Extra() map[string]json.RawMessage
	})
	if !ok {
		return
	}
	if err := r.Mismatch(); err != nil {
		t.Errorf("%T: %v", v, err)
	}
	if extra := r.Extra(); len(extra) > 0 {
		t.Errorf("%T has what is not documented: %s", v, slices.Collect(maps.Keys(extra)))
	}
}

// refused checks status and code of an error.
func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status != status || e.Code != code {
		t.Errorf("error %v, want %d %s", err, status, code)
	}
}

func count(srv *ekacaretest.Server, operation string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// writes gives the operations of the ledger.
func writes(srv *ekacaretest.Server) string {
	var names []string
	for _, w := range srv.Writes() {
		names = append(names, w.Operation)
	}
	return strings.Join(names, " ")
}

// rawBody is sent as it is.
type rawBody string

// send sends a request as it is; header holds names and values in turn.
func send(t *testing.T, srv *ekacaretest.Server, method, path string, body any, header ...string) (status int, answer string) {
	t.Helper()
	var data []byte
	if raw, ok := body.(rawBody); ok {
		data = []byte(raw)
	} else if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(text)
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
