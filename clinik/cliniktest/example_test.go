package cliniktest_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

func Example() {
	srv, err := cliniktest.Start() // in a test: cliniktest.NewServer(t)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	p, err := c.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
	if err != nil {
		log.Fatal(err)
	}
	p, err = c.Patients.Get(ctx, p.ID, nil)
	fmt.Println(p.ID, p.FullName, err)
	// Output: pt_1 Charlie Taylor <nil>
}

func ExampleServer_RateLimit() {
	srv, err := cliniktest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
	if err != nil {
		log.Fatal(err)
	}
	srv.AddPatients(3)
	srv.RateLimit(2, 0)
	page, err := c.Patients.Search(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items), "patients,", len(srv.Requests()), "requests")
	// Output: 3 patients, 3 requests
}
