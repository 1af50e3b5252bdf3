package snapcare_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

func TestBadAppointmentsAreNotSent(t *testing.T) {
	newYork, kolkata := location(t, "America/New_York"), location(t, "Asia/Kolkata")
	start := moment(t, "2019-03-14T21:48:00Z")
	eastern := snapcare.TimeZone{ID: new(3), Name: "America/New_York"}
	naive := func() *snapcare.LocalTime {
		at := new(snapcare.LocalTime)
		if err := json.Unmarshal([]byte(`"2019-03-14T17:48:00"`), at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	zoned := func(start, end time.Time) *snapcare.ZonedTimeInput {
		z, err := snapcare.NewZonedTime(start, end, eastern)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	for _, tt := range []struct {
		name   string
		spoil  func(*snapcare.AppointmentCreate)
		want   string // field and start of the rule
		create bool   // not asked of an update
	}{
		{name: "three participants", want: "participants must", spoil: func(a *snapcare.AppointmentCreate) {
			a.Participants = append(a.Participants, snapcare.PatientParticipant("a"))
		}},
		{name: "one participant", want: "participants must", spoil: func(a *snapcare.AppointmentCreate) {
			a.Participants = a.Participants[:1]
		}},
		{name: "no participants", want: "participants is required", spoil: func(a *snapcare.AppointmentCreate) { a.Participants = nil }},
		{name: "two patients", want: "participants[1].participantTypeCode must be that of a clinician",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.Participants = []snapcare.AppointmentParticipantInput{snapcare.PatientParticipant("a"), snapcare.PatientParticipant("b")}
			}},
		{name: "two clinicians", want: "participants[1].participantTypeCode must be that of a patient",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.Participants = []snapcare.AppointmentParticipantInput{
					snapcare.ClinicianParticipant("a"), snapcare.ClinicianParticipant("b"),
				}
			}},
		{name: "a relative", want: "participants[0].participantTypeCode must", spoil: func(a *snapcare.AppointmentCreate) {
			a.Participants[0].ParticipantTypeCode = new(snapcare.ParticipantTypeCodeRelatedPerson)
		}},
		{name: "no participant type", want: "participants[1].participantTypeCode is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.Participants[1].ParticipantTypeCode = nil
		}},
		{name: "no person", want: "participants[1].personId is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.Participants[1].PersonID = ""
		}},
		{name: "no block", want: "availabilityBlockId is required", create: true, spoil: func(a *snapcare.AppointmentCreate) {
			a.AvailabilityBlockID = ""
		}},
		{name: "no type", want: "appointmentTypeCode is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.AppointmentTypeCode = 0
		}},
		{name: "no kind of encounter", want: "encounterTypeCode is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.EncounterTypeCode = 0
		}},
		{name: "no service type", want: "serviceTypeId is required", spoil: func(a *snapcare.AppointmentCreate) { a.ServiceTypeID = 0 }},
		{name: "no times", want: "startTime is required", spoil: func(a *snapcare.AppointmentCreate) { a.StartTime, a.EndTime = nil, nil }},
		{name: "no end", want: "endTime is required", spoil: func(a *snapcare.AppointmentCreate) { a.EndTime = nil }},
		{name: "zero start", want: "startTime is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.StartTime = new(snapcare.LocalTime)
		}},
		{name: "start at the zero time", want: "startTime is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.StartTime = snapcare.NewLocalTime(time.Time{}, newYork)
		}},
		{name: "end before start", want: "endTime must not be before startTime", spoil: func(a *snapcare.AppointmentCreate) {
			a.StartTime, a.EndTime = a.EndTime, a.StartTime
		}},
		{name: "clocks set back in between", want: "endTime must not show an earlier time", spoil: func(a *snapcare.AppointmentCreate) {
			a.StartTime = snapcare.NewLocalTime(moment(t, "2019-11-03T05:50:00Z"), newYork)
			a.EndTime = snapcare.NewLocalTime(moment(t, "2019-11-03T06:10:00Z"), newYork)
		}},
		{name: "naive start", want: "startTime must come with the time zone", spoil: func(a *snapcare.AppointmentCreate) {
			a.StartTime = naive()
		}},
		{name: "naive end", want: "endTime must come with the time zone", spoil: func(a *snapcare.AppointmentCreate) {
			a.EndTime = naive()
		}},
		{name: "start made without a location", want: "startTime must come with the time zone", spoil: func(a *snapcare.AppointmentCreate) {
			a.StartTime = snapcare.NewLocalTime(start, nil)
		}},
		{name: "mixed zones", want: "endTime must be in the same time zone", spoil: func(a *snapcare.AppointmentCreate) {
			a.EndTime = snapcare.NewLocalTime(start.Add(2*time.Minute), kolkata)
		}},
		{name: "mixed zones of one name", want: "endTime must be in the same time zone", spoil: func(a *snapcare.AppointmentCreate) {
			a.EndTime = snapcare.NewLocalTime(start.Add(2*time.Minute), time.FixedZone("America/New_York", 0))
		}},
		{name: "zoned, end before start", want: "zonedTime.endTime must not be before startTime",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.ZonedTime = zoned(start, start.Add(-time.Minute))
			}},
		{name: "zoned, no id", want: "zonedTime.timeZoneId is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.ZonedTime = zoned(start, start)
			a.ZonedTime.TimeZoneID = nil
		}},
		{name: "zoned, no start", want: "zonedTime.startTime is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.ZonedTime = zoned(time.Time{}, start)
		}},
		{name: "zoned, no end", want: "zonedTime.endTime is required", spoil: func(a *snapcare.AppointmentCreate) {
			a.ZonedTime = zoned(start, time.Time{})
		}},
		{name: "zoned, another id", want: "zonedTime.timeZoneId must be that of the times", spoil: func(a *snapcare.AppointmentCreate) {
			a.ZonedTime = zoned(start, start)
			a.ZonedTime.TimeZoneID = new(4)
		}},
		{name: "zoned, times of the caller's zone", want: "zonedTime.timeZoneId must be that of the times",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.ZonedTime = &snapcare.ZonedTimeInput{TimeZoneID: new(3), StartTime: a.StartTime, EndTime: a.EndTime}
			}},
		{name: "zoned, another start", want: "zonedTime.startTime must be the same instant as startTime",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.ZonedTime = zoned(a.StartTime.Time().Add(-time.Second), a.EndTime.Time())
			}},
		{name: "zoned, another end", want: "zonedTime.endTime must be the same instant as endTime",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.ZonedTime = zoned(a.StartTime.Time(), a.EndTime.Time().Add(time.Hour))
			}},
		{name: "zoned, another end, no start", want: "zonedTime.endTime must be the same instant as endTime",
			spoil: func(a *snapcare.AppointmentCreate) {
				a.ZonedTime = zoned(a.StartTime.Time(), a.EndTime.Time().Add(time.Hour))
				a.StartTime = nil
			}},
		{name: "zoned, the same times of another zone",
			want: "zonedTime.startTime must be the same instant as startTime",
			spoil: func(a *snapcare.AppointmentCreate) {
				berlin := time.FixedZone("here", 7200)
				a.ZonedTime = zoned(a.StartTime.Time(), a.EndTime.Time())
				a.StartTime = snapcare.NewLocalTime(a.StartTime.Time().Add(-time.Hour), berlin)
				a.EndTime = snapcare.NewLocalTime(a.EndTime.Time().Add(-time.Hour), berlin)
			}},
		{name: "zoned, naive", want: "zonedTime.startTime must come with the time zone", spoil: func(a *snapcare.AppointmentCreate) {
			a.ZonedTime = &snapcare.ZonedTimeInput{TimeZoneID: new(3), StartTime: naive(), EndTime: naive()}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }))
			defer server.Close()
			client := newClient(t, server.URL)
			for _, endpoint := range endpoints {
				if tt.create && endpoint.method != "POST" {
					continue
				}
				body := seedAppointment(t)
				tt.spoil(body)
				got, err := endpoint.call(client, body)
				argument, ok := errors.AsType[*caremux.ArgumentError](err)
				if !ok || got != nil || !errors.Is(err, caremux.ErrInvalid) {
					t.Fatalf("%s %s: got %v, %v", endpoint.method, endpoint.path, got, err)
				}
				if text := argument.Field + " " + argument.Rule; !strings.HasPrefix(text, tt.want) ||
					!strings.HasPrefix(argument.Operation, "Appointments.") {
					t.Errorf("%s %s: %v, want %s", endpoint.method, endpoint.path, err, tt.want)
				}
			}
			body := seedAppointment(t)
			tt.spoil(body)
			if err := body.Validate(); !errors.Is(err, caremux.ErrInvalid) {
				t.Errorf("Validate gives %v", err)
			}
		})
	}
}

func TestZonedTimeIsSent(t *testing.T) {
	var sent map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(`{"appointmentId": "` + seedID +
			`", "startTime": "2019-03-14T17:48:00", "patientQueueConnectionTime": "2019-03-14T17:48:00.25",
			"zonedTime": {"timeZoneId": 3, "startTime": "2019-03-14T17:48:00", "endTime": "2019-03-14T17:50:00Z"}}`))
	}))
	defer server.Close()
	body := seedAppointment(t)
	zone := snapcare.TimeZone{ID: new(3), Name: "Eastern Standard Time"}
	zoned, err := snapcare.NewZonedTime(body.StartTime.Time().UTC(), body.EndTime.Time().In(location(t, "Asia/Kolkata")), zone)
	if err != nil {
		t.Fatal(err)
	}
	body.StartTime, body.EndTime, body.ZonedTime = nil, nil, zoned
	got, err := newClient(t, server.URL).Appointments.AdminCreate(context.Background(), body)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"endTime":"2019-03-14T17:50:00","startTime":"2019-03-14T17:48:00","timeZoneId":3}`
	if data, _ := json.Marshal(sent["zonedTime"]); string(data) != want {
		t.Errorf("sent %s, want %s", data, want)
	}
	if sent["startTime"] != nil || sent["endTime"] != nil {
		t.Errorf("sent %v to %v beside zonedTime", sent["startTime"], sent["endTime"])
	}

	// Times in answers without a zone keep their text and say so.
	for _, tt := range []struct {
		at    caremux.Time
		text  string
		zoned bool
	}{
		{got.StartTime, "2019-03-14T17:48:00", false},
		{got.PatientQueueConnectionTime, "2019-03-14T17:48:00.25", false},
		{got.ZonedTime.StartTime, "2019-03-14T17:48:00", false},
		{got.ZonedTime.EndTime, "2019-03-14T17:50:00Z", true},
	} {
		if tt.at.Text() != tt.text || tt.at.Zoned() != tt.zoned || !tt.at.Known() {
			t.Errorf("got %s, zoned %v, want %s, %v", tt.at.Text(), tt.at.Zoned(), tt.text, tt.zoned)
		}
	}
	if at := local(t, got.ZonedTime.StartTime.Text(), zoned.StartTime.Location()); !at.Time().Equal(zoned.StartTime.Time()) {
		t.Errorf("the naive time of the answer means %v, want %v", at.Time(), zoned.StartTime.Time())
	}
}

func TestRangesInLocalTime(t *testing.T) {
	newYork := location(t, "America/New_York")
	from, to := local(t, "2019-03-10T00:00:00", newYork), local(t, "2019-03-11T00:00:00", newYork)
	var query string
	sent := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		sent++
		_, _ = w.Write([]byte(`[]`))
	}))
	defer server.Close()
	c := newClient(t, server.URL)
	lists := map[string]func(from, to *snapcare.LocalTime) error{
		"start": func(from, to *snapcare.LocalTime) error {
			_, err := c.Appointments.AdminList(context.Background(), &snapcare.AppointmentsAdminListParams{StartDate: from, EndDate: to})
			return err
		},
		"patient": func(from, to *snapcare.LocalTime) error {
			_, err := c.Appointments.PatientList(context.Background(), &snapcare.AppointmentsPatientListParams{
				StartDate: from, EndDate: to,
			})
			return err
		},
	}
	for name, list := range lists {
		if err := list(from, to); err != nil || query != "endDate=2019-03-11T00%3A00%3A00&startDate=2019-03-10T00%3A00%3A00" {
			t.Errorf("%s: got %s, %v", name, query, err)
		}
		sent = 0
		for _, bad := range [][2]*snapcare.LocalTime{
			{to, from}, {from, snapcare.NewLocalTime(to.Time(), time.UTC)}, {snapcare.NewLocalTime(from.Time(), nil), to},
		} {
			if err := list(bad[0], bad[1]); !errors.Is(err, caremux.ErrInvalid) || sent != 0 {
				t.Errorf("%s: %v to %v gives %v, %d sent", name, bad[0], bad[1], err, sent)
			}
		}
	}
	for _, params := range []interface{ Validate() error }{
		snapcare.VisitsAdminListParams{StartTime: to, EndTime: from}, snapcare.VisitsPatientListParams{StartTime: to, EndTime: from},
		snapcare.VisitsClinicianListParams{StartTime: to, EndTime: from}, snapcare.VisitsCaregiverListParams{StartTime: to, EndTime: from},
	} {
		if err := params.Validate(); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%T: %v", params, err)
		}
	}
}
