package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// welkinChapter enrols the patient and makes a calendar event.
func welkinChapter(ctx context.Context, s *stage) error {
	c, err := welkinOpen(s)
	if err != nil {
		return err
	}
	patientID := ""
	if s.write {
		if patientID, err = welkinStory(ctx, s, c); err != nil {
			return err
		}
	}
	if s.long || !s.write {
		return welkinMore(ctx, s, c, patientID)
	}
	return nil
}

func welkinStory(ctx context.Context, s *stage, c *welkin.Client) (patientID string, err error) {
	found, err := c.Patients.List(ctx, &welkin.PatientsListParams{Query: new(email), Size: new(1)})
	if err != nil {
		return "", err
	}
	known := "nobody has her e-mail address yet"
	if len(found.Items) > 0 {
		known = "a patient has her e-mail address already"
	}
	s.step("look her up", "%s", known)

	p, err := c.Patients.Create(ctx, &welkin.PatientCreate{
		FirstName: firstName,
		LastName:  lastName,
		BirthDate: &birthDate,
		Timezone:  new(homeZone),
		Phone:     new(mobile),
		Email:     new(email),
	})
	if err != nil {
		return "", err
	}
	s.hasMade("the patient", func(ctx context.Context) error { return c.Patients.Delete(ctx, p.ID) })
	s.step("enrol her", "patient %s, born %s, at home in %s", short(p.ID), p.BirthDate.In(time.UTC).Format(time.DateOnly), p.Timezone)

	host, err := welkinHost(ctx, s, c)
	if err != nil {
		return "", err
	}
	start := at(17, 30)
	if s.live { // Welkin deletes future events only
		start = time.Now().Add(48 * time.Hour).Truncate(time.Hour)
	}
	event, err := c.CalendarEvents.Create(ctx, &welkin.CalendarEventCreate{
		EventTitle:    new("First call"),
		EventType:     new(welkin.CalendarEventTypeAppointment),
		EventStatus:   new(welkin.CalendarEventStatusScheduled),
		EventMode:     new(welkin.CalendarEventModeCall),
		StartDateTime: caremux.NewTime(start),
		EndDateTime:   caremux.NewTime(start.Add(30 * time.Minute)),
		HostID:        host.ID,
		Participants: []welkin.CalendarParticipantInput{
			{ParticipantID: host.ID, ParticipantRole: welkin.ParticipantRolePsm},
			{ParticipantID: p.ID, ParticipantRole: welkin.ParticipantRolePatient},
		},
	})
	if err != nil {
		return "", err
	}
	s.hasMade("the calendar event", func(ctx context.Context) error { return c.CalendarEvents.Delete(ctx, event.ID) })
	s.step("make a calendar event", "a %s with her nurse at %s (%s UTC)", strings.ToLower(string(event.EventMode)),
		clock(event.StartDateTime), event.StartDateTime.UTC().Format("15:04"))
	return p.ID, nil
}

// welkinHost returns a user who can host calendar events.
func welkinHost(ctx context.Context, s *stage, c *welkin.Client) (*welkin.User, error) {
	users, err := c.Users.List(ctx, &welkin.UsersListParams{Size: new(1)})
	switch {
	case err != nil:
		return nil, err
	case len(users.Items) > 0:
		return &users.Items[0], nil
	case s.live:
		return nil, errors.New("the tenant has no user to host a calendar event")
	}
	return c.Users.Create(ctx, &welkin.UserCreate{
		Username: new("djones"), FirstName: new("Dana"), LastName: new("Jones"), Credentials: new("RN"),
	})
}

func welkinOpen(s *stage) (*welkin.Client, error) {
	if s.live {
		return welkin.NewFromEnv(s.options()...)
	}
	fake, err := welkintest.Start()
	if err != nil {
		return nil, err
	}
	s.atEnd(fake.Close)
	fake.AddPatients(45)
	fake.Fail(welkintest.Fault{Operation: "Patients.List", Status: 503})
	return fake.NewClient(s.options()...)
}
