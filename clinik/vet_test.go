package clinik_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

const fhirPatient = `{"resourceType":"Patient","id":"pt_abc123","name":[{"family":"S3CRET"}]}`

func TestFHIRWhereARecordWasExpectedIsAnError(t *testing.T) {
	get := func(ctx context.Context, c *clinik.Client) error {
		_, err := c.Patients.Get(ctx, "pt_abc123", nil)
		return err
	}
	for _, tt := range []struct {
		name    string
		body    string
		details string
		applied bool
		do      func(context.Context, *clinik.Client) error
	}{
		{"bare resource", fhirPatient, "Patient", false, get},
		{"resource in the envelope", `{"data":` + fhirPatient + `,"meta":{}}`, "Patient", false, get},
		{"resourceType at the end", `{"data":{"id":"1","resourceType":"Patient"}}`, "Patient", false, get},
		{"bundle", `{"data":{"resourceType":"Bundle","type":"searchset","entry":[]}}`, "Bundle", false, get},
		{"remark of the server", `{"data":{"resourceType":"OperationOutcome","issue":[]}}`, "OperationOutcome", false, get},
		{"create", `{"data":{"resourceType":"ClinicalImpression","id":"1"}}`, "ClinicalImpression", true,
			func(ctx context.Context, c *clinik.Client) error {
				_, err := c.Assessments.Create(ctx, assessment())
				return err
			}},
		{"update", `{"data":` + fhirPatient + `}`, "Patient", true, func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Update(ctx, "pt_abc123", &clinik.PatientUpdate{Phone: new("1")})
			return err
		}},
		{"row of a search", `{"data":{"data":[{"id":"1"},` + fhirPatient + `],"hasMore":false}}`, "Patient", false,
			func(ctx context.Context, c *clinik.Client) error {
				_, err := c.Patients.Search(ctx, nil)
				return err
			}},
		{"row of an iterator", `{"data":{"data":[{"id":"1"},` + fhirPatient + `],"hasMore":false}}`, "Patient", false,
			func(ctx context.Context, c *clinik.Client) error {
				for p, err := range c.Patients.SearchAll(ctx, nil) {
					if err != nil {
						return err
					}
					t.Errorf("yielded %s", p.ID)
				}
				return nil
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nw := always(200, tt.body)
			err := tt.do(t.Context(), nw.client(t, caremux.WithRetry(quick)))
			if !errors.Is(err, clinik.ErrFHIRShape) {
				t.Fatalf("got %v", err)
			}
			e := wantError(t, err, 200)
			if e.Details != tt.details || string(e.Body()) != tt.body || e.MaybeApplied() != tt.applied {
				t.Errorf("Details %v, Body %s, MaybeApplied %v", e.Details, e.Body(), e.MaybeApplied())
			}
			if nw.count() != 1 {
				t.Errorf("sent %d times", nw.count())
			}
			if strings.Contains(printed(err), "S3CRET") || !strings.Contains(err.Error(), "FHIR resource") {
				t.Errorf("the text is %s", printed(err))
			}
		})
	}
}

func TestRemarksAmongTheRowsOfASearchAreLeftOut(t *testing.T) {
	const body = `{"data":{"data":[{"id":"1"},{"resourceType":"OperationOutcome","issue":[{"severity":"warning"}]},{"id":"2","resource":"x"}],"total":2,"hasMore":false}}`
	page, err := always(200, body).client(t).Patients.Search(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 2 || page.Items[0].ID != "1" || page.Items[1].ID != "2" || page.Total == nil || *page.Total != 2 {
		t.Errorf("got %d items of %v", len(page.Items), page.Total)
	}
	if string(page.RawJSON()) != body || string(page.Items[1].RawJSON()) != `{"id":"2","resource":"x"}` {
		t.Errorf("RawJSON = %s", page.RawJSON())
	}
	only, err := always(200,
		`{"data":{"data":[{"resourceType":"OperationOutcome"}],"hasMore":false}}`).client(t).Patients.Search(t.Context(), nil)
	if err != nil || only.Items == nil || len(only.Items) != 0 {
		t.Errorf("a page of remarks alone: %v, %v", only, err)
	}
}

func TestRecordsAreTakenFromTheirEnvelope(t *testing.T) {
	for _, tt := range []struct {
		name string
		body string
		id   string // "" if the answer is refused
	}{
		{"envelope", `{"data":{"id":"1","firstName":"J"},"meta":{"status":200}}`, "1"},
		{"envelope without meta", `{"data":{"id":"1","firstName":"J"}}`, "1"},
		{"meta in front", `{"meta":{"data":{"id":"x"}},"data":{"id":"1","firstName":"J"}}`, "1"},
		{"bare record", `{"id":"1","firstName":"J"}`, "1"},
		{"white space", " \n{ \"data\" : {\"id\":\"1\",\"firstName\":\"J\"} }\n", "1"},
		{"resourceType that is no text", `{"data":{"id":"1","firstName":"J","resourceType":null}}`, "1"},
		{"data null", `{"data":null,"meta":{}}`, ""},
		{"data a list", `{"data":[{"id":"1"}]}`, ""},
		{"data a text", `{"data":"1"}`, ""},
		{"null", `null`, ""},
		{"empty", ``, ""},
		{"HTML", `<html>`, ""},
		{"envelope that does not end", `{"data":{"id":"1"},"meta":`, ""},
		{"text behind the envelope", `{"data":{"id":"1"}} x`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := always(200, tt.body).client(t, caremux.WithRetry(caremux.NoRetry))
			p, err := c.Patients.Get(t.Context(), "1", nil)
			if tt.id != "" {
				if err != nil || p.ID != tt.id || p.FirstName != "J" {
					t.Fatalf("got %+v, %v", p, err)
				}
				return
			}
			if e := wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) || errors.Is(err, clinik.ErrFHIRShape) ||
				e.MaybeApplied() || string(e.Body()) != tt.body {
				t.Errorf("got %v with body %q, MaybeApplied %v", err, e.Body(), e.MaybeApplied())
			}
			if _, err := c.Patients.Create(t.Context(), &clinik.PatientCreate{
				FirstName: "J", LastName: "D",
			}); !wantError(t, err, 200).MaybeApplied() {
				t.Errorf("%v of a create: the patient may exist", err)
			}
		})
	}
}

func TestPagesAreTakenFromTheirEnvelope(t *testing.T) {
	for _, tt := range []struct {
		name  string
		body  string
		items int // -1 if the answer is refused
	}{
		{"page", `{"data":{"data":[{"id":"1"},{"id":"2"}],"hasMore":false},"meta":{}}`, 2},
		{"bare list", `[{"id":"1"}]`, 1},
		{"empty list", `{"data":{"data":[],"hasMore":false}}`, 0},
		{"null list", `{"data":{"data":null,"hasMore":false}}`, 0},
		{"no list", `{"data":{"hasMore":false}}`, -1},
		{"bundle", `{"data":{"resourceType":"Bundle","entry":[]}}`, -1},
		{"text", `{"data":{"data":"x"}}`, -1},
		{"row that is no record", `{"data":{"data":[5]}}`, -1},
		{"empty", ``, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page, err := always(200, tt.body).client(t, caremux.WithRetry(caremux.NoRetry)).Patients.Search(t.Context(), nil)
			if tt.items < 0 {
				want := caremux.ErrUnreadable
				if tt.name == "bundle" {
					want = clinik.ErrFHIRShape
				}
				if wantError(t, err, 200); !errors.Is(err, want) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || page.Items == nil || len(page.Items) != tt.items || page.HasNext() {
				t.Errorf("got %v, %v", page, err)
			}
		})
	}
}

func TestMembersOfAnotherTypeDoNotCostTheRecord(t *testing.T) {
	for _, tt := range []struct {
		name string
		code string
		want clinik.Code
	}{
		{"number", `5`, clinik.Code{}},
		{"list", `["x"]`, clinik.Code{}},
		{"boolean", `true`, clinik.Code{}},
		{"null", `null`, clinik.Code{}},
		{"FHIR's own form", `{"coding":[{"code":"8480-6"}],"text":"systolic"}`, clinik.Coded("", "8480-6", "systolic")},
		{"FHIR's own form in words", `{"text":"systolic"}`, clinik.Text("systolic")},
		{"FHIR's own form with two codings", `{"coding":[{"code":"a"},{"code":"b"}],"text":"systolic"}`, clinik.Coded("", "a", "systolic")},
		{"code of another type", `{"code":5,"display":"d"}`, clinik.Code{Display: "d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := always(200, `{"data":{"id":"obs_1","code":`+tt.code+
				`,"status":"final","patientId":"pt_1"}}`).client(t).Observations.Get(t.Context(), "obs_1", nil)
			if err != nil {
				t.Fatal(err)
			}
			if o.ID != "obs_1" || o.Code.Code != tt.want.Code || o.Code.String() != tt.want.String() || o.Status != "final" ||
				o.PatientID != "pt_1" || !strings.Contains(string(o.RawJSON()), `"code":`+tt.code) {
				t.Errorf("got %+v", o)
			}
		})
	}
	p, err := always(200,
		`{"data":{"id":"1","firstName":["J"],"lastName":"D","active":"yes"}}`).client(t).Patients.Get(t.Context(), "1", nil)
	if err != nil || p.LastName != "D" || p.FirstName != "" || p.Active != nil || p.Mismatch() == nil ||
		strings.Contains(p.Mismatch().Error(), "yes") {
		t.Errorf("got %+v, %v", p, err)
	}
}
