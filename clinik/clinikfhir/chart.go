package clinikfhir

import (
	"context"
	"errors"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/reach"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// Chart is a patient with the records that refer to it. Each record occurs once. Lists are never nil.
type Chart struct {
	// Record is the patient's flat record, which is always up to date.
	Record *clinik.Patient
	// Patient is the patient's resource in the index. It is nil while the index lags; the lists are then empty too.
	Patient *fhir.Patient

	Encounters    []*fhir.Encounter
	Observations  []*fhir.Observation
	Medications   []*fhir.Medication
	Appointments  []*fhir.Appointment
	Intakes       []*fhir.QuestionnaireResponse
	Consents      []*fhir.Consent
	Labs          []*fhir.DiagnosticReport
	Prescriptions []*fhir.MedicationRequest
	Notes         []*fhir.DocumentReference
	Assessments   []*fhir.ClinicalImpression
	Documents     []*fhir.Composition

	// Others are resources of other types, and resources that do not fit their Go type.
	Others []fhir.Resource
	// Foreign are resources of another patient, which the vendor's index should not have returned. They are in no other
	// list.
	Foreign []fhir.Resource
}

// Indexed reports whether the vendor's index contained the patient. It lags writes by about ten seconds; until then the
// chart contains only the record.
func (c *Chart) Indexed() bool { return c.Patient != nil }

// chartTypes are what a chart requests by default.
var chartTypes = []string{
	"Encounter", "Observation", "Medication", "Appointment", "QuestionnaireResponse", "Consent", "DiagnosticReport",
	"MedicationRequest", "DocumentReference", "ClinicalImpression", "Composition",
}

// PatientChart reads a patient with the resources of the given FHIR types that refer to it. If types is empty, it reads
// the types of [Chart]'s lists. It reads the record first, so that a patient who does not exist is an error matching
// [caremux.ErrNotFound] and not an empty chart. It reads all pages of the chart; if one of them fails, it returns the
// error with the chart of the pages before. If a record is sent more than once, because the index changes between two
// pages, the chart contains the last one.
//
// GET /v1/patients/{id} and GET /v1/patients/{id}?_revinclude=…
func PatientChart(
	ctx context.Context, c *clinik.Client, patientID string, types []string, opts ...caremux.RequestOption,
) (*Chart, error) {
	query, err := chartQuery(types)
	if err != nil {
		return nil, err
	}
	record, err := c.Patients.Get(ctx, patientID, nil, opts...)
	if err != nil {
		return nil, err
	}
	if record.ID != "" && record.ID != patientID {
		e := caremux.Error{Vendor: "clinik", Operation: opChart.Name, Kind: caremux.ErrUnreadable, Attempts: 1}
		return nil, caremux.NewError(e, caremux.ErrorParts{Reason: "the record is that of another patient"})
	}
	chart := newChart(record)
	var all collection
	in := transport.Input{Path: []string{patientID}, Query: query}
	page, err := transport.PageOf(ctx, reach.Clinik(c), &opChart, in, readOne, opts)
	switch {
	case behind(err):
		return chart, nil
	case err != nil:
		return nil, err
	}
	for {
		for _, entry := range page.Items {
			all.add(entry)
		}
		if !page.HasNext() {
			chart.fold(all.list, patientID)
			return chart, nil
		}
		if page, err = page.Next(ctx); err != nil {
			chart.fold(all.list, patientID)
			return chart, err
		}
	}
}

// chartQuery is what a chart of the types requests.
func chartQuery(types []string) (url.Values, error) {
	if len(types) == 0 {
		types = chartTypes
	}
	query := url.Values{}
	for _, name := range types {
		if name == "" || !isTypeName(name) {
			return nil, refuse(&opChart, "types", "must be names of FHIR types")
		}
		// The resources refer to their patient by one or the other.
		query.Add("_revinclude", name+":subject")
		query.Add("_revinclude", name+":patient")
	}
	return query, nil
}

// behind reports whether the vendor's index does not know the patient yet: it finds nothing, or returns the record in
// place of a search.
func behind(err error) bool {
	var e *caremux.Error
	if errors.Is(err, caremux.ErrNotFound) {
		return true
	}
	if !errors.As(err, &e) || e.Status != 200 {
		return false
	}
	record, ok := scan.Lookup(e.Body(), "data")
	return ok && textAt(record, "id") != "" && textAt(record, "resourceType") == ""
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
		Record:        record,
		Encounters:    []*fhir.Encounter{},
		Observations:  []*fhir.Observation{},
		Medications:   []*fhir.Medication{},
		Appointments:  []*fhir.Appointment{},
		Intakes:       []*fhir.QuestionnaireResponse{},
		Consents:      []*fhir.Consent{},
		Labs:          []*fhir.DiagnosticReport{},
		Prescriptions: []*fhir.MedicationRequest{},
		Notes:         []*fhir.DocumentReference{},
		Assessments:   []*fhir.ClinicalImpression{},
		Documents:     []*fhir.Composition{},
		Others:        []fhir.Resource{},
		Foreign:       []fhir.Resource{},
	}
}

// fold sorts the entries into the lists.
func (c *Chart) fold(entries []one, patientID string) {
	for _, e := range entries {
		if e.foreign(patientID) {
			c.Foreign = append(c.Foreign, e.Resource)
			continue
		}
		switch r := e.Resource.(type) {
		case *fhir.Patient:
			c.Patient = r
		case *fhir.Encounter:
			c.Encounters = append(c.Encounters, r)
		case *fhir.Observation:
			c.Observations = append(c.Observations, r)
		case *fhir.Medication:
			c.Medications = append(c.Medications, r)
		case *fhir.Appointment:
			c.Appointments = append(c.Appointments, r)
		case *fhir.QuestionnaireResponse:
			c.Intakes = append(c.Intakes, r)
		case *fhir.Consent:
			c.Consents = append(c.Consents, r)
		case *fhir.DiagnosticReport:
			c.Labs = append(c.Labs, r)
		case *fhir.MedicationRequest:
			c.Prescriptions = append(c.Prescriptions, r)
		case *fhir.DocumentReference:
			c.Notes = append(c.Notes, r)
		case *fhir.ClinicalImpression:
			c.Assessments = append(c.Assessments, r)
		case *fhir.Composition:
			c.Documents = append(c.Documents, r)
		default:
			c.Others = append(c.Others, e.Resource)
		}
	}
}
