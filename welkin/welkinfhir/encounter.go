package welkinfhir

import (
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// encounterClass is what kind of encounter it is, which FHIR requires and Welkin does not say.
var encounterClass = fhir.Coding{System: mapping.SystemNullFlavor, Code: "UNK"}

// Encounter returns an encounter as FHIR. FHIR requires a class, which Welkin does not have: it is unknown.
func (m Mapping) Encounter(e *welkin.Encounter) (*fhir.Encounter, error) {
	return m.encounters().Resource(e)
}

// EncounterRecord returns the record that an encounter was mapped from, with what was edited since.
func (m Mapping) EncounterRecord(e *fhir.Encounter) (*welkin.Encounter, error) {
	return m.encounters().Record(e)
}

func (m Mapping) encounters() mapping.Pair[welkin.Encounter, *fhir.Encounter] {
	return mapping.Pair[welkin.Encounter, *fhir.Encounter]{
		Kind: "welkin/Encounter", FHIR: m.toEncounter, Vendor: m.fromEncounter,
		Extensions: func(e *fhir.Encounter) *[]fhir.Extension { return &e.Extension },
	}
}

func (m Mapping) toEncounter(e *welkin.Encounter) (*fhir.Encounter, []string, error) {
	s := m.space()
	body := e.JSONBody
	if body == nil {
		body = &welkin.EncounterBody{}
	}
	r := &fhir.Encounter{
		ID: s.ID(e.ID), Meta: s.Meta(kindEncounter, e.ID, body.UpdatedAt), Class: &encounterClass,
		Identifier: identifiers(s, kindEncounter, e.ID, body.ExternalID),
		Subject:    s.Reference("Patient", kindPatient, mapping.Text(e.PatientID), ""),
		Type:       mapping.Concepts(s.System("encounter-templates"), body.TemplateName, ""),
		ReasonCode: mapping.Concepts("", "", body.Title),
	}
	if start, end := mapping.Instant(body.StartDatetime), mapping.Instant(body.EndDatetime); start != "" || end != "" {
		r.Period = &fhir.Period{Start: start, End: end}
	}
	if event := s.Reference("Appointment", kindEvent, mapping.Text(body.CalendarEventID), ""); event != nil {
		r.Appointment = []fhir.Reference{*event}
	}
	if user := s.Reference("Practitioner", kindUser, mapping.Text(body.ActiveUserID), mapping.Text(body.ActiveUserName)); user != nil {
		r.Participant = []fhir.EncounterParticipant{{Individual: user}}
	}
	r.Status = fhir.EncounterStatus("unknown")
	if body.Status == "" {
		return r, nil, nil
	}
	status, ok := codes().FHIR("EncounterStatus", string(body.Status))
	if !ok {
		return r, []string{"jsonBody/status"}, nil
	}
	r.Status = fhir.EncounterStatus(status)
	return r, nil, nil
}

func (m Mapping) fromEncounter(r *fhir.Encounter) any {
	s := m.space()
	body := &welkin.EncounterBody{
		UpdatedAt: mapping.Changed(r.Meta), ExternalID: s.IdentifierOf(r.Identifier, kindEncounter+"/externalId"),
		TemplateName: mapping.CodeOfFirst(r.Type, s.System("encounter-templates")), Title: mapping.TextOfFirst(r.ReasonCode),
	}
	if r.Period != nil {
		body.StartDatetime, body.EndDatetime = mapping.AsSent(r.Period.Start), mapping.AsSent(r.Period.End)
	}
	if len(r.Appointment) > 0 {
		body.CalendarEventID, _ = s.Referred(&r.Appointment[0], "Appointment", kindEvent)
	}
	if len(r.Participant) > 0 && r.Participant[0].Individual != nil {
		body.ActiveUserID, _ = s.Referred(r.Participant[0].Individual, "Practitioner", kindUser)
		body.ActiveUserName = r.Participant[0].Individual.Display
	}
	status, _ := codes().Vendor("EncounterStatus", string(r.Status))
	body.Status = welkin.EncounterStatus(status)
	e := &welkin.Encounter{ID: s.IdentifierOf(r.Identifier, kindEncounter), JSONBody: body}
	e.PatientID, _ = s.Referred(r.Subject, "Patient", kindPatient)
	return e
}
