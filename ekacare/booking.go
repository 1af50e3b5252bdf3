package ekacare

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/wire"
)

// BookSlot books a slot and reads the appointment back. It never sends a booking twice. A job that runs a second time
// or a form that is submitted twice receives the existing appointment.
//
// The times are those of the slot, and so are doctor and clinic unless the booking has partner ids. The booking has the
// patient and all other fields, and BookSlot does not modify it. Its id of the patient must be of the same kind.
//
//   - If the patient has the appointment already, it is returned and no request is sent. An appointment counts if
//     its patient, doctor, clinic and start are those of the booking and it was not cancelled or moved.
//   - If somebody else has the slot, the error is a [*SlotTakenError] with the next free slots.
//   - If the response is lost, or the appointment cannot be read back yet, BookSlot polls for it for some seconds, and
//     returns it without an error. If it does not find it, the error is a [*BookingError].
//   - If the appointment differs from the request, the error is a [*BookingError] too. That includes one that the
//     patient has under your id of the appointment (partner_appointment_id) at another time, because an earlier run has
//     booked it or it was moved. No booking is sent.
//
// The search before the booking takes at most three seconds; if it fails, the booking is sent nevertheless. A slot for
// one patient is safe in that case too. A slot for several patients may be booked twice, if the previous run was killed
// and the vendor's lists cannot be read while this one books.
//
// The options apply to every call of the flow, so WithResponse reports the last one. BookSlot refuses
// caremux.WithIdempotent, since it would allow a second booking.
func (s *AppointmentsService) BookSlot(
	ctx context.Context, slot FoundSlot, booking *AppointmentBooking, opts ...caremux.RequestOption,
) (*Appointment, error) {
	const operation = "Appointments.BookSlot"
	w, err := wishOf(slot, booking)
	if err == nil && !slot.Free() {
		err = invalidArgument("slot", "must be free")
	}
	if err = firstError(err, refuseIdempotent(opts)); err == nil {
		err = wire.Check(w.booking) // as the call does, but before the look
	}
	if err != nil {
		return nil, inFlow(operation, err)
	}
	switch seen := s.prior(ctx, w, opts); seen.match {
	case matchSame:
		return seen.appointment, nil
	case matchMoved:
		return nil, seen.moved(nil)
	}
	booked, err := s.Book(ctx, w.booking, opts...)
	if err != nil {
		return s.unbooked(ctx, slot, w, err, opts)
	}
	return s.confirm(ctx, w, booked.AppointmentID, opts)
}

// confirm reads back the appointment that the response to the booking has named.
func (s *AppointmentsService) confirm(
	ctx context.Context, w *wish, id string, opts []caremux.RequestOption,
) (*Appointment, error) {
	var read *Appointment
	var failed error
	rhythm := poll.Rhythm{Min: firstLook, Max: lostLook / 2, Limit: lostLook}
	waited := poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		read, failed = s.Get(ctx, id, nil, opts...)
		return failed == nil && read.StartTime.Known(), nil // it is not all there yet
	})
	switch {
	case ctx.Err() != nil && (failed != nil || !read.StartTime.Known()):
		return nil, &BookingError{Stage: BookingStageBooked, AppointmentID: id, LookErr: waited}
	case failed != nil || !read.StartTime.Known():
		return nil, &BookingError{Stage: BookingStageBooked, AppointmentID: id, LookErr: failed}
	}
	f := read.facts()
	fill(&f.id, id)
	if m := w.match(f); f.id == id && (m == matchSame || m == matchUnsure) {
		return read, nil
	}
	different := &BookingError{Stage: BookingStageDiffers, AppointmentID: id}
	if w.patient.compare(f.patient) != differs {
		different.Appointment = read
	}
	return nil, different
}

// unbooked finds out what a failed booking has left behind.
func (s *AppointmentsService) unbooked(
	ctx context.Context, slot FoundSlot, w *wish, failed error, opts []caremux.RequestOption,
) (*Appointment, error) {
	e, ok := errors.AsType[*caremux.Error](failed)
	if !ok || !e.MaybeApplied() && !w.repeated(e) {
		return nil, failed
	}
	taken := &SlotTakenError{err: failed}
	limit, days := lostLook, 1
	if errors.Is(failed, ErrSlotTaken) {
		// Before the look, so that what another run books meanwhile is in one of them.
		taken.Next, taken.SearchErr = s.nextSlots(ctx, slot, opts)
		days = offeredDays
	}
	if !e.MaybeApplied() {
		limit = takenLook
	}
	seen, err := s.reconcile(ctx, w, limit, days, opts)
	switch {
	case seen.match == matchSame:
		return seen.appointment, nil
	case seen.match == matchMoved:
		return nil, seen.moved(failed)
	case err == nil && seen.match == matchUnsure:
		err = errUnsure
	}
	if errors.Is(failed, ErrSlotTaken) && (err == nil || !e.MaybeApplied() && unreadableList(err)) {
		taken.LookErr = err
		taken.hold(slot, seen.near)
		return nil, taken
	}
	return nil, unfound(e, failed, err)
}

// unfound is the error of a booking of which the look found no appointment, and whose refusal, if it is one, proves nothing.
func unfound(e *caremux.Error, failed, looked error) error {
	if errors.Is(failed, ErrSlotTaken) || e.MaybeApplied() {
		return &BookingError{Stage: BookingStageUnknown, BookErr: failed, LookErr: looked}
	}
	return failed
}

// repeated reports whether a refusal may mean that the booking exists.
func (w *wish) repeated(e *caremux.Error) bool {
	return errors.Is(e, ErrSlotTaken) || errors.Is(e, caremux.ErrConflict) ||
		w.ownID != "" && errors.Is(e, caremux.ErrInvalid)
}

// hold removes the offers if the patient has an appointment among them.
func (e *SlotTakenError) hold(slot FoundSlot, near []AppointmentSummary) {
	last := slot.Start.AddDate(0, 0, offeredDays)
	if len(e.Next) > 0 {
		last = e.Next[len(e.Next)-1].Start
	}
	slices.SortStableFunc(near, func(a, b AppointmentSummary) int { return a.StartTime.Compare(b.StartTime.Time.Time) })
	for i := range near {
		if !near[i].StartTime.After(last) {
			e.Held, e.Next = &near[i], nil
			return
		}
	}
}

// Slots that are offered in place of one that is taken.
const (
	offeredDays  = 7
	offeredSlots = 5
)

// nextSlots are free slots that begin after the slot, and not in the past: a page that was opened in the morning may
// book at noon.
func (s *AppointmentsService) nextSlots(
	ctx context.Context, slot FoundSlot, opts []caremux.RequestOption,
) ([]FoundSlot, error) {
	from := slot.Start
	if now := time.Now(); now.After(from) {
		from = now
	}
	ctx, cancel := context.WithTimeout(ctx, lostLook) // an offer is not worth more
	defer cancel()
	day := caremux.DateOf(from.In(IST))
	query := SlotQuery{DoctorID: slot.DoctorID, ClinicID: slot.ClinicID, NotBefore: from,
		From: day, To: dayAfter(day, offeredDays-1)}
	found, err := s.findSlots(ctx, query, offeredSlots+1, opts)
	var next []FoundSlot
	for _, f := range found {
		if !f.Start.Equal(slot.Start) && len(next) < offeredSlots { // the list may be older than the refusal
			next = append(next, f)
		}
	}
	return next, err
}
