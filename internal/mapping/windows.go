package mapping

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// Windows lists records by when they start, in the order of the start, from a vendor whose lists have no order that can
// be relied on: window after window, each sorted here. A window grows while there is little in it and shrinks when
// there is much, and a few are read at once, so that memory stays flat and the caller does not wait for each. Records
// wait as they are, and become resources, which are larger, one by one.
type Windows[V any] struct {
	Least, Most time.Duration // of a window
	// List returns what starts in [from, to). It may return more. It is called concurrently.
	List func(ctx context.Context, from, to time.Time) iter.Seq2[V, error]
	// Start returns when a record starts.
	Start func(record *V) caremux.Time
	// Resource returns the resource of a record.
	Resource func(record *V) (fhir.Resource, error)
}

const (
	firstWindow   = 2 * 24 * time.Hour
	fewInWindow   = 300
	manyInWindow  = 1000
	windowsAtOnce = 3
)

type windowResult[V any] struct {
	found []V
	err   error
}

// All ranges over what starts in [from, to).
func (w Windows[V]) All(ctx context.Context, from, to time.Time) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		size, next := max(w.Least, min(w.Most, firstWindow)), from
		var reading []chan windowResult[V] // in the order of time
		start := func() {
			for len(reading) < windowsAtOnce && next.Before(to) {
				begin, end, result := next, next.Add(size), make(chan windowResult[V], 1)
				if end.After(to) {
					end = to
				}
				next, reading = end, append(reading, result)
				running.Go(func() {
					found, err := w.window(ctx, begin, end)
					result <- windowResult[V]{found, err}
				})
			}
		}
		for start(); len(reading) > 0; start() {
			result := <-reading[0]
			reading = reading[1:]
			switch {
			case result.err != nil:
				yield(nil, result.err)
				return
			case len(result.found) < fewInWindow:
				size = min(w.Most, 2*size)
			case len(result.found) > manyInWindow:
				size = max(w.Least, size/2)
			}
			start()
			for i := range result.found {
				r, err := w.Resource(&result.found[i])
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

func (w Windows[V]) window(ctx context.Context, from, to time.Time) ([]V, error) {
	var found []V
	for record, err := range w.List(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		if at := w.Start(&record); at.Known() && at.Zoned() && !at.Before(from) && at.Before(to) {
			found = append(found, record)
		}
	}
	slices.SortStableFunc(found, func(a, b V) int { return w.Start(&a).Compare(w.Start(&b).Time) })
	return found, nil
}

// Whole is a window for a list that is short enough to be read and sorted whole.
func (w Windows[V]) Whole(from, to time.Time) Windows[V] {
	w.Least, w.Most = to.Sub(from), to.Sub(from)
	return w
}
