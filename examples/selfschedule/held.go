package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux/snapcare"
)

// held looks for the appointment that this patient has with the clinician at a time, nil if there is none. A program
// that runs again, after a crash or a lost response, finds what it has booked, and a patient who asks twice gets one
// appointment. Only in a block for double booking the vendor takes two requests of the same time that are sent at once.
func held(ctx context.Context, v *visit, start time.Time) (*snapcare.Appointment, error) {
	day := &snapcare.AppointmentsPatientListParams{ // wide enough for any zone that the vendor may read it in
		StartDate: snapcare.NewLocalTime(start.AddDate(0, 0, -1), v.clinicZone),
		EndDate:   snapcare.NewLocalTime(start.AddDate(0, 0, 1), v.clinicZone),
	}
	for a, err := range v.patient.Appointments.PatientAll(ctx, day) {
		if err != nil {
			return nil, err
		}
		if v.asked(&a, start) {
			return &a, nil
		}
	}
	return nil, nil
}

// asked reports whether an appointment is the one that was asked for: open, of the patient, with the clinician, at the
// time.
func (v *visit) asked(a *snapcare.Appointment, start time.Time) bool {
	takesPart := func(personID string) bool {
		return slices.ContainsFunc(a.Participants, func(p snapcare.AppointmentParticipant) bool {
			return strings.EqualFold(p.PersonID, personID)
		})
	}
	return !cancelled(a) && a.StartTime.Equal(start) && takesPart(v.patientID) && takesPart(v.clinicianID)
}

func cancelled(a *snapcare.Appointment) bool {
	if a.AppointmentStatusCode == nil {
		return false
	}
	switch *a.AppointmentStatusCode {
	case snapcare.AppointmentStatusCodeCancelledByPatient, snapcare.AppointmentStatusCodeCancelledByProvider:
		return true
	}
	return false
}

// lookAgain are the waits before each look for an appointment after a booking that may have been made.
var lookAgain = []time.Duration{0, time.Second, 3 * time.Second}

// heldAfter is held after a booking that has failed. Where the response got lost the appointment may show a little
// later; where the vendor has refused the time, the patient may have got it by asking twice.
func heldAfter(ctx context.Context, v *visit, start time.Time, lost bool) *snapcare.Appointment {
	for _, pause := range lookAgain {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if a, err := held(ctx, v, start); a != nil && err == nil {
			return a
		}
		if !lost {
			return nil
		}
	}
	return nil
}
