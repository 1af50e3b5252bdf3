package snapfhir_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/mappingtest"
)

func FuzzResourcesOfOthersBecomeRecords(f *testing.F) {
	mappingtest.Fuzz(f,
		mappingtest.Back(hospital.AppointmentRecord),
		mappingtest.Back(hospital.PatientRecord),
		mappingtest.Back(hospital.EncounterRecord),
		mappingtest.Back(hospital.ConditionRecord),
		mappingtest.Back(hospital.MedicationStatementRecord),
		mappingtest.Back(hospital.AllergyIntoleranceRecord),
	)
}
