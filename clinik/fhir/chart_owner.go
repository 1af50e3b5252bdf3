package fhir

import (
	"encoding/json"
	"strings"

	"github.com/caremux/caremux/internal/scan"
)

// chartEntry is a resource of a chart with what says whose it is, read as the resource itself will be: where a name
// comes twice, or in another spelling, both must take the same one.
type chartEntry struct {
	raw json.RawMessage

	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Subject      json.RawMessage `json:"subject"`
	Patient      json.RawMessage `json:"patient"`
	Participant  json.RawMessage `json:"participant"`
}

func newChartEntry(raw json.RawMessage) *chartEntry {
	e := &chartEntry{raw: raw}
	_ = json.Unmarshal(raw, e) // a member of another type stays empty, and does not cost the others
	return e
}

// foreign reports whether the resource is another patient, or says that it belongs to other patients alone. One that
// names no patient, such as a medication, belongs to the chart that it was found for.
func (e *chartEntry) foreign(patientID string) bool {
	if e.ResourceType == "Patient" {
		return e.ID != "" && e.ID != patientID
	}
	named := false
	for _, id := range e.patients() {
		if id == patientID {
			return false
		}
		named = true
	}
	return named
}

// patients lists the ids of the patients that the resource is about, or that take part in it.
func (e *chartEntry) patients() (ids []string) {
	for _, references := range []json.RawMessage{e.Subject, e.Patient} {
		for _, reference := range oneOrMany(references) {
			ids = append(ids, patientIn(reference))
		}
	}
	for _, participant := range oneOrMany(e.Participant) {
		var p struct{ Actor json.RawMessage }
		_ = json.Unmarshal(participant, &p)
		ids = append(ids, patientIn(p.Actor))
	}
	named := ids[:0]
	for _, id := range ids {
		if id != "" {
			named = append(named, id)
		}
	}
	return named
}

// oneOrMany returns the elements of a list, or what came in its place.
func oneOrMany(value json.RawMessage) [][]byte {
	if elements, list := scan.Elements(value); list {
		return elements
	}
	return [][]byte{value}
}

// patientIn is the id in a reference to Patient/1, https://…/Patient/1 or Patient/1/_history/2; "" if it names no
// patient.
func patientIn(value json.RawMessage) string {
	var r struct{ Reference string }
	_ = json.Unmarshal(value, &r)
	reference, _, _ := strings.Cut(r.Reference, "/_history/")
	rest, ok := strings.CutPrefix(reference, "Patient/")
	if i := strings.LastIndex(reference, "/Patient/"); !ok && i >= 0 {
		rest, ok = reference[i+len("/Patient/"):], true
	}
	if !ok || strings.ContainsAny(rest, "/?#") {
		return ""
	}
	return rest
}
