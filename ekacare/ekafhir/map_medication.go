package ekafhir

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// MedicationRequest returns a medicine of a prescription as FHIR. A status and an intent that FHIR does not have are
// unknown and order.
func (m Mapping) MedicationRequest(e *PrescriptionEntry) (*fhir.MedicationRequest, error) {
	return m.medications().Resource(e)
}

// MedicationRequestRecord returns the entry that a request was mapped from, with what was edited since.
func (m Mapping) MedicationRequestRecord(r *fhir.MedicationRequest) (*PrescriptionEntry, error) {
	return m.medications().Record(r)
}

func (m Mapping) medications() mapping.Pair[PrescriptionEntry, *fhir.MedicationRequest] {
	return mapping.Pair[PrescriptionEntry, *fhir.MedicationRequest]{
		Kind: "ekacare/MedicationRequest", FHIR: m.toMedication, Vendor: m.fromMedication,
		Extensions: func(r *fhir.MedicationRequest) *[]fhir.Extension { return &r.Extension },
	}
}

func (m Mapping) toMedication(e *PrescriptionEntry) (*fhir.MedicationRequest, []string, error) {
	s := m.space()
	p := m.partsOf(e)
	d := &p.detail
	r := &fhir.MedicationRequest{
		ID: s.ID(p.id), Meta: m.meta(p), Identifier: p.identifier, Subject: p.patient, Requester: p.doctor,
		Note: mapping.Note(string(d.Notes)), DosageInstruction: dosage(d),
	}
	if id := mapping.Text(p.prescription.PrescriptionID); id != "" {
		i := s.Identifier(kindPrescription, id)
		r.GroupIdentifier = &i
	}
	drug := mapping.Concept(s.System("drugs"), d.DrugID, d.MedName)
	if code := mapping.Code(string(d.SnomedID)); code != "" {
		if drug == nil {
			drug = &fhir.CodeableConcept{}
		}
		drug.Coding = append(drug.Coding, fhir.Coding{System: mapping.SystemSNOMED, Code: code})
	}
	r.MedicationCodeableConcept = mapping.Required(drug)
	var unmapped []string
	var lost bool
	if r.Status, lost = mapping.Or(d.Status, "unknown", fhir.MedicationRequestStatusActive,
		fhir.MedicationRequestStatusOnHold, fhir.MedicationRequestStatusCancelled, fhir.MedicationRequestStatusCompleted,
		fhir.MedicationRequestStatusStopped, fhir.MedicationRequestStatusDraft, fhir.MedicationRequestStatusEnteredInError); lost {
		unmapped = append(unmapped, "entry/status")
	}
	if r.Intent, lost = mapping.Or(d.Intent, fhir.MedicationRequestIntentOrder, fhir.MedicationRequestIntentOrder,
		fhir.MedicationRequestIntentProposal, fhir.MedicationRequestIntentPlan); lost {
		unmapped = append(unmapped, "entry/intent")
	}
	if number := json.Number(d.DispenseQuantity); isDecimal(string(number)) {
		r.DispenseRequest = &fhir.MedicationRequestDispenseRequest{Quantity: &fhir.Quantity{Value: number}}
	}
	return r, unmapped, nil
}

// dosage is how much is taken and how often, nothing if the entry does not say either.
func dosage(d *ekacare.PrescriptionDetail) []fhir.Dosage {
	var r fhir.Dosage
	has := false
	if i := d.DosageInstruction; i != nil {
		r.Text, r.Timing = mapping.Text(i.Custom), timing(i)
		has = r.Text != "" || r.Timing != nil
	}
	if d.Dose != nil {
		q := &fhir.Quantity{Unit: mapping.Text(d.Dose.Unit)}
		if d.Dose.Value != nil {
			q.Value = decimal(*d.Dose.Value)
		}
		if q.Unit != "" || q.Value != "" {
			r.DoseAndRate, has = []fhir.DosageDoseAndRate{{DoseQuantity: q}}, true
		}
	}
	if !has {
		return nil
	}
	return []fhir.Dosage{r}
}

// timing is when a drug is taken, as far as FHIR's codes say it.
func timing(i *ekacare.PrescriptionDosage) *fhir.Timing {
	repeat := &fhir.TimingRepeat{}
	for _, when := range i.When.List {
		if slices.Contains(eventTimings, string(when)) {
			repeat.When = append(repeat.When, fhir.TimingRepeatWhen(when))
		}
	}
	n, err := strconv.Atoi(string(i.Frequency))
	if err == nil && n > 0 && isDecimal(string(i.Period)) && slices.Contains(unitsOfTime, i.PeriodUnit) {
		repeat.Frequency, repeat.Period, repeat.PeriodUnit = &n, json.Number(i.Period), fhir.UnitsOfTime(i.PeriodUnit)
	}
	if repeat.When == nil && repeat.Frequency == nil {
		return nil
	}
	return &fhir.Timing{Repeat: repeat}
}

// FHIR's codes of times of the day that prescriptions use, and of units of time.
var (
	eventTimings = []string{"MORN", "MORN.early", "MORN.late", "NOON", "AFT", "EVE", "NIGHT", "HS", "WAKE",
		"AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV", "C", "CM", "CD", "CV"}
	unitsOfTime = []string{"s", "min", "h", "d", "wk", "mo", "a"}
)

// isDecimal reports whether text is a positive number without an exponent.
func isDecimal(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && f > 0 && decimal(f) == json.Number(s)
}

func decimal(f float64) json.Number { return json.Number(strconv.FormatFloat(f, 'f', -1, 64)) }

func (m Mapping) fromMedication(r *fhir.MedicationRequest) any {
	s := m.space()
	d := &ekacare.PrescriptionDetail{
		ResourceType: ekacare.PrescriptionResourceTypeMedicationRequest,
		Status:       string(r.Status), Intent: string(r.Intent), Notes: ekacare.LooseText(mapping.NoteOf(r.Note)),
		DrugID:   mapping.CodeOf(r.MedicationCodeableConcept, s.System("drugs")),
		SnomedID: ekacare.LooseText(mapping.CodeOf(r.MedicationCodeableConcept, mapping.SystemSNOMED)),
		MedName:  mapping.TextOf(r.MedicationCodeableConcept),
	}
	if r.DispenseRequest != nil && r.DispenseRequest.Quantity != nil {
		d.DispenseQuantity = ekacare.LooseText(r.DispenseRequest.Quantity.Value)
	}
	if len(r.DosageInstruction) > 0 {
		fromDosage(&r.DosageInstruction[0], d)
	}
	return m.entryOf(r.Identifier, r.Subject, r.Requester, d)
}

func fromDosage(r *fhir.Dosage, d *ekacare.PrescriptionDetail) {
	i := &ekacare.PrescriptionDosage{Custom: r.Text}
	if r.Timing != nil && r.Timing.Repeat != nil {
		repeat := r.Timing.Repeat
		for _, when := range repeat.When {
			i.When.List = append(i.When.List, ekacare.LooseText(when))
		}
		if repeat.Frequency != nil {
			i.Frequency = ekacare.LooseText(strconv.Itoa(*repeat.Frequency))
		}
		i.Period, i.PeriodUnit = ekacare.LooseText(repeat.Period), string(repeat.PeriodUnit)
	}
	if r.Text != "" || r.Timing != nil {
		d.DosageInstruction = i
	}
	if len(r.DoseAndRate) > 0 && r.DoseAndRate[0].DoseQuantity != nil {
		q := r.DoseAndRate[0].DoseQuantity
		d.Dose = &ekacare.PrescriptionDose{Unit: q.Unit}
		if f, err := q.Value.Float64(); err == nil {
			d.Dose.Value = &f
		}
	}
}
