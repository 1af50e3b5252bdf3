package ekacare

import (
	"fmt"

	"github.com/caremux/caremux/internal/wire"
)

// SlotTakenError is a booking that was refused because the slot is taken, and not by this patient. It matches
// [ErrSlotTaken].
type SlotTakenError struct {
	// Next are up to five free slots of the doctor at the clinic that come next, within a week and not in the past. It is
	// empty if the patient has an appointment among them already; see Held.
	Next []FoundSlot
	// Held is an appointment of the patient with the doctor at the clinic that begins no later than the last of the next
	// free slots; nil if there is none. A run before this one may have booked it in place of the slot that was taken.
	Held      *AppointmentSummary
	SearchErr error // why the next free slots could not be searched; nil if they could
	LookErr   error // why the appointments of the patient could not be read; nil if they could

	err error
}

// Error is the text of the refusal.
func (e *SlotTakenError) Error() string { return e.err.Error() }

// Format prints the message of Error for every verb.
func (e *SlotTakenError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, for logs in JSON.
func (e *SlotTakenError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the refusal.
func (e *SlotTakenError) Unwrap() error { return e.err }

// BookingStage says how far a booking came.
type BookingStage string

// The stages.
const (
	// BookingStageBooked: the vendor has booked the appointment, but it could not be read back.
	BookingStageBooked BookingStage = "booked, but not confirmed"
	// BookingStageDiffers: the appointment is not what was requested: the one that was read back, or the patient's
	// appointment that has the caller's id already, differs in its time, doctor, clinic, patient or status.
	BookingStageDiffers BookingStage = "booked, but not as requested"
	// BookingStageUnknown: nobody knows whether the appointment exists: the response to the booking was lost and it was
	// not found, or the slot is taken and the appointments of the patient could not be read. It may still appear: look
	// with [AppointmentsService.FindBooking] before you book once more.
	BookingStageUnknown BookingStage = "of unknown outcome"
)

// BookingError is a booking of which it is not certain that the appointment exists as requested. Do not book another
// slot for the patient before you have looked.
type BookingError struct {
	Stage         BookingStage
	AppointmentID string // Eka's id, if the vendor has named it
	// Appointment is what was found or read back, if it is the patient's; nil otherwise.
	Appointment *Appointment
	BookErr     error // why the booking has no certain response; nil if it has one, or was not sent
	LookErr     error // why the appointment was not read or found; nil if nothing failed
}

// Error says how far the booking came. It names no id.
func (e *BookingError) Error() string {
	text := "ekacare: the appointment is " + string(e.Stage)
	for _, err := range e.Unwrap() {
		text += ": " + err.Error()
	}
	return text
}

// Format prints the message of Error for every verb, so that the appointment stays out of logs.
func (e *BookingError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no appointment either.
func (e *BookingError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns both causes.
func (e *BookingError) Unwrap() []error {
	var list []error
	for _, err := range []error{e.BookErr, e.LookErr} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}
