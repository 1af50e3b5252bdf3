package snapfhir

import (
	"strings"

	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/snapcare"
)

// Encounter returns a consultation as FHIR. Its class is virtual unless the participants meet in person, and unknown if
// the vendor does not say how they meet. The number of the doctor is an identifier, as the API document does not say
// whether it is the one that clinicians are read by.
func (m Mapping) Encounter(c *snapcare.Consultation) (*fhir.Encounter, error) {
	return m.encounters().Resource(c)
}

// EncounterRecord returns the record that an encounter was mapped from, with what was edited since.
func (m Mapping) EncounterRecord(e *fhir.Encounter) (*snapcare.Consultation, error) {
	return m.encounters().Record(e)
}

func (m Mapping) encounters() mapping.Pair[snapcare.Consultation, *fhir.Encounter] {
	return mapping.Pair[snapcare.Consultation, *fhir.Encounter]{
		Kind: "snapcare/Consultation", FHIR: m.toEncounter, Vendor: m.fromEncounter,
		Extensions: func(e *fhir.Encounter) *[]fhir.Extension { return &e.Extension },
	}
}

func (m Mapping) toEncounter(c *snapcare.Consultation) (*fhir.Encounter, []string, error) {
	s := m.space()
	id := numberOf(c.ConsultationID)
	r := &fhir.Encounter{
		ID: s.ID(id), Meta: s.Meta(kindConsultation, id, c.UpdatedDate), Status: fhir.EncounterStatusUnknown,
		Subject: s.Reference("Patient", kindPatient, numberOf(c.PatientID),
			fullName(c.PatientName, c.PatientFirstName, c.PatientLastName)),
	}
	if id != "" {
		r.Identifier = []fhir.Identifier{s.Identifier(kindConsultation, id)}
	}
	doctor := &fhir.Reference{
		Type: "Practitioner", Display: fullName(c.AssignedDoctorName, c.AssignedDoctorFirstName, c.AssignedDoctorLastName),
	}
	if number := numberOf(c.AssignedDoctorID); number != "" {
		i := s.Identifier(kindDoctor, number)
		doctor.Identifier = &i
	}
	if doctor.Identifier != nil || doctor.Display != "" {
		r.Participant = []fhir.EncounterParticipant{{Individual: doctor}}
	}
	if a := s.Reference("Appointment", kindAppointment, mapping.Text(c.AppointmentID), ""); a != nil {
		r.Appointment = []fhir.Reference{*a}
	}
	if start := mapping.Instant(c.ConsultationTimeInfo); start != "" {
		r.Period = &fhir.Period{Start: start}
	}
	var unmapped []string
	class := ""
	if c.EncounterTypeCode != nil {
		var ok bool
		if class, ok = codes().FHIR("EncounterClass", c.EncounterTypeCode.String()); !ok {
			unmapped = append(unmapped, "encounterTypeCode")
		}
		r.Type = mapping.Concepts(s.System("encounter-type"), c.EncounterTypeCode.String(), "")
		if c.EncounterTypeCode.Misread() {
			r.Type = nil
		}
	}
	r.Class = &fhir.Coding{System: mapping.SystemActCode, Code: class}
	if class == "" {
		r.Class = &fhir.Coding{System: mapping.SystemNullFlavor, Code: "UNK"}
	}
	if c.Status != nil {
		status, ok := codes().FHIR("ConsultationStatus", c.Status.String())
		if ok {
			r.Status = fhir.EncounterStatus(status)
		} else {
			unmapped = append(unmapped, "status")
		}
	}
	return r, unmapped, nil
}

// fullName is the vendor's text of a name, or else its parts.
func fullName(text, given, family string) string {
	if text = mapping.Text(text); text != "" {
		return text
	}
	return mapping.Text(strings.TrimSpace(given + " " + family))
}

// shownConsultation is a consultation with the codes as the vendor writes them.
type shownConsultation struct {
	snapcare.Consultation
	Status string `json:"status,omitzero"`
}

func (m Mapping) fromEncounter(r *fhir.Encounter) any {
	s := m.space()
	c := &shownConsultation{Consultation: snapcare.Consultation{
		ConsultationID: number(s.IdentifierOf(r.Identifier, kindConsultation)), UpdatedDate: mapping.Changed(r.Meta),
		EncounterTypeCode: coded[snapcare.EncounterTypeCode](mapping.CodeOfFirst(r.Type, s.System("encounter-type"))),
	}}
	if r.Subject != nil {
		patient, _ := s.Referred(r.Subject, "Patient", kindPatient)
		c.PatientID, c.PatientName = number(patient), r.Subject.Display
	}
	if len(r.Participant) > 0 && r.Participant[0].Individual != nil {
		doctor := r.Participant[0].Individual
		c.AssignedDoctorName = doctor.Display
		if i := doctor.Identifier; i != nil && i.System == s.System(kindDoctor) {
			c.AssignedDoctorID = number(i.Value)
		}
	}
	if len(r.Appointment) > 0 {
		c.AppointmentID, _ = s.Referred(&r.Appointment[0], "Appointment", kindAppointment)
	}
	if r.Period != nil {
		c.ConsultationTimeInfo = mapping.AsSent(r.Period.Start)
	}
	c.Status, _ = codes().Vendor("ConsultationStatus", string(r.Status))
	return c
}
