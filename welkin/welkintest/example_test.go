package welkintest_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func Example() {
	srv, err := welkintest.Start() // in a test: welkintest.NewServer(t)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	p, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
	if err != nil {
		log.Fatal(err)
	}
	p, err = c.Patients.Get(ctx, p.ID, nil)
	fmt.Println(p.FirstName, p.LastName, err)
	// Output: Charlie Taylor <nil>
}

func ExampleServer_Fail() {
	srv, err := welkintest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
	if err != nil {
		log.Fatal(err)
	}
	srv.AddPatients(3)
	srv.Fail(welkintest.Fault{Operation: "Patients.List", Status: 503, Times: 2})
	page, err := c.Patients.List(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items), "patients,", len(srv.Requests()), "requests with the login")
	// Output: 3 patients, 4 requests with the login
}
