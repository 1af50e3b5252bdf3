package ekafhir_test

import (
	"testing"

	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/internal/mapping/mappingtest"
)

var workspace = ekafhir.Mapping{Tenant: "workspace-own"}

var values = map[string][]any{
	"status": {"BK", "CK", "IN", "CM", "CMNP", "OG", "NS", "CND", "RES"},
	"mode":   {"tele", "in_clinic", "INCLINIC"},
	"gender": {"M", "F", "O", "X"},
	"gen":    {"M", "F", "O", "X"},
	"dob":    {"1990-01-31"},
}

func TestPatientsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, workspace.Patient, workspace.PatientRecord)
}

func TestPatientsOfTheDirectoryGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, workspace.DirectoryPatient, workspace.DirectoryPatientRecord)
}

func TestDoctorsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, workspace.Practitioner, workspace.PractitionerRecord)
	mappingtest.RoundTrip(t, values, workspace.EntityDoctor, workspace.EntityDoctorRecord)
}

func TestAppointmentsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, workspace.Appointment, workspace.AppointmentRecord)
}
