package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/snapcare/snapcaretest"
)

// night is the night of the change, for a patient in a zone.
func night(t *testing.T, zone string) (*snapcaretest.Server, *visit) {
	srv := snapcaretest.NewServer(t)
	addNight(srv)
	v, err := fakeVisit(srv)
	if err != nil {
		t.Fatal(err)
	}
	if v.patientZone, err = time.LoadLocation(zone); err != nil {
		t.Fatal(err)
	}
	return srv, v
}

// sentTime is the time of the last booking, as it was sent.
func sentTime(t *testing.T, srv *snapcaretest.Server) string {
	var body struct {
		StartTime string
		ZonedTime struct {
			TimeZoneID         json.Number
			StartTime, EndTime string
		}
	}
	for _, r := range srv.Requests() {
		if r.Operation == "Appointments.PatientCreate" {
			if err := json.Unmarshal(r.Body, &body); err != nil {
				t.Fatal(err)
			}
		}
	}
	z := body.ZonedTime
	return strings.TrimSpace(body.StartTime + " " + z.TimeZoneID.String() + " " + z.StartTime + " " + z.EndTime)
}

func TestTimesThatClocksShowTwiceAreNeverLeftToTheVendor(t *testing.T) {
	onlyEastern := &snapcaretest.Fault{Operation: "Utility.ListTimeZones", Status: 200,
		Body: []byte(`{"data":[{"id":8,"name":"Eastern Standard Time"}],"total":1}`)}
	for name, test := range map[string]struct {
		zone, at string
		fault    *snapcaretest.Fault
		sent     string // id of the zone, start and end
		read     string
	}{
		"sent as the patient's": {zone: "Europe/Berlin", at: "2030-11-03T01:30:00-04:00",
			sent: "11 2030-11-03T06:30:00 2030-11-03T07:00:00", read: "2030-11-03T01:30:00-04:00"},
		"the second of two": {zone: "Europe/Berlin", at: "2030-11-03T01:30:00-05:00",
			sent: "11 2030-11-03T07:30:00 2030-11-03T08:00:00", read: "2030-11-03T01:30:00-05:00"},
		"sent as UTC": {zone: "America/New_York", at: "2030-11-03T01:00:00-04:00",
			sent: "1 2030-11-03T05:00:00 2030-11-03T05:30:00", read: "2030-11-03T01:00:00-04:00"},
		"not twice": {zone: "Europe/Berlin", at: "2030-11-03T08:30:00+01:00",
			sent: "8 2030-11-03T02:30:00 2030-11-03T03:00:00", read: "2030-11-03T02:30:00-05:00"},
		"left for one that is shown once": {zone: "America/New_York", fault: onlyEastern,
			sent: "8 2030-11-03T02:00:00 2030-11-03T02:30:00", read: "2030-11-03T02:00:00-05:00"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, v := night(t, test.zone)
			if test.fault != nil {
				srv.Fail(*test.fault)
			}
			var out strings.Builder
			if err := plan(t.Context(), &out, v, test.at, 1); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			if got := sentTime(t, srv); got != test.sent || !strings.Contains(out.String(), "read back: "+test.read+",") {
				t.Errorf("sent %s\n%s", got, out.String())
			}
			out.Reset()
			if err := plan(t.Context(), &out, v, test.read, 1); err != nil || strings.Count(out.String(),
				"at the clinic\n") != 5 ||
				!strings.Contains(out.String(), "booked before: "+test.read+",") || len(written(srv)) != 1 {
				t.Errorf("asked for once more: %v, written %v\n%s", err, written(srv), out.String())
			}
			v.patientID = srv.AddDependent("Ann", "Lee").ID
			if err := plan(t.Context(), &out, v, test.read, 1); err == nil || len(written(srv)) != 1 {
				t.Errorf("a time of another patient was offered: %v\n%s", err, out.String())
			}
			if problems := srv.Problems(); len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}

func TestWrongOrUnknownOutcomesAreNotPassedOver(t *testing.T) {
	for name, test := range map[string]struct {
		fault   snapcaretest.Fault
		err     string
		written string
	}{
		"booked for another moment": {snapcaretest.Fault{Operation: "Appointments.GetForPatient", Status: 200, Body: []byte(
			`{"data":[{"appointmentId":"00000000-0000-4000-8000-000000000001","startTime":"2030-11-03T01:00:00-05:00"}],"total":1}`)},
			"it was booked for 2030-11-03T01:00:00-05:00: cancelled", "Appointments.PatientCreate Appointments.PatientDelete"},
		"lost and not made": {snapcaretest.Fault{Operation: "Appointments.PatientCreate", Reset: true},
			"run this again for the same time", "Appointments.PatientCreate"},
		"not read back": {snapcaretest.Fault{Operation: "Appointments.GetForPatient", Status: 400},
			"is booked, but cannot be read", "Appointments.PatientCreate"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, v := night(t, "Europe/Berlin")
			srv.Fail(test.fault)
			err := plan(t.Context(), &strings.Builder{}, v, "", 1)
			if got := strings.Join(written(srv), " "); err == nil || !strings.Contains(err.Error(), test.err) ||
				strings.Contains(err.Error(), "\n") || got != test.written {
				t.Errorf("%v, written %s", err, got)
			}
		})
	}
}

func TestLostResponseIsLookedFor(t *testing.T) {
	srv, v := night(t, "Europe/Berlin")
	srv.Fail(snapcaretest.Fault{Operation: "Appointments.PatientCreate", Reset: true, AfterWork: true})
	var out strings.Builder
	if err := plan(t.Context(), &out, v, "", 1); err != nil || !strings.Contains(out.String(),
		"booked and read back: ") || len(written(srv)) != 1 {
		t.Errorf("%v, written %v\n%s", err, written(srv), out.String())
	}
}
