package welkinfhir_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/mappingtest"
)

func FuzzResourcesOfOthersBecomeRecords(f *testing.F) {
	mappingtest.Fuzz(f,
		mappingtest.Back(gh.AppointmentRecord),
		mappingtest.Back(gh.PatientRecord),
		mappingtest.Back(gh.EncounterRecord),
		mappingtest.Back(gh.DocumentRecord),
		mappingtest.Back(gh.CarePlanRecord),
	)
}
