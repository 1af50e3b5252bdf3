package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// plan lists the free times of some days and books the one at a time, or the first.
func plan(ctx context.Context, out io.Writer, v *visit, at string, days int) error {
	zones, err := snapcare.LoadTimeZones(ctx, v.staff)
	if err != nil {
		return err
	}
	free, err := freeTimes(ctx, v, v.now.AddDate(0, 0, days))
	if err != nil {
		return err
	}
	for _, f := range free {
		fmt.Fprintf(out, "  %s for the patient is %s at the clinic\n", f.start.In(v.patientZone).Format(layout),
			f.start.In(v.clinicZone).Format(layout))
	}
	if v.patient == nil {
		fmt.Fprintln(out, "nothing is booked without -write")
		return nil
	}
	if at != "" {
		start, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return errors.New("-at must be a time such as 2030-11-03T01:00:00-04:00")
		}
		switch a, err := held(ctx, v, start); {
		case err != nil:
			return err
		case a != nil:
			fmt.Fprintln(out, "booked before:", v.both(a.StartTime))
			return nil
		}
		free = slices.DeleteFunc(free, func(f opening) bool { return !f.start.Equal(start) })
	}
	return schedule(ctx, out, v, zones, free)
}

// schedule books the first of the times, or the next that can be said to the vendor, and reads the appointment back.
func schedule(ctx context.Context, out io.Writer, v *visit, zones *snapcare.TimeZones, free []opening) error {
	for _, f := range free {
		when, err := localTimes(out, v, zones, f)
		if errors.Is(err, errTwice) {
			fmt.Fprintln(out, "the vendor cannot be told which is meant: not booked")
			continue
		}
		if err != nil {
			return err
		}
		return book(ctx, out, v, f, when)
	}
	return errors.New("there is no such time that is free and can be booked")
}

// book books a time and reads the appointment back.
func book(ctx context.Context, out io.Writer, v *visit, f opening, when *snapcare.ZonedTimeInput) error {
	booked, err := v.patient.Appointments.PatientCreate(ctx, v.order(f, when))
	if err != nil {
		var e *caremux.Error
		lost := errors.As(err, &e) && e.MaybeApplied()
		switch booked = heldAfter(ctx, v, f.start, lost); {
		case booked != nil:
		case lost:
			return fmt.Errorf("it may have been booked: run this again for the same time: %w", err)
		default:
			return err
		}
	}
	a, err := v.patient.Appointments.GetForPatient(ctx, booked.AppointmentID)
	if err != nil {
		return fmt.Errorf("appointment %s is booked, but cannot be read: run this again for the same time: %w",
			booked.AppointmentID, err)
	}
	if !a.StartTime.Equal(f.start) { // the vendor took it for another moment
		err := v.patient.Appointments.PatientDelete(ctx, booked.AppointmentID)
		return errors.Join(fmt.Errorf("it was booked for %s: cancelled", a.StartTime), err)
	}
	fmt.Fprintln(out, "booked and read back:", v.both(a.StartTime))
	return nil
}

// both shows a time as the vendor writes it, and as the patient's clocks do.
func (v *visit) both(at caremux.Time) string {
	return fmt.Sprintf("%s, %s for the patient", at, at.In(v.patientZone).Format(layout))
}
