package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/caremux/caremux/clinik/cliniktest"
)

func TestOfflineRunCountsWhatItWrites(t *testing.T) {
	t.Setenv("CLINIKAPI_SECRET_KEY", "")
	path := filepath.Join(t.TempDir(), "all.ndjson")
	if err := os.WriteFile(path+".part", nil, 0o644); err != nil { // one that is there already, open to others
		t.Fatal(err)
	}
	var out, progress strings.Builder
	if err := run(t.Context(), []string{"-o", path}, &out, &progress); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "      50  Appointment\n       0  Observation\n     250  Patient\n") {
		t.Error(out.String())
	}
	for _, want := range []string{"job: pending 0 of 300", "job: processing 150 of 300", "job: completed 300 of 300", "300 records"} {
		if !strings.Contains(progress.String(), want) {
			t.Errorf("the progress lacks %q:\n%s", want, progress.String())
		}
	}
	if n := records(t, path); n != 300 {
		t.Errorf("%d records", n)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the file: %v, %v", info, err)
	}
}

func TestStoppedExportGoesOnWithTheSameJob(t *testing.T) {
	for name, test := range map[string]struct {
		polls int
		on    string // progress line at which it is interrupted
		fault *cliniktest.Fault
	}{
		"interrupted while the vendor works": {polls: 1, on: "pending"},
		"interrupted before the download":    {on: "completed"},
		"download cut off":                   {fault: &cliniktest.Fault{Operation: "Bulk.Download", CutBody: true}},
		"download that lacks lines": {fault: &cliniktest.Fault{
			Operation: "Bulk.Download", Status: 200, Body: []byte(`{"resourceType":"Patient"}`),
		}},
		"download stalled": {fault: &cliniktest.Fault{Operation: "Bulk.Download", Stall: true}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, path := live(t)
			srv.SetJobPolls(test.polls)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if test.fault != nil {
				srv.Fail(*test.fault)
				if test.fault.Stall {
					go stopOnDownload(ctx, srv, stop)
				}
			}
			progress := io.Discard
			if test.on != "" {
				progress = interrupts{test.on, stop}
			}
			err := run(ctx, []string{"-types", "Patient", "-o", path}, io.Discard, progress)
			if err == nil || !strings.Contains(err.Error(), "go on with -job job_1: ") {
				t.Fatal(err)
			}
			if left, err := filepath.Glob(path + "*"); err != nil || len(left) > 0 {
				t.Errorf("an unfinished file is left: %v", left)
			}
			var out strings.Builder
			if err := run(t.Context(), []string{"-job", "job_1", "-o", path}, &out, io.Discard); err != nil || records(t, path) != 40 {
				t.Errorf("%v\n%s", err, out.String())
			}
			var begun []string
			for _, r := range srv.Requests() {
				if r.Method != "GET" {
					begun = append(begun, r.Operation+" "+string(r.Body))
				}
			}
			if got := strings.Join(begun, "; "); got != `Bulk.Export {"resourceTypes":["Patient"]}` {
				t.Errorf("sent %s", got)
			}
			if problems := srv.Problems(); len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	srv, path := live(t)
	if err := run(t.Context(), nil, io.Discard, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "-o is needed") || len(srv.Requests()) > 0 {
		t.Errorf("real data goes to a temporary folder: %v", err)
	}
	srv.FailJobs(true)
	if err := run(t.Context(), []string{"-o", path}, io.Discard, io.Discard); err == nil || strings.Contains(err.Error(), "-job") {
		t.Errorf("a job that failed: %v", err)
	}
}
