// Command snapcare opens a clinician's morning for bookings and lists it, offline; snapcare.NewFromEnv connects to the vendor.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func main() {
	srv, err := snapcaretest.Start() // a Connected Care in this process
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx, clinician, start := context.Background(), srv.Clinician().Number, time.Now().AddDate(0, 0, 1)
	_, err = c.AvailabilityBlocks.Create(ctx, &snapcare.AvailabilityBlockCreate{
		Clinician: &snapcare.AvailabilityBlockClinicianInput{ClinicianID: &clinician},
		StartTime: new(caremux.NewTime(start)), EndTime: new(caremux.NewTime(start.Add(4 * time.Hour))),
	})
	if err != nil {
		log.Fatal(err)
	}
	for block, err := range c.AvailabilityBlocks.All(ctx, &snapcare.AvailabilityBlocksListParams{ClinicianIDs: []int{clinician}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("open for", block.EndTime.Sub(block.StartTime.Time))
	}
}
