package snapfhir_test

import (
	"testing"
	"time"

	"github.com/caremux/caremux/internal/mapping/mappingtest"
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
