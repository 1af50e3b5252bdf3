package ekacaretest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func Example() {
	srv, err := ekacaretest.Start() // in a test: ekacaretest.NewServer(t)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	book := func() error {
		_, err := c.Appointments.Book(ctx, &ekacare.AppointmentBooking{
			DoctorID: new(srv.Doctor().ID), ClinicID: new(srv.Clinic().ID), PatientID: new(srv.Patient().ID),
			AppointmentDetails: ekacare.AppointmentDetailsInput{
				StartTime: ekacare.NewEpochSeconds(time.Date(2030, time.May, 2, 6, 0, 0, 0, time.UTC))},
		})
		return err
	}
	fmt.Println(book())
	fmt.Println(errors.Is(book(), ekacare.ErrSlotTaken))
	for _, w := range srv.Writes() {
		fmt.Println(w.Operation)
	}
	// Output:
	// <nil>
	// true
	// Appointments.Book
}
