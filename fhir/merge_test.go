package fhir_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

var monday = time.Date(2030, time.March, 4, 0, 0, 0, 0, time.UTC)

// week is a query of the days after monday.
var week = fhir.Query{From: monday, To: monday.AddDate(0, 0, 7)}

// listOf is a list of a source, with the error that it ends with.
func listOf(err error, resources ...fhir.Resource) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		for _, r := range resources {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

type lists map[string]func(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error]

// sourceOf returns a source whose types are those of the lists.
func sourceOf(t testing.TB, name string, l lists, read ...fhir.Resource) *fhir.Source {
	t.Helper()
	can := map[string]fhir.Capability{}
	for resourceType := range l {
		filters := map[fhir.Filter]fhir.FilteredBy{fhir.FilterTime: fhir.ByVendor}
		if resourceType == "Patient" {
			filters = map[fhir.Filter]fhir.FilteredBy{fhir.FilterName: fhir.ByReading, fhir.FilterIdentifier: fhir.ByReading}
		}
		can[resourceType] = fhir.Capability{Read: true, Search: true, Filters: filters}
	}
	s, err := fhir.NewSource(fhir.Backend{
		Capabilities: fhir.Capabilities{Name: name, Resources: can},
		Search: func(ctx context.Context, resourceType string, q fhir.Query) iter.Seq2[fhir.Resource, error] {
			return l[resourceType](ctx, q)
		},
		Read: func(context.Context, string, string) (fhir.Resource, error) {
			if len(read) > 0 {
				return read[0], nil
			}
			return nil, &fhir.NotFoundError{Source: name, Resource: "Patient"}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func appointments(err error, all ...fhir.Resource) lists {
	return lists{"Appointment": func(context.Context, fhir.Query) iter.Seq2[fhir.Resource, error] { return listOf(err, all...) }}
}

func at(id string, minutes int) *fhir.Appointment {
	return &fhir.Appointment{ID: id, Start: fhir.NewDateTime(monday.Add(time.Duration(minutes) * time.Minute))}
}

func merge(t testing.TB, sources ...*fhir.Source) *fhir.Source {
	t.Helper()
	m, err := fhir.Merge(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func idsOf(all iter.Seq2[*fhir.Appointment, error]) (ids []string, err error) {
	for a, err := range all {
		if err != nil {
			return ids, err
		}
		ids = append(ids, a.ID)
	}
	return ids, nil
}

func TestMergeEqualsTheListsSortedTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sources []*fhir.Source
	var all []*fhir.Appointment
	for s := range 4 {
		var list []fhir.Resource
		minute := 0
		for i := range 2000 {
			minute += r.IntN(4)
			a := at(fmt.Sprintf("%d-%d", s, i), minute)
			list, all = append(list, a), append(all, a)
		}
		sources = append(sources, sourceOf(t, fmt.Sprint("s", s), appointments(nil, list...)))
	}
	slices.SortStableFunc(all, func(a, b *fhir.Appointment) int {
		x, _ := a.Start.Time()
		y, _ := b.Start.Time()
		return x.Compare(y)
	})
	var want []string
	for _, a := range all {
		want = append(want, a.ID)
	}
	got, err := idsOf(merge(t, sources...).Appointments(t.Context(), fhir.Query{From: monday, To: monday.AddDate(1, 0, 0)}))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %d of %d, or in another order", err, len(got), len(want))
	}
}

func TestFailingSourceCostsNotTheOthersAndIsNamedAtTheEnd(t *testing.T) {
	refused := &caremux.ArgumentError{Field: "x", Rule: "is wrong"}
	m := merge(t,
		sourceOf(t, "a", appointments(nil, at("a1", 1), at("a2", 30))),
		sourceOf(t, "b", appointments(errors.New("b: out of order"), at("b1", 2))),
		sourceOf(t, "c", appointments(refused)),
		sourceOf(t, "d", lists{"Patient": nil}), // has no appointments
	)
	got, err := idsOf(m.Appointments(t.Context(), week))
	var partial *fhir.Partial
	if !errors.As(err, &partial) || len(partial.Failures) != 2 || strings.Join(got, " ") != "a1 b1 a2" {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, f := range partial.Failures {
		if want := map[string]int{"b": 1, "c": 0}; f.Read != want[f.Source] {
			t.Errorf("%s read %d", f.Source, f.Read)
		}
	}
	if !errors.Is(err, caremux.ErrInvalid) || !strings.Contains(err.Error(), "b: out of order") || strings.Contains(err.Error(), "b: b:") {
		t.Errorf("got %v", err)
	}
}

func TestSourceThatCannotFilterFailsAlone(t *testing.T) {
	patients := func(context.Context, fhir.Query) iter.Seq2[fhir.Resource, error] {
		return listOf(nil, &fhir.Patient{ID: "p"})
	}
	born, err := fhir.NewSource(fhir.Backend{
		Capabilities: fhir.Capabilities{Name: "born", Resources: map[string]fhir.Capability{"Patient": {
			Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{fhir.FilterBirthDate: fhir.ByVendor},
		}}},
		Search: func(context.Context, string, fhir.Query) iter.Seq2[fhir.Resource, error] {
			return listOf(nil, &fhir.Patient{ID: "q", BirthDate: "1974-12-25"})
		},
		Read: func(context.Context, string, string) (fhir.Resource, error) { return nil, caremux.ErrNotFound },
	})
	if err != nil {
		t.Fatal(err)
	}
	m := merge(t, sourceOf(t, "a", lists{"Patient": patients}), born)
	n := 0
	for p, err := range m.Patients(t.Context(), fhir.Query{BirthDate: "1974-12-25"}) {
		var unsupported *fhir.UnsupportedError
		switch {
		case err == nil && p.ID == "q":
			n++
		case !errors.As(err, &unsupported) || unsupported.Source != "a" || unsupported.Filter != fhir.FilterBirthDate:
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d patients", n)
	}
}

func TestBreakEndsAllSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endless := func(read *atomic.Int64) lists {
			return lists{"Appointment": func(ctx context.Context, _ fhir.Query) iter.Seq2[fhir.Resource, error] {
				return func(yield func(fhir.Resource, error) bool) {
					for i := 0; ctx.Err() == nil && yield(at("x", i/1000), nil); i++ {
						read.Add(1)
					}
				}
			}}
		}
		var a, b atomic.Int64
		for range merge(t, sourceOf(t, "a", endless(&a)), sourceOf(t, "b", endless(&b))).Appointments(t.Context(), week) {
			synctest.Wait() // the sources have read ahead as far as they may
			break
		}
		if a.Load() > 300 || b.Load() > 300 {
			t.Errorf("%d and %d were read ahead", a.Load(), b.Load())
		}
	}) // which fails if a goroutine is left
}

func TestMergeOfNothingOrOfTwoAlikeIsRefused(t *testing.T) {
	a := sourceOf(t, "a", appointments(nil))
	for name, sources := range map[string][]*fhir.Source{"none": nil, "nil": {a, nil}, "twice": {a, a}} {
		if _, err := fhir.Merge(sources...); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := fhir.MergeFromEnv(func(...caremux.Option) (*fhir.Source, error) { return nil, errors.New("A_KEY is missing") })
	if err == nil || err.Error() != "A_KEY is missing" {
		t.Error(err)
	}
	for _, err := range merge(t, a).CarePlans(t.Context(), fhir.Query{}) {
		if !errors.As(err, new(*fhir.UnsupportedError)) {
			t.Error(err)
		}
	}
}

func TestReadGoesToTheSourceThatKnowsTheID(t *testing.T) {
	patients := lists{"Patient": func(context.Context, fhir.Query) iter.Seq2[fhir.Resource, error] { return listOf(nil) }}
	known := sourceOf(t, "known", patients, &fhir.Patient{ID: "p"})
	other := sourceOf(t, "other", patients)
	r, err := merge(t, other, known).Read(t.Context(), "Patient", "p")
	if p, ok := r.(*fhir.Patient); err != nil || !ok || p.ID != "p" {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := merge(t, other).Read(t.Context(), "Patient", "p"); !errors.Is(err, caremux.ErrNotFound) {
		t.Error(err)
	}
	if _, err := merge(t, other).Read(t.Context(), "Claim", "p"); !errors.As(err, new(*fhir.UnsupportedError)) {
		t.Error(err)
	}
}
