package snapfhir

import (
	"encoding/json"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/snapcare"
)

// ProfileCode is a condition or a medication of a patient's medical profile, each of which is a resource of its own in
// FHIR. They have no ids at the vendor: their number in the list is part of the resource's id, and changes if the list
// does.
type ProfileCode struct {
	caremux.Record `json:"-"`

	// Profile is the medical profile without its lists.
	Profile *snapcare.MedicalProfile `json:"record,omitzero"`
	// Number in the list, from 1.
	Number int `json:"number,omitzero"`
	// Code is the condition or the medication.
	Code *snapcare.CustomCode `json:"entry,omitzero"`
}

// ProfileAllergy is an allergy of a patient's medical profile; see [ProfileCode].
type ProfileAllergy struct {
	caremux.Record `json:"-"`

	// Profile is the medical profile without its lists.
	Profile *snapcare.MedicalProfile `json:"record,omitzero"`
	// Number in the list, from 1.
	Number int `json:"number,omitzero"`
	// Allergy is the allergy.
	Allergy *snapcare.PatientAllergy `json:"entry,omitzero"`
}

// The lists of a medical profile. Surgeries and the facts on a birth have no mapping.
const (
	listConditions  = "medicalConditions"
	listMedications = "medications"
	listAllergies   = "medicationAllergies"
)

func profileEntries[T any](p *snapcare.MedicalProfile, list string) ([]T, error) {
	return mapping.Entries[T](p, list, listConditions, listMedications, listAllergies, "surgeries", "infantData")
}

// ProfileConditions returns the conditions of a medical profile.
func ProfileConditions(p *snapcare.MedicalProfile) ([]ProfileCode, error) {
	return profileEntries[ProfileCode](p, listConditions)
}

// ProfileMedications returns the medications of a medical profile.
func ProfileMedications(p *snapcare.MedicalProfile) ([]ProfileCode, error) {
	return profileEntries[ProfileCode](p, listMedications)
}

// ProfileAllergies returns the allergies of a medical profile.
func ProfileAllergies(p *snapcare.MedicalProfile) ([]ProfileAllergy, error) {
	return profileEntries[ProfileAllergy](p, listAllergies)
}

// Condition returns a condition of a medical profile as FHIR.
func (m Mapping) Condition(c *ProfileCode) (*fhir.Condition, error) {
	return m.conditions().Resource(c)
}

// ConditionRecord returns the entry that a condition was mapped from, with what was edited since.
func (m Mapping) ConditionRecord(c *fhir.Condition) (*ProfileCode, error) {
	return m.conditions().Record(c)
}

// MedicationStatement returns a medication of a medical profile as FHIR. FHIR requires a status, which the vendor does
// not have: it is unknown.
func (m Mapping) MedicationStatement(c *ProfileCode) (*fhir.MedicationStatement, error) {
	return m.medications().Resource(c)
}

// MedicationStatementRecord returns the entry that a statement was mapped from, with what was edited since.
func (m Mapping) MedicationStatementRecord(r *fhir.MedicationStatement) (*ProfileCode, error) {
	return m.medications().Record(r)
}

// AllergyIntolerance returns an allergy of a medical profile as FHIR. FHIR requires a clinical status, which the vendor
// does not have: it is marked as unknown.
func (m Mapping) AllergyIntolerance(a *ProfileAllergy) (*fhir.AllergyIntolerance, error) {
	return m.allergies().Resource(a)
}

// AllergyIntoleranceRecord returns the entry that an allergy was mapped from, with what was edited since.
func (m Mapping) AllergyIntoleranceRecord(r *fhir.AllergyIntolerance) (*ProfileAllergy, error) {
	return m.allergies().Record(r)
}

func (m Mapping) conditions() mapping.Pair[ProfileCode, *fhir.Condition] {
	return mapping.Pair[ProfileCode, *fhir.Condition]{
		Kind: "snapcare/ProfileCondition", FHIR: m.toCondition, Vendor: m.fromCondition,
		Extensions: func(r *fhir.Condition) *[]fhir.Extension { return &r.Extension },
	}
}

func (m Mapping) medications() mapping.Pair[ProfileCode, *fhir.MedicationStatement] {
	return mapping.Pair[ProfileCode, *fhir.MedicationStatement]{
		Kind: "snapcare/ProfileMedication", FHIR: m.toMedication, Vendor: m.fromMedication,
		Extensions: func(r *fhir.MedicationStatement) *[]fhir.Extension { return &r.Extension },
	}
}

func (m Mapping) allergies() mapping.Pair[ProfileAllergy, *fhir.AllergyIntolerance] {
	return mapping.Pair[ProfileAllergy, *fhir.AllergyIntolerance]{
		Kind: "snapcare/PatientAllergy", FHIR: m.toAllergy, Vendor: m.fromAllergy,
		Extensions: func(r *fhir.AllergyIntolerance) *[]fhir.Extension { return &r.Extension },
	}
}

// place is where an entry is found.
type place struct {
	id         string // of the resource
	meta       *fhir.Meta
	identifier []fhir.Identifier
	patient    *fhir.Reference
}

func (m Mapping) placeOf(profile *snapcare.MedicalProfile, list string, number int) place {
	s := m.space()
	var patient string
	if profile != nil {
		patient = numberOf(profile.PatientID)
	}
	p := place{
		meta:    s.Meta(kindProfile, patient, caremux.Time{}),
		patient: mapping.Subject(s.Reference("Patient", kindPatient, patient, "")),
	}
	if patient != "" && number > 0 {
		entry := patient + "-" + strconv.Itoa(number)
		p.id, p.identifier = s.ID(entry), []fhir.Identifier{s.Identifier(kindProfile+"/"+list, entry)}
	}
	return p
}

// shownProfileEntry is an entry as the FHIR fields show it.
type shownProfileEntry struct {
	Profile struct {
		PatientID *int `json:"patientId,omitzero"`
	} `json:"record"`
	Number json.Number `json:"number,omitzero"`
	Entry  any         `json:"entry,omitzero"`
}

func (m Mapping) entryOf(list string, identifier []fhir.Identifier, patient *fhir.Reference, entry any) *shownProfileEntry {
	s := m.space()
	e := &shownProfileEntry{Entry: entry}
	id, _ := s.Referred(patient, "Patient", kindPatient)
	e.Profile.PatientID = number(id)
	if text, ok := cutPlace(s.IdentifierOf(identifier, kindProfile+"/"+list)); ok {
		e.Number = json.Number(text)
	}
	return e
}

// cutPlace returns the number in the identifier of an entry.
func cutPlace(id string) (string, bool) {
	for i := len(id) - 1; i > 0; i-- {
		if id[i] == '-' {
			n := number(id[i+1:])
			return id[i+1:], n != nil && *n > 0
		}
	}
	return "", false
}

func (m Mapping) code(kind string, c *snapcare.CustomCode) *fhir.CodeableConcept {
	if c == nil {
		return nil
	}
	return mapping.Concept(m.space().System(kind), numberOf(c.Code), c.Description)
}

func (m Mapping) codeOf(kind string, c *fhir.CodeableConcept) *snapcare.CustomCode {
	code := snapcare.CustomCode{Code: number(mapping.CodeOf(c, m.space().System(kind))), Description: mapping.TextOf(c)}
	if code.Code == nil && code.Description == "" {
		return nil
	}
	return &code
}

func (m Mapping) toCondition(c *ProfileCode) (*fhir.Condition, []string, error) {
	p := m.placeOf(c.Profile, listConditions, c.Number)
	return &fhir.Condition{
		ID: p.id, Meta: p.meta, Identifier: p.identifier, Subject: p.patient, Code: m.code("medical-conditions", c.Code),
	}, nil, nil
}

func (m Mapping) fromCondition(r *fhir.Condition) any {
	return m.entryOf(listConditions, r.Identifier, r.Subject, m.codeOf("medical-conditions", r.Code))
}

func (m Mapping) toMedication(c *ProfileCode) (*fhir.MedicationStatement, []string, error) {
	p := m.placeOf(c.Profile, listMedications, c.Number)
	return &fhir.MedicationStatement{
		ID: p.id, Meta: p.meta, Identifier: p.identifier, Subject: p.patient, Status: fhir.MedicationStatementStatusUnknown,
		MedicationCodeableConcept: mapping.Required(m.code("medications", c.Code)),
	}, nil, nil
}

func (m Mapping) fromMedication(r *fhir.MedicationStatement) any {
	return m.entryOf(listMedications, r.Identifier, r.Subject, m.codeOf("medications", r.MedicationCodeableConcept))
}

func (m Mapping) toAllergy(a *ProfileAllergy) (*fhir.AllergyIntolerance, []string, error) {
	p := m.placeOf(a.Profile, listAllergies, a.Number)
	r := &fhir.AllergyIntolerance{
		ID: p.id, Meta: p.meta, Identifier: p.identifier, Patient: p.patient, ClinicalStatus: mapping.Required(nil),
	}
	v := a.Allergy
	if v == nil {
		return r, nil, nil
	}
	r.Code = m.code("medication-allergies", &snapcare.CustomCode{Code: v.Code, Description: v.Description})
	r.RecordedDate, r.OnsetDateTime = mapping.Instant(v.RecordedDate), mapping.Instant(v.OnsetDate)
	r.LastOccurrence, r.Note = mapping.Instant(v.LastOccurrenceDate), mapping.Note(v.Notes)
	r.Recorder = m.reference("", "", mapping.Text(v.RecorderPersonID), mapping.Text(v.RecorderFullName))
	r.Asserter = m.reference("", "", mapping.Text(v.AsserterPersonID), mapping.Text(v.AsserterFullName))
	for _, who := range []**fhir.Reference{&r.Recorder, &r.Asserter} {
		if (*who).Identifier == nil && (*who).Display == "" {
			*who = nil
		}
	}
	var unmapped []string
	text := func(list, field, code string) string {
		if code == "None" {
			return ""
		}
		mapped, ok := codes().FHIR(list, code)
		if !ok {
			unmapped = append(unmapped, "entry/"+field)
		}
		return mapped
	}
	if c := v.CriticalityID; c != nil {
		r.Criticality = fhir.AllergyIntoleranceCriticality(text("AllergyCriticality", "criticalityId", c.String()))
	}
	if c := v.TypeID; c != nil {
		r.Type = fhir.AllergyIntoleranceType(text("AllergyType", "typeId", c.String()))
	}
	if c := v.CategoryID; c != nil {
		if category := text("AllergyCategory", "categoryId", c.String()); category != "" {
			r.Category = []fhir.AllergyIntoleranceCategory{fhir.AllergyIntoleranceCategory(category)}
		}
	}
	return r, unmapped, nil
}

func (m Mapping) fromAllergy(r *fhir.AllergyIntolerance) any {
	v := &snapcare.PatientAllergy{
		RecordedDate: mapping.AsSent(r.RecordedDate), OnsetDate: mapping.AsSent(r.OnsetDateTime),
		LastOccurrenceDate: mapping.AsSent(r.LastOccurrence), Notes: mapping.NoteOf(r.Note),
	}
	if code := m.codeOf("medication-allergies", r.Code); code != nil {
		v.Code, v.Description = code.Code, code.Description
	}
	v.RecorderPersonID, v.RecorderFullName = m.person(r.Recorder)
	v.AsserterPersonID, v.AsserterFullName = m.person(r.Asserter)
	name, _ := codes().Vendor("AllergyCriticality", string(r.Criticality))
	v.CriticalityID = coded[snapcare.AllergyCriticalityCode](name)
	name, _ = codes().Vendor("AllergyType", string(r.Type))
	v.TypeID = coded[snapcare.AllergyTypeCode](name)
	if len(r.Category) > 0 {
		name, _ = codes().Vendor("AllergyCategory", string(r.Category[0]))
		v.CategoryID = coded[snapcare.AllergyCategoryCode](name)
	}
	return m.entryOf(listAllergies, r.Identifier, r.Patient, v)
}

// person returns the GUID and the name of a person whom a reference names.
func (m Mapping) person(r *fhir.Reference) (id, name string) {
	if r == nil {
		return "", ""
	}
	if i := r.Identifier; i != nil && i.System == m.space().System(kindPerson) {
		id = i.Value
	}
	return id, r.Display
}
