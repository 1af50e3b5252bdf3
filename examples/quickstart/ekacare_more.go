package main

import (
	"context"
	"errors"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// ekacareMore reads, and shows how mistakes look.
func ekacareMore(ctx context.Context, s *stage, b ekacareBooking) error {
	c := b.client
	answer, err := c.Business.ListEntities(ctx)
	if err != nil {
		return err
	}
	if answer.Data == nil || answer.Data.Business == nil {
		return errors.New("the answer names no business")
	}
	s.step("read the business", "%s, clinics: %d, doctors: %d", answer.Data.Business.Name,
		len(answer.Data.Clinics), len(answer.Data.Doctors))
	if b.clinic == "" {
		b.clinic, b.doctor = practising(answer.Data)
	}
	if b.clinic == "" {
		return errors.New("no doctor practises at any of the clinics")
	}

	day := caremux.DateOf(b.start.In(ekacare.IST))
	slots, err := c.Appointments.FindSlots(ctx, ekacare.SlotQuery{DoctorID: b.doctor, ClinicID: b.clinic, From: day, Taken: true})
	if err != nil {
		return err
	}
	free := 0
	for _, slot := range slots {
		if slot.Free() {
			free++
		}
	}
	s.step("list the slots of the day", "%d of %d are free on %s", free, len(slots), day)

	_, err = c.Appointments.Book(ctx, &ekacare.AppointmentBooking{
		PatientID: new("eka-patient"), PartnerDoctorID: new("own-doctor"), PartnerClinicID: new("own-clinic"),
		PartnerPatientID:   new("own-patient"),
		AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: ekacare.NewEpochSeconds(b.start)},
	})
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) {
		return errors.Join(errors.New("two kinds of ids were sent"), err)
	}
	s.step("mix two kinds of ids", "not sent, since %s goes with others", argument.Field)

	_, err = c.Appointments.Get(ctx, "no-such-appointment", nil)
	return s.notThere(err)
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
