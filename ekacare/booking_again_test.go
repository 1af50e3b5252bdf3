package ekacare_test

import (
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

// laterSlots are eight free slots of 5 March, and some of 2 March.
func laterSlots() string {
	slots := []string{
		slotAt("2026-03-02T09:00:00+05:30", "2026-03-02T09:15:00+05:30", true), // earlier
		slotAt("2026-03-02T10:00:00+05:30", "2026-03-02T10:15:00+05:30", true), // the one that was refused
		slotAt("2026-03-02T10:15:00+05:30", "2026-03-02T10:30:00+05:30", false),
		slotAt("2026-03-02T10:30:00+05:30", "2026-03-02T10:45:00+05:30", true),
	}
	for i := range 8 {
		slots = append(slots, slotAt(fmt.Sprintf("2026-03-03T1%d:00:00+05:30", i), fmt.Sprintf("2026-03-03T1%d:15:00+05:30", i), true))
	}
	return slotsOf(slots...)
}

func starts(slots []ekacare.FoundSlot) string {
	var list []string
	for _, s := range slots {
		list = append(list, s.Start.Format("02 15:04"))
	}
	return strings.Join(list, ", ")
}

func noSlots(*clinicVendor) *http.Response { return reply(400, noSlotLeft) }

func TestTakenSlotOffersTheNextOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newClinicVendor()
		v.book, v.slots = noSlots, laterSlots()
		start := time.Now()
		_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
		var taken *ekacare.SlotTakenError
		if !errors.As(err, &taken) || !errors.Is(err, ekacare.ErrSlotTaken) || taken.SearchErr != nil || taken.LookErr != nil ||
			taken.Held != nil {
			t.Fatalf("error %v", err)
		}
		wantError(t, err, 400)
		if got := starts(taken.Next); got != "02 10:30, 03 10:00, 03 11:00, 03 12:00, 03 13:00" {
			t.Errorf("offered %v", got)
		}
		if took := time.Since(start); took > 3*time.Second || v.posts() != 1 {
			t.Errorf("took %v and %d bookings", took, v.posts())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		v := newClinicVendor()
		v.book = noSlots
		v.reads = func(r *http.Request) *http.Response {
			if strings.HasSuffix(r.URL.Path, "/slot") {
				return reply(403, `{}`)
			}
			return nil
		}
		_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
		var taken *ekacare.SlotTakenError
		if !errors.As(err, &taken) || !errors.Is(taken.SearchErr, caremux.ErrForbidden) || len(taken.Next) > 0 {
			t.Errorf("error %v", err)
		}
	})
}

func TestSlotsOfThePastAreNotOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(slotStart.Add(3*time.Hour + time.Minute))) // a page that was opened in the morning
		at := func(d time.Duration) string { return slotStart.Add(d).Format(time.RFC3339) }
		v := newClinicVendor()
		v.book = noSlots
		v.slots = slotsOf(
			slotAt(at(time.Hour), at(75*time.Minute), true),
			slotAt(at(3*time.Hour), at(195*time.Minute), true),
			slotAt(at(4*time.Hour), at(255*time.Minute), true),
		)
		_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
		var taken *ekacare.SlotTakenError
		if !errors.As(err, &taken) || starts(taken.Next) != "02 14:00" {
			t.Errorf("error %v, offered %v", err, taken)
		}
	})
}

func TestABookingThatExistsIsReturnedWithoutAnother(t *testing.T) {
	for name, booking := range map[string]*ekacare.AppointmentBooking{
		"by Eka's ids":          ekaBooking(),
		"by partner ids":        partnerBooking(),
		"under the caller's id": {PatientID: new("p-1"), PartnerAppointmentID: new("mine")},
	} {
		t.Run(name, func(t *testing.T) {
			row := visit("partner_patient_id", `"pp"`, "partner_doctor_id", `"pd"`, "partner_clinic_id", `"pc"`)
			if booking.PartnerAppointmentID != nil {
				row["partner_appointment_id"] = `"mine"`
			}
			v := newClinicVendor(row)
			v.book = func(*clinicVendor) *http.Response { return reply(201, `{"appointment_id":"apt-2"}`) } // the slot takes several
			a := must[*ekacare.Appointment](t)(v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), booking))
			if a.AppointmentID != "apt-1" || v.posts() != 0 {
				t.Errorf("got %s with %d bookings", a.AppointmentID, v.posts())
			}
		})
	}
}

// Two runs send their bookings at one time, and the list shows the other's later.
func TestASlotThatThePatientHoldsIsNotTaken(t *testing.T) {
	for name, tt := range map[string]struct {
		refusal string
		booking *ekacare.AppointmentBooking
	}{
		"refused for the slot": {noSlotLeft, ekaBooking()},
		"refused for the caller's id": {`{"error":{"code":"INVALID_REQUEST_PARAMETERS","message":"x"}}`,
			&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}},
		"by the caller's ids of people": {noSlotLeft, partnerBooking()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newClinicVendor()
				v.slots = laterSlots()
				var at time.Time // of the refusal
				v.book = func(*clinicVendor) *http.Response {
					at = time.Now()
					return reply(400, tt.refusal)
				}
				v.reads = func(*http.Request) *http.Response {
					if !at.IsZero() && time.Since(at) > 1500*time.Millisecond && len(v.rows) == 0 {
						v.rows = append(v.rows,
							visit("partner_patient_id", `"pp"`, "partner_doctor_id", `"pd"`, "partner_clinic_id", `"pc"`))
					}
					return nil
				}
				a, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), tt.booking)
				if err != nil || a.AppointmentID != "apt-1" || v.posts() != 1 {
					t.Errorf("got %v, %v with %d bookings", a, err, v.posts())
				}
			})
		})
	}
}

// The recipe books the next slot when one is taken. When it runs again it must not book the one after that.
func TestAnAppointmentAmongTheOffersEndsThem(t *testing.T) {
	held := visit("start_time", fmt.Sprint(slotStart.Add(30*time.Minute).Unix()), "appointment_id", `"apt-7"`)
	for name, tt := range map[string]struct {
		row  map[string]string
		held bool
	}{
		"of the patient, before the last offer": {held, true},
		"of another patient":                    {visit("start_time", held["start_time"], "patient_id", `"p-2"`), false},
		"with another doctor":                   {visit("start_time", held["start_time"], "doctor_id", `"d-2"`), false},
		"cancelled":                             {visit("start_time", held["start_time"], "status", `"CN"`), false},
		"after the last offer":                  {visit("start_time", fmt.Sprint(slotStart.AddDate(0, 0, 5).Unix())), false},
		"before the slot":                       {visit("start_time", fmt.Sprint(slotStart.Add(-time.Hour).Unix())), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newClinicVendor(tt.row)
				v.book, v.slots = noSlots, laterSlots()
				_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
				var taken *ekacare.SlotTakenError
				if !errors.As(err, &taken) {
					t.Fatalf("error %v", err)
				}
				if (taken.Held != nil) != tt.held || (len(taken.Next) == 0) != tt.held || tt.held && taken.Held.AppointmentID != "apt-7" {
					t.Errorf("error %v, held %v, offered %v", err, taken.Held, taken.Next)
				}
			})
		})
	}
}

func TestAVisitUnderTheCallersIDAtAnotherTimeIsNotBookedAgain(t *testing.T) {
	v := newClinicVendor(visit("partner_appointment_id", `"mine"`, "start_time", "1772429400"))
	_, err := v.client(
		t,
	).Appointments.BookSlot(
		t.Context(),
		freeSlot(),
		&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")},
	)
	var e *ekacare.BookingError
	if !errors.As(err, &e) || e.Stage != ekacare.BookingStageDiffers || e.AppointmentID != "apt-1" ||
		e.Appointment.StartTime.Unix() != 1772429400 ||
		v.posts() != 0 {
		t.Errorf("error %v with %d bookings", err, v.posts())
	}
}

func TestASlotIsNotSaidToBeTakenWhileNobodyKnowsByWhom(t *testing.T) {
	for name, tt := range map[string]struct {
		resp  func() *http.Response
		taken bool
	}{
		"the list is down":             {func() *http.Response { return reply(503, `{}`) }, false},
		"the list is a gateway's page": {func() *http.Response { return reply(200, `<html>`) }, false},
		"the list has another shape":   {func() *http.Response { return reply(200, `{"success":"true"}`) }, true}, // waiting does not help
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newClinicVendor()
				v.book, v.slots = noSlots, laterSlots()
				v.reads = func(r *http.Request) *http.Response {
					if strings.HasSuffix(r.URL.Path, "/slot") {
						return nil
					}
					return tt.resp()
				}
				_, err := v.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
				var taken *ekacare.SlotTakenError
				var e *ekacare.BookingError
				switch {
				case tt.taken && (!errors.As(err, &taken) || taken.LookErr == nil || len(taken.Next) == 0),
					!tt.taken && (errors.As(err, &taken) || !errors.As(err, &e) || e.Stage != ekacare.BookingStageUnknown ||
						!errors.Is(err, ekacare.ErrSlotTaken)):
					t.Errorf("error %v", err)
				}
			})
		})
	}
}
