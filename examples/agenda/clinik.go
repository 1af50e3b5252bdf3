package main

import (
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// clinikSystem searches by days, for all practitioners: there is no parameter for one.
func clinikSystem(c *clinik.Client, practitionerID string) system {
	return system{"ClinikAPI", func(ctx context.Context, from, to time.Time) (list []appointment, err error) {
		patients := newNames(func(ctx context.Context, id string) (string, error) {
			p, err := c.Patients.Get(ctx, id, nil)
			if err != nil {
				return "", err
			}
			return p.FullName, nil
		})
		for a, err := range c.Appointments.SearchAll(ctx, &clinik.AppointmentsSearchParams{
			// In which zone the days are is not documented, hence one more on either side.
			DateFrom: new(caremux.DateOf(from.UTC().AddDate(0, 0, -1))),
			DateTo:   new(caremux.DateOf(to.UTC().AddDate(0, 0, 1))),
			Count:    new(100),
		}) {
			if err != nil {
				return nil, err
			}
			if a.PractitionerID != practitionerID || a.Status == clinik.AppointmentStatusCancelled || !a.Start.Known() {
				continue
			}
			one := appointment{Start: a.Start.Time, End: a.End.Time, Reason: a.Description, How: a.AppointmentType}
			if a.MinutesDuration != nil && one.End.IsZero() {
				one.End = one.Start.Add(time.Duration(*a.MinutesDuration) * time.Minute)
			}
			if one.Patient, err = patients.of(ctx, a.PatientID); err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return list, nil
	}}
}
