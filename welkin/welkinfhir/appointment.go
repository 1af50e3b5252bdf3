package welkinfhir

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// participantKind keeps what FHIR has no place for with each participant, so that it moves with it.
const participantKind mapping.Kind = "welkin/CalendarParticipant"

// Appointment returns a calendar event as FHIR. Start and end have the offset of the event's local times, if it has
// them.
func (m Mapping) Appointment(e *welkin.CalendarEvent) (*fhir.Appointment, error) {
	return m.appointments().Resource(e)
}

// AppointmentRecord returns the record that an appointment was mapped from, with what was edited since.
func (m Mapping) AppointmentRecord(a *fhir.Appointment) (*welkin.CalendarEvent, error) {
	return m.appointments().Record(a)
}

// AppointmentCreate returns the body of a call that creates a calendar event. The practitioner who hosts it is the
// participant of the type PPRF (primary performer) of HL7's ParticipationType, or the only practitioner. It returns a
// [*caremux.ArgumentError] for an element that the call cannot send.
func (m Mapping) AppointmentCreate(a *fhir.Appointment) (*welkin.CalendarEventCreate, error) {
	if start, end := mapping.Time(a.Start), mapping.Time(a.End); a.MinutesDuration != nil &&
		end.Sub(start.Time) != time.Duration(*a.MinutesDuration)*time.Minute {
		return nil, &caremux.ArgumentError{
			Operation: "CalendarEvents.Create", Field: "minutesDuration", Rule: "must be the time from start to end",
		}
	}
	body := new(welkin.CalendarEventCreate)
	err := m.appointments().Create("CalendarEvents.Create", a, body, "id", "createdAt", "updatedAt", "createdBy", "updatedBy",
		"externalIdUpdatedAt", "localStartDateTime", "localEndDateTime", "duration", "participants.id",
		"participants.participationStatus", "participants.firstName", "participants.lastName", "participants.birthDate",
		"participants.deleted", "participants.email", "participants.enabled", "participants.gender", "participants.hasAccess",
		"participants.phone", "participants.timezone")
	if err != nil {
		return nil, err
	}
	return body, nil
}

func (m Mapping) appointments() mapping.Pair[welkin.CalendarEvent, *fhir.Appointment] {
	return mapping.Pair[welkin.CalendarEvent, *fhir.Appointment]{
		Kind: "welkin/CalendarEvent", FHIR: m.toAppointment, Vendor: m.fromAppointment,
		Extensions: func(a *fhir.Appointment) *[]fhir.Extension { return &a.Extension },
	}
}

func (m Mapping) toAppointment(e *welkin.CalendarEvent) (*fhir.Appointment, []string, error) {
	s := m.space()
	a := &fhir.Appointment{
		ID: s.ID(e.ID), Meta: s.Meta(kindEvent, e.ID, e.UpdatedAt),
		Identifier:  identifiers(s, kindEvent, e.ID, e.ExternalID),
		Description: mapping.Text(e.EventTitle), Comment: mapping.Text(e.EventDescription),
		Created: mapping.Instant(e.CreatedAt),
		Start:   mapping.Instant(e.StartDateTime), End: mapping.Instant(e.EndDateTime),
		AppointmentType: mapping.Concept(s.System("eventType"), string(e.EventType), ""),
	}
	if local := mapping.Instant(e.LocalStartDateTime); local != "" && e.LocalStartDateTime.Equal(e.StartDateTime.Time) {
		a.Start = local
	}
	if local := mapping.Instant(e.LocalEndDateTime); local != "" && e.LocalEndDateTime.Equal(e.EndDateTime.Time) {
		a.End = local
	}
	if e.Duration != nil && *e.Duration > 0 && *e.Duration%60 == 0 {
		a.MinutesDuration = new(int(*e.Duration / 60))
	}
	var unmapped []string
	var ok bool
	if a.Status, ok = codes().Status(string(e.EventStatus)); !ok {
		unmapped = append(unmapped, "eventStatus")
	}
	if a.Extension, ok = codes().Mode(string(e.EventMode)); !ok {
		unmapped = append(unmapped, "eventMode")
	}
	hosted := false
	for i := range e.Participants {
		p, err := m.participant(&e.Participants[i], e.HostID)
		if err != nil {
			return nil, nil, err
		}
		hosted = hosted || len(p.Type) > 0
		a.Participant = append(a.Participant, p)
	}
	if !hosted { // the host is a participant even if the list does not say so
		host := s.Reference("Practitioner", kindUser, e.HostID, "")
		a.Participant = append(a.Participant, mapping.Participant(host, fhir.ParticipationStatusAccepted, mapping.PrimaryPerformer)...)
	}
	return a, unmapped, mapping.Complete(a)
}

// identifiers are the vendor's id of a record and that of another system.
func identifiers(s mapping.Space, kind, id, external string) []fhir.Identifier {
	var list []fhir.Identifier
	if id != "" {
		list = append(list, s.Identifier(kind, id))
	}
	if external = mapping.Text(external); external != "" {
		list = append(list, s.Identifier(kind+"/externalId", external))
	}
	return list
}

func (m Mapping) participant(p *welkin.CalendarParticipant, host string) (fhir.AppointmentParticipant, error) {
	s := m.space()
	name := strings.TrimSpace(p.FirstName + " " + p.LastName)
	r := fhir.AppointmentParticipant{Status: fhir.ParticipationStatusNeedsAction}
	switch p.ParticipantRole {
	case welkin.ParticipantRolePatient:
		r.Actor = s.Reference("Patient", kindPatient, p.ParticipantID, mapping.Text(name))
	case welkin.ParticipantRolePsm:
		r.Actor = s.Reference("Practitioner", kindUser, p.ParticipantID, mapping.Text(name))
		if p.ParticipantID == host && host != "" {
			r.Type = mapping.Concepts(mapping.SystemParticipation, mapping.PrimaryPerformer, "")
		}
	}
	if r.Actor == nil {
		r.Actor = &fhir.Reference{Display: "not named by the vendor"}
	}
	var unmapped []string
	if status, ok := codes().FHIR("ParticipationStatus", p.ParticipationStatus); ok {
		r.Status = fhir.ParticipationStatus(status)
	} else if p.ParticipationStatus != "" {
		unmapped = append(unmapped, "participationStatus")
	}
	raw, err := mapping.Sent(p)
	if err != nil {
		return r, err
	}
	shown, _ := m.fromParticipant(&r)
	r.Extension, err = participantKind.Keep(raw, shown, unmapped...)
	return r, err
}

// fromParticipant returns the participant that the FHIR fields show, false if they show none of Welkin's.
func (m Mapping) fromParticipant(r *fhir.AppointmentParticipant) (*welkin.CalendarParticipant, bool) {
	s := m.space()
	p := &welkin.CalendarParticipant{}
	ok := false
	if p.ParticipantID, ok = s.Referred(r.Actor, "Patient", kindPatient); ok {
		p.ParticipantRole = welkin.ParticipantRolePatient
	} else if p.ParticipantID, ok = s.Referred(r.Actor, "Practitioner", kindUser); ok {
		p.ParticipantRole = welkin.ParticipantRolePsm
	}
	p.ParticipationStatus, _ = codes().Vendor("ParticipationStatus", string(r.Status))
	return p, ok
}

// shownEvent is a calendar event whose participants are JSON, with all that is kept of them.
type shownEvent struct {
	welkin.CalendarEvent
	Participants []json.RawMessage `json:"participants,omitzero"`
}

func (m Mapping) fromAppointment(a *fhir.Appointment) any {
	s := m.space()
	e := &shownEvent{CalendarEvent: welkin.CalendarEvent{
		ID: s.IdentifierOf(a.Identifier, kindEvent), ExternalID: s.IdentifierOf(a.Identifier, kindEvent+"/externalId"),
		EventTitle: a.Description, EventDescription: a.Comment,
		CreatedAt: mapping.AsSent(a.Created), UpdatedAt: mapping.Changed(a.Meta),
		StartDateTime: mapping.Time(a.Start), EndDateTime: mapping.Time(a.End),
		LocalStartDateTime: mapping.AsSent(a.Start), LocalEndDateTime: mapping.AsSent(a.End),
		EventType: welkin.CalendarEventType(mapping.CodeOf(a.AppointmentType, s.System("eventType"))),
		EventMode: welkin.CalendarEventMode(codes().ModeOf(a)),
	}}
	if a.MinutesDuration != nil {
		e.Duration = new(int64(*a.MinutesDuration) * 60)
	}
	status, _ := codes().Vendor("AppointmentStatus", string(a.Status))
	e.EventStatus = welkin.CalendarEventStatus(status)
	var users []string
	for i := range a.Participant {
		r := &a.Participant[i]
		p, ok := m.fromParticipant(r)
		hosts := mapping.CodeOfFirst(r.Type, mapping.SystemParticipation) == mapping.PrimaryPerformer
		if ok && p.ParticipantRole == welkin.ParticipantRolePsm {
			users = append(users, p.ParticipantID)
			if hosts {
				e.HostID = p.ParticipantID
			}
		}
		if kept, err := participantKind.RestoreJSON(p, r.Extension); err == nil && (ok || len(r.Extension) > 0) {
			e.Participants = append(e.Participants, kept)
		}
	}
	if e.HostID == "" && len(users) == 1 {
		e.HostID = users[0]
	}
	return e
}
