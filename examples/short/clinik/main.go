// Command clinik records a blood pressure and reads it back, offline; clinik.NewFromEnv connects to the vendor.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

func main() {
	srv, err := cliniktest.Start() // a ClinikAPI in this process
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	if err := run(context.Background(), srv); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, srv *cliniktest.Server) error {
	c, err := srv.NewClient()
	if err != nil {
		return err
	}
	created, err := c.Assessments.Create(ctx, &clinik.AssessmentCreate{
		Status: clinik.AssessmentStatusCompleted, PatientID: srv.AddPatients(1)[0], Summary: "Well-controlled hypertension.",
	})
	if err != nil {
		return err
	}
	a, err := c.Assessments.Get(ctx, created.ID)
	if err == nil {
		fmt.Println(a.ID, a.Status)
	}
	return err
}
