package mapping

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/caremux/caremux/fhir"
)

// Windows lists what starts in a time range, in the order of the start, from a vendor whose lists have no order that can be
// relied on: window after window, each sorted here. A window grows while there is little in it and shrinks when there is
// much, and a few are read at once, so that memory stays flat and the caller does not wait for each.
type Windows struct {
	Least, Most time.Duration // of a window
	// List returns what starts in [from, to). It may return more. It is called concurrently.
	List func(ctx context.Context, from, to time.Time) iter.Seq2[fhir.Resource, error]
}

const (
	firstWindow   = 7 * 24 * time.Hour
	fewInWindow   = 500
	manyInWindow  = 5000
	windowsAtOnce = 3
)

type timed struct {
	at time.Time
	r  fhir.Resource
}

type windowResult struct {
	found []timed
	err   error
}

// All ranges over what starts in [from, to).
func (w Windows) All(ctx context.Context, from, to time.Time) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		size, next := max(w.Least, min(w.Most, firstWindow)), from
		var reading []chan windowResult // in the order of time
		start := func() {
			for len(reading) < windowsAtOnce && next.Before(to) {
				begin, end, result := next, next.Add(size), make(chan windowResult, 1)
				if end.After(to) {
					end = to
				}
				next, reading = end, append(reading, result)
				running.Go(func() {
					found, err := w.window(ctx, begin, end)
					result <- windowResult{found, err}
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
			for _, f := range result.found {
				if !yield(f.r, nil) {
					return
				}
			}
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
