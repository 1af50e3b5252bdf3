package main

import (
	"context"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// ekacareSystem lists by days, at most seven in a call, and knows patients by their ids only.
func ekacareSystem(c *ekacare.Client, doctorID string) system {
	return system{"Eka Care", func(ctx context.Context, from, to time.Time) (list []appointment, err error) {
		patients := newNames(func(ctx context.Context, id string) (string, error) {
			p, err := c.PatientDirectory.Get(ctx, id)
			if err != nil {
				return "", err
			}
			return strings.TrimSpace(p.FirstName + " " + p.LastName), nil
		})
		for first := from.In(ekacare.IST); first.Before(to.AddDate(0, 0, 1)); first = first.AddDate(0, 0, 7) {
			for a, err := range c.Appointments.All(ctx, &ekacare.AppointmentsListParams{
				DoctorID:  &doctorID,
				StartDate: new(caremux.DateOf(first)),
				EndDate:   new(caremux.DateOf(first.AddDate(0, 0, 6))),
			}) {
				if err != nil {
					return nil, err
				}
				switch a.Status {
				case ekacare.AppointmentStatusCancelled, ekacare.AppointmentStatusCND, ekacare.AppointmentStatusCNS,
					ekacare.AppointmentStatusRescheduled:
					continue
				}
				if !a.StartTime.Known() {
					continue
				}
				one := appointment{Start: a.StartTime.Time.Time, End: a.EndTime.Time.Time, How: strings.ReplaceAll(string(a.Mode), "_", " ")}
				if one.Patient, err = patients.of(ctx, a.PatientID); err != nil {
					return nil, err
				}
				list = append(list, one)
			}
		}
		return list, nil
	}}
}
