package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

// noID is the id of nothing.
const noID = "00000000-0000-0000-0000-000000000000"

// visit is what is needed to book.
type visit struct {
	block, patient, clinician string // GUIDs
	service                   int
	start                     time.Time
	zone                      *time.Location // of the hospital
}

func snapcareTour(ctx context.Context, s *stage) error {
	c, v, done, err := snapcareClient(s)
	if err != nil {
		return err
	}
	defer done()

	zones, err := snapcare.LoadTimeZones(ctx, c)
	if err != nil {
		return err
	}
	id, err := zones.ByLocation(v.zone)
	if err != nil {
		return err
	}
	s.step("log in and read the time zones", "%s has id %d", v.zone, id)

	if s.write {
		if err := snapcareWrites(ctx, s, c, zones, id, v); err != nil {
			return err
		}
	} else if err := snapcareList(ctx, s, c, v); err != nil {
		return err
	}

	_, err = c.AvailabilityBlocks.Get(ctx, noID)
	if !errors.Is(err, caremux.ErrNotFound) {
		return errors.Join(errors.New("an availability block that does not exist was not reported as such"), err)
	}
	s.step("read a block that does not exist", "%v", err)
	return nil
}

// snapcareList reads the appointments of the day.
func snapcareList(ctx context.Context, s *stage, c *snapcare.Client, v visit) error {
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
		last = fmt.Sprintf(", the last one %s at %s", a.AppointmentStatusCode, a.StartTime.In(v.zone).Format(time.Kitchen))
	}
	s.step("list the appointments of the day", "%d found%s", n, last)
	return nil
}

// snapcareWrites books an appointment, moves it and calls it off.
func snapcareWrites(ctx context.Context, s *stage, c *snapcare.Client, zones *snapcare.TimeZones, zoneID int, v visit) error {
	const length = 2 * time.Minute
	when, err := zones.ZonedTime(v.start, v.start.Add(length), zoneID)
	if err != nil {
		return err
	}
	participants := []snapcare.AppointmentParticipantInput{
		snapcare.ClinicianParticipant(v.clinician),
		snapcare.PatientParticipant(v.patient),
	}
	intake := snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
		IsPrimary:  new(true),
		CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
	}}}
	order := &snapcare.AppointmentCreate{
		AvailabilityBlockID: v.block,
		AppointmentTypeCode: snapcare.AppointmentTypeCodeClinicianScheduled,
		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
		IntakeMetadata:      intake,
		Participants:        participants,
		ServiceTypeID:       v.service,
		ZonedTime:           when,
	}
	a, err := c.Appointments.AdminCreate(ctx, order)
	if err != nil {
		return err
	}
	s.step("book a video appointment", "%s, %s there, %s in UTC", a.AppointmentStatusCode, a.StartTime.In(v.zone).Format("Jan 2 15:04 MST"),
		a.StartTime.UTC().Format("15:04"))

	if when, err = zones.ZonedTime(v.start.Add(time.Hour), v.start.Add(time.Hour+length), zoneID); err != nil {
		return err
	}
	moved, err := c.Appointments.AdminUpdate(ctx, a.AppointmentID, &snapcare.AppointmentUpdate{
		AvailabilityBlockID: new(v.block),
		AppointmentTypeCode: order.AppointmentTypeCode,
		EncounterTypeCode:   order.EncounterTypeCode,
		IntakeMetadata:      intake,
		Participants:        participants,
		ServiceTypeID:       v.service,
		ZonedTime:           when,
	})
	if err != nil {
		return err
	}
	s.step("move it by an hour", "%s there, %s in UTC", moved.StartTime.In(v.zone).Format("15:04"), moved.StartTime.UTC().Format("15:04"))

	if err := snapcareList(ctx, s, c, v); err != nil {
		return err
	}

	past := *order
	if past.ZonedTime, err = zones.ZonedTime(v.start.AddDate(-1, 0, 0), v.start.AddDate(-1, 0, 0).Add(length), zoneID); err != nil {
		return err
	}
	var e *caremux.Error
	if _, err = c.Appointments.AdminCreate(ctx, &past); !errors.As(err, &e) || e.Status != 400 {
		return errors.Join(errors.New("a booking in the past was not refused"), err)
	}
	s.step("book one in the past", "%v: %s", e, e.Message)

	if err := c.Appointments.AdminDelete(ctx, a.AppointmentID); err != nil {
		return err
	}
	s.step("call the appointment off", "done")
	if err = c.Appointments.AdminDelete(ctx, noID); !errors.Is(err, caremux.ErrNotFound) {
		return errors.Join(errors.New("an appointment that does not exist was not reported as such"), err)
	}
	s.step("call off one that does not exist", "not found: %v", err)
	return nil
}

func snapcareClient(s *stage) (c *snapcare.Client, v visit, done func(), err error) {
	if s.live {
		if v, err = liveVisit(s.write); err != nil {
			return nil, v, nil, err
		}
		c, err = snapcare.NewFromEnv(s.options...)
		return c, v, func() {}, err
	}
	fake, err := snapcaretest.Start()
	if err != nil {
		return nil, v, nil, err
	}
	v = visit{patient: fake.Patient().ID, clinician: fake.Clinician().ID, service: 307, zone: fake.Zone()}
	v.start = time.Date(2019, time.March, 14, 17, 48, 0, 0, v.zone)
	fake.SetNow(v.start.Add(-8 * time.Hour))
	v.block = fake.AddBlock(fake.Clinician(), v.start.Add(-time.Hour), v.start.Add(2*time.Hour))
	c, err = fake.NewClient(s.options...)
	return c, v, fake.Close, err
}

// liveVisit reads from the environment whom to book, so that no patient is picked by chance.
func liveVisit(write bool) (v visit, err error) {
	name := os.Getenv("SNAPCARE_TIME_ZONE")
	if name == "" {
		name = "America/New_York"
	}
	if v.zone, err = time.LoadLocation(name); err != nil {
		return v, err
	}
	v.start = time.Now()
	if !write {
		return v, nil
	}
	v.block, v.patient, v.clinician = os.Getenv("SNAPCARE_BLOCK"), os.Getenv("SNAPCARE_PATIENT"), os.Getenv("SNAPCARE_CLINICIAN")
	v.service, _ = strconv.Atoi(os.Getenv("SNAPCARE_SERVICE_TYPE"))
	v.start, err = time.Parse(time.RFC3339, os.Getenv("SNAPCARE_START"))
	if err != nil || v.block == "" || v.patient == "" || v.clinician == "" || v.service == 0 {
		return v, errors.New("-write needs SNAPCARE_BLOCK, SNAPCARE_PATIENT and SNAPCARE_CLINICIAN (GUIDs), SNAPCARE_SERVICE_TYPE (a number) " +
			"and SNAPCARE_START (such as 2030-01-02T15:00:00-05:00)")
	}
	return v, nil
}
