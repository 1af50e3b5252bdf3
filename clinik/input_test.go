package clinik_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// maxBody is the vendor's limit in bytes.
const maxBody = 1 << 20

// bulky is an assessment whose JSON has the given number of bytes; no rule of a member stands against its findings.
func bulky(size int) *clinik.AssessmentCreate {
	a := assessment()
	frame := len(`{"status":"completed","patientId":"pt_abc123","summary":"Well.","findings":[{"text":""}]}`)
	a.Findings = []clinik.AssessmentFindingInput{{Text: new(strings.Repeat("a", size-frame))}}
	return a
}

func TestBadInputIsNamedAndNothingIsSent(t *testing.T) {
	getPatient := func(id string) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Get(ctx, id, nil)
			return err
		}
	}
	assess := func(change func(*clinik.AssessmentCreate)) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			a := assessment()
			change(a)
			_, err := c.Assessments.Create(ctx, a)
			return err
		}
	}
	observe := func(code clinik.Code) func(context.Context, *clinik.Client) error {
		return func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Observations.Create(ctx, &clinik.ObservationCreate{
				Status: clinik.ObservationStatusFinal, Code: code, PatientID: "pt_1",
			})
			return err
		}
	}
	for _, tt := range []struct {
		name      string
		do        func(context.Context, *clinik.Client) error
		operation string
		field     string
		rule      string
	}{
		{"empty id", getPatient(""), "Patients.Get", "id", "is required"},
		{"slash in an id", getPatient("pt_1/S3CRET"), "Patients.Get", "id", "must not contain"},
		{"way up in an id", getPatient("../S3CRET"), "Patients.Get", "id", "must not contain"},
		{"dots as an id", getPatient(".."), "Patients.Get", "id", "must not be"},
		{"escaped slash in an id", getPatient("S3CRET%2Fx"), "Patients.Get", "id", "escaped separator"},
		{"query in an id", getPatient("S3CRET?x=1"), "Patients.Get", "id", "must not contain"},
		{"fragment in an id", getPatient("S3CRET#x"), "Patients.Get", "id", "must not contain"},
		{"backslash in an id", getPatient(`S3CRET\x`), "Patients.Get", "id", "must not contain"},
		{"line break in an id", getPatient("S3CRET\n"), "Patients.Get", "id", "control characters"},
		{"empty id of an update", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Update(ctx, "", &clinik.AssessmentUpdate{})
			return err
		}, "Assessments.Update", "id", "is required"},
		{"empty id of a delete", func(ctx context.Context, c *clinik.Client) error { return c.Assessments.Delete(ctx, "") },
			"Assessments.Delete", "id", "is required"},
		{"empty id of a job", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Bulk.GetJob(ctx, "")
			return err
		}, "Bulk.GetJob", "jobId", "is required"},
		{"empty type of a raw read", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.FHIR.Get(ctx, "", "1")
			return err
		}, "FHIR.Get", "resourceType", "is required"},

		{"no body", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Create(ctx, nil)
			return err
		}, "Assessments.Create", "body", "is required"},
		{"no body of an update", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Update(ctx, "1", nil)
			return err
		}, "Assessments.Update", "body", "is required"},

		{"status missing", assess(func(a *clinik.AssessmentCreate) { a.Status = "" }), "Assessments.Create", "status", "is required"},
		{"patient missing", assess(func(a *clinik.AssessmentCreate) {
			a.PatientID = ""
		}), "Assessments.Create", "patientId", "is required"},
		{"summary missing", assess(func(a *clinik.AssessmentCreate) { a.Summary = "" }), "Assessments.Create", "summary", "is required"},
		{"name of a patient missing", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "S3CRET"})
			return err
		}, "Patients.Create", "lastName", "is required"},
		{"member of a list's element missing", assess(func(a *clinik.AssessmentCreate) {
			a.Investigations = []clinik.AssessmentInvestigationInput{{Name: "x"}, {}}
		}), "Assessments.Create", "investigations[1].name", "is required"},
		{"code missing", observe(clinik.Code{}), "Observations.Create", "code", "is required"},
		{"display without a code", observe(clinik.Code{Display: "S3CRET"}), "Observations.Create", "code.code", "is required beside"},
		{"system without a code", observe(clinik.Code{System: "http://loinc.org", Text: "S3CRET"}),
			"Observations.Create", "code.code", "is required beside"},
		{"both forms of a code", observe(clinik.Code{Code: "S3CRET", Text: "x"}), "Observations.Create", "code.text", "must not be set"},
		{"list missing", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Schedules.Create(ctx, &clinik.ScheduleCreate{})
			return err
		}, "Schedules.Create", "actorIds", "is required"},
		{"list without elements", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Schedules.Create(ctx, &clinik.ScheduleCreate{ActorIDs: []string{}})
			return err
		}, "Schedules.Create", "actorIds", "at least 1"},

		{"text too long", assess(func(a *clinik.AssessmentCreate) {
			a.Summary = strings.Repeat("ë", 5001)
		}), "Assessments.Create", "summary", "at most 5000 characters"},
		{"optional text too long", assess(func(a *clinik.AssessmentCreate) { a.Note = new(strings.Repeat("a", 2001)) }),
			"Assessments.Create", "note", "at most 2000 characters"},
		{"name too long", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "J", LastName: strings.Repeat("a", 101)})
			return err
		}, "Patients.Create", "lastName", "at most 100 characters"},
		{"list too long", assess(func(a *clinik.AssessmentCreate) { a.Findings = make([]clinik.AssessmentFindingInput, 51) }),
			"Assessments.Create", "findings", "at most 50 elements"},
		{"number too large", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Encounters.Create(ctx, &clinik.EncounterCreate{
				Status: clinik.EncounterStatusFinished, Class: "AMB", PatientID: "pt_1", LengthMinutes: new(10081),
			})
			return err
		}, "Encounters.Create", "lengthMinutes", "at most 10080"},

		{"body one byte over the limit", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Create(ctx, bulky(maxBody+1))
			return err
		}, "Assessments.Create", "body", "at most 1048576 bytes"},
		{"body far over the limit", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Create(ctx, bulky(3*maxBody))
			return err
		}, "Assessments.Create", "body", "at most 1048576 bytes"},
		{"update over the limit", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Update(ctx, "1", &clinik.AssessmentUpdate{Note: new(strings.Repeat("a", maxBody))})
			return err
		}, "Assessments.Update", "body", "at most 1048576 bytes"},

		{"iterator whose option cannot be obeyed", func(ctx context.Context, c *clinik.Client) error {
			n := 0
			var failed error
			for _, err := range c.Patients.SearchAll(ctx, nil, caremux.WithPrefetch(-1)) {
				n, failed = n+1, err
			}
			if n != 1 {
				t.Errorf("yielded %d times", n)
			}
			return failed
		}, "Patients.Search", "WithPrefetch", "must not be negative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nw := always(200, assessmentAnswer)
			err := tt.do(t.Context(), nw.client(t))
			var argument *caremux.ArgumentError
			if !errors.As(err, &argument) || !errors.Is(err, caremux.ErrInvalid) {
				t.Fatalf("got %v, want an ArgumentError", err)
			}
			if argument.Operation != tt.operation || argument.Field != tt.field || !strings.Contains(argument.Rule, tt.rule) {
				t.Errorf("got %q, %q, %q", argument.Operation, argument.Field, argument.Rule)
			}
			if text := printed(err); strings.Contains(text, "S3CRET") || len(err.Error()) > 200 {
				t.Errorf("the error holds the value: %s", text)
			}
			if nw.count() > 0 {
				t.Errorf("sent %d requests", nw.count())
			}
		})
	}
}

func TestInputAtTheLimitsIsSent(t *testing.T) {
	for name, a := range map[string]*clinik.AssessmentCreate{
		"text":         {Status: "completed", PatientID: "p", Summary: strings.Repeat("ë", 5000)},
		"list":         {Status: "completed", PatientID: "p", Summary: "s", Findings: make([]clinik.AssessmentFindingInput, 50)},
		"body":         bulky(maxBody),
		"other status": {Status: "on-hold", PatientID: "p", Summary: "s"},
	} {
		t.Run(name, func(t *testing.T) {
			nw := always(201, assessmentAnswer)
			if _, err := nw.client(t).Assessments.Create(t.Context(), a); err != nil || nw.count() != 1 {
				t.Fatal(nw.count(), err)
			}
			if name == "body" && len(nw.sent[0].body) != maxBody {
				t.Errorf("sent %d bytes", len(nw.sent[0].body))
			}
		})
	}
}

func TestIdsOfAnyShapeTravelEscaped(t *testing.T) {
	for id, want := range map[string]string{
		"pt_abc123":                            "/v1/patients/pt_abc123",
		"f81d4fae-7dec-11d0-a765-00a0c91e6bf6": "/v1/patients/f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		"a b":                                  "/v1/patients/a%20b",
		"ä:1":                                  "/v1/patients/%C3%A4:1",
		"50%":                                  "/v1/patients/50%25",
		"...":                                  "/v1/patients/...",
	} {
		nw := always(200, patientAnswer)
		if _, err := nw.client(t).Patients.Get(t.Context(), id, nil); err != nil || nw.sent[0].path != want {
			t.Errorf("%q was sent as %+v, %v", id, nw.sent, err)
		}
	}
}
