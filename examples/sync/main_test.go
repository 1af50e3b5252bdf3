package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/crash"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// process runs the job once, as a process of its own.
func process(t *testing.T, srv *welkintest.Server, point crash.Point, path string) (sent int, err error) {
	t.Helper()
	sent, died := crash.Run(t, point, func(ctx context.Context, network caremux.Option) {
		c, e := srv.NewClient(network, caremux.WithRetry(caremux.NoRetry))
		if e != nil {
			t.Error(e)
			return
		}
		j, e := openJournal(path)
		if e != nil {
			t.Error(e)
			return
		}
		defer j.Close()
		err = nightly(ctx, c, j)
	})
	if died {
		return sent, context.Canceled
	}
	return sent, err
}

// copied are the ids of the patients in a file, in the order of their lines.
func copied(t *testing.T, path string) (ids []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for l := range bytes.Lines(text) {
		var step line
		if err := json.Unmarshal(l, &step); err != nil {
			t.Fatal(err)
		}
		for _, raw := range step.Patients {
			var p welkin.Patient
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func TestNothingIsLostAndNothingComesTwiceWhereverTheProgramIsKilled(t *testing.T) {
	srv := welkintest.NewServer(t)
	want := strings.Join(srv.AddPatients(170), " ") // four pages
	requests, err := process(t, srv, crash.Point{}, filepath.Join(t.TempDir(), "whole"))
	if err != nil || requests != 5 {
		t.Fatalf("%d requests, %v", requests, err)
	}
	crash.Everywhere(t, requests, func(t *testing.T, point crash.Point) {
		path := filepath.Join(t.TempDir(), "patients")
		first, err := process(t, srv, point, path)
		if err != nil {
			second, err := process(t, srv, crash.Point{}, path)
			if err != nil {
				t.Fatal(err)
			}
			if first+second > requests+2 { // the page of the kill, and a login
				t.Errorf("%d and %d requests", first, second)
			}
		}
		if got := strings.Join(copied(t, path), " "); got != want {
			t.Errorf("copied %s, want %s", got, want)
		}
	})
}

func TestALineThatWasNotWrittenWholeIsFetchedOnceMore(t *testing.T) {
	srv := welkintest.NewServer(t)
	want := strings.Join(srv.AddPatients(120), " ")
	path := filepath.Join(t.TempDir(), "patients")
	if _, err := process(t, srv, crash.Point{}, path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 0; size < len(whole); size += 9973 {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := process(t, srv, crash.Point{}, path); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(copied(t, path), " "); got != want {
			t.Fatalf("cut off at %d: copied %s, want %s", size, got, want)
		}
	}
}

func TestLaterRunsCopyWhatHasChanged(t *testing.T) {
	srv := welkintest.NewServer(t)
	ids := srv.AddPatients(120)
	path := filepath.Join(t.TempDir(), "patients")
	srv.Advance(-5 * time.Hour)
	if _, err := process(t, srv, crash.Point{}, path); err != nil {
		t.Fatal(err)
	}
	srv.Advance(10 * time.Hour)
	if _, err := srv.Client().Patients.Update(t.Context(), ids[7], &welkin.PatientUpdate{LastName: new("Other")}); err != nil {
		t.Fatal(err)
	}
	added := srv.AddPatients(1)[0]
	if _, err := process(t, srv, crash.Point{Request: 2, Dies: true}, path); err == nil {
		t.Error("it was killed")
	}
	if requests, err := process(t, srv, crash.Point{}, path); err != nil || requests > 6 {
		t.Fatalf("%d requests, %v", requests, err)
	}
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if len(j.patients) != 121 || j.patients[added] == nil || !strings.Contains(string(j.patients[ids[7]]), `"Other"`) {
		t.Errorf("%d patients, and %s", len(j.patients), j.patients[ids[7]])
	}
}

func TestTheProgramRunsOffline(t *testing.T) {
	t.Setenv("WELKIN_TENANT", "")
	var out strings.Builder
	path := filepath.Join(t.TempDir(), "patients.ndjson")
	for range 2 {
		if err := run(t.Context(), []string{"-o", path}, &out); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "250 patients in "+path); n != 2 {
		t.Errorf("it says %s", &out)
	}
}
