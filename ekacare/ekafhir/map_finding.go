package ekafhir

import (
	"encoding/json"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Condition returns a diagnosis, a symptom or a former condition of a prescription as FHIR.
func (m Mapping) Condition(e *PrescriptionEntry) (*fhir.Condition, error) {
	return m.conditions().Resource(e)
}

// ConditionRecord returns the entry that a condition was mapped from, with what was edited since.
func (m Mapping) ConditionRecord(r *fhir.Condition) (*PrescriptionEntry, error) {
	return m.conditions().Record(r)
}

// Observation returns a vital sign or a finding of a prescription as FHIR. A status that FHIR does not have is unknown.
func (m Mapping) Observation(e *PrescriptionEntry) (*fhir.Observation, error) {
	return m.observations().Resource(e)
}

// ObservationRecord returns the entry that an observation was mapped from, with what was edited since.
func (m Mapping) ObservationRecord(r *fhir.Observation) (*PrescriptionEntry, error) {
	return m.observations().Record(r)
}

func (m Mapping) conditions() mapping.Pair[PrescriptionEntry, *fhir.Condition] {
	return mapping.Pair[PrescriptionEntry, *fhir.Condition]{
		Kind: "ekacare/Condition", FHIR: m.toCondition, Vendor: m.fromCondition,
		Extensions: func(r *fhir.Condition) *[]fhir.Extension { return &r.Extension },
	}
}

func (m Mapping) observations() mapping.Pair[PrescriptionEntry, *fhir.Observation] {
	return mapping.Pair[PrescriptionEntry, *fhir.Observation]{
		Kind: "ekacare/Observation", FHIR: m.toObservation, Vendor: m.fromObservation,
		Extensions: func(r *fhir.Observation) *[]fhir.Extension { return &r.Extension },
	}
}

// shownFinding is an entry whose severity, note and codes are as the vendor writes them.
type shownFinding struct {
	ekacare.PrescriptionDetail
	Severity string `json:"severity,omitzero"`
	Note     string `json:"note,omitzero"`
}

// concept returns the concept of a code of the vendor, whose code systems have no name.
func (m Mapping) concept(kind string, c *ekacare.PrescriptionCoding) *fhir.CodeableConcept {
	if c == nil {
		return nil
	}
	return mapping.Concept(m.space().System(kind), c.Code, c.Display)
}

func (m Mapping) coding(kind string, c *fhir.CodeableConcept) *ekacare.PrescriptionCoding {
	coding := ekacare.PrescriptionCoding{Code: mapping.CodeOf(c, m.space().System(kind)), Display: mapping.TextOf(c)}
	if coding.Code == "" && coding.Display == "" {
		return nil
	}
	return &coding
}

// status returns the concept of a status in a code system of HL7, nil for a code that it does not have.
func status(system string, c *ekacare.PrescriptionCoding, known ...string) *fhir.CodeableConcept {
	if c == nil {
		return nil
	}
	for _, code := range known {
		if c.Code == code {
			return mapping.Concept(system, code, c.Display)
		}
	}
	return nil
}

func statusOf(system string, c *fhir.CodeableConcept) *ekacare.PrescriptionCoding {
	code := mapping.CodeOf(c, system)
	if code == "" {
		return nil
	}
	return &ekacare.PrescriptionCoding{Code: code, Display: mapping.TextOf(c)}
}

func (m Mapping) toCondition(e *PrescriptionEntry) (*fhir.Condition, []string, error) {
	p := m.partsOf(e)
	d := &p.detail
	r := &fhir.Condition{
		ID: m.space().ID(p.id), Meta: m.meta(p), Identifier: p.identifier, Subject: p.patient, Recorder: p.doctor,
		Code: m.concept("conditions", d.Condition), OnsetString: mapping.Text(d.Onset),
		ClinicalStatus: status(mapping.SystemConditionClinical, d.ClinicalStatus,
			"active", "recurrence", "relapse", "inactive", "remission", "resolved"),
		VerificationStatus: status(mapping.SystemConditionVerification, d.VerificationStatus,
			"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"),
	}
	if text, ok := d.Severity.(string); ok {
		r.Severity = mapping.Concept("", "", text)
	}
	if text, ok := d.Note.(string); ok {
		r.Note = mapping.Note(text)
	}
	var unmapped []string
	if c := d.ClinicalStatus; c != nil && c.Code != "" && r.ClinicalStatus == nil {
		unmapped = append(unmapped, "entry/clinical_status")
	}
	if c := d.VerificationStatus; c != nil && c.Code != "" && r.VerificationStatus == nil {
		unmapped = append(unmapped, "entry/verification_status")
	}
	return r, unmapped, nil
}

func (m Mapping) fromCondition(r *fhir.Condition) any {
	return m.entryOf(r.Identifier, r.Subject, r.Recorder, &shownFinding{
		PrescriptionDetail: ekacare.PrescriptionDetail{
			ResourceType: ekacare.PrescriptionResourceTypeCondition,
			Condition:    m.coding("conditions", r.Code), Onset: r.OnsetString,
			ClinicalStatus:     statusOf(mapping.SystemConditionClinical, r.ClinicalStatus),
			VerificationStatus: statusOf(mapping.SystemConditionVerification, r.VerificationStatus),
		},
		Severity: mapping.TextOf(r.Severity), Note: mapping.NoteOf(r.Note),
	})
}

func (m Mapping) toObservation(e *PrescriptionEntry) (*fhir.Observation, []string, error) {
	p := m.partsOf(e)
	d := &p.detail
	r := &fhir.Observation{
		ID: m.space().ID(p.id), Meta: m.meta(p), Identifier: p.identifier, Subject: p.patient,
		Code: mapping.Required(m.concept("observations", d.Observation)),
	}
	if p.doctor != nil {
		r.Performer = []fhir.Reference{*p.doctor}
	}
	if c := m.concept("observation-categories", d.Category); c != nil {
		r.Category = []fhir.CodeableConcept{*c}
	}
	if q := d.ValueQuantity; q != nil {
		r.ValueQuantity = &fhir.Quantity{Unit: mapping.Text(q.Unit)}
		if q.Value != nil {
			r.ValueQuantity.Value = decimal(*q.Value)
		}
		if r.ValueQuantity.Unit == "" && r.ValueQuantity.Value == "" {
			r.ValueQuantity = nil
		}
	}
	if text, ok := d.Note.(string); ok {
		r.Note = mapping.Note(text)
	}
	var unmapped []string
	var lost bool
	if r.Status, lost = mapping.Or(d.Status, fhir.ObservationStatusUnknown, fhir.ObservationStatusRegistered,
		fhir.ObservationStatusPreliminary, fhir.ObservationStatusFinal, fhir.ObservationStatusAmended,
		fhir.ObservationStatusCorrected, fhir.ObservationStatusCancelled, fhir.ObservationStatusEnteredInError); lost {
		unmapped = append(unmapped, "entry/status")
	}
	return r, unmapped, nil
}

func (m Mapping) fromObservation(r *fhir.Observation) any {
	d := &shownFinding{
		PrescriptionDetail: ekacare.PrescriptionDetail{
			ResourceType: ekacare.PrescriptionResourceTypeVitals,
			Observation:  m.coding("observations", r.Code), Status: string(r.Status),
		},
		Note: mapping.NoteOf(r.Note),
	}
	if len(r.Category) > 0 {
		d.Category = m.coding("observation-categories", &r.Category[0])
	}
	if q := r.ValueQuantity; q != nil {
		d.ValueQuantity = &ekacare.PrescriptionQuantity{Unit: q.Unit}
		if f, err := q.Value.Float64(); err == nil && json.Valid([]byte(q.Value)) {
			d.ValueQuantity.Value = &f
		}
	}
	var doctor *fhir.Reference
	if len(r.Performer) > 0 {
		doctor = &r.Performer[0]
	}
	return m.entryOf(r.Identifier, r.Subject, doctor, d)
}
