package ekacare_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// bookedVisit is a fake with an appointment in the sixth of the slots of a day.
func bookedVisit(t *testing.T) (*ekacaretest.Server, *ekacare.Client, *ekacare.Appointment, []ekacare.FoundSlot) {
	t.Helper()
	srv := ekacaretest.NewServer(t)
	c := srv.Client()
	slots, err := c.Appointments.FindSlots(t.Context(),
		ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)})
	if err != nil {
		t.Fatal(err)
	}
	booking := &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID), PartnerAppointmentID: new("visit-1")}
	a, err := c.Appointments.BookSlot(t.Context(), slots[5], booking)
	if err != nil {
		t.Fatal(err)
	}
	return srv, c, a, slots
}

func TestAnAppointmentIsMovedOnceHoweverOftenItIsRequested(t *testing.T) {
	for name, fault := range map[string]*ekacaretest.Fault{
		"without trouble":         nil,
		"the response gets lost":  {Operation: "Appointments.Reschedule", Reset: true, AfterWork: true},
		"the response is cut off": {Operation: "Appointments.Reschedule", CutBody: true},
		"an error after the work": {Operation: "Appointments.Reschedule", Status: 500, AfterWork: true},
		"a refusal after it":      {Operation: "Appointments.Reschedule", Status: 409, AfterWork: true},
		"reading it back fails":   {Operation: "Appointments.Get", Status: 502, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, c, a, slots := bookedVisit(t)
			if fault != nil {
				srv.Fail(*fault)
			}
			for range 2 {
				moved, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[7])
				if err != nil {
					t.Fatal(err)
				}
				if moved.AppointmentID == a.AppointmentID || !moved.StartTime.Equal(slots[7].Start) || moved.PatientID != a.PatientID {
					t.Errorf("moved to %s", moved.RawJSON())
				}
			}
			if ids := writesOf(srv, "Appointments.Reschedule"); len(ids) != 1 {
				t.Errorf("moves %v", ids)
			}
			if old, err := c.Appointments.Get(t.Context(), a.AppointmentID, nil); err != nil ||
				old.Status != ekacare.AppointmentStatusRescheduled {
				t.Errorf("the old one is %s, %v", old.RawJSON(), err)
			}
		})
	}
}

func TestAnAppointmentThatBeginsWithTheSlotIsNotMoved(t *testing.T) {
	srv, c, a, slots := bookedVisit(t)
	same, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[5])
	if err != nil || same.AppointmentID != a.AppointmentID || len(writesOf(srv, "Appointments.Reschedule")) != 0 {
		t.Errorf("%v, %v", same, err)
	}
}

func TestAMoveToATakenSlotOffersTheNextAndLeavesTheAppointment(t *testing.T) {
	srv, c, a, slots := bookedVisit(t)
	srv.TakeSlot(srv.Doctor(), srv.Clinic(), slots[7].Start)
	_, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[7])
	var taken *ekacare.SlotTakenError
	if !errors.As(err, &taken) || !errors.Is(err, ekacare.ErrSlotTaken) || taken.SearchErr != nil {
		t.Fatalf("error %v", err)
	}
	if len(taken.Next) == 0 || slices.ContainsFunc(taken.Next, func(s ekacare.FoundSlot) bool { return !s.Start.After(slots[7].Start) }) {
		t.Errorf("offered %v", taken.Next)
	}
	moved, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, taken.Next[0])
	if err != nil || !moved.StartTime.Equal(taken.Next[0].Start) {
		t.Errorf("to the first offer: %v, %v", moved, err)
	}
}

func TestAnAppointmentThatWasMovedElsewhereIsNotMovedAgain(t *testing.T) {
	srv, c, a, slots := bookedVisit(t)
	if _, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[7]); err != nil {
		t.Fatal(err)
	}
	_, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[9])
	var failed *ekacare.BookingError
	if !errors.As(err, &failed) || failed.Stage != ekacare.BookingStageDiffers || len(writesOf(srv, "Appointments.Reschedule")) != 1 {
		t.Errorf("error %v", err)
	}
}

func TestAMoveOfWhichNothingIsKnownSaysSo(t *testing.T) {
	t.Parallel() // it looks for some seconds
	srv, c, a, slots := bookedVisit(t)
	srv.Fail(ekacaretest.Fault{Operation: "Appointments.Reschedule", Reset: true}) // before its effect
	_, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[7])
	var failed *ekacare.BookingError
	if !errors.As(err, &failed) || failed.Stage != ekacare.BookingStageUnknown || failed.BookErr == nil {
		t.Fatalf("error %v", err)
	}
	if moved, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[7]); err != nil ||
		!moved.StartTime.Equal(slots[7].Start) {
		t.Errorf("the second run: %v, %v", moved, err)
	}
}

func TestMovesThatCannotBeAreRefusedBeforeSending(t *testing.T) {
	srv, c, a, slots := bookedVisit(t)
	other := slots[7]
	other.DoctorID = "another"
	taken := slots[7]
	taken.Slot.Available = new(false)
	endless := slots[7]
	endless.End = time.Time{}
	for name, tt := range map[string]struct {
		id    string
		slot  ekacare.FoundSlot
		opts  []caremux.RequestOption
		field string
	}{
		"no id":            {"", slots[7], nil, "appointmentID"},
		"another doctor":   {a.AppointmentID, other, nil, "slot"},
		"a slot not free":  {a.AppointmentID, taken, nil, "slot"},
		"a slot of no end": {a.AppointmentID, endless, nil, "slot"},
		"sent twice":       {a.AppointmentID, slots[7], []caremux.RequestOption{caremux.WithIdempotent()}, "WithIdempotent"},
		"no time at all":   {a.AppointmentID, ekacare.FoundSlot{}, nil, "slot"},
	} {
		_, err := c.Appointments.MoveToSlot(t.Context(), tt.id, tt.slot, tt.opts...)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != tt.field || argument.Operation != "Appointments.MoveToSlot" ||
			argument.Vendor != "ekacare" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Appointments.MoveToSlot(t.Context(), "none", slots[7]); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("no such appointment: %v", err)
	}
	if err := c.Appointments.Cancel(t.Context(), a.AppointmentID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Appointments.MoveToSlot(t.Context(), a.AppointmentID, slots[7]); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a cancelled one: %v", err)
	}
	if ids := writesOf(srv, "Appointments.Reschedule"); len(ids) != 0 {
		t.Errorf("moves %v", ids)
	}
}
