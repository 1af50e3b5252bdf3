package clinikfhir_test

import (
	"testing"

	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/internal/proof/mappingtest"
)

var organization = clinikfhir.Mapping{Tenant: "org_cliniktest"}

var values = map[string][]any{
	"status":    {"booked", "cancelled", "noshow", "checked-in", "lost"},
	"gender":    {"male", "female", "unknown", "M"},
	"birthDate": {"1980-05-01"},
	"reasonCode": {
		"Cough", map[string]any{"system": "http://snomed.info/sct", "code": "49727002", "display": "Cough"},
		map[string]any{"coding": []any{map[string]any{"code": "a"}, map[string]any{"code": "b", "x": 1}}, "text": "Cough"},
	},
}

func TestPatientsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, organization.Patient, organization.PatientRecord)
}

func TestPractitionersGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, organization.Practitioner, organization.PractitionerRecord)
}

func TestAppointmentsGoToFHIRAndBackWhole(t *testing.T) {
	mappingtest.RoundTrip(t, values, organization.Appointment, organization.AppointmentRecord)
}
