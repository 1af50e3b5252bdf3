package main

import (
	"context"
	"time"

	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

// snapcareChapter makes a video appointment and moves it.
func snapcareChapter(ctx context.Context, s *stage) error {
	c, v, err := snapcareOpen(s)
	if err != nil {
		return err
	}
	zones, err := snapcare.LoadTimeZones(ctx, c)
	if err != nil {
		return err
	}
	if v.zoneID, err = zones.ByLocation(v.zone); err != nil {
		return err
	}
	s.step("find the time zone", "%s is number %d", v.zone, v.zoneID)
	if s.write {
		if err := snapcareStory(ctx, s, c, zones, v); err != nil {
			return err
		}
	}
	if s.long || !s.write {
		return snapcareMore(ctx, s, c, zones, v)
	}
	return nil
}

const visitLength = 20 * time.Minute

func snapcareStory(ctx context.Context, s *stage, c *snapcare.Client, zones *snapcare.TimeZones, v videoVisit) error {
	order, err := v.order(zones, v.start)
	if err != nil {
		return err
	}
	a, err := c.Appointments.AdminCreate(ctx, order)
	if err != nil {
		return err
	}
	s.hasMade("the appointment", func(ctx context.Context) error { return c.Appointments.AdminDelete(ctx, a.AppointmentID) })
	s.step("book a video visit", "%s, %s there, %s for her", a.AppointmentStatusCode, a.StartTime.In(v.zone).Format("15:04 MST"),
		clock(a.StartTime))

	later := v.start.Add(30 * time.Minute)
	if order, err = v.order(zones, later); err != nil {
		return err
	}
	moved, err := c.Appointments.AdminReplace(ctx, a.AppointmentID, &snapcare.AppointmentReplace{
		AvailabilityBlockID: &order.AvailabilityBlockID,
		AppointmentTypeCode: order.AppointmentTypeCode,
		EncounterTypeCode:   order.EncounterTypeCode,
		IntakeMetadata:      order.IntakeMetadata,
		Participants:        order.Participants,
		ServiceTypeID:       order.ServiceTypeID,
		ZonedTime:           order.ZonedTime,
	})
	if err != nil {
		return err
	}
	s.step("move it by half an hour", "%s there, %s for her", moved.StartTime.In(v.zone).Format("15:04 MST"), clock(moved.StartTime))
	return snapcareList(ctx, s, c, v)
}

// snapcareList reads the appointments of the day.
func snapcareList(ctx context.Context, s *stage, c *snapcare.Client, v videoVisit) error {
	params := &snapcare.AppointmentsAdminListParams{
		StartDate: snapcare.NewLocalTime(v.start.Add(-12*time.Hour), v.zone),
		EndDate:   snapcare.NewLocalTime(v.start.Add(12*time.Hour), v.zone),
	}
	n, last := 0, ""
	for a, err := range c.Appointments.AdminAll(ctx, params) {
		if err != nil {
			return err
		}
		n++
		last = ", the last at " + a.StartTime.In(v.zone).Format("15:04 MST")
	}
	s.step("list the day", "appointments: %d%s", n, last)
	return nil
}

// snapcareOpen also says whom to book; with real credentials, only to write.
func snapcareOpen(s *stage) (*snapcare.Client, videoVisit, error) {
	if s.live {
		v, err := videoVisitEnv(s.write)
		if err != nil {
			return nil, v, err
		}
		c, err := snapcare.NewFromEnv(s.options()...)
		return c, v, err
	}
	fake, err := snapcaretest.Start()
	if err != nil {
		return nil, videoVisit{}, err
	}
	s.atEnd(fake.Close)
	specialist := fake.AddClinician("Daniel", "Reed")
	v := videoVisit{
		patient:   fake.AddPatient(firstName, lastName).ID,
		clinician: specialist.ID,
		service:   307,
		zone:      fake.Zone(),
		start:     at(20, 30),
	}
	fake.SetNow(at(8, 0))
	v.block = fake.AddBlock(specialist, v.start.Add(-time.Hour), v.start.Add(2*time.Hour))
	fake.Fail(snapcaretest.Fault{Operation: "Appointments.AdminReplace", AfterWork: true, Reset: true})
	c, err := fake.NewClient(s.options()...)
	return c, v, err
}
