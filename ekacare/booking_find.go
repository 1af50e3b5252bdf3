package ekacare

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/transport"
)

// How long to look for an appointment.
const (
	firstLook = time.Second
	lostLook  = 8 * time.Second // after a response that was lost, or an appointment that cannot be read back yet
	takenLook = 2 * time.Second // after a refusal: the vendor's reads may lag behind its writes
	priorLook = 3 * time.Second // before the booking is sent
)

// ErrNotBooked is returned by [AppointmentsService.FindBooking] if the patient has no such appointment.
var ErrNotBooked = errors.New("there is no such appointment")

var errUnsure = errors.New("the record of an appointment at that time does not say whether it is this one")

// FindBooking searches for the appointment that a booking of the slot has created, as [AppointmentsService.BookSlot]
// does if the response is lost: by your id of the appointment, if the booking has one, and otherwise among the
// appointments of the patient. It returns only an appointment whose patient, doctor, clinic and start are those of the
// booking and that was not cancelled or moved. If there is none the error is [ErrNotBooked]; shortly after a booking it
// may still appear. If the patient's appointment under your id is at another time, or a record does not say enough, the
// error is a [*BookingError].
func (s *AppointmentsService) FindBooking(
	ctx context.Context, slot FoundSlot, booking *AppointmentBooking, opts ...caremux.RequestOption,
) (*Appointment, error) {
	w, err := wishOf(slot, booking)
	if err == nil {
		err = w.booking.Validate()
	}
	if err != nil {
		return nil, inFlow("Appointments.FindBooking", err)
	}
	seen, err := s.look(ctx, w, 1, opts)
	switch {
	case err != nil:
		return nil, err
	case seen.match == matchSame:
		return seen.appointment, nil
	case seen.match == matchMoved:
		return nil, seen.moved(nil)
	case seen.match == matchUnsure:
		return nil, &BookingError{Stage: BookingStageUnknown, LookErr: errUnsure}
	}
	return nil, ErrNotBooked
}

// sighting is what a look has found.
type sighting struct {
	match       match        // of the record that fits best
	appointment *Appointment // that record; nil unless it is the patient's
	near        []AppointmentSummary
}

// note keeps what fits better than what was found before.
func (seen *sighting) note(m match, a *Appointment) {
	if m <= seen.match {
		return
	}
	seen.match, seen.appointment = m, nil
	if m > matchUnsure { // a record that does not say whose it is may be another patient's
		seen.appointment = a
	}
}

// moved is the error of an appointment that the patient has under the caller's id at another time, or with another
// doctor or clinic.
func (seen *sighting) moved(booked error) *BookingError {
	a := seen.appointment
	return &BookingError{Stage: BookingStageDiffers, AppointmentID: a.AppointmentID, Appointment: a, BookErr: booked}
}

// look reads the caller's appointment by its id, and then the list. days is how many days after the slot the list has
// to span if it is not that of a patient. If one of the two fails, the other may find the appointment.
func (s *AppointmentsService) look(
	ctx context.Context, w *wish, days int, opts []caremux.RequestOption,
) (seen sighting, err error) {
	if err := transport.NotAList(opts); err != nil {
		return seen, inFlow("Appointments.FindBooking", err)
	}
	if w.ownID != "" {
		var a *Appointment
		a, err = s.Get(ctx, w.ownID, &AppointmentsGetParams{PartnerID: new("1")}, opts...)
		switch {
		case err == nil:
			f := a.facts()
			fill(&f.ownID, w.ownID)
			seen.note(w.match(f), a)
		case errors.Is(err, caremux.ErrNotFound):
			err = nil
		}
	}
	if seen.match != matchSame {
		err = firstError(s.lookThrough(ctx, w, days, &seen, opts), err)
	}
	if seen.match == matchSame {
		return seen, nil
	}
	return seen, err
}

// lookThrough looks at the appointments of the list until one is the same.
func (s *AppointmentsService) lookThrough(
	ctx context.Context, w *wish, days int, seen *sighting, opts []caremux.RequestOption,
) error {
	for row, err := range s.All(ctx, w.listing(days), opts...) {
		if err != nil && errors.Is(err, caremux.ErrNotFound) {
			return nil // a list of none
		}
		if err == nil {
			err = s.inspect(ctx, w, &row, seen, opts)
		}
		if err != nil || seen.match == matchSame {
			return err
		}
	}
	return nil
}

// inspect notes a row of a list, and reads the whole record if it may be the appointment.
func (s *AppointmentsService) inspect(
	ctx context.Context, w *wish, row *AppointmentSummary, seen *sighting, opts []caremux.RequestOption,
) error {
	f := row.facts()
	m := w.match(f)
	switch {
	case m == matchOther:
		if w.near(f) {
			seen.near = append(seen.near, *row)
		}
		return nil
	case f.id == "":
		seen.note(matchUnsure, nil)
		return nil
	}
	a, err := s.Get(ctx, f.id, nil, opts...)
	if err != nil {
		return err
	}
	seen.note(w.match(a.facts().or(f)), a)
	return nil
}

// or fills what f lacks from another record of the same appointment.
func (f facts) or(other facts) facts {
	for _, id := range []struct {
		into *string
		from string
	}{
		{&f.id, other.id}, {&f.ownID, other.ownID}, {(*string)(&f.status), string(other.status)},
		{&f.doctor.eka, other.doctor.eka}, {&f.clinic.eka, other.clinic.eka}, {&f.patient.eka, other.patient.eka},
		{&f.doctor.own, other.doctor.own}, {&f.clinic.own, other.clinic.own}, {&f.patient.own, other.patient.own},
	} {
		fill(id.into, id.from)
	}
	if !f.start.Known() {
		f.start = other.start
	}
	return f
}

// reconcile looks several times: the vendor may still be at work. The error is that of the last look that was not cut
// off.
func (s *AppointmentsService) reconcile(
	ctx context.Context, w *wish, limit time.Duration, days int, opts []caremux.RequestOption,
) (seen sighting, err error) {
	rhythm := poll.Rhythm{Min: firstLook, Max: limit / 2, Limit: limit}
	looks := 0
	waited := poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		latest, failed := s.look(ctx, w, days, opts)
		if looks++; looks == 1 || failed == nil || ctx.Err() == nil {
			seen, err = latest, failed
		}
		return seen.match == matchSame || unreadableList(err), nil
	})
	if ctx.Err() != nil && seen.match != matchSame {
		return seen, waited
	}
	return seen, err
}

// unreadableList reports whether the list of appointments came as JSON of another shape, which waiting does not change.
func unreadableList(err error) bool {
	e, ok := errors.AsType[*caremux.Error](err)
	return ok && errors.Is(err, caremux.ErrUnreadable) && json.Valid(e.Body())
}

// prior is a look before anything is sent, so that a booking that an earlier run has made is not made again. It is
// short, and its failure is not a failure of the booking: the look after a refusal finds out.
func (s *AppointmentsService) prior(ctx context.Context, w *wish, opts []caremux.RequestOption) sighting {
	limit := priorLook
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/3) // most of the time is for the booking
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	seen, _ := s.look(ctx, w, 1, opts)
	return seen
}
