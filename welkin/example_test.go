package welkin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// fakeClient stands in for welkin.New or welkin.NewFromEnv, so that the examples run without a network.
func fakeClient() (*welkin.Client, func()) {
	fake, err := welkintest.Start()
	if err != nil {
		panic(err)
	}
	fake.AddPatients(45)
	c, err := fake.NewClient()
	if err != nil {
		panic(err)
	}
	return c, fake.Close
}

func ExampleNew() {
	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo", ClientName: "VBOPNRYRWJIP"})
	fmt.Println(c == nil, err)
	// Output: true Credentials.Secret is required
}

func ExamplePatientsService_Create() {
	c, done := fakeClient()
	defer done()
	p, err := c.Patients.Create(context.Background(), &welkin.PatientCreate{
		FirstName: "Charlie",
		LastName:  "Taylor",
		BirthDate: new(caremux.NewDate(2012, time.March, 12)),
		Timezone:  new("America/Los_Angeles"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.FirstName, p.BirthDate.Year, p.Timezone)
	// Output: Charlie 2012 America/Los_Angeles
}

func ExamplePatientsService_All() {
	c, done := fakeClient()
	defer done()
	n := 0
	for p, err := range c.Patients.All(context.Background(), &welkin.PatientsListParams{Size: new(20)}, caremux.WithPrefetch(1)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if p.ID != "" {
			n++
		}
	}
	fmt.Println(n, "patients")
	// Output: 45 patients
}

func ExamplePatientsService_Get_notFound() {
	c, done := fakeClient()
	defer done()
	_, err := c.Patients.Get(context.Background(), "00000000-0000-0000-0000-000000000000", nil)
	var e *caremux.Error
	if errors.Is(err, caremux.ErrNotFound) && errors.As(err, &e) {
		fmt.Println(e.Status, e.Code)
	}
	// Output: 404 PATIENT_NOT_FOUND
}

func ExampleCDTRecords() {
	type Vitals struct {
		Systolic  int `json:"systolic,omitzero"`
		Diastolic int `json:"diastolic,omitzero"`
	}
	ctx := context.Background()
	c, done := fakeClient()
	defer done()
	page, err := c.Patients.List(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	patientID := page.Items[0].ID

	records := welkin.CDTRecords[Vitals](c, "vitals")
	if _, err := records.Create(ctx, patientID, &Vitals{Systolic: 118, Diastolic: 76}); err != nil {
		fmt.Println(err)
		return
	}
	for v, err := range records.All(ctx, patientID, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(v.Fields.Systolic, v.Fields.Diastolic, v.JSONBody.CreatedAt.Known())
	}
	// Output: 118 76 true
}

func ExampleWebhookVerifier() {
	verifier, err := welkin.WebhookVerifier("the key of the webhook", "its secret")
	if err != nil {
		panic(err)
	}
	handler, err := webhook.NewHandler(verifier, welkin.WebhookFormat())
	if err != nil {
		panic(err)
	}
	webhook.On(handler, func(_ context.Context, e webhook.Delivery[welkin.WebhookEvent]) error {
		fmt.Println(e.Type, e.Payload.EventSubtype, e.Payload.PatientID) // e.Payload.Patient reads the patient
		return nil
	})

	// The vendor calls the handler like this.
	body := []byte(`{"eventEntity":"PATIENT","eventSubtype":"PATIENT_UPDATED","sourceId":"p-1","patientId":"p-1"}`)
	r := httptest.NewRequest(http.MethodPost, "/webhooks/welkin", bytes.NewReader(body))
	r.Header = verifier.Sign(body, time.Now())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// PATIENT PATIENT_UPDATED p-1
	// 200
}

// The vendor's newer documents promise a signature header and do not describe it. What the vendor tells you goes into a scheme, here
// as an example: the HMAC-SHA256 in base64 of a time, a colon and the body.
func ExampleWebhookVerifier_signature() {
	verifier, err := webhook.NewHMAC(webhook.HMACScheme{
		Header: "X-Example-Signature", Encoding: webhook.Base64, Secrets: []string{"the secret of the webhook"},
		TimeHeader: "X-Example-Timestamp", Tolerance: 5 * time.Minute,
		Signed: func(header http.Header, body []byte) []byte {
			return append([]byte(header.Get("X-Example-Timestamp")+":"), body...)
		},
	})
	if err != nil {
		panic(err)
	}
	handler, err := webhook.NewHandler(verifier, welkin.WebhookFormat())
	if err != nil {
		panic(err)
	}
	webhook.On(handler, func(_ context.Context, e webhook.Delivery[welkin.WebhookEvent]) error {
		fmt.Println(e.Type, e.Payload.PatientID)
		return nil
	})
	body := []byte(`{"eventEntity":"PATIENT","eventSubtype":"PATIENT_UPDATED","sourceId":"p-1","patientId":"p-1"}`)
	report := handler.Receive(context.Background(), verifier.Sign(body, time.Now()), body)
	fmt.Println(report.Status)
	// Output:
	// PATIENT p-1
	// 200
}
