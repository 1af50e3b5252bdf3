package clinikfhir_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/mappingtest"
)

func FuzzResourcesOfOthersBecomeRecords(f *testing.F) {
	mappingtest.Fuzz(f, mappingtest.Back(organization.AppointmentRecord), mappingtest.Back(organization.PatientRecord))
}
