package snapcare_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/caremux/caremux/snapcare"
)

// code reads a code of one type as a member of a record.
func code[T ~int](t *testing.T, data string) T {
	t.Helper()
	var read struct{ Code *T }
	if err := json.Unmarshal([]byte(`{"code":`+data+`}`), &read); err != nil || read.Code == nil {
		t.Fatalf("%s: %v, %v", data, read.Code, err)
	}
	return *read.Code
}

// TestCodesAreReadAsNumbersAndAsTheVendorsNames has all codes whose name the vendor spells another way than Go does.
func TestCodesAreReadAsNumbersAndAsTheVendorsNames(t *testing.T) {
	check := func(data string, got fmt.Stringer, want fmt.Stringer, name string) {
		t.Helper()
		if got != want || got.String() != name {
			t.Errorf("%s is %v (%d), want %s", data, got, got, name)
		}
	}
	for _, data := range []string{`2`, `"2"`, `"Practicioner"`, `"Practitioner"`, `"practicioner"`} {
		check(data, code[snapcare.ParticipantTypeCode](t, data), snapcare.ParticipantTypeCodePractitioner, "Practicioner")
		check(data, code[snapcare.ContactTypeCode](t, data), snapcare.ContactTypeCodePractitioner, "Practicioner")
	}
	for _, data := range []string{`79`, `"CancelConsultation"`, `"CancelConsultaion"`} {
		check(data, code[snapcare.ConsultationStatusCode](t, data), snapcare.ConsultationStatusCodeCancelled, "CancelConsultation")
	}
	for data, want := range map[string]snapcare.ConsultationStatusCode{
		`"DoctorInitiatedConsultation"`: 70, `"StartedConsultation"`: 71, `"EndedConsultation"`: 72, `"PatientEndConsultation"`: 73,
		`"DroppedConsultation"`: 81, `"DisconnectedConsultation"`: 83, `"DoctorReviewConsultation"`: 154, `"Dismissed"`: 163, `164`: 164,
	} {
		if got := code[snapcare.ConsultationStatusCode](t, data); got != want {
			t.Errorf("%s is %d, want %d", data, got, want)
		}
	}
	check("5", code[snapcare.PatientConnectionStatus](t, `"PatientMarkConsultationasFullfill"`),
		snapcare.PatientConnectionStatusMarkedFulfilled,
		"PatientMarkConsultationasFullfill")
	check("1", code[snapcare.DoctorConnectionStatus](t, `"DoctorInConsultationRoom"`), snapcare.DoctorConnectionStatusInConsultationRoom,
		"DoctorInConsultationRoom")
	check("-1", code[snapcare.PatientOnboardStatus](t, `-1`), snapcare.PatientOnboardStatusInactive, "Inactive")
	check("name", code[snapcare.SSOMode](t, `"Mandatory"`), snapcare.SSOModeMandatory, "Mandatory")
	check("name", code[snapcare.AppointmentStatusCode](t, `"CancelledByProvider"`),
		snapcare.AppointmentStatusCodeCancelledByProvider, "CancelledByProvider")
	// Zero is "inactive" here, so a name that is not known must not become it.
	if got := code[snapcare.PatientAccountStatus](t, `"Frozen"`); got != snapcare.UnknownCode || got.String() != "unknown" {
		t.Errorf("an unknown name is %v (%d)", got, got)
	}
}

// TestUnknownCodesLeaveTheRecordWhole has codes of all forms before a member that must survive them.
func TestUnknownCodesLeaveTheRecordWhole(t *testing.T) {
	for data, want := range map[string]snapcare.AppointmentStatusCode{
		`99`: 99, `"99"`: 99, `"Rescheduled"`: snapcare.UnknownCode, `2.5`: snapcare.UnknownCode, `true`: snapcare.UnknownCode,
		`{"code":1}`: snapcare.UnknownCode, `[]`: snapcare.UnknownCode,
	} {
		body := `{"appointmentStatusCode":` + data + `,"appointmentId":"` + seedID + `"}`
		a, err := ready(t, 200, `{"data":[`+body+`]}`).Appointments.GetForClinician(t.Context(), seedID)
		if err != nil {
			t.Errorf("%s: %v", data, err)
			continue
		}
		if a.AppointmentStatusCode == nil || *a.AppointmentStatusCode != want || a.AppointmentID != seedID || string(a.RawJSON()) != body {
			t.Errorf("%s gives %v of %q, JSON %s", data, a.AppointmentStatusCode, a.AppointmentID, a.RawJSON())
		}
	}
	a, err := ready(t, 200, `{"data":[{"appointmentStatusCode":null}]}`).Appointments.GetForClinician(t.Context(), seedID)
	if err != nil || a.AppointmentStatusCode != nil {
		t.Errorf("null gives %v, %v", a.AppointmentStatusCode, err)
	}
}

// TestCodesAreSentAsNumbers holds the names back: filters and bodies take numbers.
func TestCodesAreSentAsNumbers(t *testing.T) {
	body, err := json.Marshal(snapcare.ClinicianParticipant("p"))
	if want := `{"personId":"p","attendenceCode":1,"participantTypeCode":2}`; err != nil || !sameJSON(t, body, want) {
		t.Errorf("sent %s, %v, want %s", body, err, want)
	}
	query, _, err := sentBy(t, `[]`, func(c *snapcare.Client) error {
		_, err := c.Appointments.AdminList(t.Context(), &snapcare.AppointmentsAdminListParams{
			AppointmentStatusCodes: []snapcare.AppointmentStatusCode{
				snapcare.AppointmentStatusCodeScheduled, snapcare.AppointmentStatusCodeWaiting,
			}})
		return err
	})
	if codes := query["appointmentStatusCodes"]; err != nil || !slices.Equal(codes, []string{"1", "2"}) {
		t.Errorf("sent %v, %v", query, err)
	}
}
