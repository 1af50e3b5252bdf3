package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/welkin/welkintest"
)

// service is a fake that stands in for the real one of a vendor.
type service struct {
	vendor string
	sent   func() []string // operations that change something, but for logins
	booked []string        // what -write needs beside the credentials
	broken func()          // lets a step of the story fail
	lost   func()          // loses the answer to a write; nil if no test asks for it
	whole  []string        // what -write sends when all goes well
	failed []string        // and when a step fails
}

// services starts the fakes and puts what leads to them into the environment.
func services(t *testing.T) []service {
	t.Helper()
	offline(t)
	set := func(pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			t.Setenv(pairs[i], pairs[i+1])
		}
	}
	eka, wel, cli, snap := ekacaretest.NewServer(t), welkintest.NewServer(t), cliniktest.NewServer(t), snapcaretest.NewServer(t)
	// EKA_CLIENT_ID and its like are set by the test that wants the vendor to be real.
	set("EKA_CLIENT_SECRET", eka.Credentials().ClientSecret, "EKA_BASE_URL", eka.URL, "EKA_ENVIRONMENT", "")
	w := wel.Credentials()
	set("WELKIN_INSTANCE", w.Instance, "WELKIN_CLIENT_NAME", w.ClientName, "WELKIN_SECRET", w.Secret, "WELKIN_BASE_URL", wel.URL)
	wel.AddPatients(3)
	if _, err := welkinHost(t.Context(), &stage{}, wel.Client()); err != nil {
		t.Fatal(err)
	}
	set("CLINIKAPI_BASE_URL", cli.URL)
	n := snap.Credentials()
	set("SNAPCARE_BASE_URL", snap.URL, "SNAPCARE_DEVELOPER_ID", n.DeveloperID, "SNAPCARE_API_KEY", n.APIKey,
		"SNAPCARE_HOSPITAL_ID", strconv.Itoa(n.HospitalID), "SNAPCARE_USER_TYPE", strconv.Itoa(int(n.UserType)),
		"SNAPCARE_EMAIL", n.Email, "SNAPCARE_PASSWORD", n.Password, "SNAPCARE_TIME_ZONE", "")
	start := time.Date(2030, time.January, 2, 20, 0, 0, 0, time.UTC)
	snap.SetNow(start.Add(-8 * time.Hour))
	block := snap.AddBlock(snap.Clinician(), start, start.Add(2*time.Hour))

	return []service{
		{
			vendor: "ekacare",
			sent: func() (list []string) {
				for _, r := range eka.Writes() {
					list = append(list, r.Operation)
				}
				return list
			},
			booked: []string{"EKA_CLIENT_ID", eka.Credentials().ClientID, "EKA_CLINIC", eka.Clinic().ID, "EKA_DOCTOR", eka.Doctor().ID,
				"EKA_PATIENT", eka.Patient().ID, "EKA_START", "2030-01-02T15:00:00+05:30"},
			broken: func() { eka.Fail(ekacaretest.Fault{Operation: "Business.ListEntities", Status: 400}) },
			whole:  []string{"Appointments.Book", "Appointments.Cancel"},
			failed: []string{"Appointments.Book", "Appointments.Cancel"},
		},
		{
			vendor: "welkin",
			sent: func() (list []string) {
				for _, r := range wel.Requests() {
					list = append(list, r.Method+" "+r.Operation)
				}
				return writes(list)[1:] // the host
			},
			booked: []string{"WELKIN_TENANT", w.Tenant},
			broken: func() { wel.Fail(welkintest.Fault{Operation: "CalendarEvents.Create", Status: 400}) },
			whole:  []string{"Patients.Create", "CalendarEvents.Create", "CalendarEvents.Delete", "Patients.Delete"},
			failed: []string{"Patients.Create", "CalendarEvents.Create", "Patients.Delete"},
		},
		{
			vendor: "clinik",
			sent: func() (list []string) {
				for _, r := range cli.Requests() {
					list = append(list, r.Method+" "+r.Operation)
				}
				return writes(list)
			},
			booked: []string{"CLINIKAPI_SECRET_KEY", cli.Key()},
			broken: func() { cli.Fail(cliniktest.Fault{Operation: "Assessments.Get", Status: 400}) },
			lost:   func() { cli.Fail(cliniktest.Fault{Operation: "Assessments.Create", AfterWork: true, Reset: true}) },
			whole:  []string{"Patients.Create", "Assessments.Create", "Assessments.Delete", "Patients.Delete"},
			failed: []string{"Patients.Create", "Assessments.Create", "Assessments.Delete", "Patients.Delete"},
		},
		{
			vendor: "snapcare",
			sent: func() (list []string) {
				for _, r := range snap.Requests() {
					list = append(list, r.Method+" "+r.Operation)
				}
				return writes(list)
			},
			booked: []string{"SNAPCARE_HOST", "snap.example.com", "SNAPCARE_BLOCK", block, "SNAPCARE_PATIENT", snap.Patient().ID,
				"SNAPCARE_CLINICIAN", snap.Clinician().ID, "SNAPCARE_SERVICE_TYPE", "307", "SNAPCARE_START", start.Format(time.RFC3339)},
			broken: func() { snap.Fail(snapcaretest.Fault{Operation: "Appointments.AdminReplace", Status: 400}) },
			whole:  []string{"Appointments.AdminCreate", "Appointments.AdminReplace", "Appointments.AdminDelete"},
			failed: []string{"Appointments.AdminCreate", "Appointments.AdminReplace", "Appointments.AdminDelete"},
		},
	}
}

// writes leaves reads and logins out, and the methods.
func writes(requests []string) (list []string) {
	for _, r := range requests {
		method, operation, _ := strings.Cut(r, " ")
		if method != "GET" && operation != "APIClients.CreateToken" && operation != "Account.CreateSession" {
			list = append(list, operation)
		}
	}
	return list
}
