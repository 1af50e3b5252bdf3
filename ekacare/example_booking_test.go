package ekacare_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// clinic is a server in place of Eka Care, with a doctor, a clinic and a patient.
func clinic() (*ekacaretest.Server, *ekacare.Client) {
	srv, err := ekacaretest.Start()
	if err != nil {
		log.Fatal(err)
	}
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	return srv, c
}

func ExampleAppointmentsService_FindSlots() {
	srv, c := clinic()
	defer srv.Close()
	slots, err := c.Appointments.FindSlots(context.Background(), ekacare.SlotQuery{
		DoctorID:  srv.Doctor().ID,
		ClinicID:  srv.Clinic().ID,
		From:      caremux.NewDate(2030, time.May, 2),
		To:        caremux.NewDate(2030, time.May, 5),
		NotBefore: time.Date(2030, time.May, 2, 17, 15, 0, 0, ekacare.IST),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, slot := range slots[:4] {
		fmt.Println(slot.Start.Format("Mon 2 Jan 15:04"), slot.Service.ServiceName)
	}
	// Output:
	// Thu 2 May 17:15 Consultation
	// Thu 2 May 17:30 Consultation
	// Thu 2 May 17:45 Consultation
	// Fri 3 May 09:00 Consultation
}

func ExampleAppointmentsService_BookSlot() {
	srv, c := clinic()
	defer srv.Close()
	ctx := context.Background()
	slots, err := c.Appointments.FindSlots(ctx, ekacare.SlotQuery{
		DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2),
	})
	if err != nil {
		log.Fatal(err)
	}
	booking := &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID), PartnerAppointmentID: new("visit-1")}

	srv.TakeSlot(srv.Doctor(), srv.Clinic(), slots[0].Start) // another was faster
	booked, err := c.Appointments.BookSlot(ctx, slots[0], booking)
	var taken *ekacare.SlotTakenError
	if errors.As(err, &taken) && len(taken.Next) > 0 {
		fmt.Println("taken, next is", taken.Next[0].Start.Format("15:04"))
		booked, err = c.Appointments.BookSlot(ctx, taken.Next[0], booking)
	}
	var uncertain *ekacare.BookingError
	switch {
	case errors.As(err, &uncertain):
		log.Fatal("look with FindBooking before booking again: ", uncertain)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(booked.Status, booked.StartTime.In(ekacare.IST).Format("15:04"))
	// Output:
	// taken, next is 09:15
	// BK 09:15
}
