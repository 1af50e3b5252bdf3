package fhir

import (
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

// Chart is a patient with what refers to it. Lists are never nil.
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
	path, err := wire.Path("/v1/patients/{id}", nil, []string{patientID})
	if err != nil {
		return nil, err
	}
	answer, err := chartPage(ctx, c, path, query, opts)
	if err != nil && !errors.Is(err, caremux.ErrNotFound) {
		return nil, err
	}
	chart := newChart(record)
	if err != nil || resourceType(answer) != "Bundle" {
		return chart, nil // the index does not know the patient yet
	}
	here, err := trail{operation: "PatientChart", asked: &transport.Seen{}}.step(append(opts[:len(opts):len(opts)], turnTo(query, true)))
	for err == nil {
		var bundle Bundle
		if err = decodeInto(answer, &bundle); err == nil {
			err = chart.fold(&bundle)
		}
		next, more := nextQuery(&bundle)
		switch {
		case err != nil || !more:
			return chart, err
		case next == nil:
			return chart, stuck(here.operation)
		}
		here = here.note(len(bundle.Entry))
		turn := append(opts[:len(opts):len(opts)], turnTo(next, true))
		if here, err = here.step(turn); err == nil {
			answer, err = chartPage(ctx, c, path, nil, turn)
		}
		if err == nil && resourceType(answer) != "Bundle" {
			err = failure("PatientChart", answer, nil, false)
		}
	}
	return chart, err
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
		Documents: []Composition{}, Others: []json.RawMessage{},
	}
}

// fold sorts the entries of a bundle into the lists.
func (c *Chart) fold(bundle *Bundle) error {
	var err error
	for _, entry := range bundle.Entry {
		switch resourceType(entry.Resource) {
		case "Patient":
			c.Patient = new(Patient)
			err = decodeInto(entry.Resource, c.Patient)
		case "Encounter":
			err = appendEntry(&c.Encounters, entry.Resource)
		case "Observation":
			err = appendEntry(&c.Observations, entry.Resource)
		case "Medication":
			err = appendEntry(&c.Medications, entry.Resource)
		case "Appointment":
			err = appendEntry(&c.Appointments, entry.Resource)
		case "QuestionnaireResponse":
			err = appendEntry(&c.Intakes, entry.Resource)
		case "Consent":
			err = appendEntry(&c.Consents, entry.Resource)
		case "DiagnosticReport":
			err = appendEntry(&c.Labs, entry.Resource)
		case "MedicationRequest":
			err = appendEntry(&c.Prescriptions, entry.Resource)
		case "DocumentReference":
			err = appendEntry(&c.Notes, entry.Resource)
		case "ClinicalImpression":
			err = appendEntry(&c.Assessments, entry.Resource)
		case "Composition":
			err = appendEntry(&c.Documents, entry.Resource)
		default:
			c.Others = append(c.Others, entry.Resource)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func appendEntry[T any](list *[]T, raw json.RawMessage) error {
	var item T
	if err := decodeInto(raw, &item); err != nil {
		return err
	}
	*list = append(*list, item)
	return nil
}
