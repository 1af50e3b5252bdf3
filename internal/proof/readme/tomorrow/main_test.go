package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/internal/demo"
)

func TestProgramPrintsTomorrowsAppointmentsOfFourSystems(t *testing.T) {
	now := time.Now()
	systems, err := demo.Start(t.Context(), time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.Local))
	if err != nil {
		t.Fatal(err)
	}
	defer systems.Close()
	eka, welkin, snap := systems.Eka.Credentials(), systems.Welkin.Credentials(), systems.Snapcare.Credentials()
	for name, value := range map[string]string{
		"EKA_BASE_URL": systems.Eka.URL, "EKA_CLIENT_ID": eka.ClientID, "EKA_CLIENT_SECRET": eka.ClientSecret,
		"WELKIN_BASE_URL": systems.Welkin.URL, "WELKIN_TENANT": welkin.Tenant, "WELKIN_INSTANCE": welkin.Instance,
		"WELKIN_CLIENT_NAME": welkin.ClientName, "WELKIN_SECRET": welkin.Secret,
		"CLINIKAPI_BASE_URL": systems.Clinik.URL, "CLINIKAPI_SECRET_KEY": systems.Clinik.Key(),
		"SNAPCARE_BASE_URL": systems.Snapcare.URL, "SNAPCARE_DEVELOPER_ID": snap.DeveloperID, "SNAPCARE_API_KEY": snap.APIKey,
		"SNAPCARE_HOSPITAL_ID": strconv.Itoa(snap.HospitalID), "SNAPCARE_USER_TYPE": snap.UserType.String(),
		"SNAPCARE_EMAIL": snap.Email, "SNAPCARE_PASSWORD": snap.Password, "SNAPCARE_TIME_ZONE": systems.Snapcare.Zone().String(),
	} {
		t.Setenv(name, value)
	}
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
	lines := strings.Split(strings.TrimSpace(string(printed)), "\n")
	var hosts []string
	for _, line := range lines {
		words := strings.Fields(line)
		_, address, _ := strings.Cut(words[len(words)-1], "//")
		host, _, _ := strings.Cut(address, "/")
		hosts = append(hosts, host)
	}
	// Of ClinikAPI another practitioner has one, too. The last is the fake's own address, as the environment has no host.
	want := "api.eka.care api.clinikapi.com api.clinikapi.com api.live.welkincloud.io " +
		strings.TrimPrefix(systems.Snapcare.URL, "http://")
	if got := strings.Join(hosts, " "); got != want {
		t.Errorf("got %s, want %s\n%s", got, want, printed)
	}
}
