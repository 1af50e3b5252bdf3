package cliniktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/webhook"
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

// An event of the test's own reaches a webhook handler as one of ClinikAPI would.
func Example_webhook() {
	srv, err := cliniktest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := clinik.WebhookVerifier([]string{"the signing secret of the endpoint"})
	if err != nil {
		log.Fatal(err)
	}
	handler, err := webhook.NewHandler(verifier, clinik.WebhookFormat())
	if err != nil {
		log.Fatal(err)
	}
	webhook.On(handler, func(ctx context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
		p, err := clinik.Fetch[clinik.Patient](ctx, c, e.Payload)
		if err == nil {
			fmt.Println(e.Type, p.ID)
		}
		return err
	})

	body, err := json.Marshal(clinik.WebhookEvent{ID: "evt_1", Event: clinik.EventPatientCreated,
		Data: &clinik.WebhookEventData{ResourceType: "patient", ResourceID: srv.AddPatients(1)[0]}})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
	r.Header = verifier.Sign(body, time.Now())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// patient.created pt_1
	// 200
}
