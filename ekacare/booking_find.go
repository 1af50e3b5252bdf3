package ekacare

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
)

// The looks for a booking whose answer got lost.
const (
	firstLook = time.Second
	lastLook  = 8 * time.Second
)

// ErrNotBooked is returned by [AppointmentsService.FindBooking] if the patient has no such appointment.
var ErrNotBooked = errors.New("there is no such appointment")

// FindBooking looks for the appointment that a booking of the slot has made, as [AppointmentsService.BookSlot] does when the
// answer gets lost: by your id of the appointment, if the booking has one, and else among the appointments of the patient at
// that time. Appointments that were cancelled or moved do not count. If there is none the error is [ErrNotBooked]; shortly
// after a booking it may still appear.
func (s *AppointmentsService) FindBooking(ctx context.Context, slot FoundSlot, booking *AppointmentBooking, opts ...caremux.RequestOption) (*Appointment, error) {
	want, err := bookingOf(slot, booking)
	if err == nil {
		err = want.Validate()
	}
	if err != nil {
		return nil, inFlow("Appointments.FindBooking", err)
	}
	found, err := s.lookFor(ctx, want, opts)
	if err == nil && found == nil {
		return nil, ErrNotBooked
	}
	return found, err
}

// reconcile looks several times: the vendor may still be at work. It returns nil without an error if there is no appointment.
func (s *AppointmentsService) reconcile(ctx context.Context, want *AppointmentBooking, opts []caremux.RequestOption) (found *Appointment, err error) {
	rhythm := poll.Rhythm{Min: firstLook, Max: lastLook / 2, Limit: lastLook}
	var looked error
	err = poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		found, looked = s.lookFor(ctx, want, opts)
		return found != nil, ctx.Err()
	})
	switch {
	case found != nil:
		return found, nil
	case ctx.Err() != nil:
		return nil, err
	}
	return nil, looked
}

// lookFor returns nil without an error if there is no appointment.
func (s *AppointmentsService) lookFor(ctx context.Context, want *AppointmentBooking, opts []caremux.RequestOption) (*Appointment, error) {
	if given(want.PartnerAppointmentID) {
		found, err := s.Get(ctx, *want.PartnerAppointmentID, &AppointmentsGetParams{PartnerID: new("1")}, opts...)
		switch {
		case err == nil && want.startsAt(found.StartTime) && standing(found.Status):
			return found, nil
		case err != nil && !errors.Is(err, caremux.ErrNotFound):
			return nil, err
		}
	}
	for a, err := range s.All(ctx, want.listing(), opts...) {
		if err != nil {
			return nil, err
		}
		if want.made(&a) {
			return s.Get(ctx, a.AppointmentID, nil, opts...)
		}
	}
	return nil, nil
}

// listing asks for the appointments of the patient by Eka's id. The vendor has no filter for partner ids, so with these it is
// all appointments of the day; the range allows for either zone.
func (b *AppointmentBooking) listing() *AppointmentsListParams {
	if given(b.PatientID) {
		return &AppointmentsListParams{PatientID: b.PatientID}
	}
	start := b.AppointmentDetails.StartTime
	return &AppointmentsListParams{StartDate: new(caremux.DateOf(start.UTC())), EndDate: new(caremux.DateOf(start.In(IST)))}
}

// made reports whether a is the appointment that the booking has made.
func (b *AppointmentBooking) made(a *AppointmentSummary) bool {
	if a.AppointmentID == "" || !b.startsAt(a.StartTime) || !standing(a.Status) {
		return false
	}
	if !given(b.PatientID) && (b.PartnerPatientID == nil || a.PartnerPatientID != *b.PartnerPatientID) {
		return false
	}
	return sameIDs([][2]string{
		{deref(b.DoctorID), a.DoctorID}, {deref(b.ClinicID), a.ClinicID}, {deref(b.PatientID), a.PatientID},
		{deref(b.PartnerDoctorID), a.PartnerDoctorID}, {deref(b.PartnerClinicID), a.PartnerClinicID},
		{deref(b.PartnerAppointmentID), a.PartnerAppointmentID},
	})
}
