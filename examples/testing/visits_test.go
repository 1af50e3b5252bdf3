package visits

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// setup starts a Welkin of its own for a test, and has a visit of tomorrow that is not scheduled yet.
func setup(t *testing.T) (*welkintest.Server, *welkin.Client, Visit) {
	t.Helper()
	srv := welkintest.NewServer(t) // closes itself
	// The client of production, but for the waits between attempts.
	c := srv.Client(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
	host, err := c.Users.Create(t.Context(), &welkin.UserCreate{Username: new("drjones"), FirstName: new("Dana"), LastName: new("Jones")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, problem := range srv.Problems() { // requests that no document allows
			t.Error(problem)
		}
	})
	return srv, c, Visit{
		ID: "visit-7", Title: "Blood pressure", Patient: srv.AddPatients(1)[0], Clinician: host.ID,
		Start: time.Now().Add(24 * time.Hour).Truncate(time.Hour), Length: 20 * time.Minute,
	}
}

func TestScheduleIsDoneOnce(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault welkintest.Fault // of the create
	}{
		{"all is well", welkintest.Fault{}},
		{"refused before it was done, and told so", welkintest.Fault{Status: 429}},
		{"the answer got lost", welkintest.Fault{Reset: true, AfterWork: true}},
		{"the answer broke off", welkintest.Fault{CutBody: true}},
		{"503 although it was done", welkintest.Fault{Status: 503, AfterWork: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv, c, visit := setup(t)
			tc.fault.Operation = "CalendarEvents.Create"
			srv.Fail(tc.fault)
			first, err := Schedule(t.Context(), c, visit)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Schedule(t.Context(), c, visit)
			if err != nil || again.ID != first.ID {
				t.Errorf("again: %v", err)
			}
			if n := countEvents(t, c); n != 1 {
				t.Errorf("there are %d events", n)
			}
		})
	}
}

func TestScheduleAgainAfterNothingIsKnown(t *testing.T) {
	srv, c, visit := setup(t)
	srv.Fail(welkintest.Fault{Operation: "CalendarEvents.Create", Reset: true, AfterWork: true})
	// The first look comes before the create.
	srv.Fail(welkintest.Fault{Operation: "CalendarEvents.Get", Status: 404})
	srv.Fail(welkintest.Fault{Operation: "CalendarEvents.Get", Status: 500, Times: -1})
	_, err := Schedule(t.Context(), c, visit)
	var failure *caremux.Error
	if !errors.As(err, &failure) || !failure.MaybeApplied() || !errors.Is(err, caremux.ErrServer) {
		t.Fatalf("got %v", err)
	}
	srv.ClearFaults()
	if _, err := Schedule(t.Context(), c, visit); err != nil || countEvents(t, c) != 1 {
		t.Errorf("%v, and there are %d events", err, countEvents(t, c))
	}
}

func TestRemindersSurviveABadMinuteOfTheVendor(t *testing.T) {
	srv, c, visit := setup(t)
	if _, err := Schedule(t.Context(), c, visit); err != nil {
		t.Fatal(err)
	}
	srv.Fail(welkintest.Fault{Operation: "CalendarEvents.List", Status: 503, Times: 2})
	srv.ExpireTokens()
	list, err := Reminders(t.Context(), c, visit.Start, visit.Start.Add(time.Hour))
	if err != nil || len(list) != 1 || list[0] != (Reminder{visit.Patient, visit.Title, visit.Start.UTC()}) {
		t.Errorf("got %v, %v", list, err)
	}
	late, err := Reminders(t.Context(), c, visit.Start.Add(time.Minute), visit.Start.Add(time.Hour))
	if err != nil || len(late) != 0 {
		t.Errorf("of a visit that has begun: %v, %v", late, err)
	}
}

func TestRemindersEndWithTheirContext(t *testing.T) {
	srv, c, visit := setup(t)
	srv.Fail(welkintest.Fault{Operation: "CalendarEvents.List", Stall: true, Times: -1})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Reminders(ctx, c, visit.Start, visit.Start.Add(time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// countEvents counts all events that Welkin has.
func countEvents(t *testing.T, c *welkin.Client) (n int) {
	t.Helper()
	for _, err := range c.CalendarEvents.All(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}
