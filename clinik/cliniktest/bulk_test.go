package cliniktest_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/clinik/fhir"
)

func waitFor(progress *[]string) *clinik.BulkWait {
	return &clinik.BulkWait{MinWait: time.Millisecond, MaxWait: time.Millisecond, Progress: func(j *clinik.BulkJob) {
		*progress = append(*progress, fmt.Sprint(j.Status, *j.ProcessedRecords))
	}}
}

func TestExport(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	ids := srv.AddPatients(8)
	newAssessment(t, c, ids[0])
	srv.SetJobPolls(4)
	started := must(c.Bulk.Export(ctx, &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}}))(t)
	var progress []string
	job := must(c.Bulk.Wait(ctx, started.JobID, waitFor(&progress)))(t)
	if got := strings.Join(progress, " "); got != "pending0 processing2 processing4 processing6 completed8" {
		t.Errorf("progress %s", got)
	}
	var got []string
	for p, err := range clinik.BulkRecords[fhir.Patient](ctx, c, job) {
		if err != nil {
			t.Fatal(err)
		}
		documented(t, p)
		got = append(got, p.ID)
	}
	if strings.Join(got, " ") != strings.Join(ids, " ") {
		t.Errorf("exported %v", got)
	}

	srv.Fail(cliniktest.Fault{Operation: "Bulk.Download", CutBody: true})
	var last error
	for _, err := range clinik.BulkRecords[fhir.Patient](ctx, c, job) {
		last = err
	}
	if last == nil {
		t.Error("a file that is cut off is no error")
	}
	if problems := srv.Problems(); problems != nil {
		t.Errorf("problems %v", problems)
	}

	path := strings.TrimPrefix(job.DownloadURL, srv.URL)
	if status, body := send(t, srv, "GET", path, nil, "X-Api-Key", srv.Key()); status != 400 || len(srv.Problems()) != 1 {
		t.Errorf("with a key: %d %s", status, body)
	}
	if status, body := send(t, srv, "GET", path+"x", nil); status != 403 {
		t.Errorf("with another signature: %d %s", status, body)
	}

	since := caremux.NewTime(time.Now().Add(time.Hour))
	srv.SetJobPolls(0)
	started = must(c.Bulk.Export(ctx, &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}, Since: &since}))(t)
	job = must(c.Bulk.GetJob(ctx, started.JobID))(t)
	if job.Status != clinik.BulkJobStatusCompleted || *job.TotalRecords != 0 {
		t.Errorf("job %s", job.RawJSON())
	}
	download, err := c.Bulk.Download(ctx, job)
	if err != nil {
		t.Fatal(err)
	}
	defer download.Close()
	if data, err := io.ReadAll(download); err != nil || len(data) != 0 {
		t.Errorf("%q, %v", data, err)
	}
}

func TestImport(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	data := `{"resourceType":"Patient","id":"own","name":[{"family":"Ray"}]}` + "\n\n" +
		`{"firstName":"Ann","lastName":"Lee"}` + "\n" +
		`{"firstName":"Ann"}` + "\n" +
		`{"resourceType":"Basic"}` + "\n" +
		`not JSON`
	started := must(c.Bulk.Import(ctx, &clinik.BulkImportRequest{ResourceType: "Patient", Data: data}))(t)
	var progress []string
	job := must(c.Bulk.Wait(ctx, started.JobID, waitFor(&progress)))(t)
	want := "line 4: lastName: Required; line 5: resourceType: must be Patient; line 6: is not a JSON object"
	if got := strings.Join(job.Errors, "; "); got != want || *job.TotalRecords != 5 || job.Type != clinik.BulkJobTypeImport {
		t.Errorf("job %s", job.RawJSON())
	}
	if strings.Join(progress, " ") != "pending0 processing2 completed5" {
		t.Errorf("progress %s", progress)
	}
	if found(t, c) != 1 {
		t.Error("the flat record is not stored")
	}
	page := must(fhir.Resources[fhir.Patient](c, "Patient").Search(ctx, nil))(t)
	if len(page.Items) != 2 {
		t.Errorf("%d resources", len(page.Items))
	}
	_, err := c.Bulk.Import(ctx, &clinik.BulkImportRequest{ResourceType: "Patient", Data: strings.Repeat("{}\n", clinik.MaxImportRecords+1)})
	wantCode(t, err, caremux.ErrInvalid, clinik.CodeValidationError)
	if problems := srv.Problems(); problems != nil {
		t.Errorf("problems %v", problems)
	}
}

func TestJobsFail(t *testing.T) {
	srv, c := setup(t)
	srv.FailJobs(true)
	started := must(c.Bulk.Import(t.Context(), &clinik.BulkImportRequest{ResourceType: "Patient", Data: `{"firstName":"Ann","lastName":"Lee"}`}))(t)
	var progress []string
	_, err := c.Bulk.Wait(t.Context(), started.JobID, waitFor(&progress))
	var failed *clinik.BulkJobError
	if !errors.As(err, &failed) || len(failed.Job.Errors) != 1 {
		t.Errorf("%v", err)
	}
	if found(t, c) != 0 {
		t.Error("a failed import has stored something")
	}
	_, err = c.Bulk.GetJob(t.Context(), "job_99")
	wantCode(t, err, caremux.ErrNotFound, clinik.CodeNotFound)
}
