package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// live makes a fake with 90 patients stand in for the real service.
func live(t *testing.T) *welkintest.Server {
	srv := welkintest.NewServer(t)
	credentials := srv.Credentials()
	t.Setenv("WELKIN_TENANT", credentials.Tenant)
	t.Setenv("WELKIN_INSTANCE", credentials.Instance)
	t.Setenv("WELKIN_CLIENT_NAME", credentials.ClientName)
	t.Setenv("WELKIN_SECRET", credentials.Secret)
	t.Setenv("WELKIN_BASE_URL", srv.URL)
	records := welkin.CDTRecords[vitals](srv.Client(), "vitals")
	for i, id := range srv.AddPatients(90) {
		for range 2 * (i % 3 / 2) { // two for every third patient
			if _, err := records.Create(t.Context(), id, &vitals{BloodSugar: new(0)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return srv
}

// lists counts how many patients were asked for their records.
func lists(srv *welkintest.Server) (n int) {
	for _, r := range srv.Requests() {
		if r.Operation == "CDTs.List" {
			n++
		}
	}
	return n
}

func TestRealPatientsGoToNoTemporaryFolder(t *testing.T) {
	srv := live(t)
	if err := run(t.Context(), nil, io.Discard, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "-o is needed") || lists(srv) > 0 {
		t.Error(err)
	}
}

func TestPartOfAnotherExportIsNotMixedIn(t *testing.T) {
	live(t)
	path := filepath.Join(t.TempDir(), "patients.csv")
	if err := os.WriteFile(path+".part", []byte("patient_id,first_name\n1,Ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-o", path}, io.Discard, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "of another export") {
		t.Error(err)
	}
	if err := run(t.Context(), []string{"-o", path, "-fresh"}, io.Discard, io.Discard); err != nil || len(read(t, path)) != 1+90+30 {
		t.Errorf("%v, %d rows", err, len(read(t, path)))
	}
}

func TestFieldsThatDoNotFitAreToldOf(t *testing.T) {
	srv := live(t)
	id := srv.AddPatients(1)[0]
	if _, err := srv.Client().CDTs.Create(t.Context(), id, "vitals", welkin.CDTRecordInput{
		"systolic": "high", "diastolic": 70,
	}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "patients.csv")
	var out strings.Builder
	if err := run(t.Context(), []string{"-o", path}, &out, io.Discard); err != nil ||
		!strings.Contains(out.String(), "1 records have fields") {
		t.Errorf("%v\n%s", err, out.String())
	}
	rows := read(t, path)
	if last := rows[len(rows)-1]; last[8] != "" || last[9] != "70" {
		t.Errorf("row %q", last)
	}
}

func TestTextThatLooksLikeAFormulaIsNeutralised(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Ann": "Ann", "a=b": "a=b", "=1+1": "'=1+1", "+1202": "'+1202", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1", "é=": "é=",
	} {
		if got := row([]string{"id"}, text); got[0] != "id" || got[1] != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
