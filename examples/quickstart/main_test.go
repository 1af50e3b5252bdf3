package main

import (
	"context"
	"strings"
	"testing"

	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func TestQuickstartShowsEveryStep(t *testing.T) {
	for _, tour := range tours {
		t.Setenv(tour.env, "")
	}
	var out strings.Builder
	if err := run(context.Background(), &out, "", false, true); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"Welkin Health (offline, against a fake in this process)",
		"authenticate", "create a patient", "write a custom data record", "{BloodSugar:104 Systolic:118 Diastolic:76}",
		"book a calendar event", "the patient says Yes", "46 patients on 3 pages of 20",
		"404 PATIENT_NOT_FOUND",
		"ClinikAPI (offline, against a fake in this process)",
		"it is for test data", "record an assessment", "2 findings, made at 2025-01-15T10:00:00", "phone is set: true, birth date kept: 1961-03-12",
		"422 VALIDATION_ERROR", "1 issue: status", "1 found", "of 1000 calls a minute are left", "calls are left this month", "404 NOT_FOUND",
		"SnapMD Connected Care (offline, against a fake in this process)",
		"America/New_York has id 8", "Scheduled, Mar 14 17:48 EDT there, 21:48 in UTC", "18:48 there, 22:48 in UTC",
		"1 found, the last one Scheduled at 6:48PM", "400 1000400", "Appointment time should be set in the future",
		"call the appointment off", "not found: snapcare: Appointments.AdminDelete", "400 1000404", "read a block that does not exist",
		"Eka Care (offline, against a fake in this process)",
		"Sunshine Practice: 1 clinics, 1 doctors", "list the slots of 2024-10-29", "36 of 36 are free, the first at 09:00",
		"BK in_clinic at 13:43:06 on Oct 29, encounter 123", "taken: ekacare: Appointments.Book", "400 APPOINTMENT_BOOKING_FAILED",
		"35 of 36 are free", "not sent: partner_clinic_id cannot be combined with clinic_id", "status CN", "404 NOT_FOUND",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "level=") && (strings.Contains(line, "Charlie") || strings.Contains(line, "+9199")) {
			t.Errorf("a log line names a patient: %s", line)
		}
	}
}

// The fake stands in for the real service here.
func TestEkaTourWritesToTheRealServiceOnlyIfItIsTold(t *testing.T) {
	fake := ekacaretest.NewServer(t)
	t.Setenv("EKA_CLIENT_ID", fake.Credentials().ClientID)
	t.Setenv("EKA_CLIENT_SECRET", fake.Credentials().ClientSecret)
	t.Setenv("EKA_BASE_URL", fake.URL)
	t.Setenv("EKA_PARTNER_CLINIC", "")
	var out strings.Builder
	if err := run(context.Background(), &out, "ekacare", false, false); err != nil || len(fake.Writes()) > 0 {
		t.Errorf("%v, written %v\n%s", err, fake.Writes(), out.String())
	}
	if !strings.Contains(out.String(), "against the real service") || !strings.Contains(out.String(), "36 of 36 are free") {
		t.Error(out.String())
	}
	if err := run(context.Background(), &out, "ekacare", true, false); err == nil || !strings.Contains(err.Error(), "EKA_PARTNER_CLINIC") || len(fake.Writes()) > 0 {
		t.Errorf("%v, written %v", err, fake.Writes())
	}
	t.Setenv("EKA_PARTNER_CLINIC", fake.Clinic().PartnerID)
	t.Setenv("EKA_PARTNER_DOCTOR", fake.Doctor().PartnerID)
	t.Setenv("EKA_PARTNER_PATIENT", fake.Patient().PartnerID)
	t.Setenv("EKA_START", "2030-01-02T15:00:00+05:30")
	if err := run(context.Background(), &out, "ekacare", true, false); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	fake.Fail(ekacaretest.Fault{Operation: "Appointments.Get", Status: 400})
	if err := run(context.Background(), &out, "ekacare", true, false); err == nil {
		t.Error("a failed step is not reported")
	}
	var done []string
	for _, w := range fake.Writes() {
		done = append(done, w.Operation)
	}
	if got := strings.Join(done, " "); got != "Appointments.Book Appointments.Cancel Appointments.Book Appointments.Cancel" {
		t.Errorf("written %s", got)
	}
}

func TestQuickstartNamesTheVendorsThereAre(t *testing.T) {
	err := run(context.Background(), &strings.Builder{}, "nobody", false, false)
	if err == nil || !strings.Contains(err.Error(), "welkin") {
		t.Errorf("got %v", err)
	}
}
