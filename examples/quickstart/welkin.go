package main

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// vitals is a custom data type as the tenant has defined it.
type vitals struct {
	BloodSugar int `json:"blood_sugar,omitzero"`
	Systolic   int `json:"systolic,omitzero"`
	Diastolic  int `json:"diastolic,omitzero"`
}

func welkinTour(ctx context.Context, s *stage) error {
	c, done, err := welkinClient(s)
	if err != nil {
		return err
	}
	defer done()

	var r caremux.Response
	first, err := c.Patients.List(ctx, &welkin.PatientsListParams{Size: new(1)}, caremux.WithResponse(&r))
	if err != nil {
		return err
	}
	s.step("authenticate", "secret exchanged for a token; first call answered %d", r.Status)

	patientID := ""
	if len(first.Items) > 0 {
		patientID = first.Items[0].ID
	}
	if s.write {
		if patientID, err = welkinWrites(ctx, s, c); err != nil {
			return err
		}
	}

	patients, pages := 0, 0
	for page, err := c.Patients.List(ctx, &welkin.PatientsListParams{Size: new(20), Sort: new("lastName,asc")}); ; page, err = page.Next(ctx) {
		if err != nil {
			return err
		}
		pages++
		patients += len(page.Items)
		if !page.HasNext() || pages == 3 {
			break
		}
	}
	s.step("page through patients", "%d patients on %d pages of 20", patients, pages)

	if patientID != "" {
		p, err := c.Patients.Get(ctx, patientID, nil)
		if err != nil {
			return err
		}
		s.step("read one of them", "%s, and %d members that no document names", p.ID, len(p.Extra()))
	}

	_, err = c.Patients.Get(ctx, "00000000-0000-0000-0000-000000000000", nil)
	if !errors.Is(err, caremux.ErrNotFound) {
		return errors.Join(errors.New("a patient that does not exist was not reported as such"), err)
	}
	s.step("read one that does not exist", "%v", err)
	return nil
}

// welkinWrites creates a patient, a custom data record and a calendar event, and returns the patient's id.
func welkinWrites(ctx context.Context, s *stage, c *welkin.Client) (string, error) {
	birth := welkin.NewDate(2012, time.March, 12)
	p, err := c.Patients.Create(ctx, &welkin.PatientCreate{
		FirstName: "Charlie",
		LastName:  "Taylor",
		BirthDate: &birth,
		Timezone:  new("America/Los_Angeles"),
		Phone:     new("+12025550123"),
		Email:     new("charlie.taylor@example.com"),
	})
	if err != nil {
		return "", err
	}
	s.step("create a patient", "%s %s, %s", p.FirstName, p.LastName, p.ID)

	records := welkin.CDTRecords[vitals](c, "vitals")
	written, err := records.Create(ctx, p.ID, &vitals{BloodSugar: 104, Systolic: 118, Diastolic: 76})
	if err != nil {
		return "", err
	}
	s.step("write a custom data record", "vitals %s", written.ID)
	read, err := records.Get(ctx, p.ID, written.ID)
	if err != nil {
		return "", err
	}
	s.step("read it into a Go struct", "%+v, by %s", read.Fields, read.JSONBody.CreatedByName)

	host, err := welkinHost(ctx, s, c)
	if err != nil {
		return "", err
	}
	start := time.Now().Add(48 * time.Hour).Truncate(time.Hour)
	event, err := c.CalendarEvents.Create(ctx, &welkin.CalendarEventInput{
		EventTitle:    new("First visit"),
		EventType:     new(welkin.CalendarEventTypeAppointment),
		EventStatus:   new(welkin.CalendarEventStatusScheduled),
		EventMode:     new(welkin.CalendarEventModeVideo),
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
	s.step("book a calendar event", "%s, %s, %s", event.EventMode, event.StartDateTime, event.ID)

	if err := c.CalendarEvents.UpdateInvitation(ctx, event.ID, &welkin.InvitationUpdate{ParticipantID: p.ID, ParticipationStatus: "Yes"}); err != nil {
		return "", err
	}
	event, err = c.CalendarEvents.Get(ctx, event.ID, nil)
	if err != nil {
		return "", err
	}
	for _, participant := range event.Participants {
		if participant.ParticipantID == p.ID {
			s.step("answer the invitation", "the patient says %s", participant.ParticipationStatus)
		}
	}
	return p.ID, nil
}

// welkinHost returns a user who can host calendar events: the first there is, or on the fake a new one.
func welkinHost(ctx context.Context, s *stage, c *welkin.Client) (*welkin.User, error) {
	users, err := c.Users.List(ctx, &welkin.UsersListParams{Size: new(1)})
	if err != nil {
		return nil, err
	}
	if len(users.Items) > 0 {
		return &users.Items[0], nil
	}
	if s.live {
		return nil, errors.New("the tenant has no user to host a calendar event")
	}
	return c.Users.Create(ctx, &welkin.UserInput{Username: new("drjones"), FirstName: new("Dana"), LastName: new("Jones"), Credentials: new("MD")})
}

func welkinClient(s *stage) (c *welkin.Client, done func(), err error) {
	if s.live {
		c, err = welkin.NewFromEnv(s.options...)
		return c, func() {}, err
	}
	fake, err := welkintest.Start()
	if err != nil {
		return nil, nil, err
	}
	fake.AddPatients(45)
	c, err = fake.NewClient(s.options...)
	return c, fake.Close, err
}
