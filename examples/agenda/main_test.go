package main

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/demo"
	"github.com/caremux/caremux/welkin/welkintest"
)

// now is some days before clocks in New York are set forward.
var now = time.Date(2030, time.March, 7, 20, 0, 0, 0, time.UTC)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestAgendaMergesFourSystemsByTime(t *testing.T) {
	var out strings.Builder
	file := filepath.Join(t.TempDir(), "agenda.html")
	if err := os.WriteFile(file, nil, 0o644); err != nil { // one that is there already, open to others
		t.Fatal(err)
	}
	if err := run(t.Context(), &out, now, "America/New_York", file); err != nil {
		t.Fatal(err)
	}
	want := `Dr. Dana Jones, Thursday, March 7 to Thursday, March 14, New York time (EST, then EDT)
Next: tomorrow at 09:30, Asha Rao

Friday, March 8
  09:30–09:45  Asha Rao                                   In person  Eka Care
  10:15–10:45  Mei Chen        Wound check, follow-up                ClinikAPI
  11:00–11:30  Charlie Taylor  First visit                Video      Welkin
  14:20–14:40  Bobby Brown     Fever (100+)               Video      SnapMD

Saturday, March 9
  16:00–16:15  Ravi Iyer                                  In person  Eka Care

Sunday, March 10
  08:00–08:30  Mei Chen        Blood pressure, follow-up             ClinikAPI

The page is in ` + file + ".\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	html, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`datetime="2030-03-08T14:20:00-05:00"`, `datetime="2030-03-10T08:00:00-04:00"`, ">Charlie Taylor</td>",
		`<h2 id="day1">Saturday, March 9</h2>`, `tomorrow at 09:30</time>, Asha Rao`, "New York time (EST, then EDT)"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestFailingSystemHidesNoOther(t *testing.T) {
	v, err := demo.Start(t.Context(), now.In(zone(t, "America/New_York")))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	v.Welkin.Fail(welkintest.Fault{Operation: "CalendarEvents.List", Status: 403})
	a := gather(t, v.Sources, v.Clinician, now.In(zone(t, "Asia/Kolkata")))
	var table, html strings.Builder
	if err := errors.Join(writeTable(&table, a), writePage(&html, a)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Kolkata time (IST)", "Friday, March 8\n  20:00–20:15  Asha Rao", "  20:45–21:15  Mei Chen",
		"Saturday, March 9\n  00:50–01:10  Bobby Brown",
		"Welkin is missing: welkin: CalendarEvents.List: GET /{tenant}/{instance}/calendar/events: 403"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if !strings.Contains(html.String(), `role="alert"><strong>Welkin is missing.</strong> welkin: CalendarEvents.List`) {
		t.Error(html.String())
	}
}

func TestWhatWasCalledOffIsLeftOut(t *testing.T) {
	v, err := demo.Start(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	before := len(lines(gather(t, v.Sources, v.Clinician, now)))
	eka := v.Eka.AddAppointment(v.Eka.Doctor(), v.Eka.Clinic(), v.Eka.Patient(), now.Add(time.Hour))
	added, err := v.Clinik.Client().Appointments.Create(t.Context(), &clinik.AppointmentCreate{
		Status: clinik.AppointmentStatusBooked, PatientID: "pt_gone", PractitionerID: new("prac_jones"),
		Start: new(caremux.NewTime(now.Add(2 * time.Hour))),
	})
	if err != nil {
		t.Fatal(err)
	}
	all := lines(gather(t, v.Sources, v.Clinician, now))
	if len(all) != before+2 || all[1].Patient != "(unknown patient)" || !all[0].Next || all[1].Next {
		t.Fatalf("%d appointments more, %v", len(all)-before, all)
	}
	v.Eka.SetStatus(eka, ekacare.AppointmentStatusCancelled)
	off := &clinik.AppointmentUpdate{Status: new(clinik.AppointmentStatusCancelled)}
	if _, err := v.Clinik.Client().Appointments.Update(t.Context(), added.ID, off); err != nil {
		t.Fatal(err)
	}
	if n := len(lines(gather(t, v.Sources, v.Clinician, now))); n != before {
		t.Errorf("%d appointments more", n-before)
	}
}

func TestSystemsAreReadAtOnceAndNoneForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var together sync.WaitGroup
		together.Add(3)
		meets := func(_ context.Context, yield func(fhir.Resource, error) bool) {
			together.Done()
			together.Wait() // one after the other, they would never meet
			_ = yield(at(now), nil) && yield(at(now.AddDate(0, 0, 7)), nil)
		}
		hangs := func(ctx context.Context, yield func(fhir.Resource, error) bool) {
			together.Done()
			if yield(at(now), nil) {
				<-ctx.Done()
				yield(nil, ctx.Err())
			}
		}
		start := time.Now()
		a := gather(t, []*fhir.Source{source(t, "hangs", hangs), source(t, "a", meets), source(t, "b", meets)}, nil, now)
		if took := time.Since(start); took != patience {
			t.Errorf("it took %v", took)
		}
		if all := lines(a); len(all) != 2 || all[0].System != "a" || len(a.Failures) != 1 || a.Failures[0].System != "hangs" {
			t.Errorf("got %+v", a)
		}
	})
}

// gather collects the appointments of a week.
func gather(t *testing.T, sources []*fhir.Source, clinician []string, from time.Time) *agenda {
	t.Helper()
	a, err := collect(t.Context(), sources, clinician, from, now.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// lines are the appointments of all days.
func lines(a *agenda) (all []appointment) {
	for _, d := range a.Days {
		all = append(all, d.Appointments...)
	}
	return all
}

// at returns an appointment at a time.
func at(start time.Time) *fhir.Appointment { return &fhir.Appointment{Start: fhir.NewDateTime(start)} }

// source returns a source whose only list is the function's; it names the source in the ids.
func source(t *testing.T, name string, list func(context.Context, func(fhir.Resource, error) bool)) *fhir.Source {
	t.Helper()
	s, err := fhir.NewSource(fhir.Backend{
		Capabilities: fhir.Capabilities{Name: name, Resources: map[string]fhir.Capability{"Appointment": {
			Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{fhir.FilterTime: fhir.ByReading},
		}}},
		Search: func(ctx context.Context, _ string, _ fhir.Query) iter.Seq2[fhir.Resource, error] {
			return func(yield func(fhir.Resource, error) bool) {
				list(ctx, func(r fhir.Resource, err error) bool {
					if a, ok := r.(*fhir.Appointment); ok {
						a.ID = name + "-1"
					}
					return yield(r, err)
				})
			}
		},
		Read: func(context.Context, string, string) (fhir.Resource, error) { return nil, caremux.ErrNotFound },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
