package mappingtest

import (
	"testing"

	"github.com/caremux/caremux/fhir"
)

// Back maps resources of one type to records, and leaves others alone.
func Back[R fhir.Resource, V any](record func(R) (V, error)) func(fhir.Resource) error {
	return func(r fhir.Resource) error {
		if typed, ok := r.(R); ok {
			_, err := record(typed)
			return err
		}
		return nil
	}
}

// Fuzz maps whatever JSON is a resource to records.
func Fuzz(f *testing.F, backs ...func(fhir.Resource) error) {
	for _, seed := range []string{
		`{"resourceType":"Appointment","status":"booked","start":"2030-03-04T09:00:00Z","participant":[{},{"actor":{}}]}`,
		`{"resourceType":"Patient","name":[{}],"telecom":[{}],"address":[{}],"communication":[{}],"generalPractitioner":[{}]}`,
		`{"resourceType":"Appointment","extension":[{"url":"https://github.com/caremux/caremux/fhir/welkin/CalendarEvent//"}]}`,
		`{"resourceType":"AllergyIntolerance","patient":{},"category":["food"],"note":[{}],"recorder":{}}`,
		`{"resourceType":"CarePlan","contained":[{"resourceType":"Goal","extension":[{"url":"x"}]},{}],"goal":[{}]}`,
		`{"resourceType":"Condition","identifier":[{}],"code":{"coding":[{}]},"severity":{},"note":[{}]}`,
		`{"resourceType":"DocumentReference","content":[{},{"attachment":{"creation":"2030"}}]}`,
		`{"resourceType":"Encounter","participant":[{}],"appointment":[{}],"period":{},"type":[{}]}`,
		`{"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"repeat":{}},"doseAndRate":[{"doseQuantity":{"value":1e400}}]}],"dispenseRequest":{}}`,
		`{"resourceType":"MedicationStatement","medicationCodeableConcept":{},"subject":{}}`,
		`{"resourceType":"Observation","performer":[{}],"category":[{}],"valueQuantity":{"value":-0.0}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var r fhir.Resource
		if fhir.Unmarshal(text, &r) != nil {
			return
		}
		for _, back := range backs {
			if err := back(r); err != nil {
				t.Logf("refused: %v", err)
			}
		}
	})
}
