// Command welkin creates a patient and lists all of them, offline; welkin.NewFromEnv connects to the vendor.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func main() {
	srv, err := welkintest.Start() // a Welkin in this process
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	if err := run(context.Background(), srv); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, srv *welkintest.Server) error {
	c, err := srv.NewClient()
	if err != nil {
		return err
	}
	if _, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"}); err != nil {
		return err
	}
	for p, err := range c.Patients.All(ctx, &welkin.PatientsListParams{Sort: new("lastName,asc")}) {
		if err != nil {
			return err
		}
		fmt.Println(p.FirstName, p.LastName)
	}
	return nil
}
