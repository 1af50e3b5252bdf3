package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// agenda is what is coming for a clinician.
type agenda struct {
	Clinician string
	From, To  time.Time // in the clinician's zone
	Days      []day
	Failures  []failure
}

// day is a day that has appointments.
type day struct {
	Date         time.Time
	Appointments []appointment
}

// appointment is a line of the agenda.
type appointment struct {
	Start   time.Time // in the clinician's zone
	End     time.Time // zero if the system does not say
	System  string
	Patient string
	Reason  string
	How     string
	Next    bool // whether it is the first that is not over
}

// failure says why the appointments of a system are missing.
type failure struct {
	System string
	Err    error // of caremux: names no person
}

// patience is how long a system may take.
const patience = 10 * time.Second

// collect reads all systems at once. Of a system that fails nothing is shown, since half a list looks like a whole one.
func collect(ctx context.Context, sources []*fhir.Source, clinician []string, from, to time.Time) (*agenda, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := fhir.Merge(sources...)
	if err != nil {
		return nil, err
	}
	a := &agenda{From: from, To: to.In(from.Location())}
	names := map[string]string{}
	var lines []appointment
	for one, err := range all.Appointments(ctx, fhir.Query{Practitioners: clinician, From: from, To: to}) {
		var partial *fhir.Partial
		switch {
		case errors.As(err, &partial):
			for _, f := range partial.Failures {
				a.Failures = append(a.Failures, failure{title(f.Source), f.Err})
			}
		case err != nil:
			return nil, err
		case one.Status == fhir.AppointmentStatusCancelled || one.Status == fhir.AppointmentStatusEnteredInError ||
			one.Status == fhir.AppointmentStatusNoshow:
		default:
			line, err := lineOf(ctx, all, names, one, from.Location())
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	a.fill(slices.DeleteFunc(lines, func(one appointment) bool {
		return slices.ContainsFunc(a.Failures, func(f failure) bool { return f.System == one.System })
	}))
	return a, nil
}

// fill puts appointments, which are in the order of time, into their days.
func (a *agenda) fill(lines []appointment) {
	for i, one := range lines {
		one.Next = i == 0
		if n := len(a.Days); n == 0 || dayOf(a.Days[n-1].Date) != dayOf(one.Start) {
			a.Days = append(a.Days, day{Date: one.Start})
		}
		last := &a.Days[len(a.Days)-1]
		last.Appointments = append(last.Appointments, one)
	}
}

func lineOf(
	ctx context.Context, all *fhir.Source, names map[string]string, one *fhir.Appointment, zone *time.Location,
) (appointment, error) {
	source, _, _ := strings.Cut(one.ID, "-")
	line := appointment{System: title(source), How: modes[fhir.AppointmentMode(one)]}
	if start, err := one.Start.Time(); err == nil {
		line.Start = start.In(zone)
	}
	if end, err := one.End.Time(); err == nil {
		line.End = end.In(zone)
	}
	line.Reason = one.Description
	if line.Reason == "" && len(one.ReasonCode) > 0 {
		line.Reason = one.ReasonCode[0].Text
	}
	if one.AppointmentType != nil {
		line.Reason = joined(line.Reason, kind(one.AppointmentType.Text))
	}
	for _, p := range one.Participant {
		if p.Actor == nil {
			continue
		}
		if id, ok := strings.CutPrefix(p.Actor.Reference, "Patient/"); ok {
			name, err := nameOf(ctx, all, names, id, p.Actor.Display)
			if err != nil {
				return line, err
			}
			line.Patient = joined(line.Patient, name)
		}
	}
	return line, nil
}

// nameOf looks up the names of patients, each once, for systems whose appointments have only ids.
func nameOf(ctx context.Context, all *fhir.Source, names map[string]string, id, display string) (string, error) {
	if name := cmp.Or(display, names[id]); name != "" {
		return name, nil
	}
	names[id] = "(unknown patient)"
	r, err := all.Read(ctx, "Patient", id)
	if err != nil && !errors.Is(err, caremux.ErrNotFound) {
		return "", err
	}
	if p, ok := r.(*fhir.Patient); ok && len(p.Name) > 0 {
		n := p.Name[0]
		names[id] = cmp.Or(strings.TrimSpace(strings.Join(n.Given, " ")+" "+n.Family), n.Text, names[id])
	}
	return names[id], nil
}
