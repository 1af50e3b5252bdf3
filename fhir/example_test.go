package fhir_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// Read a prescription and print its dosage, whatever part of it was filled in.
func Example_dosage() {
	data := []byte(`{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order",
		"medicationCodeableConcept":{"text":"Ibuprofen 400 mg"},"subject":{"reference":"Patient/1"},
		"dosageInstruction":[{"text":"1 tablet every 6 hours for pain","asNeededCodeableConcept":{"text":"pain"},
			"additionalInstruction":[{"text":"not with alcohol"}],
			"timing":{"repeat":{"frequency":1,"period":6,"periodUnit":"h","boundsDuration":{"value":5,"unit":"days"}}},
			"doseAndRate":[{"doseQuantity":{"value":1,"unit":"tablet"}}]}]}`)
	var request fhir.MedicationRequest
	if err := fhir.Unmarshal(data, &request); err != nil {
		log.Fatal(err)
	}
	for _, d := range request.DosageInstruction {
		fmt.Println(d.Text)
		switch reason := d.AsNeeded().(type) {
		case *bool:
			fmt.Println("as needed:", *reason)
		case *fhir.CodeableConcept:
			fmt.Println("as needed for", reason.Text)
		}
		for _, instruction := range d.AdditionalInstruction {
			fmt.Println("note:", instruction.Text)
		}
		for _, dose := range d.DoseAndRate {
			if q := dose.DoseQuantity; q != nil {
				fmt.Println("dose:", q.Value, q.Unit)
			}
		}
		if d.Timing != nil && d.Timing.Repeat != nil && d.Timing.Repeat.Frequency != nil {
			r := d.Timing.Repeat
			fmt.Println("repeat:", *r.Frequency, "every", r.Period, r.PeriodUnit)
		}
	}
	// Output:
	// 1 tablet every 6 hours for pain
	// as needed for pain
	// note: not with alcohol
	// dose: 1 tablet
	// repeat: 1 every 6 h
}

// Change one phone number. What this program does not know stays: the mark of the other number, and a field that R4
// does not have.
func Example_changePhoneNumber() {
	data := []byte(`{"resourceType":"Patient","id":"1","telecom":[
		{"value":"+91 98000 00001","extension":[{"url":"do-not-call","valueBoolean":true}]},
		{"system":"phone","value":"+91 98000 00002","use":"mobile","verifiedBy":"sms"}]}`)
	var patient fhir.Patient
	if err := fhir.Unmarshal(data, &patient); err != nil {
		log.Fatal(err)
	}
	for i := range patient.Telecom {
		t := &patient.Telecom[i]
		if t.System == fhir.ContactPointSystemPhone && t.Use == fhir.ContactPointUseMobile {
			t.Value = "+91 98000 00003"
		}
	}
	email := fhir.ContactPoint{System: fhir.ContactPointSystemEmail, Value: "asha@example.org"}
	patient.Telecom = append(patient.Telecom, email)
	data, err := fhir.Marshal(&patient)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.ReplaceAll(string(data), ",{", ",\n{"))
	// Output:
	// {"resourceType":"Patient","id":"1","telecom":[{"extension":[{"url":"do-not-call","valueBoolean":true}],"value":"+91 98000 00001"},
	// {"system":"phone","value":"+91 98000 00003","use":"mobile","verifiedBy":"sms"},
	// {"system":"email","value":"asha@example.org"}]}
}

// Build the report of a laboratory, with its results as contained resources.
func Example_labReport() {
	hemoglobin := &fhir.Observation{
		ID:     "hb",
		Status: fhir.ObservationStatusFinal,
		Code: &fhir.CodeableConcept{Coding: []fhir.Coding{
			{System: "http://loinc.org", Code: "718-7", Display: "Hemoglobin"},
		}},
		ValueQuantity: &fhir.Quantity{Value: "13.50", Unit: "g/dL", System: "http://unitsofmeasure.org", Code: "g/dL"},
	}
	report := &fhir.DiagnosticReport{
		Contained:         []fhir.Resource{hemoglobin},
		Status:            fhir.DiagnosticReportStatusFinal,
		Code:              &fhir.CodeableConcept{Text: "Blood count"},
		Subject:           &fhir.Reference{Reference: "Patient/1"},
		EffectiveDateTime: "2026-11-28T09:30:00+05:30",
		Result:            []fhir.Reference{{Reference: "#hb"}},
	}
	data, err := json.MarshalIndent(report, "", "  ") // or fhir.Marshal, in one line
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(data))
	// Output:
	// {
	//   "resourceType": "DiagnosticReport",
	//   "contained": [
	//     {
	//       "resourceType": "Observation",
	//       "id": "hb",
	//       "status": "final",
	//       "code": {
	//         "coding": [
	//           {
	//             "system": "http://loinc.org",
	//             "code": "718-7",
	//             "display": "Hemoglobin"
	//           }
	//         ]
	//       },
	//       "valueQuantity": {
	//         "value": 13.50,
	//         "unit": "g/dL",
	//         "system": "http://unitsofmeasure.org",
	//         "code": "g/dL"
	//       }
	//     }
	//   ],
	//   "status": "final",
	//   "code": {
	//     "text": "Blood count"
	//   },
	//   "subject": {
	//     "reference": "Patient/1"
	//   },
	//   "effectiveDateTime": "2026-11-28T09:30:00+05:30",
	//   "result": [
	//     {
	//       "reference": "#hb"
	//     }
	//   ]
	// }
}

// Walk a bundle: the observations of a search, and the patient of each.
func Example_walkBundle() {
	data := []byte(`{"resourceType":"Bundle","type":"searchset","entry":[
		{"fullUrl":"https://example.org/fhir/Observation/1","search":{"mode":"match"},
			"resource":{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Weight"},
				"subject":{"reference":"Patient/1"},"valueQuantity":{"value":71.5,"unit":"kg"}}},
		{"fullUrl":"https://example.org/fhir/Observation/2","search":{"mode":"match"},
			"resource":{"resourceType":"Observation","id":"2","status":"final","code":{"text":"Smoker"},
				"subject":{"reference":"Patient/9"},"valueBoolean":false}},
		{"fullUrl":"https://example.org/fhir/Patient/1","search":{"mode":"include"},
			"resource":{"resourceType":"Patient","id":"1","name":[{"family":"Taylor"}]}}]}`)
	var bundle fhir.Bundle
	if err := fhir.Unmarshal(data, &bundle); err != nil {
		log.Fatal(err)
	}
	for entry, observation := range fhir.Entries[*fhir.Observation](&bundle) {
		if entry.Search != nil && entry.Search.Mode != fhir.BundleEntrySearchModeMatch {
			continue // brought along by another
		}
		switch value := observation.Value().(type) {
		case *fhir.Quantity:
			fmt.Println(observation.Code.Text, value.Value, value.Unit)
		case *bool:
			fmt.Println(observation.Code.Text, *value)
		}
		subject, err := bundle.Resolve(observation, observation.Subject)
		switch {
		case errors.Is(err, caremux.ErrNotFound):
			fmt.Println("of somebody who is not in the bundle")
		case err != nil:
			log.Fatal(err)
		}
		if patient, err := fhir.As[*fhir.Patient](subject); err == nil {
			fmt.Println("of", patient.Name[0].Family)
		}
	}
	// Output:
	// Weight 71.5 kg
	// of Taylor
	// Smoker false
	// of somebody who is not in the bundle
}

// The time of a birth is an extension of the date, which is a primitive value.
func ExamplePrimitiveOf() {
	const birthTime = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
	data := []byte(`{"resourceType":"Patient","birthDate":"1974-12-25",
		"_birthDate":{"extension":[{"url":"` + birthTime + `","valueDateTime":"1974-12-25T14:35:45-05:00"}]}}`)
	var patient fhir.Patient
	if err := fhir.Unmarshal(data, &patient); err != nil {
		log.Fatal(err)
	}
	if x, ok := fhir.PrimitiveOf(&patient, &patient.BirthDate); ok {
		fmt.Println(x.Extension[0].ValueDateTime)
	}
	patient.BirthDate = "1975-12-25" // the time belonged to the old date
	_, ok := fhir.PrimitiveOf(&patient, &patient.BirthDate)
	fmt.Println(ok)
	// Output:
	// 1974-12-25T14:35:45-05:00
	// false
}

// R5 has a list where R4 has one class. It can be read, and is written again unless it is dropped.
func ExampleMisfits() {
	data := []byte(`{"resourceType":"Encounter","status":"completed","class":[{"coding":[{"code":"AMB"}]}]}`)
	var encounter fhir.Encounter
	if err := fhir.Unmarshal(data, &encounter); err != nil {
		log.Fatal(err)
	}
	for _, m := range fhir.Misfits(&encounter) {
		fmt.Printf("%v: %s\n", m, m.JSON)
	}
	encounter.Class = &fhir.Coding{Code: "AMB"}
	_, err := fhir.Marshal(&encounter)
	fmt.Println(err)
	fhir.Drop(&encounter, "class")
	data, err = fhir.Marshal(&encounter)
	fmt.Println(string(data), err)
	// Output:
	// class must be an object with one field of each name: [{"coding":[{"code":"AMB"}]}]
	// fhir.Marshal: class was set, but its old value did not fit and is kept; fhir.Drop that first
	// {"resourceType":"Encounter","status":"completed","class":{"code":"AMB"}} <nil>
}
