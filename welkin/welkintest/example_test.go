package welkintest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/webhook"
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

// An event of the test's own reaches a webhook handler as one of Welkin would.
func Example_webhook() {
	srv, err := welkintest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := welkin.WebhookVerifier("the key of the webhook", "its secret")
	if err != nil {
		log.Fatal(err)
	}
	handler, err := webhook.NewHandler(verifier, welkin.WebhookFormat())
	if err != nil {
		log.Fatal(err)
	}
	id := srv.AddPatients(1)[0]
	webhook.On(handler, func(ctx context.Context, e webhook.Delivery[welkin.WebhookEvent]) error {
		p, err := e.Payload.Patient(ctx, c)
		if err == nil {
			fmt.Println(e.Type, p.ID == id)
		}
		return err
	})

	body, err := json.Marshal(welkin.WebhookEvent{EventEntity: welkin.EventPatient, SourceID: id, PatientID: id})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
	r.Header = verifier.Sign(body, time.Now())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// PATIENT true
	// 200
}
