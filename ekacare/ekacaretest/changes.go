package ekacaretest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/caremux/caremux/ekacare"
)

// onOpen handles an operation that changes an appointment which is not over, and perhaps the details of its patient. act changes a
// copy, which replaces the appointment if all of it can be done.
func (s *Server) onOpen(id string, act func(next *appointment, body object) error) {
	s.on(id, func(c *call, a *appointment) (any, error) {
		if a.closed() {
			return nil, rejected("The appointment is over")
		}
		next, body := *a, c.object()
		if err := act(&next, body); err != nil {
			return nil, err
		}
		details, _ := body["patient_details"].(object)
		person := *next.patient
		person.fields = maps.Clone(person.fields)
		if err := s.change(&person, details); err != nil {
			return nil, err
		}
		if !next.start.Equal(a.start) || next.doctor != a.doctor || next.clinic != a.clinic {
			if err := s.room(&next, a); err != nil {
				return nil, err
			}
		}
		if details != nil {
			*next.patient = person
		}
		*a = next
		s.wrote(c, a.id)
		return nil, nil
	})
}

// handleMoves answers the calls that change an appointment.
func (s *Server) handleMoves() {
	s.onOpen("Appointments_Update", func(next *appointment, body object) error {
		next.describe(body)
		return next.when(body)
	})
	s.onOpen("Appointments_UpdateV2", s.updateV2)
	s.onOpen("Appointments_UpdateCustomAttributes", func(next *appointment, body object) error {
		next.describe(object{"custom_attributes": body})
		return nil
	})
	s.onOpen("Appointments_RescheduleV1", s.rescheduleV1)
	s.onOpen("Appointments_ConfirmFollowUp", s.confirmFollowUp)
	s.handle("Appointments_Reschedule", s.reschedule)
}

// updateV2 changes time, people, clinic and description.
func (s *Server) updateV2(next *appointment, body object) error {
	if err := s.who(next, body, "doctor_id", true); err != nil {
		return err
	}
	if next.patient == nil {
		return invalidParameters()
	}
	next.describe(body)
	details, _ := body["appointment_details"].(object)
	if err := next.when(details); err != nil {
		return err
	}
	return next.how(details)
}

// rescheduleV1 moves an appointment to another time, doctor or clinic.
func (s *Server) rescheduleV1(next *appointment, body object) error {
	if err := s.who(next, body, "doc_id", false); err != nil {
		return err
	}
	return next.when(body)
}

// confirmFollowUp books a follow-up that waits for confirmation.
func (s *Server) confirmFollowUp(next *appointment, body object) error {
	if next.status != ekacare.AppointmentStatusIN {
		return rejected("Only a follow-up that is not confirmed yet can be confirmed")
	}
	next.status = ekacare.AppointmentStatusBooked
	return next.when(body)
}

// reschedule replaces an appointment by one at another time.
func (s *Server) reschedule(c *call) (any, error) {
	body := c.object()
	_, partner := body["partner_appointment_id"]
	old := s.visits.find(c.Path["appointment_id"], partner)
	switch {
	case old == nil:
		return nil, unknown("Appointment")
	case old.closed():
		return nil, failed(http.StatusConflict, ekacare.CodeNotAllowed, "The appointment is over")
	}
	next := *old
	if err := next.when(body); err != nil {
		return nil, err
	}
	if err := s.room(&next, old); err != nil {
		return nil, err
	}
	next.previous = append(slices.Clone(old.previous), old.id)
	s.file(&next)
	old.status, old.next = ekacare.AppointmentStatusRescheduled, next.id
	s.wrote(c, next.id)
	row := next.summary()
	maps.DeleteFunc(row, func(name string, _ any) bool { return name == "channel" || strings.HasPrefix(name, "partner_") })
	row["prev_aids"] = next.previous
	return row, nil
}

// handleStatuses answers the calls that change nothing but the status.
func (s *Server) handleStatuses() {
	set := func(status ekacare.AppointmentStatus) func(*call, *appointment) (any, error) {
		return func(c *call, a *appointment) (any, error) {
			switch {
			case a.status == status && c.Method == http.MethodPut:
				return nil, nil // said again, nothing changes
			case a.closed():
				return nil, rejected("The appointment is over")
			}
			a.status = status
			s.wrote(c, a.id)
			return nil, nil
		}
	}
	s.on("Appointments_Complete", set(ekacare.AppointmentStatusCompletedNoPrescription))
	s.on("Appointments_Park", set(ekacare.AppointmentStatusPA))
	s.on("Appointments_Cancel", set(ekacare.AppointmentStatusCancelled))
	s.on("Appointments_ChangeStatus", func(c *call, a *appointment) (any, error) {
		if c.object()["status"] != string(ekacare.AppointmentStatusNoShow) {
			return nil, rejected("Only the status NS can be set")
		}
		return set(ekacare.AppointmentStatusNoShow)(c, a)
	})
}
