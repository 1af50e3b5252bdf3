package ekacare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// SlotTakenError is a booking that was refused because the slot is taken. It matches [ErrSlotTaken].
type SlotTakenError struct {
	Next      []FoundSlot // up to five free slots of the doctor at the clinic that come next, within a week
	SearchErr error       // why they could not be looked for; nil if they could

	err error
}

// Error is the text of the refusal.
func (e *SlotTakenError) Error() string { return e.err.Error() }

// Format prints the text of Error for every verb.
func (e *SlotTakenError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, for logs in JSON.
func (e *SlotTakenError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap is the refusal.
func (e *SlotTakenError) Unwrap() error { return e.err }

// BookingStage says how far a booking came.
type BookingStage string

// The stages.
const (
	// BookingStageBooked: the vendor has booked the appointment, but it could not be read back.
	BookingStageBooked BookingStage = "booked, but not confirmed"
	// BookingStageDiffers: the appointment was read back, and is not what was asked for.
	BookingStageDiffers BookingStage = "booked, but not as asked for"
	// BookingStageUnknown: the answer to the booking got lost, and the appointment was not found. It may still appear: look with
	// [AppointmentsService.FindBooking] before you book again.
	BookingStageUnknown BookingStage = "of unknown outcome"
)

// BookingError is a booking that was sent and whose end is not certain. Do not book again before you have looked.
type BookingError struct {
	Stage         BookingStage
	AppointmentID string       // Eka's id, if the vendor has answered with it
	Appointment   *Appointment // what was read back; nil if nothing was
	BookErr       error        // why the booking has no certain answer; nil if it was answered
	LookErr       error        // why the appointment was not read or found; nil if nothing failed
}

// Error says how far the booking came. It names no id.
func (e *BookingError) Error() string {
	text := "ekacare: the appointment is " + string(e.Stage)
	for _, err := range e.Unwrap() {
		text += ": " + err.Error()
	}
	return text
}

// Format prints the text of Error for every verb, so that the appointment stays out of logs.
func (e *BookingError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON holds no appointment either.
func (e *BookingError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap gives both causes.
func (e *BookingError) Unwrap() []error {
	var list []error
	for _, err := range []error{e.BookErr, e.LookErr} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// BookSlot books a slot and reads the appointment back. It never sends a booking twice.
//
// The slot gives the times, and its ids name doctor and clinic unless the booking has partner ids; the booking has the patient
// and all the rest, and is not changed. It must name the patient by an id of the same kind.
//
//   - A slot that is taken is a [*SlotTakenError], with the next free slots.
//   - If the answer gets lost, BookSlot looks for the appointment for some seconds, and returns it as if nothing had happened.
//     Without success the error is a [*BookingError].
//   - An appointment that was booked but cannot be read back, or differs, is a [*BookingError] too, and has the id.
//
// An appointment of the patient with the same doctor, at the same clinic, at the same time counts as the one that was booked.
// The options go with every call of the flow, so WithResponse tells of the last one; caremux.WithIdempotent is refused, since
// it would let the booking be sent twice.
func (s *AppointmentsService) BookSlot(ctx context.Context, slot FoundSlot, booking *AppointmentBooking, opts ...caremux.RequestOption) (*Appointment, error) {
	want, err := bookingOf(slot, booking)
	if err == nil {
		err = bookable(slot, opts)
	}
	if err != nil {
		return nil, inFlow("Appointments.BookSlot", err)
	}
	booked, err := s.Book(ctx, want, opts...)
	if err != nil {
		return s.unbooked(ctx, slot, want, err, opts)
	}
	return s.confirm(ctx, want, booked.AppointmentID, opts)
}

// bookable refuses slots and options that cannot lead to one booking.
func bookable(slot FoundSlot, opts []caremux.RequestOption) error {
	config, err := caremux.NewCallConfig(opts)
	switch {
	case err != nil:
		return err
	case config.Idempotent:
		return invalidArgument("WithIdempotent", "is not for bookings: it would let one be sent twice")
	case !slot.Free():
		return invalidArgument("slot", "must be free")
	}
	return nil
}

// bookingOf is a copy of the booking for the slot.
func bookingOf(slot FoundSlot, booking *AppointmentBooking) (*AppointmentBooking, error) {
	if booking == nil {
		return nil, invalidArgument("booking", "is required")
	}
	if slot.Start.IsZero() {
		return nil, invalidArgument("slot", "must have a start")
	}
	b := *booking
	d := &b.AppointmentDetails
	if d.StartTime.Known() && d.StartTime.Unix() != slot.Start.Unix() {
		return nil, invalidArgument("appointment_details.start_time", "must be the start of the slot, or be left out")
	}
	if d.EndTime != nil && !slot.End.IsZero() && d.EndTime.Unix() != slot.End.Unix() {
		return nil, invalidArgument("appointment_details.end_time", "must be the end of the slot, or be left out")
	}
	d.StartTime = NewEpochSeconds(slot.Start)
	if !slot.End.IsZero() {
		d.EndTime = new(NewEpochSeconds(slot.End))
	}
	if given(b.PartnerClinicID) || given(b.PartnerDoctorID) || given(b.PartnerPatientID) {
		return &b, nil // Validate wants all three, and no id of Eka
	}
	for _, id := range []struct {
		field string
		into  **string
		slot  string
	}{{"clinic_id", &b.ClinicID, slot.ClinicID}, {"doctor_id", &b.DoctorID, slot.DoctorID}} {
		switch {
		case !given(*id.into):
			*id.into = &id.slot
		case **id.into != id.slot:
			return nil, invalidArgument(id.field, "must be that of the slot, or be left out")
		}
	}
	return &b, nil
}

func given(s *string) bool { return s != nil && *s != "" }

// confirm reads the appointment back: by Eka's id or, if the answer had none, by the caller's.
func (s *AppointmentsService) confirm(ctx context.Context, want *AppointmentBooking, id string, opts []caremux.RequestOption) (*Appointment, error) {
	var params *AppointmentsGetParams
	path := id
	if path == "" && given(want.PartnerAppointmentID) {
		path, params = *want.PartnerAppointmentID, &AppointmentsGetParams{PartnerID: new("1")}
	}
	if path == "" {
		found, err := s.lookFor(ctx, want, opts)
		if err != nil || found == nil {
			return nil, &BookingError{Stage: BookingStageBooked, LookErr: err}
		}
		return found, nil
	}
	read, err := s.Get(ctx, path, params, opts...)
	if err != nil {
		return nil, &BookingError{Stage: BookingStageBooked, AppointmentID: id, LookErr: err}
	}
	if !want.startsAt(read.StartTime) || !standing(read.Status) || !want.names(read) {
		return nil, &BookingError{Stage: BookingStageDiffers, AppointmentID: cmp.Or(read.AppointmentID, id), Appointment: read}
	}
	return read, nil
}

// unbooked finds out what a failed booking has left behind.
func (s *AppointmentsService) unbooked(ctx context.Context, slot FoundSlot, want *AppointmentBooking, failed error, opts []caremux.RequestOption) (*Appointment, error) {
	var e *caremux.Error
	taken := errors.Is(failed, ErrSlotTaken)
	if errors.As(failed, &e) && e.MaybeApplied() {
		found, err := s.reconcile(ctx, want, opts)
		switch {
		case found != nil:
			return found, nil
		case !taken || err != nil:
			return nil, &BookingError{Stage: BookingStageUnknown, BookErr: failed, LookErr: err}
		}
	}
	if !taken {
		return nil, failed
	}
	next, err := s.nextSlots(ctx, slot, opts)
	return nil, &SlotTakenError{next, err, failed}
}

// Slots that are offered in place of one that is taken.
const (
	offeredDays  = 7
	offeredSlots = 5
)

func (s *AppointmentsService) nextSlots(ctx context.Context, slot FoundSlot, opts []caremux.RequestOption) ([]FoundSlot, error) {
	day := caremux.DateOf(slot.Start.In(IST))
	found, err := s.findSlots(ctx, SlotQuery{DoctorID: slot.DoctorID, ClinicID: slot.ClinicID, From: day, To: dayAfter(day, offeredDays-1),
		NotBefore: slot.Start}, offeredSlots+1, opts)
	var next []FoundSlot
	for _, f := range found {
		if !f.Start.Equal(slot.Start) && len(next) < offeredSlots { // the list may be older than the refusal
			next = append(next, f)
		}
	}
	return next, err
}

// standing reports whether an appointment of the status still takes the slot.
func standing(status AppointmentStatus) bool {
	switch status {
	case AppointmentStatusCancelled, AppointmentStatusCND, AppointmentStatusCNS, AppointmentStatusRescheduled:
		return false
	}
	return true
}

// names reports whether the ids of a, as far as it has any, are those that the booking names.
func (b *AppointmentBooking) names(a *Appointment) bool {
	return sameIDs([][2]string{
		{deref(b.DoctorID), a.DoctorID}, {deref(b.ClinicID), a.ClinicID}, {deref(b.PatientID), a.PatientID},
		{deref(b.PartnerDoctorID), a.PartnerDoctorID}, {deref(b.PartnerClinicID), a.PartnerClinicID}, {deref(b.PartnerPatientID), a.PartnerPatientID},
	})
}

// sameIDs reports whether no pair holds two different ids.
func sameIDs(pairs [][2]string) bool {
	return !slices.ContainsFunc(pairs, func(p [2]string) bool { return p[0] != "" && p[1] != "" && p[0] != p[1] })
}

func (b *AppointmentBooking) startsAt(t EpochSeconds) bool {
	return t.Known() && t.Truncate(time.Second).Equal(b.AppointmentDetails.StartTime.Truncate(time.Second))
}
