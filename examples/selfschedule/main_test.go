package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func TestOfflineRunBooksInTheNightOfTheChange(t *testing.T) {
	t.Setenv("SNAPCARE_DEVELOPER_ID", "")
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"Sun 3 Nov 06:00 +0100 for the patient is Sun 3 Nov 01:00 -0400 at the clinic\n",
		"Sun 3 Nov 07:00 +0100 for the patient is Sun 3 Nov 01:00 -0500 at the clinic\n",
		"01:00 is a time that clocks show twice in America/New_York\n",
		"sent as 2030-11-03T06:00:00 of Europe/Berlin\n",
		"booked and read back: 2030-11-03T01:00:00-04:00, Sun 3 Nov 06:00 +0100 for the patient\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
	if err := run(t.Context(), []string{"-zone", "Nowhere/City"}, &out); err == nil {
		t.Error("a zone that does not exist was taken")
	}
}

// live makes a fake stand in for the real service.
func live(t *testing.T) *snapcaretest.Server {
	srv := snapcaretest.NewServer(t)
	staff, patient := srv.Credentials(), srv.PatientCredentials()
	for name, value := range map[string]string{
		"SNAPCARE_BASE_URL": srv.URL, "SNAPCARE_HOST": "", "SNAPCARE_TIME_ZONE": "",
		"SNAPCARE_DEVELOPER_ID": staff.DeveloperID, "SNAPCARE_API_KEY": staff.APIKey,
		"SNAPCARE_HOSPITAL_ID": strconv.Itoa(staff.HospitalID),
		"SNAPCARE_USER_TYPE":   staff.UserType.String(), "SNAPCARE_EMAIL": staff.Email, "SNAPCARE_PASSWORD": staff.Password,
		"SNAPCARE_PATIENT_EMAIL": patient.Email, "SNAPCARE_PATIENT_PASSWORD": patient.Password,
		"SNAPCARE_PATIENT": srv.Patient().ID, "SNAPCARE_CLINICIAN": srv.Clinician().ID,
		"SNAPCARE_CLINICIAN_USER": strconv.Itoa(srv.Clinician().Number), "SNAPCARE_SERVICE_TYPE": "307",
	} {
		t.Setenv(name, value)
	}
	return srv
}

// written lists the calls that change something, logins apart.
func written(srv *snapcaretest.Server) (list []string) {
	for _, r := range srv.Requests() {
		if r.Method != "GET" && r.Operation != "Account.CreateSession" {
			list = append(list, r.Operation)
		}
	}
	return list
}

func TestRealServiceIsOnlyReadUnlessToldOtherwise(t *testing.T) {
	srv := live(t)
	start := time.Now().Add(48 * time.Hour).Truncate(time.Hour)
	srv.AddBlock(srv.Clinician(), start, start.Add(time.Hour))
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil || strings.Count(out.String(), " at the clinic\n") != 2 ||
		!strings.Contains(out.String(), "nothing is booked without -write") || len(written(srv)) > 0 {
		t.Errorf("%v, written %v\n%s", err, written(srv), out.String())
	}
	if err := run(t.Context(), []string{"-write"}, &out); err == nil || !strings.Contains(err.Error(), "-at") {
		t.Errorf("a time was picked by chance: %v", err)
	}
	for _, at := range []string{"tomorrow", start.Add(time.Hour).Format(time.RFC3339)} {
		if err := run(t.Context(), []string{"-write", "-at", at}, &out); err == nil || len(written(srv)) > 0 {
			t.Errorf("-at %s: %v, written %v", at, err, written(srv))
		}
	}
	out.Reset()
	at := start.Add(30 * time.Minute).UTC().Format(time.RFC3339)
	if err := run(t.Context(), []string{"-write", "-zone", "Asia/Kolkata", "-at", at}, &out); err != nil ||
		!strings.Contains(out.String(), "booked and read back: ") || !strings.Contains(out.String(), " +0530 for the patient\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if got := strings.Join(written(srv), " "); got != "Appointments.PatientCreate" || srv.Logins() < 2 || len(srv.Problems()) > 0 {
		t.Errorf("written %s, problems %v", got, srv.Problems())
	}
	t.Setenv("SNAPCARE_PATIENT", "")
	if err := run(t.Context(), []string{"-write", "-at", at}, &out); err == nil || !strings.Contains(err.Error(), "SNAPCARE_PATIENT") {
		t.Errorf("a patient was picked by chance: %v", err)
	}
}
