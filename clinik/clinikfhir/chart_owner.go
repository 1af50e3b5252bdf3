package clinikfhir

import (
	"encoding/json"
	"strings"

	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/scan"
)

// owner is what says whose a resource is, read by the codec that reads the resource itself.
type owner struct {
	fhir.Unnamed

	// What R4's resources refer to their patient by.
	Subject     json.RawMessage `json:"subject"`
	Patient     json.RawMessage `json:"patient"`
	For         json.RawMessage `json:"for"`
	Beneficiary json.RawMessage `json:"beneficiary"`
	Candidate   json.RawMessage `json:"candidate"`
	Individual  json.RawMessage `json:"individual"`
	Actor       json.RawMessage `json:"actor"`
	Participant json.RawMessage `json:"participant"`
}

// foreign reports whether the resource is another patient, or names other patients alone. One that names no patient,
// such as a medication, belongs to the chart that it was found for. What cannot be read is nobody's.
func (e one) foreign(patientID string) bool {
	if e.Resource.ResourceType() == "Patient" {
		return e.id != patientID
	}
	var o owner
	if fhir.Unmarshal(e.raw, &o) != nil {
		return true
	}
	ids := o.patients()
	for _, id := range ids {
		if id == patientID {
			return false
		}
	}
	return len(ids) > 0
}

// patients lists the ids of the patients that the resource is about, or that take part in it.
func (o *owner) patients() (ids []string) {
	add := func(reference []byte) {
		if id := patientIn(textAt(reference, "reference")); id != "" {
			ids = append(ids, id)
		}
	}
	named := []json.RawMessage{o.Subject, o.Patient, o.For, o.Beneficiary, o.Candidate, o.Individual, o.Actor}
	for _, value := range named {
		for _, reference := range oneOrMany(value) {
			add(reference)
		}
	}
	for _, participant := range oneOrMany(o.Participant) {
		actor, _ := scan.Lookup(participant, "actor")
		add(actor)
	}
	return ids
}

// oneOrMany returns the elements of a list, or what was sent in its place.
func oneOrMany(value json.RawMessage) [][]byte {
	if elements, list := scan.Elements(value); list {
		return elements
	}
	return [][]byte{value}
}

// patientIn is the id in a reference to Patient/1, https://…/Patient/1 or Patient/1/_history/2; "" if it names no
// patient.
func patientIn(reference string) string {
	reference, _, _ = strings.Cut(reference, "/_history/")
	rest, ok := strings.CutPrefix(reference, "Patient/")
	if i := strings.LastIndex(reference, "/Patient/"); !ok && i >= 0 {
		rest, ok = reference[i+len("/Patient/"):], true
	}
	if !ok || strings.ContainsAny(rest, "/?#") {
		return ""
	}
	return rest
}
