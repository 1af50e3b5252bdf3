package snapcaretest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func Example() {
	srv, err := snapcaretest.Start() // in a test: snapcaretest.NewServer(t)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	p, err := c.Hospitals.GetPatient(ctx, srv.Credentials().HospitalID, srv.Patient().Number)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Person.Name.Given, p.Person.Name.Family)
	// Output: Added Dependent
}
