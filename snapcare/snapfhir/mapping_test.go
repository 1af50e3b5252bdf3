package snapfhir_test

import (
	"testing"
	"time"

	"github.com/caremux/caremux/internal/proof/mappingtest"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapfhir"
)

var hospital = snapfhir.Mapping{Host: snapcare.SandboxHost, HospitalID: 126, Zone: time.UTC}

var values = map[string][]any{
	"gender":                {"M", "F", "Female", "XX"},
	"appointmentStatusCode": {"Scheduled", "Waiting", "CancelledByPatient", "CancelledByProvider", "Fulfilled", "Transferred", 1, 3},
	"encounterTypeCode":     {1, 2, 3, 4, 9, "Video"},
	"appointmentTypeCode":   {1, 2, 3, "OnDemand"},
	"participantTypeCode":   {1, 2, 3},
	"attendenceCode":        {0, 1, 2},
	"use":                   {"home", "mobile", "boat"},
	"dob":                   {"1981-12-10T01:01:01Z", "1981-12-10"},
}

func TestPatientsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, hospital.Patient, hospital.PatientRecord)
}

func TestOnboardPatientsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, hospital.OnboardPatient, hospital.OnboardPatientRecord)
}

func TestCliniciansGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, hospital.Practitioner, hospital.PractitionerRecord)
}

func TestAppointmentsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, hospital.Appointment, hospital.AppointmentRecord)
}

func TestConsultationsGoToFHIRAndBackWhole(t *testing.T) {
	statuses := map[string][]any{
		"status": {68, 71, 72, 79, 82, 163, 1000, "StartedConsultation"}, "encounterTypeCode": {1, 2, 3, 4, 9, "Video"},
	}
	mappingtest.RoundTrip(t, statuses, hospital.Encounter, hospital.EncounterRecord)
}

func TestEntriesOfMedicalProfilesGoToFHIRAndBackWhole(t *testing.T) {
	entries := map[string][]any{
		"criticalityId": {0, 1, 2, 3, 7, "High"}, "typeId": {0, 1, 2, 9}, "categoryId": {0, 1, 2, 3, 4, "Food"}, "number": {1, 2, 0},
	}
	mappingtest.RoundTrip(t, entries, hospital.Condition, hospital.ConditionRecord)
	mappingtest.RoundTrip(t, entries, hospital.MedicationStatement, hospital.MedicationStatementRecord)
	mappingtest.RoundTrip(t, entries, hospital.AllergyIntolerance, hospital.AllergyIntoleranceRecord)
}
