package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// ekacareBooking is what is known of the visit at the clinic.
type ekacareBooking struct {
	fake                    *ekacaretest.Server // nil with real credentials
	client                  *ekacare.Client
	clinic, doctor, patient string // Eka's ids
	start                   time.Time
	appointment             *ekacare.Appointment // once it is booked
}

// ekacareChapter finds a slot and books it.
func ekacareChapter(ctx context.Context, s *stage) error {
	b, err := ekacareOpen(s)
	if err != nil {
		return err
	}
	s.booking = b
	if s.write {
		if err := ekacareStory(ctx, s, &s.booking); err != nil {
			return err
		}
	}
	if s.long || !s.write {
		return ekacareMore(ctx, s, b)
	}
	return nil
}

// ekacareStory registers the patient and books her a slot.
func ekacareStory(ctx context.Context, s *stage, b *ekacareBooking) error {
	if !s.live {
		p, err := b.client.PatientDirectory.Create(ctx, &ekacare.DirectoryPatientCreate{
			FirstName: new(firstName), LastName: new(lastName), Gender: ekacare.GenderFemale, DateOfBirth: birthDate, Mobile: new(mobile),
		})
		if err != nil {
			return err
		}
		b.patient = p.OID
		s.step("register her", "patient %s", short(p.OID))
	}
	slot, err := ekacareSlot(ctx, s, b)
	if err != nil {
		return err
	}
	return ekacareBook(ctx, s, b, slot)
}

// ekacareSlot finds the first free slot. With the fake, another takes it meanwhile.
func ekacareSlot(ctx context.Context, s *stage, b *ekacareBooking) (ekacare.FoundSlot, error) {
	slots, err := b.client.Appointments.FindSlots(ctx, ekacare.SlotQuery{
		DoctorID: b.doctor, ClinicID: b.clinic, From: caremux.DateOf(b.start.In(ekacare.IST)), NotBefore: b.start,
	})
	if err != nil {
		return ekacare.FoundSlot{}, err
	}
	if len(slots) == 0 || s.live && !slots[0].Start.Equal(b.start) {
		return ekacare.FoundSlot{}, errors.New("there is no free slot at that time")
	}
	slot := slots[0]
	s.step("find a slot", "%d are free on %s, the first at %s", len(slots), slot.Start.Format("2 January"), clock(slot.Start))
	if b.fake != nil {
		b.fake.TakeSlot(b.fake.Doctor(), b.fake.Clinic(), slot.Start) // another is faster
	}
	return slot, nil
}

// ekacareBook books the slot, or the next one if it was taken. BookSlot reads the appointment back, and never books twice.
func ekacareBook(ctx context.Context, s *stage, b *ekacareBooking, slot ekacare.FoundSlot) error {
	c := b.client
	order := &ekacare.AppointmentBooking{PatientID: &b.patient}
	booked, err := c.Appointments.BookSlot(ctx, slot, order)
	var taken *ekacare.SlotTakenError
	if errors.As(err, &taken) && len(taken.Next) > 0 {
		var next []string
		for _, n := range taken.Next[:min(3, len(taken.Next))] {
			next = append(next, n.Start.Format("15:04"))
		}
		s.step("book "+slot.Start.Format("15:04"), "another was faster; still free: %s", strings.Join(next, ", "))
		if s.live {
			return err // this time was asked for
		}
		slot = taken.Next[0]
		booked, err = c.Appointments.BookSlot(ctx, slot, order)
	}
	id := ""
	var uncertain *ekacare.BookingError
	switch {
	case err == nil:
		id = booked.AppointmentID
	case errors.As(err, &uncertain):
		id = uncertain.AppointmentID
	}
	if id != "" {
		s.hasMade("the appointment", func(ctx context.Context) error { return c.Appointments.Cancel(ctx, id, nil) })
	}
	if err != nil {
		return err
	}
	b.appointment = booked
	s.step("book "+slot.Start.Format("15:04"), "appointment %s, read back: %s, status %s",
		short(id), clock(booked.StartTime), booked.Status)
	return nil
}

func ekacareOpen(s *stage) (b ekacareBooking, err error) {
	if s.live {
		b.start = time.Now()
		if s.write {
			if b, err = ekacareEnv(); err != nil {
				return b, err
			}
		}
		b.client, err = ekacare.NewFromEnv(s.options()...)
		return b, err
	}
	fake, err := ekacaretest.Start()
	if err != nil {
		return b, err
	}
	s.atEnd(fake.Close)
	b = ekacareBooking{fake: fake, clinic: fake.Clinic().ID, doctor: fake.Doctor().ID, start: at(9, 0)}
	b.client, err = fake.NewClient(s.options()...)
	return b, err
}

// ekacareEnv reads whom to book, so that nobody is picked by chance.
func ekacareEnv() (b ekacareBooking, err error) {
	b.clinic, b.doctor, b.patient = os.Getenv("EKA_CLINIC"), os.Getenv("EKA_DOCTOR"), os.Getenv("EKA_PATIENT")
	b.start, err = time.Parse(time.RFC3339, os.Getenv("EKA_START"))
	if err != nil || b.clinic == "" || b.doctor == "" || b.patient == "" {
		return b, fmt.Errorf("-write needs EKA_CLINIC, EKA_DOCTOR and EKA_PATIENT (Eka's ids) and EKA_START (a free slot, such as %s)",
			at(9, 0).Format(time.RFC3339))
	}
	return b, nil
}
