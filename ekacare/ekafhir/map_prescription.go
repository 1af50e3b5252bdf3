package ekafhir

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// PrescriptionEntry is an entry of a prescription: a medicine, a condition, a vital sign or a finding, each of which is
// a resource of its own in FHIR.
type PrescriptionEntry struct {
	caremux.Record `json:"-"`

	// Prescription is the prescription without its entries.
	Prescription *ekacare.Prescription `json:"record,omitzero"`
	// Number of the entry, from 1.
	Number int `json:"number,omitzero"`
	// Detail is the entry.
	Detail *ekacare.PrescriptionDetail `json:"entry,omitzero"`
}

// PrescriptionEntries returns the entries of a prescription.
func PrescriptionEntries(p *ekacare.Prescription) ([]PrescriptionEntry, error) {
	return mapping.Entries[PrescriptionEntry](p, "prescription_details")
}

// resourceType returns the FHIR type of an entry, empty for advice, orders of tests and other entries.
func (e *PrescriptionEntry) resourceType() string {
	if e.Detail == nil {
		return ""
	}
	name, _ := codes().FHIR("PrescriptionResourceType", string(e.Detail.ResourceType))
	return name
}

// Prescribed returns the medicines of a prescription as MedicationRequest, its conditions as Condition, and its vital
// signs and findings as Observation. Its other entries have no mapping.
func (m Mapping) Prescribed(p *ekacare.Prescription) ([]fhir.Resource, error) {
	entries, err := PrescriptionEntries(p)
	if err != nil {
		return nil, err
	}
	var all []fhir.Resource
	for i := range entries {
		r, err := m.prescribed(&entries[i])
		if err != nil {
			return nil, err
		}
		if r != nil {
			all = append(all, r)
		}
	}
	return all, nil
}

func (m Mapping) prescribed(e *PrescriptionEntry) (fhir.Resource, error) {
	switch e.resourceType() {
	case "MedicationRequest":
		return m.medications().ResourceOf(e)
	case "Condition":
		return m.conditions().ResourceOf(e)
	case "Observation":
		return m.observations().ResourceOf(e)
	}
	return nil, nil
}

// parts are what the resources of all entries have.
type parts struct {
	prescription ekacare.Prescription
	detail       ekacare.PrescriptionDetail
	id           string // of the entry
	identifier   []fhir.Identifier
	patient      *fhir.Reference
	doctor       *fhir.Reference
}

func (m Mapping) partsOf(e *PrescriptionEntry) parts {
	var p parts
	if e.Prescription != nil {
		p.prescription = *e.Prescription
	}
	if e.Detail != nil {
		p.detail = *e.Detail
	}
	if id := p.prescription.PrescriptionID; id != "" && e.Number > 0 {
		p.id = id + "-" + strconv.Itoa(e.Number)
		p.identifier = []fhir.Identifier{m.space().Identifier(kindEntry, p.id)}
	}
	rx := &p.prescription
	p.patient = mapping.Subject(m.reference("Patient", kindPatient, rx.PatientID, rx.PartnerPatientID, rx.PatientName))
	p.doctor = m.reference("Practitioner", kindDoctor, rx.DoctorID, rx.PartnerDoctorID, rx.DoctorName)
	return p
}

// meta names the prescription, which is what can be read.
func (m Mapping) meta(p parts) *fhir.Meta {
	return m.space().Meta(kindPrescription, p.prescription.PrescriptionID, caremux.Time{})
}

// shownEntry is an entry as the FHIR fields show it.
type shownEntry struct {
	Prescription ekacare.Prescription `json:"record,omitzero"`
	Number       json.Number          `json:"number,omitzero"`
	Detail       any                  `json:"entry,omitzero"`
}

// entryOf returns the entry that identifier, patient and doctor show.
func (m Mapping) entryOf(identifier []fhir.Identifier, patient, doctor *fhir.Reference, detail any) *shownEntry {
	e := &shownEntry{Detail: detail}
	rx := &e.Prescription
	if id := m.space().IdentifierOf(identifier, kindEntry); id != "" {
		if at := strings.LastIndexByte(id, '-'); at >= 0 {
			if n := json.Number(id[at+1:]); isNumber(string(n)) {
				rx.PrescriptionID, e.Number = id[:at], n
			}
		}
	}
	rx.PatientID, rx.PartnerPatientID = m.referred(patient, "Patient", kindPatient)
	rx.DoctorID, rx.PartnerDoctorID = m.referred(doctor, "Practitioner", kindDoctor)
	rx.PatientName = mapping.DisplayOf(patient)
	if doctor != nil {
		rx.DoctorName = doctor.Display
	}
	return e
}

func isNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && strconv.Itoa(n) == s
}
