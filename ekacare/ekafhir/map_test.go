package ekafhir_test

import (
	"testing"

	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/internal/proof/mappingtest"
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

func TestHealthRecordsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, map[string][]any{"document_type": {"lr", "ps", "xx"}}, workspace.Document, workspace.DocumentRecord)
}

func TestEntriesOfPrescriptionsGoToFHIRAndBackWhole(t *testing.T) {
	entries := map[string][]any{
		"resource_type": {"medicationrequest", "condition", "vitals"}, "status": {"active", "final", "BK"}, "intent": {"order", "wish"},
		"period": {1, "2", "1.5"}, "period_unit": {"d", "h", "days"}, "frequency": {2, "3", 0},
		"when":      {[]any{"MORN", "NIGHT"}, "after breakfast"},
		"snomed_id": {38341003, "38341003"}, "severity": {"mild", map[string]any{"code": "m", "display": "mild"}},
		"note": {
			"rest", []any{"a", "b"},
		}, "clinical_status": {map[string]any{"code": "active"}, map[string]any{"code": "odd", "display": "Odd"}},
		"number": {1, 2, "3", 0}, "unit": {"°C", "mmHg", "beats"},
	}
	mappingtest.RoundTrip(t, entries, workspace.MedicationRequest, workspace.MedicationRequestRecord)
	mappingtest.RoundTrip(t, entries, workspace.Condition, workspace.ConditionRecord)
	mappingtest.RoundTrip(t, entries, workspace.Observation, workspace.ObservationRecord)
}
