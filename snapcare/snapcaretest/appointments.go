package snapcaretest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux/snapcare"
)

type appointment struct {
	id                 string
	patient, clinician *person
	participants       []any // as shown
	block              *block
	span               span
	status             snapcare.AppointmentStatusCode
	body               object // what was sent
}

func (sp span) overlaps(other span) bool {
	return sp.start.Before(other.end) && other.start.Before(sp.end)
}

func (a *appointment) open() bool {
	return a.status != snapcare.AppointmentStatusCodeCancelledByPatient && a.status != snapcare.AppointmentStatusCodeCancelledByProvider
}

// seen reports whether the caller may see and change the appointment.
func (c *call) seen(a *appointment) bool { return !c.isPatient() || a.patient.ofCaller }

// appointment finds the one that the path names, nil if the caller has none such.
func (s *Server) appointment(c *call) *appointment {
	for _, a := range s.appointments {
		if strings.EqualFold(a.id, c.Path["appointmentId"]) && c.seen(a) {
			return a
		}
	}
	return nil
}

// shownAppointment returns an appointment as the vendor shows it. Version 3 names the status, version 2.1 numbers it.
func (s *Server) shownAppointment(a *appointment, v3 bool) object {
	row := object{
		"appointmentId": a.id, "patientId": a.patient.Number, "clinicianId": a.clinician.Number, "participants": a.participants,
		"availabilityBlockId": a.block.id, "dismissed": false, "waiveFee": false, "serviceTypeName": "Self-Scheduling",
	}
	for _, name := range []string{"waiveFee", "patientQueueId", "appointmentTypeCode", "encounterTypeCode", "intakeMetadata",
		"paymentRequisites", "where", "serviceTypeId"} {
		if value, ok := a.body[name]; ok {
			row[name] = value
		}
	}
	if use, ok := a.body["whereUse"].(float64); ok {
		row["whereUse"] = strconv.Itoa(int(use)) // a number in requests, a string in responses
	}
	row["appointmentStatusCode"] = int(a.status)
	if v3 {
		row["appointmentStatusCode"] = statusNames[a.status]
	}
	s.show(row, a.span)
	return row
}

var statusNames = map[snapcare.AppointmentStatusCode]string{
	snapcare.AppointmentStatusCodeScheduled:           "Scheduled",
	snapcare.AppointmentStatusCodeCancelledByPatient:  "CancelledByPatient",
	snapcare.AppointmentStatusCodeCancelledByProvider: "CancelledByProvider",
}

// book fills an appointment from the body of a call of version 3, or says why that cannot be.
func (s *Server) book(c *call, a *appointment) error {
	return s.bookAt(c, a, func(name, text string) (time.Time, error) { return s.readLocal(c, name, text, s.zone) })
}

// bookAt is book with a way to read times.
func (s *Server) bookAt(c *call, a *appointment, read func(name, text string) (time.Time, error)) error {
	body := c.object()
	next := *a
	next.body = body // all of it: what a change leaves out is gone, apart from the block and the times
	var err error
	if next.span, err = s.readSpan(c, body, a.span, read); err != nil {
		return err
	}
	if !next.span.start.After(s.clock.Now()) {
		return rejected("Appointment time should be set in the future")
	}
	if err := s.takePart(&next, body); err != nil {
		return err
	}
	if c.isPatient() && !next.patient.ofCaller {
		return rejected("The patient is not the current user or an authorized dependent")
	}
	if n, _ := body["serviceTypeId"].(float64); n <= 0 {
		return rejected("Service type is required")
	}
	if id, ok := body["availabilityBlockId"].(string); ok {
		if next.block = s.block(id); next.block == nil {
			return unknown("Availability block")
		}
	}
	if next.block == nil {
		return rejected("The availability block is required")
	}
	if err := s.fits(c, &next, a.id); err != nil {
		return err
	}
	*a = next
	return nil
}

// takePart reads the participants: one patient and one clinician.
func (s *Server) takePart(a *appointment, body object) error {
	list, _ := body["participants"].([]any)
	a.patient, a.clinician, a.participants = nil, nil, nil
	for _, one := range list {
		in, _ := one.(object)
		id, _ := in["personId"].(string)
		p := s.personByID(id)
		if p == nil {
			return unknown("Person " + id)
		}
		code, attendance := 1, in["attendenceCode"]
		if p.clinician {
			code, a.clinician = 2, p
		} else {
			a.patient = p
		}
		if given, ok := in["participantTypeCode"].(float64); !ok || int(given) != code {
			return rejected("The participant type code does not fit the person")
		}
		if attendance == nil {
			attendance = 1
		}
		a.participants = append(a.participants, object{"participantId": s.newID(), "person": p.row, "status": 1,
			"attendenceCode": attendance, "personId": p.ID, "participantTypeCode": code})
	}
	if len(list) != 2 || a.patient == nil || a.clinician == nil {
		return rejected("Exactly one patient and one clinician should be provided")
	}
	return nil
}

// fits looks for room in the block.
func (s *Server) fits(c *call, a *appointment, self string) error {
	b := a.block
	switch {
	case b.clinician != a.clinician:
		return rejected("The availability block is not of the clinician")
	case !b.is("isAvailable"):
		return rejected("The availability block is not available")
	case c.isPatient() && !b.is("allowSelfAppt"):
		return rejected("The availability block does not allow self-scheduling")
	case !c.isPatient() && !b.is("allowProviderAppt"):
		return rejected("The availability block does not allow scheduling by the provider")
	case a.span.start.Before(b.span.start) || a.span.end.After(b.span.end):
		return rejected("Appointment time is outside of the availability block")
	case b.double():
		return nil
	}
	for _, other := range s.appointments { // also those of another block, which may overlap
		if other.clinician == a.clinician && other.id != self && other.open() && other.span.overlaps(a.span) {
			return rejected("The time is already booked")
		}
	}
	return nil
}

func (s *Server) handleAppointments() {
	s.handleOlderAppointments()
	for _, who := range []string{"Admin", "Patient"} {
		s.handle("Appointments_"+who+"List", func(c *call) (any, error) { return s.listV3(c) })
		s.handle("Appointments_"+who+"Create", func(c *call) (any, error) {
			a := &appointment{id: s.newID(), status: snapcare.AppointmentStatusCodeScheduled}
			if err := s.book(c, a); err != nil {
				return nil, err
			}
			s.appointments = append(s.appointments, a)
			return s.shownAppointment(a, true), nil
		})
		s.handle("Appointments_"+who+"Replace", func(c *call) (any, error) {
			a := s.appointment(c)
			if a == nil {
				return nil, unknown("Appointment")
			}
			if !a.open() {
				return nil, rejected("The appointment is cancelled")
			}
			if err := s.book(c, a); err != nil {
				return nil, err
			}
			return s.shownAppointment(a, true), nil
		})
		s.handle("Appointments_"+who+"Delete", func(c *call) (any, error) {
			a := s.appointment(c)
			if a == nil || !a.open() {
				return nil, unknown("Appointment")
			}
			s.cancel(c, a)
			return nil, nil
		})
	}
	get := func(c *call) (any, error) {
		a := s.appointment(c)
		if a == nil {
			return nil, notFound("Appointment")
		}
		return listEnvelope(s.shownAppointment(a, false)), nil
	}
	s.handle("Appointments_GetForClinician", get)
	s.handle("Appointments_GetForPatient", get)
	search := func(c *call) (any, error) {
		f := filter{prefix: "req."}
		f.from, _ = time.Parse(time.RFC3339Nano, c.Query.Get("req.startDate"))
		f.to, _ = time.Parse(time.RFC3339Nano, c.Query.Get("req.endDate"))
		row := func(a *appointment) object { return s.shownAppointment(a, false) }
		return page(c, s.filtered(c, f), "req.skip", "req.take", row), nil
	}
	s.handle("Appointments_ListForClinician", search)
	s.handle("Appointments_SearchForPatient", search)
}

// listV3 returns the appointments of the next 30 days, or of the days that are requested.
func (s *Server) listV3(c *call) (any, error) {
	f := filter{from: s.clock.Now()}
	var err error
	if text := c.Query.Get("startDate"); text != "" {
		if f.from, err = s.readLocal(c, "startDate", text, s.zone); err != nil {
			return nil, err
		}
	}
	f.to = f.from.AddDate(0, 0, 30)
	if text := c.Query.Get("endDate"); text != "" {
		if f.to, err = s.readLocal(c, "endDate", text, s.zone); err != nil {
			return nil, err
		}
	}
	found := s.filtered(c, f)
	order := func(a, b *appointment) int { return a.span.start.Compare(b.span.start) }
	switch snapcare.SortField(c.Query.Get("sortOrderFields[0].name")) {
	case "patient":
		order = func(a, b *appointment) int { return cmp.Compare(a.patient.name(), b.patient.name()) }
	case "provider":
		order = func(a, b *appointment) int { return cmp.Compare(a.clinician.name(), b.clinician.name()) }
	}
	slices.SortStableFunc(found, order)
	if direction, _ := c.number("sortOrderFields[0].direction"); direction == 2 {
		slices.Reverse(found)
	}
	rows := []any{}
	for _, a := range found {
		rows = append(rows, s.shownAppointment(a, true))
	}
	return rows, nil
}

// filter says which appointments a list has. A zero time means no limit.
type filter struct {
	prefix   string // of the parameters
	from, to time.Time
}

// during reports whether a part of the appointment is in the time of the filter.
func (f filter) during(a *appointment) bool {
	return (f.from.IsZero() || a.span.end.After(f.from)) && (f.to.IsZero() || a.span.start.Before(f.to))
}

func (s *Server) filtered(c *call, f filter) []*appointment {
	code := func(a *appointment, name string) int {
		n, _ := a.body[name].(float64)
		return int(n)
	}
	statuses, kinds, encounters := c.numbers(f.prefix+"appointmentStatusCodes"), c.numbers(f.prefix+"appointmentTypeCodes"),
		c.numbers(f.prefix+"encounterTypeCodes")
	clinicians, patients := c.numbers(f.prefix+"clinicianIds"), c.numbers(f.prefix+"patientIds")
	name := strings.ToLower(c.Query.Get("patientOrPhysicianNameFilter"))
	dependents := c.Query.Get(f.prefix+"includePatientDependents") == "true"
	var found []*appointment
	for _, a := range s.appointments {
		own := !c.isPatient() || dependents || a.patient == s.people[0] || len(patients) > 0
		if c.seen(a) && own && f.during(a) &&
			oneOf(statuses, int(a.status)) && oneOf(kinds, code(a, "appointmentTypeCode")) &&
			oneOf(encounters, code(a, "encounterTypeCode")) &&
			oneOf(clinicians, a.clinician.Number) && oneOf(patients, a.patient.Number) &&
			(name == "" || strings.Contains(strings.ToLower(a.patient.name()+"\n"+a.clinician.name()), name)) {
			found = append(found, a)
		}
	}
	return found
}
