package fhir

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// Chart is a patient with what refers to it, each record once. Lists are never nil.
type Chart struct {
	// Record is the patient's flat record, which is always up to date.
	Record *clinik.Patient
	// Patient is the patient as the index has it, nil while the index is behind: then the lists are empty too, and say nothing.
	Patient *Patient

	Encounters    []Encounter
	Observations  []Observation
	Medications   []Medication
	Appointments  []Appointment
	Intakes       []QuestionnaireResponse
	Consents      []Consent
	Labs          []DiagnosticReport
	Prescriptions []MedicationRequest
	Notes         []DocumentReference
	Assessments   []ClinicalImpression
	Documents     []Composition

	// Others are entries of further types.
	Others []json.RawMessage
	// Foreign are entries of another patient, which the vendor's index should not have found. They are in no other
	// list.
	Foreign []json.RawMessage
}

// Indexed reports whether the vendor's index knew the patient. It lags writes by about ten seconds; until then the chart holds
// the record alone.
func (c *Chart) Indexed() bool { return c.Patient != nil }

// chartTypes are what a chart asks for by default.
var chartTypes = []string{
	"Encounter", "Observation", "Medication", "Appointment", "QuestionnaireResponse", "Consent", "DiagnosticReport",
	"MedicationRequest", "DocumentReference", "ClinicalImpression", "Composition",
}

// PatientChart reads a patient with the resources of the given FHIR types that refer to it; without types, with those of
// [Chart]'s lists. The record is read first, so that a patient who does not exist is [caremux.ErrNotFound] rather than an empty
// chart. A chart that comes in several pages is read whole; if one of them fails, the chart as far as it was read comes with the error.
// Of a record that comes more than once, as the index moves between two pages, the last one counts.
//
// GET /v1/patients/{id} and GET /v1/patients/{id}?_revinclude=…
func PatientChart(ctx context.Context, c *clinik.Client, patientID string, types []string, opts ...caremux.RequestOption) (*Chart, error) {
	if len(types) == 0 {
		types = chartTypes
	}
	query := url.Values{}
	for _, name := range types {
		if name == "" || !isTypeName(name) {
			return nil, &caremux.ArgumentError{Operation: "PatientChart", Field: "types", Rule: "must be names of FHIR types"}
		}
		// The resources refer to their patient by one or the other.
		query.Add("_revinclude", name+":subject")
		query.Add("_revinclude", name+":patient")
	}
	record, err := c.Patients.Get(ctx, patientID, nil, opts...)
	if err != nil {
		return nil, err
	}
	if record.ID != "" && record.ID != patientID {
		e := caremux.Error{Vendor: "clinik", Operation: "PatientChart", Kind: caremux.ErrUnreadable, Attempts: 1}
		return nil, caremux.NewError(e, nil, nil, "the record is that of another patient", false)
	}
	path, err := wire.Path("/v1/patients/{id}", nil, []string{patientID})
	if err != nil {
		return nil, err
	}
	answer, err := chartPage(ctx, c, path, query, opts)
	if err != nil && !errors.Is(err, caremux.ErrNotFound) {
		return nil, err
	}
	if err != nil || resourceType(answer) != "Bundle" {
		return newChart(record), nil // the index does not know the patient yet
	}
	found := &entries{at: map[string]int{}}
	err = found.readAll(ctx, c, path, query, answer, opts)
	chart := newChart(record)
	return chart, cmp.Or(err, chart.fold(found, patientID))
}

// entries are those of all pages, each record once.
type entries struct {
	list []*chartEntry
	at   map[string]int // where in the list a record is, by type and id
}

// readAll reads the pages of a chart from the first one, which is there already.
func (e *entries) readAll(ctx context.Context, c *clinik.Client, path string, query url.Values, page json.RawMessage,
	opts []caremux.RequestOption) error {
	here, err := trail{operation: "PatientChart", asked: &transport.Seen{}}.step(append(opts[:len(opts):len(opts)], turnTo(query, true)))
	for err == nil {
		var bundle Bundle
		if err = decodeInto(page, &bundle); err != nil {
			return err
		}
		for _, entry := range bundle.Entry {
			e.add(entry.Resource)
		}
		next, more := nextQuery(&bundle)
		switch {
		case !more:
			return nil
		case next == nil:
			return stuck(here.operation)
		}
		here = here.note(len(bundle.Entry))
		turn := append(opts[:len(opts):len(opts)], turnTo(next, true))
		if here, err = here.step(turn); err == nil {
			page, err = chartPage(ctx, c, path, nil, turn)
		}
		if err == nil && resourceType(page) != "Bundle" {
			err = failure("PatientChart", page, nil, false)
		}
	}
	return err
}

// add takes an entry in place of an earlier one of the same record.
func (e *entries) add(resource json.RawMessage) {
	entry := newChartEntry(resource)
	key := entry.ResourceType + "/" + entry.ID
	i, ok := e.at[key]
	switch {
	case ok && entry.ID != "":
		e.list[i] = entry
	default:
		e.at[key] = len(e.list)
		e.list = append(e.list, entry)
	}
}

// chartPage is what the index says, without its envelope.
func chartPage(ctx context.Context, c *clinik.Client, path string, query url.Values, opts []caremux.RequestOption) (json.RawMessage, error) {
	var answer json.RawMessage
	err := c.Do(ctx, "GET", path, query, nil, &answer, opts...)
	if data, ok := scan.Lookup(answer, "data"); ok && resourceType(answer) == "" {
		answer = data
	}
	return answer, err
}

func isTypeName(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}

func newChart(record *clinik.Patient) *Chart {
	return &Chart{
		Record: record, Encounters: []Encounter{}, Observations: []Observation{}, Medications: []Medication{},
		Appointments: []Appointment{}, Intakes: []QuestionnaireResponse{}, Consents: []Consent{}, Labs: []DiagnosticReport{},
		Prescriptions: []MedicationRequest{}, Notes: []DocumentReference{}, Assessments: []ClinicalImpression{},
		Documents: []Composition{}, Others: []json.RawMessage{}, Foreign: []json.RawMessage{},
	}
}

// fold sorts the entries into the lists.
func (c *Chart) fold(found *entries, patientID string) error {
	into := map[string]func(json.RawMessage) error{
		"Patient": func(raw json.RawMessage) error {
			c.Patient = new(Patient)
			return decodeInto(raw, c.Patient)
		},
		"Encounter":             appendTo(&c.Encounters),
		"Observation":           appendTo(&c.Observations),
		"Medication":            appendTo(&c.Medications),
		"Appointment":           appendTo(&c.Appointments),
		"QuestionnaireResponse": appendTo(&c.Intakes),
		"Consent":               appendTo(&c.Consents),
		"DiagnosticReport":      appendTo(&c.Labs),
		"MedicationRequest":     appendTo(&c.Prescriptions),
		"DocumentReference":     appendTo(&c.Notes),
		"ClinicalImpression":    appendTo(&c.Assessments),
		"Composition":           appendTo(&c.Documents),
	}
	for _, entry := range found.list {
		add := into[entry.ResourceType]
		switch {
		case entry.foreign(patientID):
			c.Foreign = append(c.Foreign, entry.raw)
		case add == nil:
			c.Others = append(c.Others, entry.raw)
		default:
			if err := add(entry.raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendTo[T any](list *[]T) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		var item T
		if err := decodeInto(raw, &item); err != nil {
			return err
		}
		*list = append(*list, item)
		return nil
	}
}
