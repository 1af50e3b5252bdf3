package cliniktest_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	srv := cliniktest.NewServer(t)
	for name, test := range map[string]struct {
		header []string
		status int
		code   string
	}{
		"none":      {nil, 401, clinik.CodeUnauthorized},
		"malformed": {[]string{"x-api-key", "secret"}, 401, clinik.CodeInvalidKeyFormat},
		"other":     {[]string{"x-api-key", "clk_live_other"}, 401, clinik.CodeInvalidKey},
		"override":  {[]string{"x-api-key", srv.Key(), "X-HTTP-Method-Override", "GET"}, 400, clinik.CodeMethodOverrideRejected},
		"good":      {[]string{"x-api-key", srv.Key()}, 200, ""},
	} {
		status, body := send(t, srv, "GET", "/v1/patients", nil, test.header...)
		var e struct{ Code string }
		if err := json.Unmarshal(body, &e); err != nil || status != test.status || e.Code != test.code {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, body := send(t, srv, "GET", "/health", nil); status != 200 {
		t.Errorf("health: %d %s", status, body)
	}
	if status, body := send(t, srv, "GET", "/v1/metadata", nil); status != 200 || !strings.Contains(string(body), "resourceType") {
		t.Errorf("metadata: %d %s", status, body)
	}
}

func TestRevokedKey(t *testing.T) {
	srv, c := setup(t)
	srv.RevokeKey()
	_, err := c.Patients.Search(t.Context(), nil)
	wantCode(t, err, caremux.ErrUnauthorized, clinik.CodeKeyRevoked)
}

func TestFigures(t *testing.T) {
	srv, c := setup(t)
	srv.SetRateLimit(100, 42)
	var r caremux.Response
	must(c.Patients.Search(t.Context(), nil, caremux.WithResponse(&r)))(t)
	meta := r.Meta.(*clinik.Meta)
	if *r.RateLimit.Limit != 100 || *r.RateLimit.Remaining != 41 || time.Until(r.RateLimit.Reset) > 61*time.Second {
		t.Errorf("rate limit %+v", r.RateLimit)
	}
	if meta.RequestID == "" || meta.RequestID != r.RequestID || meta.Timestamp.IsZero() || *meta.Quota.Used != 1 ||
		*meta.Sandbox.Used != 1 || meta.Quota.Reset.IsZero() {
		t.Errorf("meta %+v", meta)
	}
	var body struct {
		Meta struct {
			RequestID                                                  string
			Status, RateLimitTotal, RateLimitRemaining, RateLimitReset int
		}
	}
	if err := json.Unmarshal(r.Body, &body); err != nil || body.Meta.Status != 200 || body.Meta.RateLimitTotal != 100 ||
		body.Meta.RateLimitRemaining != 41 || body.Meta.RateLimitReset < 1 || body.Meta.RequestID != r.RequestID {
		t.Errorf("body %s", r.Body)
	}
}

func TestRateLimitThatIsSetIsKept(t *testing.T) {
	srv, _ := setup(t)
	c := srv.Client(caremux.WithRetry(caremux.NoRetry))
	other := srv.Client(caremux.WithRetry(caremux.NoRetry)) // does not know that the first has used up what was left
	srv.SetRateLimit(100, 2)
	for range 2 {
		must(c.Patients.Search(t.Context(), nil))(t)
	}
	var r caremux.Response
	_, err := other.Patients.Search(t.Context(), nil, caremux.WithResponse(&r))
	wantCode(t, err, caremux.ErrRateLimited, clinik.CodeRateLimited)
	if seconds := r.Header.Get("Retry-After"); seconds != "60" && seconds != "59" {
		t.Errorf("to be sent again after %s seconds", seconds)
	}
	srv.Advance(time.Minute + time.Second)
	must(srv.Client().Patients.Search(t.Context(), nil, caremux.WithResponse(&r)))(t)
	if *r.RateLimit.Remaining != 99 {
		t.Errorf("%d are left", *r.RateLimit.Remaining)
	}
}

// A client that is told that nothing is left waits for the rest of the minute, though the server would refuse no call.
func TestFiguresOfALimitThatIsNotKeptStandStill(t *testing.T) {
	_, c := setup(t)
	var r caremux.Response
	for range 3 {
		must(c.Patients.Search(t.Context(), nil, caremux.WithResponse(&r)))(t)
		if *r.RateLimit.Limit != 1000 || *r.RateLimit.Remaining != 1000 {
			t.Errorf("%d of %d are left", *r.RateLimit.Remaining, *r.RateLimit.Limit)
		}
	}
}

func TestLiveKeyHasNoSandbox(t *testing.T) {
	_, c := setup(t, cliniktest.WithKey("clk_live_abc123"))
	if c.Environment() != clinik.EnvironmentLive {
		t.Errorf("environment %s", c.Environment())
	}
	var r caremux.Response
	must(c.Patients.Search(t.Context(), nil, caremux.WithResponse(&r)))(t)
	if meta := r.Meta.(*clinik.Meta); meta.Sandbox != nil || meta.Quota.Billable != "true" {
		t.Errorf("meta %+v", meta)
	}
}

func TestRateLimit(t *testing.T) {
	srv, c := setup(t)
	srv.RateLimit(2, 0)
	p := newPatient(t, c)
	if n := count(srv, "Patients.Create"); n != 3 || p.ID != "pt_1" {
		t.Errorf("%d requests, patient %s", n, p.ID)
	}
	srv.RateLimit(-1, time.Hour)
	_, err := c.Patients.Search(t.Context(), nil)
	wantCode(t, err, caremux.ErrRateLimited, clinik.CodeRateLimited)
	srv.RateLimit(0, 0)
	found(t, srv.Client())
}

func TestQuota(t *testing.T) {
	srv, c := setup(t)
	for _, code := range []string{clinik.CodeMonthlyQuotaExceeded, clinik.CodeSandboxQuotaExceeded} {
		srv.ExhaustQuota(code)
		before := len(srv.Requests())
		var r caremux.Response
		_, err := c.Patients.Search(t.Context(), nil, caremux.WithResponse(&r))
		wantCode(t, err, caremux.ErrQuotaExceeded, code)
		if n := len(srv.Requests()) - before; n != 1 {
			t.Errorf("%s: %d requests", code, n)
		}
		if left := r.Header.Get("X-Quota-Remaining"); left != "0" {
			t.Errorf("%s left", left)
		}
	}
	srv.ExhaustQuota("")
	found(t, c)
}

func TestShapes(t *testing.T) {
	srv, c := setup(t)
	p := newPatient(t, c)
	for _, operation := range []string{"Patients.Get", "Patients.Search", "Patients.Update", "Patients.Create"} {
		srv.AnswerFHIR(operation, true)
	}
	_, err := c.Patients.Get(t.Context(), p.ID, nil)
	fhirShape(t, err)
	_, err = c.Patients.Search(t.Context(), nil)
	fhirShape(t, err)
	_, err = c.Patients.Update(t.Context(), p.ID, &clinik.PatientUpdate{LastName: new("Ray")})
	fhirShape(t, err)
	_, err = c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "A", LastName: "B"})
	fhirShape(t, err)
	srv.AnswerFHIR("Patients.Search", false)
	srv.MixOutcome("Patients.Search", true)
	page := must(c.Patients.Search(t.Context(), nil))(t)
	if len(page.Items) != 2 || *page.Total != 2 || !strings.Contains(string(page.RawJSON()), "OperationOutcome") {
		t.Errorf("page %s", page.RawJSON())
	}
}

func fhirShape(t *testing.T, err error) {
	t.Helper()
	var e *caremux.Error
	if !errors.Is(err, clinik.ErrFHIRShape) || !errors.As(err, &e) || e.Details != "Patient" {
		t.Errorf("error %v", err)
	}
}
