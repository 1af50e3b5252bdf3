package trust

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	visits "github.com/caremux/caremux/examples/testing"
	"github.com/caremux/caremux/internal/proof/crash"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

type visitVitals struct {
	VisitID  string `json:"visit_id,omitzero"`
	Systolic int    `json:"systolic,omitzero"`
}

// welkinFlow is what a program does, in a way that it can do again. It returns the id of what it has made.
type welkinFlow func(ctx context.Context, c *welkin.Client, patientID string) (string, error)

func createVitals(ctx context.Context, c *welkin.Client, patientID string) (string, error) {
	record, err := welkin.CDTRecords[visitVitals](c, "vitals").CreateOnce(ctx, patientID, &visitVitals{VisitID: "v1",
		Systolic: 118},
		func(r welkin.TypedCDT[visitVitals]) bool { return r.Fields.VisitID == "v1" })
	if err != nil {
		return "", err
	}
	return record.ID, nil
}

func createAndUpdateVitals(ctx context.Context, c *welkin.Client, patientID string) (string, error) {
	id, err := createVitals(ctx, c, patientID)
	if err != nil {
		return "", err
	}
	_, err = welkin.CDTRecords[visitVitals](c, "vitals").Update(ctx, patientID, id, &visitVitals{Systolic: 121})
	return id, err
}

// createPatient is the recipe of welkin's guide: by an external id.
func createPatient(ctx context.Context, c *welkin.Client, _ string) (string, error) {
	p, err := c.Patients.Get(ctx, "crm-7", &welkin.PatientsGetParams{Type: new(welkin.PatientIDTypeEID)})
	if errors.Is(err, caremux.ErrNotFound) {
		p, err = c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor",
			ExternalID: new("crm-7")})
	}
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

// scheduleVisit is the example of how code of a clinic's own is tested: one event for a visit, however often it is
// scheduled.
func scheduleVisit(ctx context.Context, c *welkin.Client, patientID string) (string, error) {
	event, err := visits.Schedule(ctx, c, visits.Visit{ID: "visit-1", Title: "Checkup", Patient: patientID,
		Clinician: "psm-1",
		Start:     time.Date(2030, 5, 2, 9, 0, 0, 0, time.UTC), Length: time.Hour})
	if err != nil {
		return "", err
	}
	return event.ID, nil
}

func runWelkin(t *testing.T, srv *welkintest.Server, point crash.Point, flow welkinFlow, patientID string) (id string,
	sent int, err error) {
	t.Helper()
	sent, died := crash.Run(t, point, func(ctx context.Context, network caremux.Option) {
		retry := caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond,
			MaxWait: time.Millisecond})
		c, e := srv.NewClient(network, retry)
		if e != nil {
			t.Fatal(e)
		}
		id, err = flow(ctx, c, patientID)
	})
	if died {
		return "", sent, context.Canceled
	}
	return id, sent, err
}

func TestWelkinFlowsRunAgainAfterACrashAtEveryRequest(t *testing.T) {
	for name, flow := range map[string]welkinFlow{"create": createVitals, "create and update": createAndUpdateVitals,
		"patient": createPatient,
		"event":   scheduleVisit} {
		t.Run(name, func(t *testing.T) {
			srv := welkintest.NewServer(t)
			_, requests, err := runWelkin(t, srv, crash.Point{}, flow, srv.AddPatients(1)[0])
			if err != nil {
				t.Fatal(err)
			}
			crash.Everywhere(t, requests, func(t *testing.T, point crash.Point) {
				srv := welkintest.NewServer(t)
				patientID := srv.AddPatients(1)[0]
				first, _, err := runWelkin(t, srv, point, flow, patientID)
				again, _, errAgain := runWelkin(t, srv, crash.Point{}, flow, patientID)
				if errAgain != nil || err == nil && first != again {
					t.Errorf("made %q (%v), then %q (%v)", first, err, again, errAgain)
				}
				wantOne(t, srv.Client(), patientID, name, again)
				if problems := srv.Problems(); len(problems) > 0 {
					t.Error(problems)
				}
			})
		})
	}
}

// wantOne checks that the server has what a flow makes once, with the id that was reported.
func wantOne(t *testing.T, c *welkin.Client, patientID, flow, id string) {
	t.Helper()
	var ids []string
	switch flow {
	case "patient":
		for p, err := range c.Patients.All(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			if p.ExternalID == "crm-7" {
				ids = append(ids, p.ID)
			}
		}
	case "event":
		for e, err := range c.CalendarEvents.All(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
	default:
		wantOneVitals(t, c, patientID, flow, id)
		return
	}
	if len(ids) != 1 || ids[0] != id {
		t.Errorf("the server has %q, reported %s", ids, id)
	}
}

func wantOneVitals(t *testing.T, c *welkin.Client, patientID, flow, id string) {
	t.Helper()
	var list []welkin.TypedCDT[visitVitals]
	for record, err := range welkin.CDTRecords[visitVitals](c, "vitals").All(t.Context(), patientID, nil) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, record)
	}
	want := visitVitals{"v1", 118}
	if flow == "create and update" {
		want.Systolic = 121
	}
	if len(list) != 1 || list[0].ID != id || list[0].Fields != want {
		t.Errorf("%d records, reported %s, want one with %v: %v", len(list), id, want, list)
	}
}
