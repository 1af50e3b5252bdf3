package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// india is the zone of Eka's clinics.
var india = time.FixedZone("IST", 5*3600+1800)

// consultation is what the Eka tour books, by the ids of the one who books.
type consultation struct {
	clinic, doctor, patient string // partner ids
	appointment             string
	start                   time.Time
	details                 *ekacare.AppointmentPatientInput // of a patient who is not known yet
}

func ekacareTour(ctx context.Context, s *stage) error {
	c, visit, done, err := ekacareClient(s)
	if err != nil {
		return err
	}
	defer done()

	answer, err := c.Business.ListEntities(ctx)
	if err != nil {
		return err
	}
	if answer.Data == nil || answer.Data.Business == nil {
		return errors.New("the answer names no business")
	}
	s.step("log in and read the business", "%s: %d clinics, %d doctors",
		answer.Data.Business.Name, len(answer.Data.Clinics), len(answer.Data.Doctors))
	clinic, doctor := practising(answer.Data)
	if clinic == "" {
		return errors.New("no doctor practises at any of the clinics")
	}

	slots := func() error { return ekacareSlots(ctx, s, c, doctor, clinic, visit.start) }
	if err := slots(); err != nil {
		return err
	}
	if s.write {
		if err := ekacareWrites(ctx, s, c, visit, slots); err != nil {
			return err
		}
	}

	if _, err = c.Appointments.Get(ctx, "no-such-appointment", nil); !errors.Is(err, caremux.ErrNotFound) {
		return errors.Join(errors.New("an appointment that does not exist was not reported as such"), err)
	}
	s.step("read one that does not exist", "%v", err)
	return nil
}

// practising gives the ids of a clinic and of a doctor there.
func practising(entities *ekacare.Entities) (clinic, doctor string) {
	for _, k := range entities.Clinics {
		if len(k.Doctors) > 0 {
			return k.ClinicID, k.Doctors[0]
		}
	}
	return "", ""
}

// ekacareSlots counts the slots of a day.
func ekacareSlots(ctx context.Context, s *stage, c *ekacare.Client, doctor, clinic string, at time.Time) error {
	day := at.In(india).Format(time.DateOnly)
	answer, err := c.Appointments.ListSlots(ctx, doctor, clinic, &ekacare.AppointmentsListSlotsParams{StartDate: day, EndDate: day})
	if err != nil {
		return err
	}
	free, all, first := 0, 0, ""
	if answer.Data != nil {
		for _, group := range answer.Data.Schedule[clinic] {
			for _, slot := range group.Slots {
				all++
				if slot.Available != nil && *slot.Available {
					if free++; first == "" {
						first = ", the first at " + slot.Start.In(india).Format("15:04")
					}
				}
			}
		}
	}
	s.step("list the slots of "+day, "%d of %d are free%s", free, all, first)
	return nil
}

// ekacareWrites books an appointment, reads it back and calls it off, whatever happens in between.
func ekacareWrites(ctx context.Context, s *stage, c *ekacare.Client, v consultation, slots func() error) (err error) {
	start := ekacare.NewEpochSeconds(v.start)
	order := &ekacare.AppointmentBooking{
		PartnerAppointmentID: new(v.appointment),
		PartnerClinicID:      new(v.clinic),
		PartnerDoctorID:      new(v.doctor),
		PartnerPatientID:     new(v.patient),
		AppointmentDetails: ekacare.AppointmentDetailsInput{
			StartTime: start, EndTime: &start, Mode: new(ekacare.AppointmentModeInClinic),
			CustomAttributes: map[string]any{"tags": []string{"paid", "in_consult"}},
		},
		PatientDetails: v.details,
		PartnerMeta:    map[string]any{"encounter_id": "123"},
	}
	booked, err := c.Appointments.Book(ctx, order)
	if err != nil {
		return err
	}
	s.step("book an appointment", "%s", booked.AppointmentID)
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Appointments.Cancel(context.WithoutCancel(ctx), booked.AppointmentID, nil))
		}
	}()
	if err := slots(); err != nil {
		return err
	}

	a, err := c.Appointments.Get(ctx, v.appointment, &ekacare.AppointmentsGetParams{PartnerID: new("1")})
	if err != nil {
		return err
	}
	s.step("read it back by your own id", "%s %s at %s, encounter %v",
		a.Status, a.Mode, a.StartTime.In(india).Format("15:04:05 on Jan 2"), a.PartnerMeta["encounter_id"])

	second := *order
	second.PartnerAppointmentID = new(v.appointment + "-2")
	if !s.live { // where it would be one more appointment if the slot takes two
		if _, err = c.Appointments.Book(ctx, &second); !errors.Is(err, ekacare.ErrSlotTaken) {
			return errors.Join(errors.New("a slot was booked twice"), err)
		}
		s.step("book the same slot again", "taken: %v", err)
	}

	second.DoctorID = new("both-ids")
	_, err = c.Appointments.Book(ctx, &second)
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) {
		return errors.Join(errors.New("two kinds of ids were sent"), err)
	}
	s.step("mix up two kinds of ids", "not sent: %s %s", argument.Field, argument.Rule)

	if err := c.Appointments.Cancel(ctx, booked.AppointmentID, nil); err != nil {
		return err
	}
	if a, err = c.Appointments.Get(ctx, booked.AppointmentID, nil); err != nil {
		return err
	}
	s.step("call the appointment off", "status %s", a.Status)
	return nil
}

func ekacareClient(s *stage) (c *ekacare.Client, v consultation, done func(), err error) {
	if s.live {
		if v, err = liveConsultation(s.write); err != nil {
			return nil, v, nil, err
		}
		c, err = ekacare.NewFromEnv(s.options...)
		return c, v, func() {}, err
	}
	fake, err := ekacaretest.Start()
	if err != nil {
		return nil, v, nil, err
	}
	// The sample of the vendor's page on booking.
	v = consultation{
		clinic: fake.Clinic().PartnerID, doctor: fake.Doctor().PartnerID, patient: "6742984", appointment: "098765434567890",
		start: time.Unix(1730189586, 0),
		details: &ekacare.AppointmentPatientInput{
			Designation: new(ekacare.DesignationMr), FirstName: new("Test"), LastName: new("Patient"), Mobile: new("+919999999999"),
			Gender: new(ekacare.GenderMale), DateOfBirth: new(caremux.NewDate(1987, time.January, 6)), PartnerPatientID: new("6742984"),
			Address: &ekacare.PatientAddressInput{City: new("Bangalore"), Pincode: new(560049)},
		},
	}
	c, err = fake.NewClient(s.options...)
	return c, v, fake.Close, err
}

// liveConsultation reads from the environment whom to book, so that no patient is picked by chance.
func liveConsultation(write bool) (v consultation, err error) {
	v.start = time.Now()
	if !write {
		return v, nil
	}
	v.clinic, v.doctor, v.patient = os.Getenv("EKA_PARTNER_CLINIC"), os.Getenv("EKA_PARTNER_DOCTOR"), os.Getenv("EKA_PARTNER_PATIENT")
	v.appointment = fmt.Sprintf("quickstart-%d", time.Now().UnixNano())
	v.start, err = time.Parse(time.RFC3339, os.Getenv("EKA_START"))
	if err != nil || v.clinic == "" || v.doctor == "" || v.patient == "" {
		return v, errors.New("-write needs EKA_PARTNER_CLINIC, EKA_PARTNER_DOCTOR and EKA_PARTNER_PATIENT (your ids of registered ones) " +
			"and EKA_START (a free slot, such as 2030-01-02T15:00:00+05:30)")
	}
	return v, nil
}
