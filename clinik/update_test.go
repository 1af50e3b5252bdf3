package clinik_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func TestUpdateTellsAbsentZeroEmptyAndValueApart(t *testing.T) {
	patient := func(body clinik.PatientUpdate) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Update(ctx, "pt_abc123", &body)
			return err
		}
	}
	encounter := func(body clinik.EncounterUpdate) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Encounters.Update(ctx, "enc_1", &body)
			return err
		}
	}
	assessment := func(body clinik.AssessmentUpdate) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Update(ctx, "assess_1", &body)
			return err
		}
	}
	do := func(body any) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			return c.Do(ctx, "PATCH", "/v1/patients/pt_abc123", nil, body, nil)
		}
	}
	for _, tt := range []struct {
		name string
		call func(context.Context, *clinik.Client) error
		want string
	}{
		{"all absent", patient(clinik.PatientUpdate{}), `{}`},
		{"text", patient(clinik.PatientUpdate{FirstName: new("Jane")}), `{"firstName":"Jane"}`},
		{"text with HTML and quotes", patient(clinik.PatientUpdate{FirstName: new(`<J&"ane>`)}), `{"firstName":"<J&\"ane>"}`},
		{"empty text", patient(clinik.PatientUpdate{Email: new("")}), `{"email":""}`},
		{"true", patient(clinik.PatientUpdate{Active: new(true)}), `{"active":true}`},
		{"false", patient(clinik.PatientUpdate{Active: new(false)}), `{"active":false}`},
		{"number", encounter(clinik.EncounterUpdate{LengthMinutes: new(30)}), `{"lengthMinutes":30}`},
		{"zero", encounter(clinik.EncounterUpdate{LengthMinutes: new(0)}), `{"lengthMinutes":0}`},
		{"enum", assessment(clinik.AssessmentUpdate{Status: new(clinik.AssessmentStatusInProgress)}), `{"status":"in-progress"}`},
		{"enum that the vendor adds later", assessment(clinik.AssessmentUpdate{Status: new(clinik.AssessmentStatus("on-hold"))}),
			`{"status":"on-hold"}`},
		{"empty enum", assessment(clinik.AssessmentUpdate{Status: new(clinik.AssessmentStatus(""))}), `{"status":""}`},
		{"list", assessment(clinik.AssessmentUpdate{Findings: []clinik.AssessmentFindingInput{{Code: new("I10")}}}),
			`{"findings":[{"code":"I10"}]}`},
		{"empty list", assessment(clinik.AssessmentUpdate{Findings: []clinik.AssessmentFindingInput{}}), `{"findings":[]}`},
		{"nil list", assessment(clinik.AssessmentUpdate{Findings: nil, Note: new("n")}), `{"note":"n"}`},
		{"empty element of a list", assessment(clinik.AssessmentUpdate{Findings: []clinik.AssessmentFindingInput{{}}}),
			`{"findings":[{}]}`},
		{"object", patient(clinik.PatientUpdate{Address: &clinik.AddressInput{City: new("Oslo")}}), `{"address":{"city":"Oslo"}}`},
		{"empty object", patient(clinik.PatientUpdate{Address: &clinik.AddressInput{}}), `{"address":{}}`},
		{"date", patient(clinik.PatientUpdate{BirthDate: new(caremux.NewDate(1980, time.March, 2))}), `{"birthDate":"1980-03-02"}`},
		{"one of several texts", encounter(clinik.EncounterUpdate{ReasonCode: &clinik.Texts{"cough"}}), `{"reasonCode":"cough"}`},
		{"several texts", encounter(clinik.EncounterUpdate{ReasonCode: &clinik.Texts{"cough", "fever"}}),
			`{"reasonCode":["cough","fever"]}`},
		{"no texts", encounter(clinik.EncounterUpdate{ReasonCode: &clinik.Texts{}}), `{"reasonCode":[]}`},
		{"nil texts, since null is not documented", encounter(clinik.EncounterUpdate{ReasonCode: new(clinik.Texts)}), `{"reasonCode":[]}`},
		{"several members, in the order of the type",
			patient(clinik.PatientUpdate{Active: new(false), FirstName: new(""), Phone: new("1")}),
			`{"firstName":"","phone":"1","active":false}`},
		{"null through Do", do(map[string]any{"email": nil, "active": false}), `{"active":false,"email":null}`},
		{"value through Do", do(map[string]any{"nickname": "J"}), `{"nickname":"J"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nw := always(200, `{"data":{"id":"1"}}`)
			if err := tt.call(t.Context(), nw.client(t)); err != nil {
				t.Fatal(err)
			}
			sent := nw.sent[0]
			if sent.body != tt.want {
				t.Errorf("sent %s, want %s", sent.body, tt.want)
			}
			if sent.method != "PATCH" || len(sent.header.Values("Content-Type")) != 1 ||
				sent.header.Get("Content-Type") != "application/json" {
				t.Errorf("sent %s with %q", sent.method, sent.header.Values("Content-Type"))
			}
		})
	}
}

func TestContentTypeOfAnUpdateCanBeChanged(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerJSON(w, 200, patientAnswer) })
	p, err := s.client(t).Patients.Update(t.Context(), "pt_abc123", &clinik.PatientUpdate{Phone: new("")},
		caremux.WithHeader("Content-Type", "application/json-patch+json"))
	if err != nil || p.ID != "pt_abc123" {
		t.Fatal(p, err)
	}
	sent := s.requests()[0]
	if values := sent.header.Values("Content-Type"); len(values) != 1 || values[0] != "application/json-patch+json" ||
		sent.body != `{"phone":""}` {
		t.Errorf("sent %s as %q", sent.body, values)
	}
}

func TestDeleteTakesAnEmptyAnswer(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(204) })
	if err := s.client(t).Patients.Delete(t.Context(), "pt_abc123"); err != nil {
		t.Fatal(err)
	}
	if sent := s.requests(); len(sent) != 1 || sent[0].method != "DELETE" || sent[0].path != "/v1/patients/pt_abc123" ||
		sent[0].body != "" || sent[0].header.Get("Content-Type") != "" {
		t.Errorf("sent %+v", sent)
	}
}
