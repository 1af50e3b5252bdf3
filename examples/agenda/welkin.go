package main

import (
	"context"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// welkinSystem lists calendar events. They name the patient in live answers, though no document says so.
func welkinSystem(c *welkin.Client, userID string) system {
	return system{"Welkin", func(ctx context.Context, from, to time.Time) (list []appointment, err error) {
		patients := newNames(func(ctx context.Context, id string) (string, error) {
			p, err := c.Patients.Get(ctx, id, nil)
			if err != nil {
				return "", err
			}
			return strings.TrimSpace(p.FirstName + " " + p.LastName), nil
		})
		for event, err := range c.CalendarEvents.All(ctx, &welkin.CalendarEventsListParams{
			ParticipantIDs: []string{userID},
			From:           new(caremux.NewTime(from)),
			To:             new(caremux.NewTime(to)),
			EventType:      new(welkin.CalendarEventTypeAppointment),
		}) { // without those that were cancelled
			if err != nil {
				return nil, err
			}
			one := appointment{
				Start: event.StartDateTime.Time, End: event.EndDateTime.Time,
				Reason: event.EventTitle, How: strings.ToLower(string(event.EventMode)),
			}
			var who []string
			for _, p := range event.Participants {
				if p.ParticipantRole != welkin.ParticipantRolePatient {
					continue
				}
				name := strings.TrimSpace(p.FirstName + " " + p.LastName)
				if name == "" {
					if name, err = patients.of(ctx, p.ParticipantID); err != nil {
						return nil, err
					}
				}
				who = append(who, name)
			}
			one.Patient = strings.Join(who, ", ")
			list = append(list, one)
		}
		return list, nil
	}}
}
