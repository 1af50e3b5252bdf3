package mappingtest

import (
	"testing"

	"github.com/caremux/caremux/fhir"
)

// Fuzz maps whatever JSON is an Appointment or a Patient to records.
func Fuzz[A, P any](f *testing.F, appointment func(*fhir.Appointment) (A, error), patient func(*fhir.Patient) (P, error)) {
	f.Add([]byte(`{"resourceType":"Appointment","status":"booked","start":"2030-03-04T09:00:00Z","participant":[{},{"actor":{}}]}`))
	f.Add([]byte(`{"resourceType":"Patient","name":[{}],"telecom":[{}],"address":[{}],"communication":[{}],"generalPractitioner":[{}]}`))
	f.Add([]byte(`{"resourceType":"Appointment","extension":[{"url":"https://github.com/caremux/caremux/fhir/welkin/CalendarEvent//"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r fhir.Resource
		if fhir.Unmarshal(text, &r) != nil {
			return
		}
		var err error
		switch r := r.(type) {
		case *fhir.Appointment:
			_, err = appointment(r)
		case *fhir.Patient:
			_, err = patient(r)
		}
		if err != nil {
			t.Logf("refused: %v", err)
		}
	})
}
