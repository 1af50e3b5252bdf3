package snapfhir

import (
	"encoding/json"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/snapcare"
)

// participantKind keeps what FHIR has no place for with each participant, so that it moves with it.
const participantKind mapping.Kind = "snapcare/AppointmentParticipant"

// Appointment returns an appointment as FHIR.
func (m Mapping) Appointment(a *snapcare.Appointment) (*fhir.Appointment, error) {
	return m.appointments().Resource(a)
}

// AppointmentRecord returns the record that an appointment was mapped from, with what was edited since.
func (m Mapping) AppointmentRecord(a *fhir.Appointment) (*snapcare.Appointment, error) {
	return m.appointments().Record(a)
}

// AppointmentCreate returns the body of a call that books an appointment. Slot refers to the availability block by its
// identifier, and participants to persons as [Mapping.PatientReference] does. It returns a [*caremux.ArgumentError] for
// an element that the call cannot send, and for times in the hour that clocks repeat.
func (m Mapping) AppointmentCreate(a *fhir.Appointment) (*snapcare.AppointmentCreate, error) {
	const operation = "Appointments.AdminCreate"
	refuse := func(field, rule string) (*snapcare.AppointmentCreate, error) {
		return nil, &caremux.ArgumentError{Operation: operation, Field: field, Rule: rule}
	}
	switch a.Status {
	case fhir.AppointmentStatusProposed, fhir.AppointmentStatusPending, fhir.AppointmentStatusBooked:
		booked := *a
		booked.Status = fhir.AppointmentStatusBooked // as it becomes
		a = &booked
	default:
		return refuse("status", "must be proposed, pending or booked")
	}
	record, err := m.appointments().Checked(operation, a)
	if err != nil {
		return nil, err
	}
	body := new(snapcare.AppointmentCreate)
	err = mapping.Input(operation, record, body, "appointmentId", "patientId", "clinicianId", "appointmentStatusCode",
		"startTime", "endTime", "zonedTime", "serviceTypeName", "whereUse", "participants.participantId", "participants.person",
		"participants.status", "consultationId", "proxyUserId", "dismissed", "dismissedReason", "appointmentFlag",
		"patientQueueState", "patientQueueConnected", "patientQueueConnectionTime", "patientQueueOwnerUserId", "onDemandRequestId")
	if err != nil {
		return nil, err
	}
	if body.WhereUse = number(record.WhereUse); body.WhereUse == nil && record.WhereUse != "" { // text in responses
		return refuse("whereUse", "must be a number")
	}
	body.ZonedTime = nil // it would win over the times of the resource
	start, end := mapping.Time(a.Start), mapping.Time(a.End)
	if !start.Known() || !end.Known() {
		return refuse("start", "and end are required")
	}
	body.StartTime, body.EndTime = snapcare.NewLocalTime(start.Time, m.Zone), snapcare.NewLocalTime(end.Time, m.Zone)
	if m.Zone != nil && (body.StartTime.Ambiguous() || body.EndTime.Ambiguous()) {
		return refuse("start", "and end must not be in the hour that clocks repeat; book with snapcare.NewZonedTime")
	}
	return body, nil
}

// PatientReference refers to a patient as AppointmentCreate needs it: with the GUID of the person.
func (m Mapping) PatientReference(p *fhir.Patient) *fhir.Reference {
	s := m.space()
	return m.reference("Patient", s.IdentifierOf(p.Identifier, kindPatient), s.IdentifierOf(p.Identifier, kindPerson), "")
}

// PractitionerReference refers to a clinician as AppointmentCreate needs it: with the GUID of the person.
func (m Mapping) PractitionerReference(p *fhir.Practitioner) *fhir.Reference {
	s := m.space()
	return m.reference("Practitioner", s.IdentifierOf(p.Identifier, kindClinician), s.IdentifierOf(p.Identifier, kindPerson), "")
}

func (m Mapping) reference(resourceType, number, personID, display string) *fhir.Reference {
	r := &fhir.Reference{Type: resourceType, Display: display}
	if number != "" {
		r.Reference = resourceType + "/" + m.space().ID(number)
	}
	if personID != "" {
		i := m.space().Identifier(kindPerson, personID)
		r.Identifier = &i
	}
	return r
}

func (m Mapping) appointments() mapping.Pair[snapcare.Appointment, *fhir.Appointment] {
	return mapping.Pair[snapcare.Appointment, *fhir.Appointment]{
		Kind: "snapcare/Appointment", FHIR: m.toAppointment, Vendor: m.fromAppointment,
		Extensions: func(a *fhir.Appointment) *[]fhir.Extension { return &a.Extension },
	}
}

func (m Mapping) toAppointment(a *snapcare.Appointment) (*fhir.Appointment, []string, error) {
	s := m.space()
	r := &fhir.Appointment{
		ID: s.ID(a.AppointmentID), Meta: s.Meta(kindAppointment, a.AppointmentID, caremux.Time{}),
		Start: mapping.Instant(a.StartTime), End: mapping.Instant(a.EndTime),
		ServiceType: mapping.Concepts(s.System(kindService), numberOf(a.ServiceTypeID), a.ServiceTypeName),
	}
	if a.AppointmentID != "" {
		r.Identifier = append(r.Identifier, s.Identifier(kindAppointment, a.AppointmentID))
	}
	if block := mapping.Text(a.AvailabilityBlockID); block != "" {
		i := s.Identifier(kindBlock, block)
		r.Slot = []fhir.Reference{{Type: "Slot", Identifier: &i}}
	}
	var unmapped []string
	var ok bool
	r.Status = fhir.AppointmentStatusProposed
	if a.AppointmentStatusCode != nil {
		if r.Status, ok = codes().Status(a.AppointmentStatusCode.String()); !ok {
			unmapped = append(unmapped, "appointmentStatusCode")
		}
	}
	if a.EncounterTypeCode != nil {
		if r.Extension, ok = codes().Mode(a.EncounterTypeCode.String()); !ok {
			unmapped = append(unmapped, "encounterTypeCode")
		}
	}
	if a.AppointmentTypeCode != nil && !a.AppointmentTypeCode.Misread() {
		r.AppointmentType = mapping.Concept(s.System(kindType), a.AppointmentTypeCode.String(), "")
	}
	if a.IntakeMetadata != nil {
		r.Comment = mapping.Text(a.IntakeMetadata.AdditionalNotes)
		r.ReasonCode = m.reasons(a.IntakeMetadata.Concerns)
	}
	var err error
	if r.Participant, err = m.participants(a); err != nil {
		return nil, nil, err
	}
	return r, unmapped, mapping.Complete(r)
}

// reasons are the concerns of a visit.
func (m Mapping) reasons(concerns []snapcare.Concern) []fhir.CodeableConcept {
	var list []fhir.CodeableConcept
	for _, c := range concerns {
		if c.CustomCode != nil {
			list = append(list, mapping.Concepts(m.space().System(kindConcern), numberOf(c.CustomCode.Code), c.CustomCode.Description)...)
		}
	}
	return list
}

func (m Mapping) participants(a *snapcare.Appointment) ([]fhir.AppointmentParticipant, error) {
	var list []fhir.AppointmentParticipant
	for i := range a.Participants {
		p := &a.Participants[i]
		id, display := p.PersonID, ""
		if p.Person != nil {
			if id == "" {
				id = p.Person.ID
			}
			if n := p.Person.Name; n != nil {
				display = mapping.Text(strings.TrimSpace(n.Given + " " + n.Family))
			}
		}
		r := fhir.AppointmentParticipant{Status: fhir.ParticipationStatusAccepted}
		var unmapped []string
		switch {
		case p.ParticipantTypeCode != nil && *p.ParticipantTypeCode == snapcare.ParticipantTypeCodePatient:
			r.Actor = m.reference("Patient", numberOf(a.PatientID), mapping.Text(id), display)
		case p.ParticipantTypeCode != nil && *p.ParticipantTypeCode == snapcare.ParticipantTypeCodePractitioner:
			r.Actor = m.reference("Practitioner", numberOf(a.ClinicianID), mapping.Text(id), display)
		default:
			r.Actor = m.reference("RelatedPerson", "", mapping.Text(id), display)
		}
		if p.AttendanceCode != nil {
			required, ok := codes().FHIR("Attendance", p.AttendanceCode.String())
			r.Required = fhir.AppointmentParticipantRequired(required)
			if !ok {
				unmapped = append(unmapped, "attendenceCode")
			}
		}
		raw, err := mapping.Sent(p)
		if err != nil {
			return nil, err
		}
		if r.Extension, err = participantKind.Keep(raw, m.shownParticipant(&r), unmapped...); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// participant is an AppointmentParticipant as the vendor writes it.
type participant struct {
	PersonID            string `json:"personId,omitzero"`
	AttendanceCode      *int   `json:"attendenceCode,omitzero"`
	ParticipantTypeCode *int   `json:"participantTypeCode,omitzero"`
}

func (m Mapping) shownParticipant(r *fhir.AppointmentParticipant) participant {
	var p participant
	if r.Actor == nil {
		return p
	}
	if i := r.Actor.Identifier; i != nil && i.System == m.space().System(kindPerson) {
		p.PersonID = i.Value
	}
	switch typeOf(r.Actor) {
	case "Patient":
		p.ParticipantTypeCode = new(int(snapcare.ParticipantTypeCodePatient))
	case "Practitioner":
		p.ParticipantTypeCode = new(int(snapcare.ParticipantTypeCodePractitioner))
	}
	switch r.Required {
	case fhir.AppointmentParticipantRequiredRequired:
		p.AttendanceCode = new(int(snapcare.AttendanceCodeRequired))
	case fhir.AppointmentParticipantRequiredOptional:
		p.AttendanceCode = new(int(snapcare.AttendanceCodeOptional))
	}
	return p
}

func typeOf(r *fhir.Reference) string {
	if before, _, ok := strings.Cut(r.Reference, "/"); ok {
		return before
	}
	return r.Type
}

// shownAppointment is an appointment with the codes and participants as the vendor writes them.
type shownAppointment struct {
	snapcare.Appointment
	AppointmentStatusCode string            `json:"appointmentStatusCode,omitzero"`
	Participants          []json.RawMessage `json:"participants,omitzero"`
}

func (m Mapping) fromAppointment(r *fhir.Appointment) any {
	s := m.space()
	a := &shownAppointment{Appointment: snapcare.Appointment{
		AppointmentID: s.IdentifierOf(r.Identifier, kindAppointment),
		StartTime:     mapping.AsSent(r.Start), EndTime: mapping.AsSent(r.End),
		ServiceTypeID:   number(mapping.CodeOfFirst(r.ServiceType, s.System(kindService))),
		ServiceTypeName: mapping.TextOfFirst(r.ServiceType),
	}}
	if len(r.Slot) > 0 && r.Slot[0].Identifier != nil && r.Slot[0].Identifier.System == s.System(kindBlock) {
		a.AvailabilityBlockID = r.Slot[0].Identifier.Value
	}
	a.AppointmentStatusCode, _ = codes().Vendor("AppointmentStatus", string(r.Status))
	a.EncounterTypeCode = coded[snapcare.EncounterTypeCode](codes().ModeOf(r))
	a.AppointmentTypeCode = coded[snapcare.AppointmentTypeCode](mapping.CodeOf(r.AppointmentType, s.System(kindType)))
	if intake := m.intake(r); intake.Concerns != nil || intake.AdditionalNotes != "" {
		a.IntakeMetadata = &intake
	}
	for i := range r.Participant {
		p := &r.Participant[i]
		a.PatientID, a.ClinicianID = m.number(p, "Patient", a.PatientID), m.number(p, "Practitioner", a.ClinicianID)
		shown := m.shownParticipant(p)
		if kept, err := participantKind.RestoreJSON(shown, p.Extension); err == nil && string(kept) != "{}" {
			a.Participants = append(a.Participants, kept)
		}
	}
	return a
}

func (m Mapping) intake(r *fhir.Appointment) snapcare.IntakeMetadata {
	intake := snapcare.IntakeMetadata{AdditionalNotes: r.Comment}
	for i := range r.ReasonCode {
		code := snapcare.CustomCode{
			Code:        number(mapping.CodeOf(&r.ReasonCode[i], m.space().System(kindConcern))),
			Description: r.ReasonCode[i].Text,
		}
		intake.Concerns = append(intake.Concerns, snapcare.Concern{IsPrimary: new(i == 0), CustomCode: &code})
	}
	return intake
}

// number returns the number of the patient or clinician whom a participant refers to, unless there is one already.
func (m Mapping) number(p *fhir.AppointmentParticipant, resourceType string, have *int) *int {
	if have != nil || p.Actor == nil {
		return have
	}
	id, ok := strings.CutPrefix(p.Actor.Reference, resourceType+"/")
	if !ok {
		return nil
	}
	record, _ := m.space().Record(id)
	return number(record)
}

// coded returns the code of a name, nil for none.
func coded[T any](name string) *T {
	code := new(T)
	if text, err := json.Marshal(name); name == "" || err != nil || json.Unmarshal(text, code) != nil {
		return nil
	}
	if c, ok := any(*code).(interface{ Misread() bool }); ok && c.Misread() {
		return nil
	}
	return code
}
