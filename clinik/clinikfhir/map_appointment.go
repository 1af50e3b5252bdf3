package clinikfhir

import (
	"slices"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Appointment returns an appointment as FHIR. If it has a duration and no end, the end is computed.
func (m Mapping) Appointment(a *clinik.Appointment) (*fhir.Appointment, error) {
	return m.appointments().Resource(a)
}

// AppointmentRecord returns the record that an appointment was mapped from, with what was edited since.
func (m Mapping) AppointmentRecord(a *fhir.Appointment) (*clinik.Appointment, error) {
	return m.appointments().Record(a)
}

// AppointmentCreate returns the body of a call of Appointments.Create. It returns a [*caremux.ArgumentError] for an
// element that the call cannot send.
func (m Mapping) AppointmentCreate(a *fhir.Appointment) (*clinik.AppointmentCreate, error) {
	for i := range a.ReasonCode {
		if len(a.ReasonCode[i].Coding) > 0 {
			return nil, &caremux.ArgumentError{
				Operation: "Appointments.Create", Field: "reasonCode.coding", Rule: "cannot be set by this call, which takes text",
			}
		}
	}
	body := new(clinik.AppointmentCreate)
	if err := m.appointments().Create("Appointments.Create", a, body, "id"); err != nil {
		return nil, err
	}
	return body, nil
}

func (m Mapping) appointments() mapping.Pair[clinik.Appointment, *fhir.Appointment] {
	return mapping.Pair[clinik.Appointment, *fhir.Appointment]{
		Kind: "clinik/Appointment", FHIR: m.toAppointment, Vendor: m.fromAppointment,
		Extensions: func(a *fhir.Appointment) *[]fhir.Extension { return &a.Extension },
	}
}

// statuses are those that FHIR has.
var statuses = []fhir.AppointmentStatus{
	fhir.AppointmentStatusProposed, fhir.AppointmentStatusPending, fhir.AppointmentStatusBooked, fhir.AppointmentStatusArrived,
	fhir.AppointmentStatusFulfilled, fhir.AppointmentStatusCancelled, fhir.AppointmentStatusNoshow,
	fhir.AppointmentStatusEnteredInError, fhir.AppointmentStatusCheckedIn, fhir.AppointmentStatusWaitlist,
}

func (m Mapping) toAppointment(a *clinik.Appointment) (*fhir.Appointment, []string, error) {
	s := m.space()
	r := &fhir.Appointment{
		ID: s.ID(a.ID), Meta: s.Meta(kindAppointment, a.ID, caremux.Time{}), Status: fhir.AppointmentStatus(a.Status),
		Start: mapping.Instant(a.Start), End: mapping.Instant(a.End), Created: mapping.Instant(a.Created),
		AppointmentType: mapping.Concept("", "", a.AppointmentType), ServiceType: mapping.Concepts("", "", a.ServiceType),
		ServiceCategory: mapping.Concepts("", "", a.ServiceCategory), Specialty: mapping.Concepts("", "", a.Specialty),
		ReasonCode: reason(a.ReasonCode), CancelationReason: mapping.Concept("", "", a.CancelationReason),
		Description: mapping.Text(a.Description), Comment: mapping.Text(a.Comment),
		PatientInstruction: mapping.Text(a.PatientInstruction),
	}
	var unmapped []string
	if !slices.Contains(statuses, r.Status) {
		if a.Status != "" {
			unmapped = append(unmapped, "status")
		}
		r.Status = fhir.AppointmentStatusProposed // the weakest, as there must be one
	}
	if a.ID != "" {
		r.Identifier = []fhir.Identifier{s.Identifier(kindAppointment, a.ID)}
	}
	if a.MinutesDuration != nil && *a.MinutesDuration > 0 {
		r.MinutesDuration = a.MinutesDuration
	}
	if a.Priority != nil && *a.Priority >= 0 {
		r.Priority = a.Priority
	}
	if minutes := r.MinutesDuration; minutes != nil && r.Start != "" && !a.End.Known() {
		r.End = mapping.Moment(a.Start.Add(time.Duration(*minutes) * time.Minute))
	}
	if order := s.Reference("ServiceRequest", kindRequest, mapping.Text(a.BasedOnID), ""); order != nil {
		r.BasedOn = []fhir.Reference{*order}
	}
	r.RequestedPeriod = periods(a.RequestedPeriod)
	for _, p := range []struct{ resource, kind, id string }{
		{"Patient", kindPatient, a.PatientID}, {"Practitioner", kindPractitioner, a.PractitionerID},
	} {
		actor := s.Reference(p.resource, p.kind, mapping.Text(p.id), "")
		r.Participant = append(r.Participant, mapping.Participant(actor, fhir.ParticipationStatusAccepted)...)
	}
	return r, unmapped, mapping.Complete(r)
}

// periods returns the periods of which a begin or an end is known.
func periods(list []clinik.Period) (known []fhir.Period) {
	for _, p := range list {
		if period := (fhir.Period{Start: mapping.Instant(p.Start), End: mapping.Instant(p.End)}); period.Start != "" || period.End != "" {
			known = append(known, period)
		}
	}
	return known
}

// reason returns a code as a concept.
func reason(c clinik.Code) []fhir.CodeableConcept {
	codings, text := c.Concept()
	r := fhir.CodeableConcept{Text: mapping.Text(text)}
	for _, coding := range codings {
		if code := mapping.Code(coding.Code); code != "" {
			r.Coding = append(r.Coding, fhir.Coding{
				System: mapping.Text(coding.System), Code: code, Display: mapping.Text(coding.Display),
			})
		}
	}
	if r.Text == "" && r.Coding == nil {
		return nil
	}
	return []fhir.CodeableConcept{r}
}

// reasonOf returns the code of the first concept.
func reasonOf(list []fhir.CodeableConcept) clinik.Code {
	if len(list) == 0 {
		return clinik.Code{}
	}
	if first := list[0]; len(first.Coding) > 0 {
		c := first.Coding[0]
		return clinik.Coded(c.System, c.Code, c.Display)
	}
	return clinik.Text(list[0].Text)
}

func (m Mapping) fromAppointment(r *fhir.Appointment) any {
	s := m.space()
	a := &clinik.Appointment{
		ID: s.IdentifierOf(r.Identifier, kindAppointment), Status: clinik.AppointmentStatus(r.Status),
		PatientID: s.Actor(r, "Patient", kindPatient), PractitionerID: s.Actor(r, "Practitioner", kindPractitioner),
		Start: mapping.AsSent(r.Start), End: mapping.AsSent(r.End), Created: mapping.AsSent(r.Created),
		MinutesDuration: r.MinutesDuration, Priority: r.Priority,
		AppointmentType: mapping.TextOf(r.AppointmentType), ServiceType: mapping.TextOfFirst(r.ServiceType),
		ServiceCategory: mapping.TextOfFirst(r.ServiceCategory), Specialty: mapping.TextOfFirst(r.Specialty),
		ReasonCode: reasonOf(r.ReasonCode), CancelationReason: mapping.TextOf(r.CancelationReason),
		Description: r.Description, Comment: r.Comment, PatientInstruction: r.PatientInstruction,
	}
	if len(r.BasedOn) > 0 {
		a.BasedOnID, _ = s.Referred(&r.BasedOn[0], "ServiceRequest", kindRequest)
	}
	for _, p := range r.RequestedPeriod {
		a.RequestedPeriod = append(a.RequestedPeriod, clinik.Period{Start: mapping.AsSent(p.Start), End: mapping.AsSent(p.End)})
	}
	return a
}
