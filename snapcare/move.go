package snapcare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/wire"
)

// AppointmentMove is the time that an appointment moves to.
type AppointmentMove struct {
	Start *LocalTime // as local time of the user who logs in, see [NewLocalTime]. Required
	End   *LocalTime // Required
	// AvailabilityBlockID is the block that has the time, if it is not the one of the appointment.
	AvailabilityBlockID string
}

// MoveError is a move of which it is not certain that the appointment is where it was requested to be.
type MoveError struct {
	// Appointment is what was read after the move: at another time than was requested, as it is if the user who is
	// logged in lives in another time zone than the location of the [LocalTime]. It is nil if it could not be read.
	Appointment *Appointment
	Err         error // why the move has no certain result; nil if Appointment was read
}

// Error says what is known. It names no id.
func (e *MoveError) Error() string {
	if e.Err == nil {
		return "snapcare: the appointment was moved, but not to the requested time"
	}
	return "snapcare: it is not known whether the appointment was moved: " + e.Err.Error()
}

// Format prints the text of Error for every verb, so that the appointment stays out of logs.
func (e *MoveError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the text of Error, so that a log in JSON contains no appointment either.
func (e *MoveError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the cause.
func (e *MoveError) Unwrap() error { return e.Err }

// AdminMove moves an appointment to another time, for staff: it reads the appointment, replaces it with the same values
// and the new time, reads it back and returns it.
//
//   - If the appointment is at that time already, it is returned and no write is sent. So a job that runs a second time
//     or a form that is submitted twice moves it once.
//   - If the response is lost, AdminMove polls the appointment for some seconds, and returns it if it was moved.
//     Otherwise, or if it is then at another time than was requested, the error is a [*MoveError].
//   - If the time is taken, the error is the vendor's refusal, and the appointment is not moved.
//   - For a cancelled appointment the error is a [*caremux.ArgumentError]. For one with a field that could not be
//     decoded or is missing, and so would be lost, it is the error of [Appointment.ReplaceBody]. No write is sent.
//
// Changes that others make between the read and the write are overwritten: the vendor has no call that changes only the
// time.
func (s *AppointmentsService) AdminMove(
	ctx context.Context, appointmentID string, to AppointmentMove, opts ...caremux.RequestOption,
) (*Appointment, error) {
	return (&move{"Appointments.AdminMove", s.GetForClinician, s.AdminReplace, appointmentID, to, opts}).run(ctx)
}

// PatientMove is [AppointmentsService.AdminMove] for the current patient or an authorized dependent.
func (s *AppointmentsService) PatientMove(
	ctx context.Context, appointmentID string, to AppointmentMove, opts ...caremux.RequestOption,
) (*Appointment, error) {
	return (&move{"Appointments.PatientMove", s.GetForPatient, s.PatientReplace, appointmentID, to, opts}).run(ctx)
}

// move is one run of AdminMove or PatientMove.
type move struct {
	operation string
	get       func(context.Context, string, ...caremux.RequestOption) (*Appointment, error)
	replace   func(context.Context, string, *AppointmentReplace, ...caremux.RequestOption) (*Appointment, error)
	id        string
	to        AppointmentMove
	opts      []caremux.RequestOption
}

func (m *move) run(ctx context.Context) (*Appointment, error) {
	if err := m.check(); err != nil {
		return nil, m.inFlow(err)
	}
	before, err := m.get(ctx, m.id, m.opts...)
	switch {
	case err != nil:
		return nil, err
	case cancelled(before):
		return nil, m.inFlow(&caremux.ArgumentError{Field: "appointmentId", Rule: "must be of an appointment that was not cancelled"})
	case m.done(before):
		return before, nil
	}
	body, err := m.body(before)
	if err != nil {
		return nil, m.inFlow(err)
	}
	_, failed := m.replace(ctx, m.id, body, m.opts...)
	if failed != nil {
		if e, ok := errors.AsType[*caremux.Error](failed); !ok || !e.MaybeApplied() {
			return nil, failed
		}
	}
	return m.confirm(ctx, before, failed)
}

func (m *move) check() error {
	switch {
	case m.id == "":
		return required("appointmentId")
	case m.to.Start == nil || m.to.Start.IsZero():
		return required("startTime")
	case m.to.End == nil || m.to.End.IsZero():
		return required("endTime")
	}
	return validateTimes("startTime", m.to.Start, "endTime", m.to.End)
}

func (m *move) inFlow(err error) error {
	if e, ok := err.(*caremux.ArgumentError); ok && e.Operation == "" {
		named := *e
		named.Vendor, named.Operation = "snapcare", m.operation
		return &named
	}
	return err
}

func cancelled(a *Appointment) bool {
	if a.AppointmentStatusCode == nil {
		return false
	}
	switch *a.AppointmentStatusCode {
	case AppointmentStatusCodeCancelledByPatient, AppointmentStatusCodeCancelledByProvider:
		return true
	}
	return false
}

// done reports whether the appointment is where it is to be. Version 2.1, by which it is read, sends times with an
// offset; one without is no proof.
func (m *move) done(a *Appointment) bool {
	block := m.to.AvailabilityBlockID
	return a.StartTime.Zoned() && a.StartTime.Equal(m.to.Start.Time()) && a.EndTime.Zoned() && a.EndTime.Equal(m.to.End.Time()) &&
		(block == "" || block == a.AvailabilityBlockID) && !cancelled(a)
}

// body is all of the appointment at the new time. ZonedTime goes: it would win over the new start and end.
func (m *move) body(before *Appointment) (*AppointmentReplace, error) {
	timeless := *before
	timeless.StartTime, timeless.EndTime, timeless.ZonedTime = caremux.Time{}, caremux.Time{}, nil
	body, err := timeless.ReplaceBody()
	if err != nil {
		return nil, err
	}
	body.StartTime, body.EndTime = m.to.Start, m.to.End
	if m.to.AvailabilityBlockID != "" {
		body.AvailabilityBlockID = &m.to.AvailabilityBlockID
	}
	return body, nil
}

// How long to look for the moved appointment.
const (
	firstLook = time.Second
	lastLook  = 8 * time.Second
)

// confirm reads the appointment until it is no longer where it was: reads may lag behind writes.
func (m *move) confirm(ctx context.Context, before *Appointment, failed error) (*Appointment, error) {
	var read *Appointment
	var unread error
	rhythm := poll.Rhythm{Min: firstLook, Max: lastLook / 2, Limit: lastLook}
	_ = poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) { // its error is that of the look, or the caller's context
		read, unread = m.get(ctx, m.id, m.opts...)
		return unread == nil && (m.done(read) || !read.StartTime.Equal(before.StartTime.Time)), nil
	})
	switch {
	case unread == nil && read != nil && m.done(read):
		return read, nil
	case failed != nil && (unread != nil || read == nil || read.StartTime.Equal(before.StartTime.Time)):
		return nil, &MoveError{Err: failed}
	case unread != nil:
		return nil, &MoveError{Err: unread}
	case read == nil:
		return nil, &MoveError{Err: context.Cause(ctx)}
	}
	return nil, &MoveError{Appointment: read}
}
