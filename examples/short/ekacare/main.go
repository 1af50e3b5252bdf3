// Command ekacare books the first free slot of a doctor, offline; ekacare.NewFromEnv connects to the vendor.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func main() {
	srv, err := ekacaretest.Start() // an Eka Care in this process
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx, day := context.Background(), caremux.DateOf(srv.Now().AddDate(0, 0, 1))
	slots, err := c.Appointments.FindSlots(ctx, ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: day, To: day})
	if err != nil || len(slots) == 0 {
		log.Fatal("no slot: ", err)
	}
	booked, err := c.Appointments.BookSlot(ctx, slots[0], &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("booked", booked.AppointmentID)
}
