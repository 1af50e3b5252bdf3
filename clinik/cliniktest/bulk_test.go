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
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/fhir"
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
		isR4(t, &p)
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
	page := must(clinikfhir.Resources[*fhir.Patient](c).Search(ctx, nil))(t)
	if len(page.Items) != 2 {
		t.Errorf("%d resources", len(page.Items))
	}
	_, err := c.Bulk.Import(ctx, &clinik.BulkImportRequest{
		ResourceType: "Patient", Data: strings.Repeat("{}\n", clinik.MaxImportRecords+1),
	})
	wantCode(t, err, caremux.ErrInvalid, clinik.CodeValidationError)
	if problems := srv.Problems(); problems != nil {
		t.Errorf("problems %v", problems)
	}
}

func TestJobsFail(t *testing.T) {
	srv, c := setup(t)
	srv.FailJobs(true)
	started := must(c.Bulk.Import(t.Context(), &clinik.BulkImportRequest{
		ResourceType: "Patient", Data: `{"firstName":"Ann","lastName":"Lee"}`,
	}))(t)
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

func TestBulkJobsAreLimited(t *testing.T) {
	srv, c := setup(t)
	srv.AddPatients(3)
	start := func() error {
		_, err := c.Bulk.Export(t.Context(), &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}})
		return err
	}
	for range 4 {
		if err := start(); err != nil {
			t.Fatal(err)
		}
	}
	srv.Advance(30 * time.Minute)
	must(c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader(`{"firstName":"Ann","lastName":"Lee"}`)))(t)
	var r caremux.Response
	_, err := c.Bulk.Export(t.Context(), &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}},
		caremux.WithResponse(&r))
	wantCode(t, err, caremux.ErrRateLimited, clinik.CodeRateLimited)
	if after := r.Header.Get("Retry-After"); after != "1800" {
		t.Errorf("to be sent again after %s seconds", after)
	}
	if found(t, c) != 4 {
		t.Error("other calls wait for the limit of bulk jobs")
	}
	c = srv.Client() // whose clock does not know of the refusal
	_, err = c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader(`{"firstName":"Bo","lastName":"Lee"}`))
	wantCode(t, err, caremux.ErrRateLimited, clinik.CodeRateLimited)
	srv.Advance(30 * time.Minute)
	c = srv.Client()
	if err := start(); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	if found(t, c) != 4 {
		t.Error("a refused import has stored something")
	}
}

func TestLinksExpire(t *testing.T) {
	srv, c := setup(t)
	srv.AddPatients(3)
	started := must(c.Bulk.Export(t.Context(), &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}}))(t)
	srv.Advance(2 * time.Hour) // while the job is under way
	var progress []string
	job := must(c.Bulk.Wait(t.Context(), started.JobID, waitFor(&progress)))(t)
	read := func() (n int, err error) {
		for _, err := range clinik.BulkRecords[fhir.Patient](t.Context(), c, job) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	srv.Advance(59 * time.Minute)
	if n, err := read(); n != 3 || err != nil {
		t.Errorf("within the hour: %d, %v", n, err)
	}
	srv.Advance(time.Minute)
	if n, err := read(); n != 0 || !errors.Is(err, caremux.ErrForbidden) {
		t.Errorf("after the hour: %d, %v", n, err)
	}
	if job = must(c.Bulk.GetJob(t.Context(), started.JobID))(t); job.DownloadURL == "" {
		t.Error("the job has lost its link")
	}
	if _, err := read(); !errors.Is(err, caremux.ErrForbidden) {
		t.Errorf("the link of the same job: %v", err)
	}
}

func TestLargeImportsReachTheFake(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long, and its goroutines share one pipe alone")
	}
	srv, c := setup(t)
	line := `{"firstName":"Ann","lastName":"` + strings.Repeat("x", 10_000) + `"}` + "\n"
	started := must(c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader(strings.Repeat(line, 4000))))(t)
	var progress []string
	job := must(c.Bulk.Wait(t.Context(), started.JobID, waitFor(&progress)))(t)
	if *job.TotalRecords != 4000 || len(srv.Problems()) > 0 {
		t.Errorf("%d records, %v", *job.TotalRecords, srv.Problems())
	}
	if status, _ := send(t, srv, "POST", "/v1/patients", []byte(`{"firstName":"Ann","lastName":"`+strings.Repeat("x",
		1<<20)+`"}`),
		"X-Api-Key", srv.Key(), "Content-Type", "application/json"); status != 413 {
		t.Errorf("a record of more than a mebibyte: %d", status)
	}
}
