package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/crash"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// process exports to a file, as a process of its own.
func process(t *testing.T, srv *welkintest.Server, point crash.Point, path string) (sent int, err error) {
	t.Helper()
	sent, died := crash.Run(t, point, func(ctx context.Context, network caremux.Option) {
		c, e := srv.NewClient(network, caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1}))
		if e != nil {
			t.Error(e)
			return
		}
		p, e := openPart(path, header("vitals"), false)
		if e != nil {
			t.Error(e)
			return
		}
		defer p.file.Close()
		if _, err = export(ctx, c, "vitals", p, io.Discard); err == nil && ctx.Err() == nil {
			err = p.finish()
		}
	})
	if died {
		return sent, context.Canceled
	}
	return sent, err
}

func TestExportIsTheSameWhereverTheProgramStops(t *testing.T) {
	srv := welkintest.NewServer(t)
	records := welkin.CDTRecords[vitals](srv.Client(), "vitals")
	for i, id := range srv.AddPatients(5) {
		for n := range i % 3 {
			if _, err := records.Create(t.Context(), id, &vitals{Systolic: new(110 + n)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := filepath.Join(t.TempDir(), "whole.csv")
	requests, err := process(t, srv, crash.Point{}, whole)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	crash.Everywhere(t, requests, func(t *testing.T, point crash.Point) {
		path := filepath.Join(t.TempDir(), "patients.csv")
		_, err := process(t, srv, point, path)
		if _, missing := os.Stat(path); (err == nil) != (missing == nil) { // a login that was cut off is made once more
			t.Errorf("the first run: %v, and the file: %v", err, missing)
		}
		if err != nil {
			if _, err := process(t, srv, crash.Point{}, path); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
		}
	})
}
