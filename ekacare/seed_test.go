package ekacare_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// seedExample is the request of the vendor's page on booking, as it stands there.
const seedExample = `{
  "partner_appointment_id": "098765434567890", "partner_clinic_id": "642783", "partner_doctor_id": "8423994", "partner_patient_id": "6742984",
  "token": 2,
  "appointment_details": {
    "start_time": 1730189586, "end_time": 1730189586, "mode": "INCLINIC",
    "custom_attributes": {"label": ["vitals_submitted"], "tags": ["paid", "in_consult"]},
    "video_connect": {"vendor": "other", "url": "https://xyz.com"}
  },
  "patient_details": {
    "designation": "Mr.", "first_name": "Test", "middle_name": "", "last_name": "Patient", "mobile": "+919999999999", "gender": "M", "dob": "1987-01-06",
    "address": {"city": "Bangalore", "pincode": 560049}, "partner_patient_id": "6742984"
  },
  "partner_meta": {"encounter_id": "123"}, "display_meta": {"key1": "value1"}
}`

// seedBytes is what the client sends: the same in the order of the fields.
const seedBytes = `{"partner_appointment_id":"098765434567890","token":2,"appointment_details":{"mode":"INCLINIC","start_time":1730189586,` +
	`"end_time":1730189586,"custom_attributes":{"label":["vitals_submitted"],"tags":["paid","in_consult"]},"video_connect":{"vendor":"other",` +
	`"url":"https://xyz.com"}},"patient_details":{"designation":"Mr.","first_name":"Test","partner_patient_id":"6742984","middle_name":"",` +
	`"last_name":"Patient","mobile":"+919999999999","gender":"M","address":{"city":"Bangalore","pincode":560049},"dob":"1987-01-06"},` +
	`"partner_meta":{"encounter_id":"123"},"display_meta":{"key1":"value1"},"partner_clinic_id":"642783","partner_doctor_id":"8423994","partner_patient_id":"6742984"}`

func seedBooking() *ekacare.AppointmentBooking {
	at := ekacare.NewEpochSeconds(time.Date(2024, 10, 29, 8, 13, 6, 0, time.UTC))
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

func TestSeedBookingIsSentByteForByteAndAnswered(t *testing.T) {
	nw := always(201, `{"appointment_id":"apt-1"}`)
	booked, err := nw.client(t).Appointments.Book(t.Context(), seedBooking())
	if err != nil || booked.AppointmentID != "apt-1" {
		t.Fatalf("booked %v, error %v", booked, err)
	}
	r := nw.requests()[0]
	if r.method != "POST" || r.host != "api.eka.care" || r.path != "/dr/v1/appointment" || len(r.query) > 0 {
		t.Errorf("sent %s %s %s %v", r.method, r.host, r.path, r.query)
	}
	if r.header.Get("auth") != "tok" || r.header.Get("Authorization") != "" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", r.header)
	}
	if r.body != seedBytes {
		t.Errorf("sent\n%s\nwant\n%s", r.body, seedBytes)
	}
	var sent, want any
	if json.Unmarshal([]byte(r.body), &sent) != nil || json.Unmarshal([]byte(seedExample), &want) != nil || !reflect.DeepEqual(sent, want) {
		t.Errorf("sent %v, the page has %v", sent, want)
	}
}

func TestSeedRefusalIsInvalidAndNotRepeated(t *testing.T) {
	for _, body := range []string{
		`{"error":{"code":"INVALID_REQUEST_PARAMETERS","message":"The request contains invalid parameters"}}`,
		`{"data":{},"error":{"code":"INVALID_REQUEST_PARAMETERS","message":"The request contains invalid parameters"}}`,
	} {
		nw := always(400, body)
		_, err := nw.client(t).Appointments.Book(t.Context(), seedBooking())
		e := wantError(t, err, 400)
		if e.Code != ekacare.CodeInvalidRequestParameters || e.Message != "The request contains invalid parameters" ||
			e.Attempts != 1 || e.MaybeApplied() {
			t.Errorf("error %+v, code %q, message %q", e, e.Code, e.Message)
		}
		if !errors.Is(err, caremux.ErrInvalid) || errors.Is(err, ekacare.ErrSlotTaken) {
			t.Errorf("%v matches the wrong sentinels", err)
		}
		if want := "ekacare: Appointments.Book: POST /dr/v1/appointment: 400 INVALID_REQUEST_PARAMETERS"; err.Error() != want {
			t.Errorf("text %q, want %q", err, want)
		}
	}
}
