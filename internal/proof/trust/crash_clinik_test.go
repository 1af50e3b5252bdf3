package trust

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/proof/crash"
)

// note is what a program has stored of a bulk job when it ends.
type note struct {
	begun bool
	jobID string
}

var atOnce = &clinik.BulkWait{MinWait: time.Millisecond, MaxWait: time.Millisecond}

// exportPatients is the recipe of clinik's guide for an export. It returns what it has read.
func exportPatients(ctx context.Context, c *clinik.Client, n *note) (ids []string, err error) {
	if n.jobID == "" {
		started, err := c.Bulk.Export(ctx, &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}})
		if err != nil {
			return nil, err
		}
		n.jobID = started.JobID
	}
	job, err := c.Bulk.Wait(ctx, n.jobID, atOnce)
	if err != nil {
		return nil, err
	}
	for p, err := range clinik.BulkRecords[fhir.Patient](ctx, c, job) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}

const importFile = `
{"firstName":"Ann","lastName":"Lee"}

{"firstName":7,"lastName":"Ray"}
{"firstName":"Bo","lastName":"Lee"}
`

// importPatients is the recipe of clinik's guide for an import. It returns what the vendor says of the records.
func importPatients(ctx context.Context, c *clinik.Client, n *note) (told []string, err error) {
	arrived := false
	if n.jobID == "" && n.begun {
		page, err := c.Patients.Search(ctx, nil)
		if err != nil {
			return nil, err
		}
		arrived = len(page.Items) > 0
	}
	if n.jobID == "" && !arrived {
		n.begun = true
		started, err := c.Bulk.ImportFrom(ctx, "Patient", strings.NewReader(importFile))
		if err != nil {
			return nil, err
		}
		n.jobID = started.JobID
	}
	if n.jobID == "" {
		return nil, nil // imported, by a job whose id is lost
	}
	job, err := c.Bulk.WaitImport(ctx, n.jobID, strings.NewReader(importFile), atOnce)
	if err != nil {
		return nil, err
	}
	return job.Errors, nil
}

// readChart reads the chart of the first patient.
func readChart(ctx context.Context, c *clinik.Client, n *note) ([]string, error) {
	chart, err := clinikfhir.PatientChart(ctx, c, "pt_1", nil)
	if err != nil {
		return nil, err
	}
	return []string{chart.Patient.ID, fmt.Sprint(len(chart.Assessments))}, nil
}

type clinikFlow func(ctx context.Context, c *clinik.Client, n *note) ([]string, error)

func runClinik(t *testing.T, srv *cliniktest.Server, point crash.Point, flow clinikFlow, n *note) (got []string,
	sent int, err error) {
	t.Helper()
	sent, died := crash.Run(t, point, func(ctx context.Context, network caremux.Option) {
		retry := caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond,
			MaxWait: time.Millisecond})
		c, e := srv.NewClient(network, retry)
		if e != nil {
			t.Error(e)
			return
		}
		got, err = flow(ctx, c, n)
	})
	if died {
		return nil, sent, context.Canceled
	}
	return got, sent, err
}

func TestClinikFlowsRunAgainAfterACrashAtEveryRequest(t *testing.T) {
	for _, tt := range []struct {
		name     string
		flow     clinikFlow
		patients int // before
		want     []string
		after    int
		jobs     int // at most
	}{
		{"export", exportPatients, 3, []string{"pt_1", "pt_2", "pt_3"}, 3, 2},
		{"import", importPatients, 0, []string{"line 4: firstName: value must be a string"}, 2, 2},
		{"chart", readChart, 1, []string{"pt_1", "0"}, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := func(t *testing.T) *cliniktest.Server {
				srv := cliniktest.NewServer(t)
				srv.AddPatients(tt.patients)
				return srv
			}
			got, requests, err := runClinik(t, start(t), crash.Point{}, tt.flow, &note{})
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("got %q, %v", got, err)
			}
			crash.Everywhere(t, requests, func(t *testing.T, point crash.Point) {
				srv, n := start(t), &note{}
				got, _, err := runClinik(t, srv, point, tt.flow, n)
				if err == nil && !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got %q without an error", got)
				}
				again, _, err := runClinik(t, srv, crash.Point{}, tt.flow, n)
				lost := tt.name == "import" && n.jobID == "" // nobody knows the job that has imported
				if err != nil || !reflect.DeepEqual(again, tt.want) && !lost {
					t.Errorf("the second run: got %q, %v", again, err)
				}
				wantPatients(t, srv, tt.after)
				jobs := 0
				for _, r := range srv.Requests() {
					if r.Operation == "Bulk.Export" || r.Operation == "Bulk.Import" {
						jobs++
					}
				}
				if jobs > tt.jobs {
					t.Errorf("%d jobs", jobs)
				}
				if problems := srv.Problems(); len(problems) > 0 {
					t.Error(problems)
				}
			})
		})
	}
}

func wantPatients(t *testing.T, srv *cliniktest.Server, want int) {
	t.Helper()
	found := map[string]int{}
	for p, err := range srv.Client().Patients.SearchAll(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		found[p.FirstName+" "+p.LastName]++
	}
	total := 0
	for name, n := range found {
		if total += n; n != 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	if total != want {
		t.Errorf("%d patients, want %d: %v", total, want, found)
	}
}
