package ekafhir_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/mappingtest"
)

func FuzzResourcesOfOthersBecomeRecords(f *testing.F) {
	mappingtest.Fuzz(f,
		mappingtest.Back(workspace.AppointmentRecord),
		mappingtest.Back(workspace.PatientRecord),
		mappingtest.Back(workspace.DocumentRecord),
		mappingtest.Back(workspace.MedicationRequestRecord),
		mappingtest.Back(workspace.ConditionRecord),
		mappingtest.Back(workspace.ObservationRecord),
	)
}
