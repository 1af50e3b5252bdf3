package snapcaretest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

// mover is one of the two methods that move an appointment.
type mover func(context.Context, string, snapcare.AppointmentMove, ...caremux.RequestOption) (*snapcare.Appointment, error)

// movers are both with the operations that they send.
func movers(srv *snapcaretest.Server) map[string]mover {
	return map[string]mover{
		"Appointments.Admin":   srv.Client().Appointments.AdminMove,
		"Appointments.Patient": srv.PatientClient().Appointments.PatientMove,
	}
}

func at(srv *snapcaretest.Server, start time.Time) snapcare.AppointmentMove {
	return snapcare.AppointmentMove{
		Start: snapcare.NewLocalTime(start, srv.Zone()), End: snapcare.NewLocalTime(start.Add(30*time.Minute), srv.Zone()),
	}
}

func TestAnAppointmentIsMovedOnceWithAllThatItHas(t *testing.T) {
	for name, fault := range map[string]*snapcaretest.Fault{
		"without trouble":         nil,
		"the response gets lost":  {Reset: true, AfterWork: true, Times: 5},
		"an error after the work": {Status: 500, AfterWork: true, Times: 5},
		"an error before it":      {Status: 503},
	} {
		for kind := range map[string]bool{"Appointments.Admin": true, "Appointments.Patient": true} {
			t.Run(name+", "+kind, func(t *testing.T) {
				srv, block := setup(t)
				now, move := morning(srv), movers(srv)[kind]
				a := must(srv.PatientClient().Appointments.PatientCreate(t.Context(), order(srv, block, now.Add(2*time.Hour))))(t)
				before := must(srv.PatientClient().Appointments.GetForPatient(t.Context(), a.AppointmentID))(t)
				if fault != nil {
					f := *fault
					f.Operation = kind + "Replace"
					srv.Fail(f)
				}
				for range 2 {
					moved, err := move(t.Context(), a.AppointmentID, at(srv, now.Add(5*time.Hour)))
					if err != nil {
						t.Fatal(err)
					}
					if !moved.StartTime.Equal(now.Add(5*time.Hour)) || !moved.EndTime.Equal(now.Add(5*time.Hour+30*time.Minute)) {
						t.Errorf("moved to %s", moved.RawJSON())
					}
					wantAllOf(t, before, moved)
				}
			})
		}
	}
}

// wantAllOf compares what the body that replaces an appointment has of both, apart from the times.
func wantAllOf(t *testing.T, before, after *snapcare.Appointment) {
	t.Helper()
	var sent []string
	for _, a := range []snapcare.Appointment{*before, *after} {
		a.StartTime, a.EndTime, a.ZonedTime = caremux.Time{}, caremux.Time{}, nil
		body := must(a.V21ReplaceBody())(t)
		sent = append(sent, jsonText(t, body))
	}
	if sent[0] != sent[1] {
		t.Errorf("before %s\nafter  %s", sent[0], sent[1])
	}
}

func TestAMoveThatCannotBeLeavesTheAppointment(t *testing.T) {
	srv, block := setup(t)
	now, c := morning(srv), srv.Client()
	a := must(c.Appointments.AdminCreate(t.Context(), order(srv, block, now.Add(2*time.Hour))))(t)
	must(c.Appointments.AdminCreate(t.Context(), order(srv, block, now.Add(5*time.Hour))))(t)
	_, err := c.Appointments.AdminMove(t.Context(), a.AppointmentID, at(srv, now.Add(5*time.Hour)))
	if e, ok := errors.AsType[*caremux.Error](err); !ok || e.Status != 400 {
		t.Errorf("a time that is taken: %v", err)
	}
	if still := must(srv.PatientClient().Appointments.GetForPatient(t.Context(),
		a.AppointmentID))(t); !still.StartTime.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("it is at %s", still.StartTime)
	}
	same := must(c.Appointments.AdminMove(t.Context(), a.AppointmentID, at(srv, now.Add(2*time.Hour))))(t)
	if !same.StartTime.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("where it is already: %s", same.StartTime)
	}
	for field, to := range map[string]snapcare.AppointmentMove{
		"startTime": {End: at(srv, now).End}, "endTime": {Start: at(srv, now).Start},
	} {
		var argument *caremux.ArgumentError
		if _, err := c.Appointments.AdminMove(t.Context(), a.AppointmentID, to); !errors.As(err, &argument) || argument.Field != field ||
			argument.Operation != "Appointments.AdminMove" {
			t.Errorf("without %s: %v", field, err)
		}
	}
	if _, err := c.Appointments.AdminMove(t.Context(), "", at(srv, now)); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("without an id: %v", err)
	}
	if err := c.Appointments.AdminDelete(t.Context(), a.AppointmentID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Appointments.AdminMove(t.Context(), a.AppointmentID,
		at(srv, now.Add(7*time.Hour))); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a cancelled one: %v", err)
	}
}

func TestAMoveToAnotherInstantThanRequestedIsReported(t *testing.T) {
	srv, block := setup(t)
	now, c := morning(srv), srv.Client()
	a := must(c.Appointments.AdminCreate(t.Context(), order(srv, block, now.Add(2*time.Hour))))(t)
	elsewhere := time.FixedZone("elsewhere", 3600)
	to := snapcare.AppointmentMove{ // the vendor reads the time of the clock in the user's zone
		Start: snapcare.NewLocalTime(time.Date(2019, time.March, 14, 14, 0, 0, 0, elsewhere), elsewhere),
		End:   snapcare.NewLocalTime(time.Date(2019, time.March, 14, 14, 30, 0, 0, elsewhere), elsewhere),
	}
	_, err := c.Appointments.AdminMove(t.Context(), a.AppointmentID, to)
	var failed *snapcare.MoveError
	if !errors.As(err, &failed) || failed.Appointment == nil || failed.Err != nil {
		t.Errorf("error %v", err)
	}
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
