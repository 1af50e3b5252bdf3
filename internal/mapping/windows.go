package mapping

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/caremux/caremux/fhir"
)

// Windows lists what starts in a time range, in the order of the start, from a vendor whose lists have no order that can be
// relied on: window after window, each sorted here. A window grows while there is little in it and shrinks when there is
// much, so that memory stays flat.
type Windows struct {
	Least, Most time.Duration // of a window
	// List returns what starts in [from, to). It may return more.
	List func(ctx context.Context, from, to time.Time) iter.Seq2[fhir.Resource, error]
}

// What a window should hold.
const (
	fewInWindow  = 200
	manyInWindow = 1000
)

type timed struct {
	at time.Time
	r  fhir.Resource
}

// All ranges over what starts in [from, to).
func (w Windows) All(ctx context.Context, from, to time.Time) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		size := max(w.Least, min(w.Most, 24*time.Hour))
		for from.Before(to) {
			end := from.Add(size)
			if end.After(to) {
				end = to
			}
			found, err := w.window(ctx, from, end)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, f := range found {
				if !yield(f.r, nil) {
					return
				}
			}
			switch {
			case len(found) < fewInWindow:
				size = min(w.Most, 2*size)
			case len(found) > manyInWindow:
				size = max(w.Least, size/2)
			}
			from = end
		}
	}
}

func (w Windows) window(ctx context.Context, from, to time.Time) ([]timed, error) {
	var found []timed
	for r, err := range w.List(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		if at, ok := fhir.StartOf(r); ok && !at.Before(from) && at.Before(to) {
			found = append(found, timed{at, r})
		}
	}
	slices.SortStableFunc(found, func(a, b timed) int { return a.at.Compare(b.at) })
	return found, nil
}

// Sorted ranges over a list that is short enough to be sorted whole, within [from, to).
func Sorted(list iter.Seq2[fhir.Resource, error], from, to time.Time) iter.Seq2[fhir.Resource, error] {
	whole := func(context.Context, time.Time, time.Time) iter.Seq2[fhir.Resource, error] { return list }
	return Windows{Least: to.Sub(from), Most: to.Sub(from), List: whole}.All(context.Background(), from, to)
}
