package main

import (
	"context"
	"strings"
	"testing"
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
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "level=") && strings.Contains(line, "Charlie") {
			t.Errorf("a log line names a patient: %s", line)
		}
	}
}

func TestQuickstartNamesTheVendorsThereAre(t *testing.T) {
	err := run(context.Background(), &strings.Builder{}, "nobody", false, false)
	if err == nil || !strings.Contains(err.Error(), "welkin") {
		t.Errorf("got %v", err)
	}
}
