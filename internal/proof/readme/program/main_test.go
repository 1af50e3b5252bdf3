package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/welkin/welkintest"
)

func TestProgramPrintsEveryPatient(t *testing.T) {
	srv := welkintest.NewServer(t)
	ids := srv.AddPatients(45) // more than a page
	credentials := srv.Credentials()
	t.Setenv("WELKIN_BASE_URL", srv.URL)
	t.Setenv("WELKIN_TENANT", credentials.Tenant)
	t.Setenv("WELKIN_INSTANCE", credentials.Instance)
	t.Setenv("WELKIN_CLIENT_NAME", credentials.ClientName)
	t.Setenv("WELKIN_SECRET", credentials.Secret)

	path := filepath.Join(t.TempDir(), "stdout")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = file
	main()
	os.Stdout = stdout
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	printed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(printed)) {
		id, _, _ := strings.Cut(line, " ")
		got = append(got, id)
	}
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("printed %d patients, want the %d of the server", len(got), len(ids))
	}
	for _, problem := range srv.Problems() {
		t.Error(problem)
	}
}
