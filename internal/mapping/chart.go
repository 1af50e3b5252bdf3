package mapping

import (
	"iter"
	"slices"

	"github.com/caremux/caremux/fhir"
)

// Code systems of HL7 for what a chart contains.
const (
	SystemSNOMED                = "http://snomed.info/sct"
	SystemObservationCategory   = "http://terminology.hl7.org/CodeSystem/observation-category"
	SystemConditionClinical     = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	SystemConditionVerification = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
	SystemGoalPriority          = "http://terminology.hl7.org/CodeSystem/goal-priority"
)

// Unknown is the extension of a required element that the vendor does not have.
func Unknown() []fhir.Extension {
	return []fhir.Extension{{URL: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", ValueCode: "unknown"}}
}

// Required returns the concept, or one that says that the vendor does not have it.
func Required(c *fhir.CodeableConcept) *fhir.CodeableConcept {
	if c == nil {
		return &fhir.CodeableConcept{Extension: Unknown()}
	}
	return c
}

// Subject returns the reference to the patient, which FHIR requires, or one that says that the vendor does not name
// any.
func Subject(patient *fhir.Reference) *fhir.Reference {
	if patient == nil {
		return &fhir.Reference{Type: "Patient", Display: displayUnnamed}
	}
	return patient
}

// DisplayOf returns the display of a reference, empty for that of [Subject].
func DisplayOf(r *fhir.Reference) string {
	if r == nil || r.Display == displayUnnamed {
		return ""
	}
	return r.Display
}

// Note returns a note, nothing for text that FHIR does not allow.
func Note(text string) []fhir.Annotation {
	if text = Text(text); text == "" {
		return nil
	}
	return []fhir.Annotation{{Text: text}}
}

// NoteOf returns the text of the first note.
func NoteOf(notes []fhir.Annotation) string {
	if len(notes) == 0 {
		return ""
	}
	return notes[0].Text
}

// Or returns the code if FHIR has it, or else the fallback, and whether the code is lost without an extension.
func Or[C ~string](code string, fallback C, codes ...C) (C, bool) {
	if slices.Contains(codes, C(code)) {
		return C(code), false
	}
	return fallback, code != ""
}

// OfPatients ranges over the resources of the query's patients, one patient after another: for vendors whose lists are
// of one patient. Resources whose records do not name their patient refer to the one whose list they are in.
func (s Space) OfPatients(
	kind string, q fhir.Query, list func(patient string) iter.Seq2[fhir.Resource, error],
) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		for _, patient := range s.Own(q.Patients) {
			for r, err := range list(patient) {
				if subject := subjectOf(r); subject != nil && unnamed(*subject) {
					*subject = s.Reference("Patient", kind, patient, DisplayOf(*subject))
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// unnamed reports whether a reference leads nowhere.
func unnamed(r *fhir.Reference) bool { return r != nil && r.Reference == "" && r.Identifier == nil }

// subjectOf returns where a resource of a chart refers to its patient, nil for other resources.
func subjectOf(r fhir.Resource) **fhir.Reference {
	switch r := r.(type) {
	case *fhir.AllergyIntolerance:
		return &r.Patient
	case *fhir.CarePlan:
		return &r.Subject
	case *fhir.Condition:
		return &r.Subject
	case *fhir.DocumentReference:
		return &r.Subject
	case *fhir.MedicationRequest:
		return &r.Subject
	case *fhir.MedicationStatement:
		return &r.Subject
	case *fhir.Observation:
		return &r.Subject
	}
	return nil
}

// EachOf maps each record of a list that is made of another record.
func EachOf[V any, R fhir.Resource](p Pair[V, R], list func() ([]V, error)) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		records, err := list()
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range records {
			r, err := p.ResourceOf(&records[i])
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// IDOf returns the id of a resource of a chart.
func IDOf(r fhir.Resource) string {
	switch r := r.(type) {
	case *fhir.AllergyIntolerance:
		return r.ID
	case *fhir.Condition:
		return r.ID
	case *fhir.MedicationStatement:
		return r.ID
	}
	return ""
}
