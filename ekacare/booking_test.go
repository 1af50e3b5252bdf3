package ekacare_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const (
	slotsPath  = "/dr/v1/doctor/d-1/clinic/c-1/appointment/slot"
	bookPath   = "/dr/v1/appointment"
	noSlotLeft = `{"error":{"code":"APPOINTMENT_BOOKING_FAILED","message":"x","details":{"reason":"NO_AVAILABLE_SLOTS"}}}`
)

var slotStart = time.Date(2026, 3, 2, 10, 0, 0, 0, ekacare.IST) // 1772425800

func freeSlot() ekacare.FoundSlot {
	return ekacare.FoundSlot{Start: slotStart, End: slotStart.Add(15 * time.Minute), DoctorID: "d-1", ClinicID: "c-1",
		Slot: ekacare.Slot{Available: new(true)}}
}

// slotsOf is an answer with slots of clinic c-1, each as start, end and availability.
func slotsOf(slots ...string) string {
	return `{"success":"true","data":{"schedule":{"c-1":[{"service_type":"consultation","slots":[` + strings.Join(slots, ",") + `]}]},` +
		`"services":{"conf-1":{"conf_id":"conf-1","service_name":"Consultation","price":500}}}}`
}

func slotAt(start, end string, available bool) string {
	return fmt.Sprintf(`{"s":%q,"e":%q,"available":%t,"conf_id":"conf-1","slots_booked":1}`, start, end, available)
}

// appointment is the one that the booking of freeSlot makes; changes are names and values in turn.
func appointment(changes ...string) string {
	members := map[string]string{"appointment_id": `"apt-1"`, "start_time": "1772425800", "end_time": "1772426700", "status": `"BK"`,
		"doctor_id": `"d-1"`, "clinic_id": `"c-1"`, "patient_id": `"p-1"`}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	var parts []string
	for name, value := range members {
		parts = append(parts, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func listOf(appointments ...string) string {
	return `{"appointments":[` + strings.Join(appointments, ",") + `]}`
}

func ekaBooking() *ekacare.AppointmentBooking {
	return &ekacare.AppointmentBooking{PatientID: new("p-1")}
}

func partnerBooking() *ekacare.AppointmentBooking {
	return &ekacare.AppointmentBooking{PartnerPatientID: new("pp"), PartnerDoctorID: new("pd"), PartnerClinicID: new("pc")}
}

func TestSlotsOfARangeComeInOneList(t *testing.T) {
	nw := scripted(t,
		turn{slotsPath, 200, slotsOf(
			slotAt("2026-03-02T11:00:00+05:30", "2026-03-02T11:15:00+05:30", true),
			slotAt("2026-03-02T10:00:00", "2026-03-02T10:15:00", true), // without a zone: the clinic's clock
			slotAt("2026-03-02T10:15:00+05:30", "2026-03-02T10:30:00+05:30", false))},
		turn{slotsPath, 200, slotsOf(
			slotAt("2026-03-04T04:30:00Z", "2026-03-04T04:45:00Z", true),
			slotAt("2026-03-02T11:00:00+05:30", "2026-03-02T11:15:00+05:30", true), // again
			slotAt("at noon", "", true))},
		turn{slotsPath, 200, `{"success":"true"}`},
	)
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: caremux.NewDate(2026, 3, 2), To: caremux.NewDate(2026, 3, 6), Taken: true}
	found := must[[]ekacare.FoundSlot](t)(nw.client(t).Appointments.FindSlots(t.Context(), query))
	var asked []string
	for _, r := range nw.requests() {
		asked = append(asked, r.query.Get("start_date")+" "+r.query.Get("end_date"))
	}
	if got := strings.Join(asked, ", "); got != "2026-03-02 2026-03-03, 2026-03-04 2026-03-05, 2026-03-06 2026-03-06" {
		t.Errorf("asked for %s", got)
	}
	var got []string
	for _, s := range found {
		got = append(got, fmt.Sprintf("%s %s %t", s.Start.Format(time.RFC3339), s.End.Format("15:04"), s.Free()))
	}
	want := []string{"2026-03-02T10:00:00+05:30 10:15 true", "2026-03-02T10:15:00+05:30 10:30 false", "2026-03-02T11:00:00+05:30 11:15 true",
		"2026-03-04T10:00:00+05:30 10:15 true", "0001-01-01T00:00:00Z 00:00 false"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s := found[0]
	if s.DoctorID != "d-1" || s.ClinicID != "c-1" || s.ServiceType != "consultation" || s.Service == nil || s.Service.ServiceName != "Consultation" ||
		*s.Slot.SlotsBooked != 1 || found[4].Slot.Start.Text() != "at noon" {
		t.Errorf("slot %+v", s)
	}
}

func TestOnlyFreeSlotsAreFoundUnlessAllAreWanted(t *testing.T) {
	answer := turn{slotsPath, 200, slotsOf(slotAt("2026-03-02T10:00:00Z", "2026-03-02T10:15:00Z", false), slotAt("2026-03-02T09:00:00Z", "2026-03-02T09:15:00Z", true),
		slotAt("2026-03-02T11:00:00Z", "2026-03-02T11:15:00Z", true), `{"s":"2026-03-02T12:00:00Z"}`, slotAt("?", "?", true))}
	nw := scripted(t, answer)
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: caremux.NewDate(2026, 3, 2), NotBefore: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	found := must[[]ekacare.FoundSlot](t)(nw.client(t).Appointments.FindSlots(t.Context(), query))
	if len(found) != 1 || found[0].Start.UTC().Hour() != 11 {
		t.Errorf("found %v", found)
	}
	if q := nw.requests()[0].query; q.Get("start_date") != "2026-03-02" || q.Get("end_date") != "2026-03-02" {
		t.Errorf("asked for %v", q)
	}
}

func TestSlotQueriesAreCheckedBeforeSending(t *testing.T) {
	day := caremux.NewDate(2026, 2, 28)
	for field, query := range map[string]ekacare.SlotQuery{
		"DoctorID":    {ClinicID: "c", From: day},
		"ClinicID":    {DoctorID: "d", From: day},
		"From":        {DoctorID: "d", ClinicID: "c"},
		"From ":       {DoctorID: "d", ClinicID: "c", From: caremux.NewDate(2026, 2, 30)},
		"To":          {DoctorID: "d", ClinicID: "c", From: day, To: caremux.NewDate(2026, 2, 27)},
		"To ":         {DoctorID: "d", ClinicID: "c", From: day, To: caremux.NewDate(2026, 3, 31)},
		"To of month": {DoctorID: "d", ClinicID: "c", From: day, To: caremux.NewDate(2026, 2, 31)},
	} {
		_, err := scripted(t).client(t).Appointments.FindSlots(t.Context(), query)
		wantField(t, err, strings.Fields(field)[0], "")
	}
	empty := turn{slotsPath, 200, `{}`}
	var turns []turn
	for range 16 {
		turns = append(turns, empty)
	}
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: day, To: caremux.NewDate(2026, 3, 30)} // 31 days
	must[[]ekacare.FoundSlot](t)(scripted(t, turns...).client(t).Appointments.FindSlots(t.Context(), query))
}

func TestFailureInTheMiddleOfARangeFailsAll(t *testing.T) {
	nw := scripted(t, turn{slotsPath, 200, slotsOf(slotAt("2026-03-02T10:00:00Z", "2026-03-02T10:15:00Z", true))}, turn{slotsPath, 404, `{}`})
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: caremux.NewDate(2026, 3, 2), To: caremux.NewDate(2026, 3, 4)}
	if found, err := nw.client(t).Appointments.FindSlots(t.Context(), query); !errors.Is(err, caremux.ErrNotFound) || found != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestSlotIsBookedAndReadBack(t *testing.T) {
	for name, tt := range map[string]struct {
		booking *ekacare.AppointmentBooking
		answer  string
		sent    string
		path    string
		partner string
	}{
		"by Eka's ids": {ekaBooking(), `{"appointment_id":"apt-1"}`,
			`{"appointment_details":{"start_time":1772425800,"end_time":1772426700},"clinic_id":"c-1","doctor_id":"d-1","patient_id":"p-1"}`,
			"/dr/v1/appointment/apt-1", ""},
		"by partner ids": {partnerBooking(), `{"appointment_id":"apt-1"}`,
			`{"appointment_details":{"start_time":1772425800,"end_time":1772426700},"partner_clinic_id":"pc","partner_doctor_id":"pd","partner_patient_id":"pp"}`,
			"/dr/v1/appointment/apt-1", ""},
		"without an id in the answer": {&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}, `{}`,
			`{"partner_appointment_id":"mine","appointment_details":{"start_time":1772425800,"end_time":1772426700},"clinic_id":"c-1","doctor_id":"d-1","patient_id":"p-1"}`,
			"/dr/v1/appointment/mine", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			nw := scripted(t, turn{bookPath, 201, tt.answer}, turn{tt.path, 200, appointment()})
			booked := must[*ekacare.Appointment](t)(nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), tt.booking))
			if booked.AppointmentID != "apt-1" || booked.Status != ekacare.AppointmentStatusBooked {
				t.Errorf("booked %v", booked)
			}
			sent := nw.requests()
			if sent[0].method != "POST" || sent[0].body != tt.sent {
				t.Errorf("sent %s %s", sent[0].method, sent[0].body)
			}
			if sent[1].method != "GET" || sent[1].query.Get("partner_id") != tt.partner {
				t.Errorf("read by %s %v", sent[1].method, sent[1].query)
			}
			if tt.booking.AppointmentDetails.StartTime.Known() || tt.booking.ClinicID != nil {
				t.Error("the caller's booking was changed")
			}
		})
	}
}

func TestBookingsThatDoNotFitTheSlotAreRefusedBeforeSending(t *testing.T) {
	at := func(t time.Time) ekacare.EpochSeconds { return ekacare.NewEpochSeconds(t) }
	later := slotStart.Add(time.Hour)
	taken, unread := freeSlot(), freeSlot()
	taken.Slot.Available = new(false)
	unread.Start = time.Time{}
	for name, tt := range map[string]struct {
		slot    ekacare.FoundSlot
		booking *ekacare.AppointmentBooking
		field   string
		opts    []caremux.RequestOption
	}{
		"nothing":         {freeSlot(), nil, "booking", nil},
		"taken":           {taken, ekaBooking(), "slot", nil},
		"without a start": {unread, ekaBooking(), "slot", nil},
		"another start":   {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: at(later)}}, "appointment_details.start_time", nil},
		"another end":     {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), AppointmentDetails: ekacare.AppointmentDetailsInput{EndTime: new(at(later))}}, "appointment_details.end_time", nil},
		"another clinic":  {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), ClinicID: new("c-2")}, "clinic_id", nil},
		"another doctor":  {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), DoctorID: new("d-2")}, "doctor_id", nil},
		"no patient":      {freeSlot(), &ekacare.AppointmentBooking{}, "patient_id", nil},
		"ids mixed":       {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerClinicID: new("pc")}, "partner_clinic_id", nil},
		"sent twice":      {freeSlot(), ekaBooking(), "WithIdempotent", []caremux.RequestOption{caremux.WithIdempotent()}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := scripted(t).client(t).Appointments.BookSlot(t.Context(), tt.slot, tt.booking, tt.opts...)
			wantField(t, err, tt.field, "")
		})
	}
	fits := &ekacare.AppointmentBooking{PatientID: new("p-1"), ClinicID: new("c-1"), DoctorID: new("d-1"),
		AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: at(slotStart.UTC()), EndTime: new(at(slotStart.Add(15 * time.Minute)))}}
	nw := scripted(t, turn{bookPath, 201, `{"appointment_id":"apt-1"}`}, turn{"/apt-1", 200, appointment()})
	must[*ekacare.Appointment](t)(nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), fits))
}

func TestTakenSlotOffersTheNextOnes(t *testing.T) {
	var late []string
	for i := range 8 {
		late = append(late, slotAt(fmt.Sprintf("2026-03-05T1%d:00:00+05:30", i), fmt.Sprintf("2026-03-05T1%d:15:00+05:30", i), true))
	}
	nw := scripted(t, turn{bookPath, 400, noSlotLeft},
		turn{slotsPath, 200, slotsOf(slotAt("2026-03-02T09:00:00+05:30", "2026-03-02T09:15:00+05:30", true), // earlier
			slotAt("2026-03-02T10:00:00+05:30", "2026-03-02T10:15:00+05:30", true), // the one that was refused
			slotAt("2026-03-02T10:15:00+05:30", "2026-03-02T10:30:00+05:30", false),
			slotAt("2026-03-02T10:30:00+05:30", "2026-03-02T10:45:00+05:30", true))},
		turn{slotsPath, 200, slotsOf(late...)})
	_, err := nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
	var taken *ekacare.SlotTakenError
	if !errors.As(err, &taken) || !errors.Is(err, ekacare.ErrSlotTaken) || taken.SearchErr != nil {
		t.Fatalf("error %v", err)
	}
	wantError(t, err, 400)
	var got []string
	for _, s := range taken.Next {
		got = append(got, s.Start.Format("02 15:04"))
	}
	if strings.Join(got, ", ") != "02 10:30, 05 10:00, 05 11:00, 05 12:00, 05 13:00" {
		t.Errorf("offered %v", got)
	}
	if nw.requests()[1].query.Get("start_date") != "2026-03-02" || nw.requests()[2].query.Get("start_date") != "2026-03-04" {
		t.Errorf("asked for %v and %v", nw.requests()[1].query, nw.requests()[2].query)
	}

	nw = scripted(t, turn{bookPath, 400, noSlotLeft}, turn{slotsPath, 403, `{}`})
	_, err = nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
	if !errors.As(err, &taken) || !errors.Is(taken.SearchErr, caremux.ErrForbidden) || !errors.Is(err, ekacare.ErrSlotTaken) || len(taken.Next) > 0 {
		t.Errorf("error %v", err)
	}
}

func TestRefusedBookingIsThatAlone(t *testing.T) {
	nw := scripted(t, turn{bookPath, 400, `{"error":{"code":"INVALID_REQUEST","message":"x"}}`})
	_, err := nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
	if wantError(t, err, 400); errors.As(err, new(*ekacare.BookingError)) || errors.As(err, new(*ekacare.SlotTakenError)) {
		t.Errorf("error %v", err)
	}
}

func TestBookingIsNotUncertainBecauseALoginFailed(t *testing.T) {
	nw := &network{answer: func(*http.Request, int) (*http.Response, error) { return reply(500, `{}`), nil }}
	c := nw.login(t, ekacare.Credentials{ClientID: "EC_1234", ClientSecret: testSecret}, caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1}))
	_, err := c.Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
	if e := wantError(t, err, 500); errors.As(err, new(*ekacare.BookingError)) || nw.to(bookPath) != 0 {
		t.Errorf("error %v of %s", err, e.Operation)
	}
}

// TestLostAnswersAreLookedForAndNeverBookedAgain counts the bookings in every case.
func TestLostAnswersAreLookedForAndNeverBookedAgain(t *testing.T) {
	none := turn{bookPath, 200, listOf()}
	for name, tt := range map[string]struct {
		booking *ekacare.AppointmentBooking
		lost    turn
		looks   []turn
		asked   string // by the first look
		found   bool
	}{
		"found by patient": {ekaBooking(), turn{bookPath, 0, ""},
			[]turn{{bookPath, 200, listOf(appointment("start_time", "1772425801", "appointment_id", `"apt-0"`), appointment())}, {"/apt-1", 200, appointment()}},
			"patient_id=p-1", true},
		"found after a server error": {ekaBooking(), turn{bookPath, 502, "<html>"},
			[]turn{{bookPath, 200, listOf(appointment())}, {"/apt-1", 200, appointment()}}, "patient_id=p-1", true},
		"found after an unreadable answer": {ekaBooking(), turn{bookPath, 201, "<html>"},
			[]turn{{bookPath, 200, listOf(appointment())}, {"/apt-1", 200, appointment()}}, "patient_id=p-1", true},
		"found at the third look": {ekaBooking(), turn{bookPath, 0, ""},
			[]turn{none, {bookPath, 403, ""}, {bookPath, 200, listOf(appointment())}, {"/apt-1", 200, appointment()}}, "patient_id=p-1", true},
		"found by the partner's id": {&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}, turn{bookPath, 0, ""},
			[]turn{{"/appointment/mine", 200, appointment()}}, "partner_id=1", true},
		"found by patient, though the partner's id has another": {&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}, turn{bookPath, 0, ""},
			[]turn{{"/appointment/mine", 200, appointment("status", `"CN"`)}, {bookPath, 200, listOf(appointment())}, {"/apt-1", 200, appointment()}}, "partner_id=1", true},
		"found by day": {partnerBooking(), turn{bookPath, 0, ""},
			[]turn{{bookPath, 200, listOf(appointment("partner_patient_id", `"another"`, "appointment_id", `"apt-0"`), appointment("appointment_id", `"apt-0"`),
				appointment("partner_patient_id", `"pp"`, "partner_doctor_id", `"pd"`))}, {"/apt-1", 200, appointment()}},
			"end_date=2026-03-02&start_date=2026-03-02", true},
		"no slot left for an earlier try of ours": {ekaBooking(), turn{bookPath, 500, noSlotLeft},
			[]turn{{bookPath, 200, listOf(appointment())}, {"/apt-1", 200, appointment()}}, "patient_id=p-1", true},
		"cancelled, moved, elsewhere or by another": {ekaBooking(), turn{bookPath, 0, ""}, []turn{
			{bookPath, 200, listOf(appointment("status", `"CN"`), appointment("status", `"CND"`), appointment("status", `"CNS"`), appointment("status", `"RES"`),
				appointment("clinic_id", `"c-2"`), appointment("doctor_id", `"d-2"`), appointment("patient_id", `"p-2"`), appointment("start_time", "null"),
				appointment("appointment_id", `""`))}, none, none, none}, "patient_id=p-1", false},
		"another one of the caller's": {&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}, turn{bookPath, 0, ""}, []turn{
			{"/mine", 404, ""}, {bookPath, 200, listOf(appointment("partner_appointment_id", `"another"`))}, none,
			{"/mine", 404, ""}, none, {"/mine", 404, ""}, none, {"/mine", 404, ""}, none}, "partner_id=1", false},
		"nothing": {ekaBooking(), turn{bookPath, 0, ""}, []turn{none, none, none, none}, "patient_id=p-1", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := limited(t, append([]turn{tt.lost}, tt.looks...))
				booked, err := nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), tt.booking)
				posts := 0
				for _, r := range nw.requests() {
					if r.method == "POST" {
						posts++
					}
				}
				if posts != 1 {
					t.Errorf("booked %d times", posts)
				}
				if got := nw.requests()[1].query.Encode(); got != tt.asked {
					t.Errorf("looked with %s, want %s", got, tt.asked)
				}
				if tt.found {
					if err != nil || booked.AppointmentID != "apt-1" {
						t.Errorf("booked %v, error %v", booked, err)
					}
					return
				}
				var e *ekacare.BookingError
				if !errors.As(err, &e) || e.Stage != ekacare.BookingStageUnknown || e.BookErr == nil || e.LookErr != nil || booked != nil {
					t.Fatalf("booked %v, error %v", booked, err)
				}
				if c := new(caremux.Error); !errors.As(err, &c) || !c.MaybeApplied() {
					t.Errorf("error %v has lost its cause", err)
				}
			})
		})
	}
}

// limited is scripted, but the last looks need not all come: their number depends on the waits.
func limited(t testing.TB, turns []turn) *network {
	i := 0
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if i == len(turns) {
			return reply(200, listOf()), nil
		}
		if !strings.HasSuffix(r.URL.Path, turns[i].path) {
			t.Errorf("unexpected %s %s, want %s", r.Method, r.URL.Path, turns[i].path)
		}
		next := turns[i]
		i++
		if next.status == 0 {
			return nil, errors.New("connection reset")
		}
		return reply(next.status, next.body), nil
	}}
}

func TestLookingForALostAnswerEnds(t *testing.T) {
	t.Run("after some seconds, with the error of the last look", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				if r.Method == "POST" {
					return nil, errors.New("connection reset")
				}
				return reply(403, `{}`), nil
			}}
			start := time.Now()
			_, err := nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
			var e *ekacare.BookingError
			if !errors.As(err, &e) || !errors.Is(e.LookErr, caremux.ErrForbidden) {
				t.Errorf("error %v", err)
			}
			if took := time.Since(start); took < 4*time.Second || took > 20*time.Second || len(nw.requests()) < 3 {
				t.Errorf("%d requests in %v", len(nw.requests()), took)
			}
		})
	})
	t.Run("with the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				<-r.Context().Done() // the booking's answer comes too late, and so does every look
				return nil, r.Context().Err()
			}}
			_, err := nw.client(t).Appointments.BookSlot(ctx, freeSlot(), ekaBooking())
			var e *ekacare.BookingError
			if !errors.As(err, &e) || e.Stage != ekacare.BookingStageUnknown || !errors.Is(e.LookErr, context.DeadlineExceeded) || ctx.Err() == nil {
				t.Errorf("error %v", err)
			}
			if text := err.Error(); strings.Contains(text, "p-1") {
				t.Errorf("text %s", text)
			}
		})
	})
}

func TestBookingThatCannotBeConfirmedKeepsItsID(t *testing.T) {
	for name, tt := range map[string]struct {
		turns []turn
		stage ekacare.BookingStage
		id    string
		read  bool
		look  error
	}{
		"not read":          {[]turn{{bookPath, 201, `{"appointment_id":"apt-1"}`}, {"/apt-1", 403, ``}}, ekacare.BookingStageBooked, "apt-1", false, caremux.ErrForbidden},
		"another time":      {[]turn{{bookPath, 201, `{"appointment_id":"apt-1"}`}, {"/apt-1", 200, appointment("start_time", "1772425860")}}, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"cancelled":         {[]turn{{bookPath, 201, `{"appointment_id":"apt-1"}`}, {"/apt-1", 200, appointment("status", `"CN"`)}}, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"another doctor":    {[]turn{{bookPath, 201, `{"appointment_id":"apt-1"}`}, {"/apt-1", 200, appointment("doctor_id", `"d-2"`)}}, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"another patient":   {[]turn{{bookPath, 201, `{"appointment_id":"apt-1"}`}, {"/apt-1", 200, appointment("patient_id", `"p-2"`)}}, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"read in blanks":    {[]turn{{bookPath, 201, `{"appointment_id":"apt-1"}`}, {"/apt-1", 200, `{}`}}, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"no id, not found":  {[]turn{{bookPath, 201, `{}`}, {bookPath, 200, listOf()}}, ekacare.BookingStageBooked, "", false, nil},
		"no id, not listed": {[]turn{{bookPath, 201, `{}`}, {bookPath, 403, ``}}, ekacare.BookingStageBooked, "", false, caremux.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := scripted(t, tt.turns...).client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
			var e *ekacare.BookingError
			if !errors.As(err, &e) || e.Stage != tt.stage || e.AppointmentID != tt.id || (e.Appointment != nil) != tt.read || e.BookErr != nil || !errors.Is(e.LookErr, tt.look) {
				t.Fatalf("error %v: %+v", err, e)
			}
			if text := printed(err); strings.Contains(text, "apt-1") || strings.Contains(text, "p-2") {
				t.Errorf("text %s", text)
			}
		})
	}
	nw := scripted(t, turn{bookPath, 201, `{}`}, turn{bookPath, 200, listOf(appointment())}, turn{"/apt-1", 200, appointment()})
	if booked := must[*ekacare.Appointment](t)(nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())); booked.AppointmentID != "apt-1" {
		t.Errorf("booked %v", booked)
	}
}

func TestBookingIsFoundAfterwards(t *testing.T) {
	nw := scripted(t, turn{bookPath, 200, listOf(appointment())}, turn{"/apt-1", 200, appointment()}, turn{bookPath, 200, listOf()}, turn{bookPath, 500, ``})
	c := nw.client(t, caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1}))
	slot := freeSlot()
	slot.Slot.Available = new(false) // by the booking itself
	if found := must[*ekacare.Appointment](t)(c.Appointments.FindBooking(t.Context(), slot, ekaBooking())); found.AppointmentID != "apt-1" {
		t.Errorf("found %v", found)
	}
	if _, err := c.Appointments.FindBooking(t.Context(), slot, ekaBooking()); !errors.Is(err, ekacare.ErrNotBooked) {
		t.Errorf("error %v", err)
	}
	_, err := c.Appointments.FindBooking(t.Context(), slot, ekaBooking())
	wantError(t, err, 500)
	_, err = c.Appointments.FindBooking(t.Context(), slot, &ekacare.AppointmentBooking{})
	wantField(t, err, "patient_id", "")
	_, err = c.Appointments.FindBooking(t.Context(), slot, nil)
	wantField(t, err, "booking", "")
}
