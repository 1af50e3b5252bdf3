package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/crash"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func init() { lookAgain = []time.Duration{0, time.Millisecond} }

const wanted = "2030-11-03T01:30:00-04:00"

// process books the wanted time once, as a process of its own.
func process(t *testing.T, srv *snapcaretest.Server, point crash.Point) (out string, sent int, err error) {
	t.Helper()
	var text strings.Builder
	sent, died := crash.Run(t, point, func(ctx context.Context, network caremux.Option) {
		retry := caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond,
			MaxWait: time.Millisecond})
		v, e := fakeVisit(srv, network, retry)
		if e != nil {
			t.Error(e)
			return
		}
		v.patientZone = time.UTC
		err = plan(ctx, &text, v, wanted, 1)
	})
	if died {
		return "", sent, context.Canceled
	}
	return text.String(), sent, err
}

// open lists the appointments that are not cancelled.
func open(t *testing.T, srv *snapcaretest.Server) (list []snapcare.Appointment) {
	t.Helper()
	for a, err := range srv.Client().Appointments.AdminAll(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if !cancelled(&a) {
			list = append(list, a)
		}
	}
	return list
}

func TestOneAppointmentIsMadeWhereverTheProgramStops(t *testing.T) {
	srv := snapcaretest.NewServer(t)
	addNight(srv)
	_, requests, err := process(t, srv, crash.Point{})
	if err != nil {
		t.Fatal(err)
	}
	crash.Everywhere(t, requests, func(t *testing.T, point crash.Point) {
		srv := snapcaretest.NewServer(t)
		addNight(srv)
		out, _, err := process(t, srv, point)
		if made := len(open(t, srv)); made > 1 || err == nil && (made != 1 || !strings.Contains(out, wanted)) {
			t.Errorf("%d appointments, %v\n%s", made, err, out)
		}
		out, _, err = process(t, srv, crash.Point{})
		if made := open(t, srv); err != nil || len(made) != 1 || made[0].StartTime.String() != wanted ||
			!strings.Contains(out, ": "+wanted+",") {
			t.Errorf("the second run: %v, %d appointments\n%s", err, len(made), out)
		}
		if problems := srv.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
}

func TestTwoAtTheSameTimeMakeOneAppointment(t *testing.T) {
	srv := snapcaretest.NewServer(t)
	addNight(srv)
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			if out, _, err := process(t, srv, crash.Point{}); err != nil || !strings.Contains(out, ": "+wanted+",") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	both.Wait()
	if made := open(t, srv); len(made) != 1 {
		t.Errorf("%d appointments", len(made))
	}
}
