package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func TestOfflineRunShowsATakenSlotAndALostAnswer(t *testing.T) {
	t.Setenv("EKA_CLIENT_ID", "")
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"offline", "252 slots are free", "09:00 is taken, next is ", "09:15 and read back: BK, in_clinic",
		"gets lost", "10:00 and read back: BK", "written 2 appointments for 2 wishes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
}

func TestRealServiceIsOnlyReadUnlessToldOtherwise(t *testing.T) {
	srv := live(t)
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil || !strings.Contains(out.String(), "nothing is booked without -write") ||
		sent(srv, "Appointments.Book") != 0 {
		t.Errorf("%v, written %v\n%s", err, srv.Writes(), out.String())
	}
	if err := run(t.Context(), []string{"-write"}, &out); err == nil || !strings.Contains(err.Error(), "-patient") {
		t.Errorf("a patient was picked by chance: %v", err)
	}
	if err := run(t.Context(), []string{"-doctor", "d"}, &out); err == nil || !strings.Contains(err.Error(), "-clinic") {
		t.Errorf("a doctor without a clinic: %v", err)
	}
	out.Reset()
	if err := run(t.Context(), []string{"-write", "-patient", srv.Patient().ID}, &out); err != nil || len(srv.Writes()) != 1 ||
		!strings.Contains(out.String(), "09:00 and read back: BK") {
		t.Errorf("%v, written %v\n%s", err, srv.Writes(), out.String())
	}
}

func TestNothingIsBookedTwice(t *testing.T) {
	const operation = "Appointments.Book"
	for name, test := range map[string]struct {
		fault   ekacaretest.Fault
		output  string
		writes  int
		failure error
	}{
		"answer lost": {ekacaretest.Fault{Operation: operation, Reset: true, AfterWork: true}, "", 1, nil},
		"not read back": {
			ekacaretest.Fault{Operation: "Appointments.Get", Status: 400, Times: -1}, "not confirmed: looking for it", 1, nil,
		},
		"not seen again": {ekacaretest.Fault{Operation: operation, Reset: true}, "", 0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ekacaretest.NewServer(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c, slots := slotsOf(t, srv, caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) {
				if test.failure != nil && e.Operation == "Appointments.List" && sent(srv, operation) > 0 { // there is nothing to be found
					cancel()
				}
			}))
			srv.Fail(test.fault)
			out := output{looking: srv.ClearFaults}
			a, err := book(ctx, &out, c, slots[0], &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)})
			if !errors.Is(err, test.failure) || (a == nil) != (test.failure != nil) || !strings.Contains(out.String(), test.output) {
				t.Errorf("got %v, %v\n%s", a, err, out.String())
			}
			if n := sent(srv, operation); n != 1 || len(srv.Writes()) != test.writes {
				t.Errorf("sent %d bookings, written %v", n, srv.Writes())
			}
			if problems := srv.Problems(); len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}

// output is what the program prints.
type output struct {
	strings.Builder
	looking func() // called when it says that it looks for the appointment
}

func (o *output) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "looking for it") {
		o.looking()
	}
	return o.Builder.Write(p)
}

// The program is killed after any of its requests, and runs again. The slot that it wants first is taken by somebody else.
func TestAKilledRunIsNotBookedAgain(t *testing.T) {
	run := func(t *testing.T, srv *ekacaretest.Server, slot ekacare.FoundSlot, kill int) (*ekacare.Appointment, error) {
		ctx, die := context.WithCancel(t.Context())
		defer die()
		n := 0
		c := srv.Client(caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(r)
				if n++; n == kill && err == nil {
					_ = resp.Body.Close()
					die() // the server has done its work, and nobody hears of it
					return nil, ctx.Err()
				}
				return resp, err
			})
		}))
		return book(ctx, io.Discard, c, slot, &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)})
	}
	var runs sync.WaitGroup
	for kill := range 13 { // the whole run has some ten requests; after the first ones nothing is booked yet
		srv := ekacaretest.NewServer(t)
		_, slots := slotsOf(t, srv)
		srv.TakeSlot(srv.Doctor(), srv.Clinic(), slots[0].Start)
		runs.Go(func() { // all at one time: each waits for some seconds
			if a, err := run(t, srv, slots[0], kill); kill == 0 && err != nil || kill > 0 && kill < 9 && err == nil {
				t.Errorf("killed after request %d the first run ends with %v, %v", kill, a, err)
			}
			a, err := run(t, srv, slots[0], 0)
			var taken *ekacare.SlotTakenError
			held := errors.As(err, &taken) && taken.Held != nil && taken.Held.AppointmentID == srv.Writes()[0].ID
			if writes := srv.Writes(); len(writes) != 1 || !held && (err != nil || a.AppointmentID != writes[0].ID) {
				t.Errorf("killed after request %d: written %v, then %v, %v", kill, writes, a, err)
			}
		})
	}
	runs.Wait()
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOfferOfTheNextDayIsTakenUp(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	c, slots := slotsOf(t, srv)
	srv.TakeSlot(srv.Doctor(), srv.Clinic(), slots[len(slots)-1].Start)
	var out strings.Builder
	a, err := book(t.Context(), &out, c, slots[len(slots)-1], &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)})
	if err != nil || a.StartTime.In(ekacare.IST).Format(layout) != "Fri 3 May 09:00" || len(srv.Writes()) != 1 {
		t.Errorf("%v, %v\n%s", a, err, out.String())
	}
}
