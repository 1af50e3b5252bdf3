package ekafhir_test

import (
	"testing"

	"github.com/caremux/caremux/internal/mapping/mappingtest"
)

func FuzzResourcesOfOthersBecomeRecords(f *testing.F) {
	mappingtest.Fuzz(f, workspace.AppointmentRecord, workspace.PatientRecord)
}
