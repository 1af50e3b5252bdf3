package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/caremux/caremux"
)

// agenda is what is coming for a clinician.
type agenda struct {
	Clinician    string
	From, To     time.Time // in the clinician's zone
	Appointments []appointment
	Failures     []failure
}

// appointment is a line of the agenda.
type appointment struct {
	Start   time.Time // in the clinician's zone
	End     time.Time // zero if the system does not say
	System  string
	Patient string
	Reason  string
	How     string // in the words of the system
}

// failure says why the appointments of a system are missing.
type failure struct {
	System string
	Err    error // of caremux: names no person
}

// system lists the clinician's appointments of one vendor.
type system struct {
	name string
	list func(ctx context.Context, from, to time.Time) ([]appointment, error)
}

// patience is how long a system may take.
const patience = 10 * time.Second

// collect asks all systems at once. Of a system that fails nothing is shown, since half a list looks like a whole one.
func collect(ctx context.Context, systems []system, from, to time.Time) *agenda {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lists, errs := make([][]appointment, len(systems)), make([]error, len(systems))
	var all sync.WaitGroup
	for i, s := range systems {
		all.Go(func() { lists[i], errs[i] = s.list(ctx, from, to) })
	}
	all.Wait()

	a := &agenda{From: from, To: to}
	for i, s := range systems {
		if errs[i] != nil {
			a.Failures = append(a.Failures, failure{s.name, errs[i]})
			continue
		}
		for _, one := range lists[i] {
			// Some systems take whole days of their own zone: keep what was meant.
			if one.Start.Before(from) || !one.Start.Before(to) {
				continue
			}
			one.System, one.Start = s.name, one.Start.In(from.Location())
			if !one.End.IsZero() {
				one.End = one.End.In(from.Location())
			}
			a.Appointments = append(a.Appointments, one)
		}
	}
	slices.SortStableFunc(a.Appointments, func(x, y appointment) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.System, y.System), cmp.Compare(x.Patient, y.Patient))
	})
	return a
}

// names looks up the names of patients, each once, for systems whose appointments hold only ids.
type names struct {
	get   func(ctx context.Context, id string) (string, error)
	known map[string]string
}

func newNames(get func(ctx context.Context, id string) (string, error)) *names {
	return &names{get: get, known: map[string]string{}}
}

func (n *names) of(ctx context.Context, id string) (string, error) {
	if name, ok := n.known[id]; ok {
		return name, nil
	}
	name, err := n.get(ctx, id)
	if errors.Is(err, caremux.ErrNotFound) {
		name, err = "(unknown patient)", nil
	}
	if err == nil {
		n.known[id] = name
	}
	return name, err
}
