package clinik_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/webhook"
)

// exampleClient stands in for clinik.New or clinik.NewFromEnv, so that the examples run without a network. Its server gives
// the answers in their order.
func exampleClient(status int, answers ...string) (*clinik.Client, func()) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, status, answers[min(n, len(answers)-1)])
		n++
	}))
	c, err := clinik.New("clk_test_abc123", caremux.WithBaseURL(s.URL))
	if err != nil {
		panic(err)
	}
	return c, s.Close
}

func ExampleNew() {
	c, err := clinik.New("clk_test_abc123")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Environment())

	_, err = clinik.New("sk_test_abc123")
	fmt.Println(err)
	// Output:
	// test
	// apiKey must look like clk_live_… or clk_test_…
}

func ExampleAssessmentsService_Create() {
	c, done := exampleClient(201, `{"data": {"id": "assess_abc123", "status": "completed", "findings": [{"code": "I10"}]},
		"meta": {"requestId": "req_k8f3a7x2", "timestamp": "2025-01-15T10:00:01Z"}}`)
	defer done()

	var r caremux.Response
	a, err := c.Assessments.Create(context.Background(), &clinik.AssessmentCreate{
		Status:    clinik.AssessmentStatusCompleted,
		PatientID: "pt_abc123",
		Summary:   "Well-controlled hypertension.",
		Findings: []clinik.AssessmentFindingInput{
			{Code: new("I10"), Text: new("Essential hypertension")},
		},
		EffectiveDateTime: new(caremux.NewTime(time.Date(2025, time.January, 15, 10, 0, 0, 0, time.UTC))),
	}, caremux.WithResponse(&r))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.ID, a.Status, a.Findings[0].Code)
	if meta, ok := r.Meta.(*clinik.Meta); ok {
		fmt.Println(meta.RequestID, meta.Timestamp)
	}
	// Output:
	// assess_abc123 completed I10
	// req_k8f3a7x2 2025-01-15T10:00:01Z
}

func ExamplePatientsService_SearchAll() {
	c, done := exampleClient(200,
		`{"data": {"data": [{"id": "pt_1"}, {"id": "pt_2"}], "cursor": "2", "hasMore": true}}`,
		`{"data": {"data": [{"id": "pt_3"}], "hasMore": false}}`)
	defer done()

	params := &clinik.PatientsSearchParams{Name: new("Doe"), Count: new(2)}
	for p, err := range c.Patients.SearchAll(context.Background(), params, caremux.WithPrefetch(1)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.ID)
	}
	// Output:
	// pt_1
	// pt_2
	// pt_3
}

func ExampleIssuesError() {
	c, done := exampleClient(422, `{"error": "Unprocessable Entity", "code": "VALIDATION_ERROR", "issues": [
		{"severity": "error", "code": "invalid", "diagnostics": "phone: Too short"}]}`)
	defer done()

	_, err := c.Patients.Update(context.Background(), "pt_abc123", &clinik.PatientUpdate{Phone: new("1")})
	var issues *clinik.IssuesError
	if errors.As(err, &issues) {
		for _, i := range issues.Issues {
			fmt.Println(i.Field, i.Severity, i.Code)
		}
	}
	var e *caremux.Error
	if errors.As(err, &e) {
		fmt.Println(e.Status, e.Code, errors.Is(err, caremux.ErrInvalid))
	}
	// Output:
	// phone error invalid
	// 422 VALIDATION_ERROR true
}

func ExampleClient_Do() {
	c, done := exampleClient(200, `{"data": {"id": "pt_abc123", "nickname": "Janey"}}`)
	defer done()

	// A map can contain what a type cannot: a null, or a field that the vendor adds tomorrow.
	var answer struct {
		Data struct{ ID, Nickname string }
	}
	err := c.Do(context.Background(), "PATCH", "/v1/patients/pt_abc123", nil, map[string]any{"nickname": "Janey", "email": nil}, &answer)
	fmt.Println(answer.Data.Nickname, err)
	// Output: Janey <nil>
}

func ExampleWebhookVerifier() {
	c, done := exampleClient(http.StatusOK, `{"data":{"id":"pt_abc123","active":true}}`)
	defer done()
	verifier, err := clinik.WebhookVerifier([]string{"the signing secret of the endpoint"})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := webhook.NewHandler(verifier, clinik.WebhookFormat())
	if err != nil {
		fmt.Println(err)
		return
	}
	webhook.On(handler, func(ctx context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
		p, err := e.Payload.Patient(ctx, c)
		if err != nil {
			return err // the vendor retries the delivery
		}
		fmt.Println(e.Type, p.ID)
		return nil
	}, clinik.EventPatientCreated, clinik.EventPatientUpdated)

	// The vendor calls the handler like this.
	body := []byte(`{"id":"evt_1","event":"patient.created","timestamp":"2026-03-01T10:00:00Z",
		"data":{"resourceType":"patient","resourceId":"pt_abc123","action":"created","environment":"test"}}`)
	r := httptest.NewRequest(http.MethodPost, "/webhooks/clinik", bytes.NewReader(body))
	r.Header = verifier.Sign(body, time.Now())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// patient.created pt_abc123
	// 200
}
