package ekacare_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// clinicVendor is a network with appointments. What is in rows is listed and read; book answers a booking.
type clinicVendor struct {
	network
	rows  []map[string]string // fields as JSON
	book  func(v *clinicVendor) *http.Response
	slots string                             // the response with slots
	reads func(*http.Request) *http.Response // before a read is answered; nil goes on
}

func newClinicVendor(rows ...map[string]string) *clinicVendor {
	v := &clinicVendor{rows: rows, slots: slotsOf()}
	v.answer = v.serve
	return v
}

// visit is the appointment that the booking of freeSlot makes; changes are names and JSON values in turn.
func visit(changes ...string) map[string]string {
	fields := map[string]string{"appointment_id": `"apt-1"`, "start_time": "1772425800", "end_time": "1772426700", "status": `"BK"`,
		"doctor_id": `"d-1"`, "clinic_id": `"c-1"`, "patient_id": `"p-1"`}
	for i := 0; i < len(changes); i += 2 {
		if fields[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(fields, changes[i])
		}
	}
	return fields
}

func jsonOf(fields map[string]string) string {
	var parts []string
	for name, value := range fields {
		parts = append(parts, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (v *clinicVendor) serve(r *http.Request, _ int) (*http.Response, error) {
	if r.Method == "POST" {
		if resp := v.book(v); resp != nil {
			return resp, nil
		}
		return nil, errors.New("connection reset")
	}
	if v.reads != nil {
		if resp := v.reads(r); resp != nil {
			return resp, nil
		}
	}
	switch path, id, _ := strings.Cut(r.URL.Path, "/dr/v1/appointment/"); {
	case strings.HasSuffix(r.URL.Path, "/slot"):
		return reply(200, v.slots), nil
	case r.URL.Path == bookPath:
		var rows []string
		for _, row := range v.rows {
			if page := r.URL.Query().Get("page_no"); page == "" || page == "0" {
				rows = append(rows, jsonOf(row))
			}
		}
		return reply(200, listOf(rows...)), nil
	case path == "":
		field := "appointment_id"
		if r.URL.Query().Get("partner_id") == "1" {
			field = "partner_appointment_id"
		}
		for _, row := range v.rows {
			if row[field] == `"`+id+`"` {
				return reply(200, jsonOf(row)), nil
			}
		}
	}
	return reply(404, `{"error":{"code":"NOT_FOUND","message":"x"}}`), nil
}

func (v *clinicVendor) posts() (n int) {
	for _, r := range v.requests() {
		if r.method == "POST" {
			n++
		}
	}
	return n
}

// booked makes an appointment and answers with resp, nil being a broken connection.
func booked(resp func() *http.Response, row map[string]string) func(*clinicVendor) *http.Response {
	return func(v *clinicVendor) *http.Response {
		v.rows = append(v.rows, row)
		return resp()
	}
}

func lost() *http.Response { return nil }

// TestLostResponsesAreLookedForAndNeverBookedAgain counts the bookings in every case.
func TestLostResponsesAreLookedForAndNeverBookedAgain(t *testing.T) {
	own := &ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}
	partners := visit("partner_patient_id", `"pp"`, "partner_doctor_id", `"pd"`, "partner_clinic_id", `"pc"`)
	for name, tt := range map[string]struct {
		booking *ekacare.AppointmentBooking
		before  []map[string]string
		book    func(*clinicVendor) *http.Response
		found   bool
	}{
		"found by patient": {ekaBooking(), []map[string]string{visit("start_time", "1772425801", "appointment_id", `"apt-0"`)},
			booked(lost, visit()), true},
		"found after a server error": {ekaBooking(), nil, booked(func() *http.Response { return reply(502, "<html>") }, visit()), true},
		"found after a page of a gateway": {ekaBooking(), nil,
			booked(func() *http.Response { return reply(201, "<html>") }, visit()), true},
		"found after a response without an id": {
			ekaBooking(), nil, booked(func() *http.Response { return reply(201, `{}`) }, visit()), true,
		},
		"found by the caller's id": {own, nil, booked(lost, visit("partner_appointment_id", `"mine"`)), true},
		"found although the caller's id names a cancelled one": {own, []map[string]string{
			visit("partner_appointment_id", `"mine"`, "status", `"CN"`, "appointment_id", `"apt-0"`)}, booked(lost, visit()), true},
		"found by the caller's ids of the people": {partnerBooking(), []map[string]string{
			visit("partner_patient_id", `"another"`, "patient_id", `"p-2"`, "appointment_id", `"apt-0"`),
			visit("partner_doctor_id", `"pd"`, "patient_id", `"p-3"`, "appointment_id", `"apt-00"`)}, booked(lost, partners), true},
		"refused, for an earlier attempt of ours": {ekaBooking(), nil,
			booked(func() *http.Response { return reply(500, noSlotLeft) }, visit()), true},
		"not booked": {ekaBooking(), nil, func(*clinicVendor) *http.Response { return nil }, false},
		"not booked; others are cancelled, moved, elsewhere or another's": {ekaBooking(), []map[string]string{
			visit("status", `"CN"`), visit("status", `"CND"`), visit("status", `"CNS"`), visit("status", `"RES"`),
			visit("clinic_id", `"c-2"`), visit("doctor_id", `"d-2"`), visit("patient_id", `"p-2"`), visit("start_time", "1772425860"),
		}, func(*clinicVendor) *http.Response { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newClinicVendor(tt.before...)
				v.book = tt.book
				a, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), tt.booking)
				if v.posts() != 1 {
					t.Errorf("booked %d times", v.posts())
				}
				if tt.found {
					if err != nil || a.AppointmentID != "apt-1" {
						t.Errorf("booked %v, error %v", a, err)
					}
					return
				}
				var e *ekacare.BookingError
				if !errors.As(err, &e) || e.Stage != ekacare.BookingStageUnknown || e.BookErr == nil || e.LookErr != nil || a != nil {
					t.Fatalf("booked %v, error %v", a, err)
				}
				if c := new(caremux.Error); !errors.As(err, &c) || !c.MaybeApplied() {
					t.Errorf("error %v has lost its cause", err)
				}
			})
		})
	}
}

func TestAnAppointmentThatShowsLateIsFound(t *testing.T) {
	trouble := map[string]func(*http.Request) *http.Response{
		"not found":         func(*http.Request) *http.Response { return reply(404, `{}`) },
		"a server error":    func(*http.Request) *http.Response { return reply(503, `{}`) },
		"forbidden":         func(*http.Request) *http.Response { return reply(403, `{}`) },
		"a page":            func(*http.Request) *http.Response { return reply(200, `<html>`, "Content-Type", "text/html") },
		"in blanks, or not": func(*http.Request) *http.Response { return reply(200, `{"appointments":[]}`) },
		"a hanging response": func(r *http.Request) *http.Response {
			<-r.Context().Done()
			return reply(504, `{}`)
		},
	}
	responses := map[string]func() *http.Response{
		"booked": func() *http.Response { return reply(201, `{"appointment_id":"apt-1"}`) },
		"lost":   lost,
		"unread": func() *http.Response { return reply(201, `{}`) },
	}
	for name, bad := range trouble {
		for how, response := range responses {
			t.Run(how+", then "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newClinicVendor()
					var at time.Time // of the booking
					v.book = func(v *clinicVendor) *http.Response {
						at = time.Now()
						return booked(response, visit())(v)
					}
					v.reads = func(r *http.Request) *http.Response {
						if at.IsZero() || time.Since(at) > 2*time.Second {
							return nil
						}
						ctx, cancel := context.WithTimeout(r.Context(), time.Second)
						defer cancel()
						return bad(r.WithContext(ctx))
					}
					opts := caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1})
					a, err := v.client(t, opts).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
					if err != nil || a.AppointmentID != "apt-1" || v.posts() != 1 {
						t.Errorf("booked %v with %d bookings (%v)", a, v.posts(), err)
					}
					if took := time.Since(at); took > 9*time.Second {
						t.Errorf("took %v", took)
					}
				})
			})
		}
	}
}

func TestLookingForALostResponseEnds(t *testing.T) {
	t.Run("after some seconds, with the error of the last look", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			v := newClinicVendor()
			v.book = func(*clinicVendor) *http.Response { return nil }
			v.reads = func(*http.Request) *http.Response { return reply(403, `{}`) }
			start := time.Now()
			_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
			var e *ekacare.BookingError
			if !errors.As(err, &e) || !errors.Is(e.LookErr, caremux.ErrForbidden) {
				t.Errorf("error %v", err)
			}
			if took := time.Since(start); took < 4*time.Second || took > 12*time.Second || len(v.requests()) < 4 {
				t.Errorf("%d requests in %v", len(v.requests()), took)
			}
		})
	})
	t.Run("with the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				<-r.Context().Done() // every response comes too late
				return nil, r.Context().Err()
			}}
			_, err := nw.client(t).Appointments.BookSlot(ctx, freeSlot(), ekaBooking())
			var e *ekacare.BookingError
			if !errors.As(err, &e) || e.Stage != ekacare.BookingStageUnknown || !errors.Is(e.LookErr, context.DeadlineExceeded) ||
				ctx.Err() == nil {
				t.Errorf("error %v", err) // the look before the booking leaves time for it
			}
			if text := err.Error(); strings.Contains(text, "p-1") {
				t.Errorf("text %s", text)
			}
		})
	})
}

func TestBookingThatCannotBeConfirmedKeepsItsID(t *testing.T) {
	named := func() *http.Response { return reply(201, `{"appointment_id":"apt-1"}`) }
	unnamed := func() *http.Response { return reply(201, `{}`) }
	for name, tt := range map[string]struct {
		row      map[string]string // what is read back; nil is a refusal
		response func() *http.Response
		stage    ekacare.BookingStage
		id       string
		read     bool
		look     error
	}{
		"not read":               {nil, named, ekacare.BookingStageBooked, "apt-1", false, caremux.ErrForbidden},
		"another time":           {visit("start_time", "1772425860"), named, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"cancelled":              {visit("status", `"CN"`), named, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"another doctor":         {visit("doctor_id", `"d-2"`), named, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"another clinic":         {visit("clinic_id", `"c-2"`), named, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"another patient":        {visit("patient_id", `"p-2"`), named, ekacare.BookingStageDiffers, "apt-1", false, nil},
		"another id":             {visit("appointment_id", `"apt-9"`), named, ekacare.BookingStageDiffers, "apt-1", true, nil},
		"without a start":        {visit("start_time", ""), named, ekacare.BookingStageBooked, "apt-1", false, nil},
		"no id, another patient": {visit("patient_id", `"p-2"`), unnamed, ekacare.BookingStageUnknown, "", false, nil},
		"no id, not read":        {nil, unnamed, ekacare.BookingStageUnknown, "", false, caremux.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newClinicVendor()
				v.book = func(v *clinicVendor) *http.Response {
					v.reads = func(r *http.Request) *http.Response {
						switch {
						case tt.row == nil:
							return reply(403, `{}`)
						case strings.HasSuffix(r.URL.Path, "/apt-1"):
							return reply(200, jsonOf(tt.row))
						}
						return nil
					}
					if tt.row != nil {
						v.rows = append(v.rows, tt.row)
					}
					return tt.response()
				}
				_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
				var e *ekacare.BookingError
				if !errors.As(err, &e) || e.Stage != tt.stage || e.AppointmentID != tt.id || (e.Appointment != nil) != tt.read ||
					(e.BookErr != nil) != (tt.id == "") ||
					!errors.Is(e.LookErr, tt.look) {
					t.Fatalf("error %v: %+v", err, e)
				}
				if text := printed(err); strings.Contains(text, "apt-1") || strings.Contains(text, "p-2") {
					t.Errorf("text %s", text)
				}
			})
		})
	}
}

func TestRefusedBookingIsThatAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newClinicVendor()
		v.book = func(*clinicVendor) *http.Response {
			return reply(400, `{"error":{"code":"INVALID_REQUEST","message":"x"}}`)
		}
		start := time.Now()
		_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
		if wantError(t, err, 400); errors.As(err, new(*ekacare.BookingError)) || errors.As(err, new(*ekacare.SlotTakenError)) {
			t.Errorf("error %v", err)
		}
		if len(v.requests()) != 2 || time.Since(start) != 0 {
			t.Errorf("%d requests in %v", len(v.requests()), time.Since(start))
		}
		// With an id of the caller's it may be the refusal of a second appointment under that id.
		_, err = v.client(
			t,
		).Appointments.BookSlot(
			t.Context(),
			freeSlot(),
			&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")},
		)
		if wantError(t, err, 400); errors.As(err, new(*ekacare.BookingError)) {
			t.Errorf("error %v", err)
		}
	})
}

func TestBookingIsNotUncertainBecauseALoginFailed(t *testing.T) {
	nw := &network{answer: func(*http.Request, int) (*http.Response, error) { return reply(500, `{}`), nil }}
	c := nw.login(
		t,
		ekacare.Credentials{ClientID: "EC_1234", ClientSecret: testSecret},
		caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1}),
	)
	_, err := c.Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
	if e := wantError(t, err, 500); errors.As(err, new(*ekacare.BookingError)) || nw.to(bookPath) != 0 {
		t.Errorf("error %v of %s", err, e.Operation)
	}
}

func TestBookingIsFoundAfterwards(t *testing.T) {
	nw := scripted(
		t,
		turn{bookPath, 200, listOf(appointment())},
		turn{"/apt-1", 200, appointment()},
		turn{bookPath, 200, listOf()},
		turn{bookPath, 500, ``},
	)
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

// TestOnlyTheAppointmentThatWasRequestedIsFound tries each fact that a record may tell otherwise, or not at all.
func TestOnlyTheAppointmentThatWasRequestedIsFound(t *testing.T) {
	const same, none, unsure, moved = "same", "none", "unsure", "moved"
	partnerRow := []string{"partner_patient_id", `"pp"`, "partner_doctor_id", `"pd"`, "partner_clinic_id", `"pc"`}
	own := func() *ekacare.AppointmentBooking {
		return &ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}
	}
	for name, tt := range map[string]struct {
		booking *ekacare.AppointmentBooking
		changes []string
		want    string
	}{
		"all as requested":                {ekaBooking(), nil, same},
		"checked in":                      {ekaBooking(), []string{"status", `"CK"`}, same},
		"under another id of the caller":  {own(), []string{"partner_appointment_id", `"another"`}, same},
		"another patient":                 {ekaBooking(), []string{"patient_id", `"p-2"`}, none},
		"another doctor":                  {ekaBooking(), []string{"doctor_id", `"d-2"`}, none},
		"another clinic":                  {ekaBooking(), []string{"clinic_id", `"c-2"`}, none},
		"another time":                    {ekaBooking(), []string{"start_time", "1772425860"}, none},
		"cancelled":                       {ekaBooking(), []string{"status", `"CN"`}, none},
		"moved away":                      {ekaBooking(), []string{"status", `"RES"`}, none},
		"no patient":                      {ekaBooking(), []string{"patient_id", ""}, unsure},
		"no doctor":                       {ekaBooking(), []string{"doctor_id", ""}, unsure},
		"no clinic":                       {ekaBooking(), []string{"clinic_id", ""}, unsure},
		"no start":                        {ekaBooking(), []string{"start_time", ""}, unsure},
		"no status":                       {ekaBooking(), []string{"status", ""}, unsure},
		"a status that is not explained":  {ekaBooking(), []string{"status", `"RED"`}, unsure},
		"a status that is not known":      {ekaBooking(), []string{"status", `"ZZ"`}, unsure},
		"the caller's id of another":      {own(), []string{"partner_appointment_id", `"mine"`, "patient_id", `"p-2"`}, none},
		"the caller's id, another time":   {own(), []string{"partner_appointment_id", `"mine"`, "start_time", "1772429400"}, moved},
		"the caller's id, another doctor": {own(), []string{"partner_appointment_id", `"mine"`, "doctor_id", `"d-2"`}, moved},
		"the caller's id, cancelled":      {own(), []string{"partner_appointment_id", `"mine"`, "status", `"CN"`}, none},
		"partner ids":                     {partnerBooking(), partnerRow, same},
		"partner ids, another patient":    {partnerBooking(), append(slices.Clone(partnerRow), "partner_patient_id", `"p9"`), none},
		"partner ids, a patient without":  {partnerBooking(), append(slices.Clone(partnerRow), "partner_patient_id", ""), none},
		"partner ids, another doctor":     {partnerBooking(), append(slices.Clone(partnerRow), "partner_doctor_id", `"pd9"`), none},
		"partner ids, Eka's other doctor": {partnerBooking(), append(slices.Clone(partnerRow), "doctor_id", `"d-2"`), none},
		"partner ids, none in the record": {partnerBooking(), nil, unsure},
	} {
		t.Run(name, func(t *testing.T) {
			row := visit(tt.changes...)
			a, err := newClinicVendor(row).client(t).Appointments.FindBooking(t.Context(), freeSlot(), tt.booking)
			var e *ekacare.BookingError
			switch got := errors.As(err, &e); {
			case tt.want == same && (err != nil || a.AppointmentID != "apt-1"),
				tt.want == none && !errors.Is(err, ekacare.ErrNotBooked),
				tt.want == unsure && (!got || e.Stage != ekacare.BookingStageUnknown || e.Appointment != nil || e.AppointmentID != ""),
				tt.want == moved && (!got || e.Stage != ekacare.BookingStageDiffers || e.Appointment.PatientID != "p-1"):
				t.Errorf("got %v, %v; want %s", a, err, tt.want)
			}
			if tt.want != same && a != nil {
				t.Errorf("an appointment was returned with %v", err)
			}
		})
	}
}
