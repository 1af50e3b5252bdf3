// Package visits is a piece of a clinic's own code, small enough to show how such code is tested against a vendor's fake. Its
// tests are the point: they let the vendor respond with 503, lose responses and hang. Those of responses_test.go mock the network
// with httpmock where a whole fake is too much.
//
//	go test -v ./examples/testing
package visits

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// Visit is an appointment as this clinic knows it.
type Visit struct {
	ID        string // the clinic's own, unique; Welkin keeps it as the external id
	Title     string
	Patient   string // Welkin's id
	Clinician string // Welkin's id
	Start     time.Time
	Length    time.Duration
}

// Schedule makes sure that Welkin has an event for the visit, and exactly one, however often it is called. After an error it is
// not known whether there is one; call it again.
func Schedule(ctx context.Context, c *welkin.Client, v Visit) (*welkin.CalendarEvent, error) {
	if event, err := find(ctx, c, v.ID); err == nil || !errors.Is(err, caremux.ErrNotFound) {
		return event, err
	}
	event, err := c.CalendarEvents.Create(ctx, &welkin.CalendarEventCreate{
		ExternalID:    &v.ID,
		EventTitle:    &v.Title,
		EventType:     new(welkin.CalendarEventTypeAppointment),
		StartDateTime: caremux.NewTime(v.Start),
		EndDateTime:   caremux.NewTime(v.Start.Add(v.Length)),
		HostID:        v.Clinician,
		Participants: []welkin.CalendarParticipantInput{
			{ParticipantID: v.Clinician, ParticipantRole: welkin.ParticipantRolePsm},
			{ParticipantID: v.Patient, ParticipantRole: welkin.ParticipantRolePatient},
		},
	})
	var failure *caremux.Error
	if !errors.As(err, &failure) || !failure.MaybeApplied() {
		return event, err
	}
	// The client does not repeat a create that may have succeeded, and neither must we: look first.
	event, lookErr := find(ctx, c, v.ID)
	if lookErr != nil {
		return nil, errors.Join(err, lookErr)
	}
	return event, nil
}

// find looks for the event of a visit. There being none is an error that matches caremux.ErrNotFound.
func find(ctx context.Context, c *welkin.Client, visitID string) (*welkin.CalendarEvent, error) {
	return c.CalendarEvents.Get(ctx, visitID, &welkin.CalendarEventsGetParams{Type: new(welkin.CalendarEventIDTypeExternalID)})
}

// Reminder is a message to send.
type Reminder struct {
	Patient string // Welkin's id
	Title   string
	Start   time.Time
}

// Reminders lists whom to remind of appointments that begin in a time, by their start. An error means that the list is not
// complete, and none is returned.
func Reminders(ctx context.Context, c *welkin.Client, from, to time.Time) ([]Reminder, error) {
	var list []Reminder
	for event, err := range c.CalendarEvents.All(ctx, &welkin.CalendarEventsListParams{
		From:      new(caremux.NewTime(from)),
		To:        new(caremux.NewTime(to)),
		EventType: new(welkin.CalendarEventTypeAppointment),
		Sort:      new("startDateTime,asc"),
	}) {
		if err != nil {
			return nil, err
		}
		// Welkin lists what overlaps the range; an event that has begun needs no reminder.
		if start := event.StartDateTime; !start.Known() || start.Before(from) {
			continue
		}
		for _, p := range event.Participants {
			if p.ParticipantRole == welkin.ParticipantRolePatient {
				list = append(list, Reminder{Patient: p.ParticipantID, Title: event.EventTitle, Start: event.StartDateTime.Time})
			}
		}
	}
	return list, nil
}
