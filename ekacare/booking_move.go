package ekacare

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
)

// MoveToSlot moves an appointment, identified by Eka's id, to a free slot of its doctor at its clinic, and reads back
// the appointment that replaces it: the vendor creates a new one, and sets the status of the old one to RES. The move
// is never sent twice. A job that runs a second time or a form that is submitted twice receives the existing
// appointment.
//
//   - If the appointment was moved to the slot already, or begins at its time, it is returned and no move is sent.
//   - If somebody else has the slot, the error is a [*SlotTakenError] with the next free slots, and the appointment is
//     not moved.
//   - If the response is lost, or the new appointment cannot be read back yet, MoveToSlot polls for it for some seconds
//     and returns it without an error. If it does not find it, the error is a [*BookingError]; a second MoveToSlot with
//     the same arguments determines the outcome.
//   - If the appointment was moved to another time before, or differs from the request after the move, the error is a
//     [*BookingError] too.
//   - For a slot of another doctor or clinic, and for a cancelled appointment, the error is a [*caremux.ArgumentError].
//     No move is sent.
//
// The options apply to every call of the flow, so WithResponse reports the last one. MoveToSlot refuses
// caremux.WithIdempotent, since it would allow a second move.
func (s *AppointmentsService) MoveToSlot(
	ctx context.Context, appointmentID string, slot FoundSlot, opts ...caremux.RequestOption,
) (*Appointment, error) {
	body := &AppointmentReschedule{StartTime: NewEpochSeconds(slot.Start), EndTime: NewEpochSeconds(slot.End)}
	if err := checkMove(appointmentID, slot, body, opts); err != nil {
		return nil, inFlow(moveOperation, err)
	}
	m := &move{service: s, id: appointmentID, slot: slot, opts: opts}
	seen, err := m.look(ctx)
	if err == nil && seen.match == matchMoved && seen.appointment == nil {
		seen, err = m.reconcile(ctx, takenLook) // an earlier run has moved it, and the list may lag behind
	}
	switch {
	case err != nil:
		return nil, inFlow(moveOperation, err)
	case seen.match == matchSame:
		return seen.appointment, nil
	case seen.match != matchOther:
		return nil, m.elsewhere(seen, nil)
	}
	moved, err := s.Reschedule(ctx, appointmentID, body, opts...)
	if err != nil {
		return m.unmoved(ctx, err)
	}
	if moved.AppointmentID == "" || moved.AppointmentID == appointmentID {
		return m.unnamed(ctx)
	}
	return s.confirm(ctx, m.wish, moved.AppointmentID, opts)
}

const moveOperation = "Appointments.MoveToSlot"

func checkMove(id string, slot FoundSlot, body *AppointmentReschedule, opts []caremux.RequestOption) error {
	switch {
	case id == "":
		return invalidArgument("appointmentID", "is required")
	case !slot.Free():
		return invalidArgument("slot", "must be free")
	case slot.End.IsZero():
		return invalidArgument("slot", "must have an end")
	}
	return firstError(body.Validate(), refuseIdempotent(opts))
}

// move is one run of MoveToSlot.
type move struct {
	service *AppointmentsService
	id      string
	slot    FoundSlot
	opts    []caremux.RequestOption
	wish    *wish // what the new appointment must agree with, once the old one has been read
}

// look reads the old appointment. As long as it stands at another time nothing was moved, whatever else the patient
// has at the time of the slot; that is matchOther. The new one is the old one, if the vendor has changed its time,
// or it is found where the old one says.
func (m *move) look(ctx context.Context) (seen sighting, err error) {
	old, err := m.service.Get(ctx, m.id, nil, m.opts...)
	if err != nil {
		return seen, err
	}
	f := old.facts()
	fill(&f.id, m.id)
	if m.wish == nil {
		if m.wish, err = wishToMove(f, m.slot); err != nil {
			return seen, err
		}
	}
	switch old.Status {
	case AppointmentStatusRescheduled:
		return m.successor(ctx, old)
	case AppointmentStatusCancelled, AppointmentStatusCND, AppointmentStatusCNS:
		return seen, invalidArgument("appointmentID", "must be of an appointment that was not cancelled")
	}
	seen.note(m.wish.match(f), old)
	return seen, nil
}

// successor finds the appointment that has taken the place of the old one.
func (m *move) successor(ctx context.Context, old *Appointment) (seen sighting, err error) {
	var next string
	if json.Unmarshal(old.Extra()["next_aid"], &next) == nil && next != "" {
		a, err := m.service.Get(ctx, next, nil, m.opts...)
		if err != nil {
			return seen, err
		}
		f := a.facts()
		fill(&f.id, next)
		if seen.note(m.wish.match(f), a); seen.match == matchSame {
			return seen, nil
		}
	}
	err = m.service.lookThrough(ctx, m.wish, 1, &seen, m.opts)
	if err == nil && seen.match == matchOther {
		seen.match = matchMoved // to another time
	}
	return seen, err
}

// wishToMove is what the appointment must become: the patient's at the time of the slot. Whatever id of the caller
// it has is not part of it, since the old one may keep that.
func wishToMove(f facts, slot FoundSlot) (*wish, error) {
	if f.doctor.eka != "" && f.doctor.eka != slot.DoctorID || f.clinic.eka != "" && f.clinic.eka != slot.ClinicID {
		return nil, invalidArgument("slot", "must be of the appointment's doctor and clinic")
	}
	fill(&f.doctor.eka, slot.DoctorID)
	fill(&f.clinic.eka, slot.ClinicID)
	return &wish{booking: &AppointmentBooking{}, start: slot.Start, doctor: f.doctor, clinic: f.clinic, patient: f.patient}, nil
}

// reconcile looks several times: the vendor may still be at work.
func (m *move) reconcile(ctx context.Context, limit time.Duration) (seen sighting, err error) {
	rhythm := poll.Rhythm{Min: firstLook, Max: limit / 2, Limit: limit}
	looks := 0
	waited := poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		latest, failed := m.look(ctx)
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

// unnamed looks for the appointment after a move whose response names none.
func (m *move) unnamed(ctx context.Context) (*Appointment, error) {
	seen, err := m.reconcile(ctx, lostLook)
	if seen.match == matchSame {
		return seen.appointment, nil
	}
	return nil, &BookingError{Stage: BookingStageBooked, LookErr: err}
}

// unmoved finds out what a move that failed has left behind.
func (m *move) unmoved(ctx context.Context, failed error) (*Appointment, error) {
	e, ok := errors.AsType[*caremux.Error](failed)
	refused := errors.Is(failed, ErrSlotTaken) || errors.Is(failed, caremux.ErrConflict) || errors.Is(failed, caremux.ErrInvalid)
	if !ok || !e.MaybeApplied() && !refused {
		return nil, failed
	}
	limit := lostLook
	if !e.MaybeApplied() {
		limit = takenLook
	}
	taken := &SlotTakenError{err: failed}
	if errors.Is(failed, ErrSlotTaken) {
		taken.Next, taken.SearchErr = m.service.nextSlots(ctx, m.slot, m.opts)
	}
	seen, err := m.reconcile(ctx, limit)
	switch {
	case seen.match == matchSame:
		return seen.appointment, nil
	case err == nil && seen.match != matchOther:
		return nil, m.elsewhere(seen, failed)
	case errors.Is(failed, ErrSlotTaken) && err == nil:
		return nil, taken
	case errors.Is(failed, ErrSlotTaken) || e.MaybeApplied():
		return nil, &BookingError{Stage: BookingStageUnknown, BookErr: failed, LookErr: err}
	}
	return nil, failed
}

// elsewhere is the error of an appointment that another run has moved to another time, or of which the record does
// not say where it is.
func (m *move) elsewhere(seen sighting, failed error) *BookingError {
	if seen.match == matchUnsure {
		return &BookingError{Stage: BookingStageUnknown, BookErr: failed, LookErr: errUnsure}
	}
	e := &BookingError{Stage: BookingStageDiffers, Appointment: seen.appointment, BookErr: failed}
	if seen.appointment != nil {
		e.AppointmentID = seen.appointment.AppointmentID
	}
	return e
}
