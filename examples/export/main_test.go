package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/welkin/welkintest"
)

func TestOfflineRunWritesEveryPatient(t *testing.T) {
	t.Setenv("WELKIN_TENANT", "")
	path := filepath.Join(t.TempDir(), "patients.csv")
	if err := os.WriteFile(path+".part", nil, 0o644); err != nil { // one that is there already, open to others
		t.Fatal(err)
	}
	var out, progress strings.Builder
	if err := run(t.Context(), []string{"-o", path}, &out, &progress); err != nil {
		t.Fatal(err)
	}
	rows := read(t, path)
	if len(rows) != 1+80+80+80*2 || !strings.Contains(out.String(), "240 patients and 240 records of vitals") ||
		!strings.Contains(progress.String(), "240 of 240 patients, ") {
		t.Errorf("%d rows\n%s%s", len(rows), out.String(), progress.String())
	}
	if got := strings.Join(rows[0],
		" "); got != "patient_id first_name last_name birth_date phone vitals_id recorded_at blood_sugar systolic diastolic" {
		t.Errorf("header %s", got)
	}
	if evil, next := rows[1], rows[3]; evil[1] != `'=HYPERLINK("https://example.com")` || evil[8] != "110" || rows[2][8] != "111" ||
		evil[7] != "" || next[1] != "Patient" || next[3] != "1980-01-01" || next[4] != "'+15555550002" || next[5] != "" {
		t.Errorf("rows %q", rows[1:4])
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the file: %v, %v", info.Mode(), err)
	}
}

func TestInterruptedExportGoesOnWhereItStopped(t *testing.T) {
	srv := live(t)
	path := filepath.Join(t.TempDir(), "patients.csv")
	whole := filepath.Join(t.TempDir(), "whole.csv")
	var out strings.Builder
	if err := run(t.Context(), []string{"-o", whole}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	before := lists(srv)
	srv.Fail(welkintest.Fault{Operation: "CDTs.List", Times: 30, Delay: 1}) // 30 calls pass
	srv.Fail(welkintest.Fault{Operation: "CDTs.List", Stall: true})
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		for lists(srv) < before+31 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		interrupt()
	}()
	err := run(ctx, []string{"-o", path}, &out, io.Discard)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "30 patients are in ") {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("an unfinished file has the name of a finished one")
	}
	if rows := read(t, path+".part"); len(rows) < 31 {
		t.Errorf("%d rows are left", len(rows))
	}
	for _, cut := range []int64{0, 1, 9, 40} { // a crash may leave half a row
		if info, err := os.Stat(path + ".part"); err != nil || os.Truncate(path+".part", info.Size()-cut) != nil {
			t.Fatal(err)
		}
		before, out = lists(srv), strings.Builder{}
		if err := run(t.Context(), []string{"-o", path}, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "going on after ") || lists(srv)-before >= 70 {
			t.Errorf("%d patients were read again\n%s", lists(srv)-before, out.String())
		}
		got, err := os.ReadFile(path)
		want, _ := os.ReadFile(whole)
		if err != nil || string(got) != string(want) || !strings.Contains(out.String(), "90 patients and 60 records") {
			t.Errorf("cut by %d: %v, the file differs from that of one run\n%s", cut, err, out.String())
		}
		if err := os.Rename(path, path+".part"); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range srv.Requests() {
		if r.Method != "GET" && r.Operation != "APIClients.CreateToken" && r.Operation != "CDTs.Create" {
			t.Errorf("written: %s", r.Operation)
		}
	}
	if problems := srv.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

func read(t *testing.T, path string) [][]string {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Error(err)
	}
	return rows
}
