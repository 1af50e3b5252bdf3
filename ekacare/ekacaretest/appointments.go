package ekacaretest

import (
	"slices"
	"time"

	"github.com/caremux/caremux/ekacare"
)

type appointment struct {
	id, partnerID string
	doctor        *doctor
	clinic        *clinic
	patient       *patient
	start, end    time.Time
	status        ekacare.AppointmentStatus
	tele          bool
	created       time.Time
	attributes    object
	meta          any
	notes         any
	previous      []string // those that it replaces
	next          string   // the one that replaces it

	prescription string // its id, empty without one
	entries      []ekacare.PrescriptionDetail
}

// visits are the appointments, and the slots that others have taken.
type visits struct {
	appointments []*appointment
	taken        map[slot]bool
}

// closed reports whether an appointment is over, one way or another.
func (a *appointment) closed() bool {
	switch a.status {
	case ekacare.AppointmentStatusCancelled, ekacare.AppointmentStatusRescheduled, ekacare.AppointmentStatusCompleted,
		ekacare.AppointmentStatusCompletedNoPrescription, ekacare.AppointmentStatusNoShow:
		return true
	}
	return false
}

// occupies reports whether nobody else gets the slot.
func (a *appointment) occupies() bool {
	return a.status != ekacare.AppointmentStatusCancelled && a.status != ekacare.AppointmentStatusRescheduled
}

// AddAppointment puts an appointment of a quarter of an hour into the server and returns Eka's id. It requires neither a free
// slot nor opening hours. A doctor, clinic or patient that the server does not know ends the test, or panics on a server of
// [Start].
func (s *Server) AddAppointment(d Doctor, c Clinic, p Patient, start time.Time) string {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &appointment{doctor: s.practice.doctor(d.ID), clinic: s.practice.clinic(c.ID), patient: s.patient(p.ID),
		start: start.Truncate(time.Second), end: start.Truncate(time.Second).Add(slotLength)}
	if a.doctor == nil || a.clinic == nil || a.patient == nil {
		s.core.Fatal("the doctor, the clinic or the patient is not known")
	}
	s.file(a)
	return a.id
}

// SetStatus sets a status of an appointment that no call sets, such as [ekacare.AppointmentStatusIN] of a follow-up that waits for
// confirmation. An unknown appointment ends the test, or panics on a server of [Start].
func (s *Server) SetStatus(appointmentID string, status ekacare.AppointmentStatus) {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.visits.find(appointmentID, false)
	if a == nil {
		s.core.Fatal("there is no appointment " + appointmentID)
	}
	a.status = status
}

// file keeps a new appointment.
func (s *Server) file(a *appointment) {
	a.id, a.created = s.newID("appointment"), s.clock()
	if a.status == "" {
		a.status = ekacare.AppointmentStatusBooked
	}
	s.visits.appointments = append(s.visits.appointments, a)
}

// find looks by Eka's id or by the partner's, which the newest of those that replace each other has too.
func (v *visits) find(id string, partner bool) *appointment {
	for _, a := range slices.Backward(v.appointments) {
		if !partner && a.id == id || partner && a.partnerID != "" && a.partnerID == id {
			return a
		}
	}
	return nil
}

// inOrder returns the appointments of a filter by their start.
func (v *visits) inOrder(f visitFilter) []*appointment {
	var found []*appointment
	for _, a := range v.appointments {
		if f.has(a) {
			found = append(found, a)
		}
	}
	slices.SortStableFunc(found, func(a, b *appointment) int { return a.start.Compare(b.start) })
	return found
}

// summary returns an appointment as lists have it.
func (a *appointment) summary() object {
	row := object{"appointment_id": a.id, "doctor_id": a.doctor.ID, "patient_id": a.patient.id, "clinic_id": a.clinic.ID,
		"channel": "partner", "status": a.status, "mode": "in_clinic",
		"created_at": a.created.Unix(), "start_time": a.start.Unix(), "end_time": a.end.Unix(),
		"partner_appointment_id": a.partnerID, "partner_doctor_id": a.doctor.PartnerID, "partner_clinic_id": a.clinic.PartnerID,
		"partner_patient_id": a.patient.partnerID}
	if a.tele {
		row["mode"] = "tele"
	}
	if a.prescription != "" {
		row["prescription_id"] = a.prescription
	}
	return row
}

// shown returns the whole appointment.
func (a *appointment) shown() object {
	row := a.summary()
	row["custom_attributes"] = a.attributes
	row["payment"] = object{"payment_id": nil, "payment_status": nil, "amount": nil}
	for name, value := range map[string]any{"partner_meta": a.meta, "notes": a.notes} {
		if value != nil {
			row[name] = value
		}
	}
	return row
}

func (s *Server) handleAppointments() {
	s.visits = visits{taken: map[slot]bool{}}
	s.handle("Appointments_Book", func(c *call) (any, error) {
		known := len(s.patients)
		a, err := s.book(c.object())
		if err != nil {
			return nil, err
		}
		if len(s.patients) > known {
			s.wrote(c, a.patient.id)
		}
		s.wrote(c, a.id)
		return object{"appointment_id": a.id}, nil
	})
	s.on("Appointments_Get", func(_ *call, a *appointment) (any, error) { return a.shown(), nil })
	s.handle("Appointments_List", s.listAppointments)
	s.handle("Appointments_ListByPatient", s.listByPatient)
	s.handleMoves()
	s.handleStatuses()
}

// on handles an operation on one appointment, found by the id in the path and partner_id.
func (s *Server) on(id string, act func(c *call, a *appointment) (any, error)) {
	s.handle(id, func(c *call) (any, error) {
		a := s.visits.find(c.Path["appointment_id"], c.Query.Get("partner_id") == "1")
		if a == nil {
			return nil, unknown("Appointment")
		}
		return act(c, a)
	})
}

// visitFilter says which appointments a list has, and how many make a page.
type visitFilter struct {
	patientID, doctorID, clinicID string
	from, to                      time.Time // to is not included; zero for all times
	pageSize                      int
}

// visitFilterOf reads the filter of a call: a patient alone, or days with or without a doctor and a clinic.
func visitFilterOf(c *call) (visitFilter, error) {
	f := visitFilter{
		patientID: c.Query.Get("patient_id"), doctorID: c.Query.Get("doctor_id"), clinicID: c.Query.Get("clinic_id"), pageSize: 20,
	}
	if f.patientID != "" {
		if f.doctorID+f.clinicID+c.Query.Get("start_date")+c.Query.Get("end_date") != "" {
			return f, rejected("patient_id stands alone")
		}
		return f, nil
	}
	from, err := time.ParseInLocation(time.DateOnly, c.Query.Get("start_date"), india)
	to, errTo := time.ParseInLocation(time.DateOnly, c.Query.Get("end_date"), india)
	if err != nil || errTo != nil || to.Before(from.AddDate(0, 0, 1)) || to.After(from.AddDate(0, 0, 7)) {
		return f, rejected("patient_id, or start_date and an end_date of one to seven days later, are required")
	}
	f.from, f.to = from, to.AddDate(0, 0, 1)
	if f.pageSize = 30; f.doctorID+f.clinicID != "" {
		f.pageSize = 50
	}
	return f, nil
}

func (f visitFilter) has(a *appointment) bool {
	return (f.patientID == "" || a.patient.id == f.patientID) && (f.doctorID == "" || a.doctor.ID == f.doctorID) &&
		(f.clinicID == "" || a.clinic.ID == f.clinicID) && (f.from.IsZero() || !a.start.Before(f.from) && a.start.Before(f.to))
}

// listAppointments returns one page.
func (s *Server) listAppointments(c *call) (any, error) {
	filter, err := visitFilterOf(c)
	if err != nil {
		return nil, err
	}
	found := s.visits.inOrder(filter)
	rows := []any{}
	start := min(c.number("page_no", 0)*filter.pageSize, len(found))
	for _, a := range found[start:min(start+filter.pageSize, len(found))] {
		rows = append(rows, a.summary())
	}
	return object{"appointments": rows}, nil
}

func (s *Server) listByPatient(c *call) (any, error) {
	rows := []any{}
	moment := func(t time.Time) string { return t.In(india).Format(time.RFC3339) }
	for _, a := range s.visits.inOrder(visitFilter{patientID: c.Path["patient_id"]}) {
		rows = append(rows, object{"appointment_id": a.id, "doctor_id": a.doctor.ID,
			"patient_id": a.patient.id, "clinic_id": a.clinic.ID,
			"channel": "partner", "status": a.status,
			"created_at": moment(a.created), "start_time": moment(a.start), "end_time": moment(a.end)})
	}
	return object{"success": true, "data": rows}, nil
}
