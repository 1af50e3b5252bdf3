package welkinfhir_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/mappingtest"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

var gh = welkinfhir.Mapping{Tenant: "gh", Instance: "sb-demo"}

var values = map[string][]any{
	"gender":              {"MALE", "FEMALE", "UNKNOWN", "XX"},
	"eventStatus":         {"SCHEDULED", "CANCELLED", "COMPLETED", "MISSED", "RESCHEDULED"},
	"eventMode":           {"IN-PERSON", "CALL", "VIDEO", "FAX"},
	"participantRole":     {"patient", "psm", "pet"},
	"participationStatus": {"Yes", "No", "", "Perhaps"},
	"participantId":       {"u1", "p1"},
	"hostId":              {"u1", "u2"},
	"birthDate":           {"1980-01-01T00:00:00.000Z"},
	"firstName":           {"Asha", "Mary Ann", " Bob"},
	"maritalStatus":       {"MARRIED", "DIVORCED", "PARTNER", "two words", " x"},
}

func TestPatientsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, gh.Patient, gh.PatientRecord)
}

func TestCalendarEventsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, gh.Appointment, gh.AppointmentRecord)
}

func TestUsersGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, gh.Practitioner, gh.PractitionerRecord)
}

func TestEncountersGoToFHIRAndBackWhole(t *testing.T) {
	statuses := map[string][]any{"status": {"DRAFT", "OPEN", "ACTIVE", "FINALIZED", "CANCELLED", "LOST"}}
	mappingtest.RoundTrip(t, statuses, gh.Encounter, gh.EncounterRecord)
}

func TestDocumentsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, map[string][]any{"type": {"consent", "two words", " x"}}, gh.Document, gh.DocumentRecord)
}

func TestCarePlansWithTheirGoalsGoToFHIRAndBackWhole(t *testing.T) {
	statuses := map[string][]any{"status": {"ACTIVE", "COMPLETED", "REMOVED", "PAUSED"}, "priority": {"LOW", "HIGH"}}
	mappingtest.RoundTrip(t, statuses, gh.CarePlan, gh.CarePlanRecord)
}
