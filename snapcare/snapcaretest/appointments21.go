package snapcaretest

import (
	"errors"
	"net/http"
	"time"

	"github.com/caremux/caremux/snapcare"
)

// handleOlderAppointments handles version 2.1, which books by the same rules. Its times have an offset, and its errors
// no code.
func (s *Server) handleOlderAppointments() {
	withOffset := func(name, text string) (time.Time, error) {
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return t, rejected(name + " is not a time with an offset")
		}
		return t, nil
	}
	for _, who := range []string{"Clinician", "Patient"} {
		s.handle("Appointments_CreateFor"+who, func(c *call) (any, error) {
			a := &appointment{id: s.newID(), status: snapcare.AppointmentStatusCodeScheduled}
			if err := s.bookAt(c, a, withOffset); err != nil {
				return nil, older(err)
			}
			s.appointments = append(s.appointments, a)
			return listEnvelope(s.shownAppointment(a, false)), nil
		})
		s.handle("Appointments_ReplaceFor"+who, func(c *call) (any, error) {
			a := s.appointment(c)
			switch {
			case a == nil:
				return nil, notFound("Appointment")
			case !a.open():
				return nil, badRequest("The appointment is cancelled")
			}
			if err := s.bookAt(c, a, withOffset); err != nil {
				return nil, older(err)
			}
			return listEnvelope(s.shownAppointment(a, false)), nil
		})
		s.handle("Appointments_DeleteFor"+who, func(c *call) (any, error) {
			a := s.appointment(c)
			if a == nil || !a.open() {
				return nil, notFound("Appointment")
			}
			s.cancel(c, a)
			return nil, nil
		})
	}
}

func (s *Server) cancel(c *call, a *appointment) {
	a.status = snapcare.AppointmentStatusCodeCancelledByProvider
	if c.isPatient() {
		a.status = snapcare.AppointmentStatusCodeCancelledByPatient
	}
}

// older is an error of version 3 as version 2 writes it.
func older(err error) error {
	f := new(failure)
	if !errors.As(err, &f) || f.code == 0 {
		return err
	}
	status := f.status
	if f.code == codeNotFound {
		status = http.StatusNotFound
	}
	return &failure{status: status, message: f.message}
}
