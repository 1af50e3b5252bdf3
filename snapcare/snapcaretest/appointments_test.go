package snapcaretest_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func TestBookMoveAndCancel(t *testing.T) {
	srv, block := setup(t)
	afternoon := morning(srv).Add(8*time.Hour + 48*time.Minute)
	for name, user := range map[string]struct {
		c      *snapcare.Client
		create func(*snapcare.Client, *snapcare.AppointmentCreate) (*snapcare.Appointment, error)
		move   func(*snapcare.Client, string, *snapcare.AppointmentReplace) (*snapcare.Appointment, error)
		cancel func(*snapcare.Client, string) error
		read   func(*snapcare.Client, string) (*snapcare.Appointment, error)
		status snapcare.AppointmentStatusCode
	}{
		"staff": {
			srv.Client(quick),
			func(c *snapcare.Client, o *snapcare.AppointmentCreate) (*snapcare.Appointment, error) {
				return c.Appointments.AdminCreate(t.Context(), o)
			},
			func(c *snapcare.Client, id string, o *snapcare.AppointmentReplace) (*snapcare.Appointment, error) {
				return c.Appointments.AdminReplace(t.Context(), id, o)
			},
			func(c *snapcare.Client, id string) error { return c.Appointments.AdminDelete(t.Context(), id) },
			func(c *snapcare.Client, id string) (*snapcare.Appointment, error) {
				//lint:ignore SA1019 version 3 cannot read one appointment
				return c.Appointments.GetForClinician(t.Context(), id)
			},
			snapcare.AppointmentStatusCodeCancelledByProvider,
		},
		"patient": {
			srv.PatientClient(quick),
			func(c *snapcare.Client, o *snapcare.AppointmentCreate) (*snapcare.Appointment, error) {
				return c.Appointments.PatientCreate(t.Context(), o)
			},
			func(c *snapcare.Client, id string, o *snapcare.AppointmentReplace) (*snapcare.Appointment, error) {
				return c.Appointments.PatientReplace(t.Context(), id, o)
			},
			func(c *snapcare.Client, id string) error { return c.Appointments.PatientDelete(t.Context(), id) },
			func(c *snapcare.Client, id string) (*snapcare.Appointment, error) {
				return c.Appointments.GetForPatient(t.Context(), id)
			},
			snapcare.AppointmentStatusCodeCancelledByPatient,
		},
	} {
		a := must(user.create(user.c, order(srv, block, afternoon)))(t)
		if *a.AppointmentStatusCode != snapcare.AppointmentStatusCodeScheduled || *a.PatientID != 25937 || *a.ClinicianID != 6653 ||
			a.StartTime.Format(time.RFC3339) != "2019-03-14T17:48:00-04:00" || a.WhereUse != "1" || len(a.Participants) != 2 {
			t.Errorf("%s: %s", name, a.RawJSON())
		}
		if !strings.Contains(string(a.RawJSON()), `"appointmentStatusCode":"Scheduled"`) {
			t.Errorf("%s: the status has no name: %s", name, a.RawJSON())
		}
		a = must(user.move(user.c, a.AppointmentID, update(order(srv, block, afternoon.Add(time.Hour)))))(t)
		if a.AvailabilityBlockID != block || !a.StartTime.Equal(afternoon.Add(time.Hour)) {
			t.Errorf("%s: moved to %s", name, a.RawJSON())
		}
		if err := user.cancel(user.c, a.AppointmentID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := user.move(user.c, a.AppointmentID, update(order(srv, block, afternoon)))
		rejected(t, err, "1000400", "cancelled")
		a = must(user.read(user.c, a.AppointmentID))(t)
		if *a.AppointmentStatusCode != user.status {
			t.Errorf("%s: %s", name, a.RawJSON())
		}
		err = user.cancel(user.c, "eb4c16e2-f499-4b6d-8868-d3912da23fad")
		rejected(t, err, "1000404", "not found")
		if !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err = user.read(user.c, "eb4c16e2-f499-4b6d-8868-d3912da23fad"); !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if problems := srv.Problems(); problems != nil {
		t.Error(problems)
	}
}

func TestBookingsThatAreRefused(t *testing.T) {
	srv, block := setup(t)
	now := morning(srv)
	other := srv.AddClinician("Ada", "Other")
	stranger := srv.AddPatient("Sam", "Stranger")
	closed := srv.AddBlock(srv.Clinician(), now, now.Add(12*time.Hour))
	ofOther := srv.AddBlock(other, now, now.Add(12*time.Hour))
	c, p := srv.Client(quick), srv.PatientClient(quick)
	must(c.AvailabilityBlocks.Replace(t.Context(), closed, &snapcare.AvailabilityBlockReplace{IsAvailable: new(false)}))(t)
	noSelf := srv.AddBlock(srv.Clinician(), now, now.Add(12*time.Hour))
	must(c.AvailabilityBlocks.Replace(t.Context(), noSelf, &snapcare.AvailabilityBlockReplace{AllowSelfAppt: new(false)}))(t)
	must(c.Appointments.AdminCreate(t.Context(), order(srv, block, now.Add(4*time.Hour))))(t)

	for name, test := range map[string]struct {
		change        func(o *snapcare.AppointmentCreate)
		start         time.Duration // after now
		patient       bool          // books as a patient
		code, message string
	}{
		"past":         {nil, -time.Hour, false, "1000400", "should be set in the future"},
		"now":          {nil, 0, false, "1000400", "should be set in the future"},
		"before block": {nil, 45 * time.Minute, false, "1000400", "outside"},
		"after block":  {nil, 11*time.Hour + 45*time.Minute, false, "1000400", "outside"},
		"taken":        {nil, 4*time.Hour + 15*time.Minute, false, "1000400", "already booked"},
		"no such block": {func(o *snapcare.AppointmentCreate) {
			o.AvailabilityBlockID = "a9799648-b068-4c71-aca1-62ae6717b999"
		}, time.Hour, false, "1000404", "block not found"},
		"other's block": {func(o *snapcare.AppointmentCreate) {
			o.AvailabilityBlockID = ofOther
		}, time.Hour, false, "1000400", "not of the clinician"},
		"closed block": {func(o *snapcare.AppointmentCreate) {
			o.AvailabilityBlockID = closed
		}, time.Hour, false, "1000400", "not available"},
		"no self": {func(o *snapcare.AppointmentCreate) { o.AvailabilityBlockID = noSelf }, time.Hour, true, "1000400", "self-scheduling"},
		"nobody":  {func(o *snapcare.AppointmentCreate) { o.Participants[1].PersonID = block }, time.Hour, false, "1000404", "Person"},
		"two clinicians": {func(o *snapcare.AppointmentCreate) { o.Participants[1].PersonID = other.ID }, time.Hour, false,
			"1000400", "type code"},
		"stranger": {func(o *snapcare.AppointmentCreate) {
			o.Participants[1].PersonID = stranger.ID
		}, time.Hour, true, "1000400", "dependent"},
		"no service": {func(o *snapcare.AppointmentCreate) { o.ServiceTypeID = -1 }, time.Hour, false, "1000400", "Service type"},
	} {
		o := order(srv, block, now.Add(test.start))
		if test.change != nil {
			test.change(o)
		}
		var err error
		if test.patient {
			_, err = p.Appointments.PatientCreate(t.Context(), o)
		} else {
			_, err = c.Appointments.AdminCreate(t.Context(), o)
		}
		t.Log(name)
		rejected(t, err, test.code, test.message)
	}
	o := order(srv, block, now.Add(2*time.Hour))
	o.Participants[1].PersonID = srv.AddDependent("Kim", "Dependent").ID
	must(p.Appointments.PatientCreate(t.Context(), o))(t)
	if problems := srv.Problems(); problems != nil {
		t.Error(problems)
	}
}

// TestRequestsThatTheClientDoesNotSend shows what other callers hear.
func TestRequestsThatTheClientDoesNotSend(t *testing.T) {
	srv, block := setup(t)
	token := login(t, srv)
	patient := map[string]any{"personId": srv.Patient().ID, "participantTypeCode": 1}
	clinician := map[string]any{"personId": srv.Clinician().ID, "participantTypeCode": 2}
	for name, test := range map[string]struct {
		change   map[string]any
		message  string
		problems int
	}{
		"three participants": {map[string]any{"participants": []any{patient, clinician, clinician}}, "participants", 1},
		"two patients":       {map[string]any{"participants": []any{patient, patient}}, "one patient and one clinician", 0},
		"no service type":    {map[string]any{"serviceTypeId": 0}, "Service type is required", 0},
		"end before start":   {map[string]any{"endTime": "2019-03-14T17:00:00"}, "after start", 0},
		"no times":           {map[string]any{"startTime": nil, "endTime": nil}, "time are required", 0},
		"offset":             {map[string]any{"startTime": "2019-03-14T17:48:00Z"}, "not a local time", 1},
		"two offsets": {map[string]any{"startTime": "2019-03-14T17:48:00Z", "endTime": "2019-03-14T17:50:00Z"},
			"startTime is not a local time", 1}, // always the first
		"no clock shows it": {map[string]any{"startTime": "2020-03-08T02:30:00"}, "does not exist", 0},
		"unknown member":    {map[string]any{"color": "red"}, "color", 1},
		"unknown zone": {map[string]any{"zonedTime": map[string]any{"timeZoneId": 99, "startTime": "2019-03-14T17:48:00",
			"endTime": "2019-03-14T17:50:00"}}, "Time zone 99", 0},
	} {
		body := map[string]any{
			"availabilityBlockId": block, "appointmentTypeCode": 3, "encounterTypeCode": 3, "intakeMetadata": map[string]any{},
			"participants": []any{patient, clinician}, "serviceTypeId": 307,
			"startTime": "2019-03-14T17:48:00", "endTime": "2019-03-14T17:50:00",
		}
		maps.Copy(body, test.change)
		maps.DeleteFunc(body, func(_ string, value any) bool { return value == nil })
		before := len(srv.Problems())
		status, text := send(t, srv, "POST", "/v3/admin/appointments", token, body)
		var e struct {
			ResponseCode int
			Message      string
			SpCallResult struct{ Error string }
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil || status != 400 || e.ResponseCode != 1000400 ||
			!strings.Contains(e.Message, test.message) || e.SpCallResult.Error != e.Message {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if n := len(srv.Problems()) - before; n != test.problems {
			t.Errorf("%s: %d problems: %v", name, n, srv.Problems())
		}
	}
}

func TestIDsAreFoundWhateverTheirCase(t *testing.T) {
	srv, block := setup(t)
	c := srv.Client(quick)
	o := order(srv, strings.ToUpper(block), morning(srv).Add(2*time.Hour))
	for i := range o.Participants {
		o.Participants[i].PersonID = strings.ToUpper(o.Participants[i].PersonID)
	}
	a := must(c.Appointments.AdminCreate(t.Context(), o))(t)
	if a.AvailabilityBlockID != block {
		t.Errorf("in block %s, want %s", a.AvailabilityBlockID, block)
	}
	if err := c.AvailabilityBlocks.Delete(t.Context(), strings.ToUpper(block)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Appointments.AdminCreate(t.Context(), order(srv, block, morning(srv).Add(3*time.Hour)))
	rejected(t, err, "1000404", "block not found")
}

func TestDoubleBooking(t *testing.T) {
	srv, _ := setup(t)
	c := srv.Client(quick)
	from, to := caremux.NewTime(morning(srv)), caremux.NewTime(morning(srv).Add(5*time.Hour))
	b := must(c.AvailabilityBlocks.Create(t.Context(), &snapcare.AvailabilityBlockCreate{
		StartTime: &from, EndTime: &to, Clinician: &snapcare.AvailabilityBlockClinicianInput{ClinicianID: new(srv.Clinician().Number)},
		OptimizationTypeCode: new(snapcare.AppointmentOptimizationCodeDoubleBooking),
	}))(t)
	for range 2 {
		must(c.Appointments.AdminCreate(t.Context(), order(srv, b.ID, morning(srv).Add(time.Hour))))(t)
	}
}

func TestBlocks(t *testing.T) {
	srv, block := setup(t)
	c := srv.Client(quick)
	b := must(c.AvailabilityBlocks.Get(t.Context(), block))(t)
	if b.ID != block || !b.StartTime.Equal(morning(srv).Add(time.Hour)) || *b.Clinician.ClinicianID != 6653 {
		t.Errorf("%s", b.RawJSON())
	}
	for name, test := range map[string]struct {
		params *snapcare.AvailabilityBlocksListParams
		want   int
	}{
		"all":             {nil, 1},
		"clinician":       {&snapcare.AvailabilityBlocksListParams{ClinicianIDs: []int{6653}}, 1},
		"other clinician": {&snapcare.AvailabilityBlocksListParams{ClinicianIDs: []int{1, 2}}, 0},
		"day": {&snapcare.AvailabilityBlocksListParams{
			StartDate: new(caremux.NewDate(2019, 3, 14)), EndDate: new(caremux.NewDate(2019, 3, 14)),
		}, 1},
		"next day": {&snapcare.AvailabilityBlocksListParams{StartDate: new(caremux.NewDate(2019, 3, 15))}, 0},
	} {
		if page := must(c.AvailabilityBlocks.List(t.Context(), test.params))(t); len(page.Items) != test.want {
			t.Errorf("%s: %d blocks", name, len(page.Items))
		}
	}
	if err := c.AvailabilityBlocks.Delete(t.Context(), block); err != nil {
		t.Error(err)
	}
	if _, err := c.AvailabilityBlocks.Get(t.Context(), block); !errors.Is(err, caremux.ErrNotFound) {
		t.Error(err)
	}
}

func TestLists(t *testing.T) {
	for name, opts := range map[string][]snapcaretest.Option{"plain": nil, "with references": {snapcaretest.WithReferences()}} {
		t.Run(name, func(t *testing.T) {
			srv, block := setup(t, opts...)
			c, p := srv.Client(quick), srv.PatientClient(quick)
			kim := srv.AddDependent("Kim", "Young")
			for i := range 3 {
				o := order(srv, block, morning(srv).Add(time.Duration(i+2)*time.Hour))
				if i == 2 {
					o.Participants[1].PersonID = kim.ID
					o.EncounterTypeCode = snapcare.EncounterTypeCodePhone
				}
				must(c.Appointments.AdminCreate(t.Context(), o))(t)
			}
			for name, test := range map[string]struct {
				params snapcare.AppointmentsAdminListParams
				want   []string // family names of patients
			}{
				"all": {snapcare.AppointmentsAdminListParams{}, []string{"Dependent", "Dependent", "Young"}},
				"reversed": {snapcare.AppointmentsAdminListParams{SortDirection: new(snapcare.SortOrderDirectionDescending)},
					[]string{"Young", "Dependent", "Dependent"}},
				"range": {snapcare.AppointmentsAdminListParams{StartDate: snapcare.NewLocalTime(morning(srv).Add(3*time.Hour), srv.Zone()),
					EndDate: snapcare.NewLocalTime(morning(srv).Add(4*time.Hour), srv.Zone())}, []string{"Dependent"}},
				"later": {
					snapcare.AppointmentsAdminListParams{StartDate: snapcare.NewLocalTime(morning(srv).Add(24*time.Hour), srv.Zone())}, nil,
				},
				"phone":    {snapcare.AppointmentsAdminListParams{EncounterTypeCodes: []snapcare.EncounterTypeCode{2}}, []string{"Young"}},
				"statuses": {snapcare.AppointmentsAdminListParams{AppointmentStatusCodes: []snapcare.AppointmentStatusCode{3, 4}}, nil},
				"patients": {snapcare.AppointmentsAdminListParams{PatientIDs: []int{1, kim.Number}}, []string{"Young"}},
				"name":     {snapcare.AppointmentsAdminListParams{NameFilter: new("kim")}, []string{"Young"}},
			} {
				var got []string
				for a, err := range c.Appointments.AdminAll(t.Context(), &test.params) {
					if err != nil {
						t.Fatal(err)
					}
					for _, one := range a.Participants {
						if *one.ParticipantTypeCode == snapcare.ParticipantTypeCodePatient {
							got = append(got, one.Person.Name.Family)
						}
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%s: %v", name, got)
				}
			}
			if page := must(p.Appointments.PatientList(t.Context(), nil))(t); len(page.Items) != 2 {
				t.Errorf("the patient sees %d", len(page.Items))
			}
			n := 0
			for a, err := range c.Appointments.AllForClinician(t.Context(), &snapcare.AppointmentsListForClinicianParams{Take: new(2)}) {
				if err != nil || a.Participants[0].Person.Name.Family == "" {
					t.Fatal(err, string(a.RawJSON()))
				}
				n++
			}
			if n != 3 {
				t.Errorf("version 2.1 has %d", n)
			}
			if problems := srv.Problems(); problems != nil {
				t.Error(problems)
			}
		})
	}
}

func TestZones(t *testing.T) {
	srv := snapcaretest.NewServer(t)
	c := srv.Client(quick)
	zones := must(snapcare.LoadTimeZones(t.Context(), c))(t)
	kolkata := must(time.LoadLocation("Asia/Kolkata"))(t)
	id := must(zones.ByLocation(kolkata))(t)
	if id != srv.TimeZoneID("Asia/Kolkata") || srv.TimeZoneID("Mars/Olympus") != 0 {
		t.Errorf("id %d", id)
	}
	start := time.Date(2020, time.March, 8, 15, 0, 0, 0, time.UTC)
	srv.SetNow(start.Add(-time.Hour))
	block := srv.AddBlock(srv.Clinician(), start, start.Add(time.Hour))
	o := order(srv, block, start)
	o.StartTime, o.EndTime = nil, nil
	o.ZonedTime = must(zones.ZonedTime(start, start.Add(time.Hour), id))(t)
	a := must(c.Appointments.AdminCreate(t.Context(), o))(t)
	if a.StartTime.Format(time.RFC3339) != "2020-03-08T11:00:00-04:00" ||
		a.ZonedTime.StartTime.Format(time.RFC3339) != "2020-03-08T20:30:00+05:30" {
		t.Errorf("%s", a.RawJSON())
	}
	srv.SetZone(kolkata)
	//lint:ignore SA1019 version 3 cannot read one appointment
	a = must(c.Appointments.GetForClinician(t.Context(), a.AppointmentID))(t)
	if a.StartTime.Format(time.RFC3339) != "2020-03-08T20:30:00+05:30" {
		t.Errorf("%s", a.RawJSON())
	}
	srv.SetNow(time.Time{})
	_, err := c.Appointments.AdminReplace(t.Context(), a.AppointmentID, update(order(srv, block, start)))
	rejected(t, err, "1000400", "future")
}

// TestRepeatedHour shows the trap of local times, of whose two moments the server takes the later one, and the way around it.
func TestRepeatedHour(t *testing.T) {
	srv, _ := setup(t)
	first := time.Date(2019, time.November, 3, 5, 30, 0, 0, time.UTC) // 01:30 EDT
	block := srv.AddBlock(srv.Clinician(), first.Add(-time.Hour), first.Add(4*time.Hour))
	o := order(srv, block, first)
	o.EndTime = snapcare.NewLocalTime(first.Add(10*time.Minute), srv.Zone())
	a := must(srv.Client(quick).Appointments.AdminCreate(t.Context(), o))(t)
	if a.StartTime.Format(time.RFC3339) != "2019-11-03T01:30:00-05:00" {
		t.Errorf("%s", a.RawJSON())
	}
	o.StartTime, o.EndTime = nil, nil
	o.ZonedTime = must(snapcare.NewZonedTime(first, first.Add(10*time.Minute), snapcare.TimeZone{
		ID: new(srv.TimeZoneID("UTC")), Name: "UTC",
	}))(t)
	a = must(srv.Client(quick).Appointments.AdminCreate(t.Context(), o))(t)
	if a.StartTime.Format(time.RFC3339) != "2019-11-03T01:30:00-04:00" {
		t.Errorf("of a zone without such an hour: %s", a.RawJSON())
	}
}
