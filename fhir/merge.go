package fhir

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caremux/caremux"
)

// mergeAhead is how many resources of each source a merge reads ahead.
const mergeAhead = 64

// Merge returns a source that reads several sources concurrently. Appointments are sorted by their start; those with
// the same start, and resources of other types, are in the order of the sources. Each source is read by one goroutine,
// at the pace of its own client, and at most some dozens of resources ahead, so that memory does not grow with their
// number. Meta.Source and the identifiers of a resource name its source.
//
// If a source fails, or cannot filter as requested, the loop continues with the others and ends with a [*Partial]
// error, which names the failed sources. Sources that do not have the type of resource are skipped; see their
// Capabilities.
//
// Two records of one person are never merged: see [SamePeople].
func Merge(sources ...*Source) (*Source, error) {
	refuse := func(rule string) (*Source, error) {
		return nil, &caremux.ArgumentError{Operation: "fhir.Merge", Field: "sources", Rule: rule}
	}
	if len(sources) == 0 {
		return refuse("are required")
	}
	names := map[string]bool{}
	var all []string
	for _, s := range sources {
		if s == nil {
			return refuse("must not be nil")
		}
		if names[s.Name()] {
			return refuse("must have different names")
		}
		names[s.Name()] = true
		all = append(all, s.Name())
	}
	m := &merge{sources: append([]*Source(nil), sources...), name: strings.Join(all, "+")}
	return &Source{capabilities: m.capabilities(), search: m.search, read: m.read}, nil
}

// MergeFromEnv merges the sources that the functions make from the environment, such as welkinfhir.NewSourceFromEnv.
// The error names all that could not be made.
func MergeFromEnv(sources ...func(...caremux.Option) (*Source, error)) (*Source, error) {
	all, errs := make([]*Source, len(sources)), make([]error, len(sources))
	for i, source := range sources {
		all[i], errs[i] = source()
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return Merge(all...)
}

type merge struct {
	sources []*Source
	name    string
}

// Partial is the error of a [Merge] of which not every source was read to its end. errors.Is and errors.As find the
// sources' own errors in it.
type Partial struct {
	Failures []SourceFailure
	// Complete are the names of the sources that were read to their end. If it is empty, no source could be read.
	Complete []string
}

// SourceFailure is a source that was not read to its end.
type SourceFailure struct {
	Source string // its name
	Read   int    // how many resources were returned before it failed
	Err    error
}

func (e *Partial) Error() string {
	var texts []string
	for _, f := range e.Failures {
		text := f.Err.Error()
		if !strings.HasPrefix(text, f.Source+": ") {
			text = f.Source + ": " + text
		}
		texts = append(texts, text)
	}
	return "incomplete: " + strings.Join(texts, "; ")
}

// Unwrap returns the errors of the sources.
func (e *Partial) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f.Err
	}
	return errs
}

// stream is what has been read of a source.
type stream struct {
	source *Source
	items  chan Resource
	err    error // once items is closed

	head Resource
	at   time.Time
	read int
}

func (m *merge) search(ctx context.Context, resourceType string, q Query) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		var all []*stream
		for _, s := range m.sources {
			if s.capabilities.Resources[resourceType].Search {
				st := &stream{source: s, items: make(chan Resource, mergeAhead)}
				all = append(all, st)
				running.Go(func() { st.fill(ctx, resourceType, q) })
			}
		}
		if len(all) == 0 {
			yield(nil, &UnsupportedError{Source: m.name, Resource: resourceType})
			return
		}
		partial := &Partial{}
		done := inOrder(all, resourceType == (*Appointment)(nil).ResourceType(), partial, yield)
		if done && len(partial.Failures) > 0 {
			yield(nil, partial)
		}
	}
}

// fill reads a source into its stream.
func (st *stream) fill(ctx context.Context, resourceType string, q Query) {
	defer close(st.items)
	for r, err := range st.source.search(ctx, resourceType, q) {
		if err != nil {
			st.err = err
			return
		}
		select {
		case st.items <- r:
		case <-ctx.Done():
			st.err = ctx.Err()
			return
		}
	}
}

// inOrder yields what the streams have, by time or stream after stream. It reports whether the loop went to its end.
func inOrder(all []*stream, byTime bool, partial *Partial, yield func(Resource, error) bool) bool {
	for len(all) > 0 {
		next := -1
		for i := 0; i < len(all); i++ {
			if !all[i].fetch() {
				partial.ended(all[i])
				all = append(all[:i], all[i+1:]...)
				i--
				continue
			}
			if next < 0 || all[i].at.Before(all[next].at) {
				next = i
			}
			if !byTime {
				break
			}
		}
		if next < 0 {
			continue
		}
		r := all[next].head
		all[next].head = nil
		all[next].read++
		if !yield(r, nil) {
			return false
		}
	}
	return true
}

// ended records how the stream ended.
func (e *Partial) ended(st *stream) {
	if st.err != nil {
		e.Failures = append(e.Failures, SourceFailure{st.source.Name(), st.read, st.err})
		return
	}
	e.Complete = append(e.Complete, st.source.Name())
}

// fetch waits for the next resource of the stream, unless it has one. It returns false at the end.
func (st *stream) fetch() bool {
	if st.head != nil {
		return true
	}
	r, ok := <-st.items
	if ok {
		st.head = r
		st.at, _ = StartOf(r)
	}
	return ok
}

// read queries the sources in turn. One that does not know the id says so.
func (m *merge) read(ctx context.Context, resourceType, id string) (Resource, error) {
	partial := &Partial{}
	supported := false
	for _, s := range m.sources {
		if !s.capabilities.Resources[resourceType].Read {
			continue
		}
		supported = true
		r, err := s.read(ctx, resourceType, id)
		if err == nil {
			return r, nil
		}
		if errors.Is(err, caremux.ErrNotFound) {
			partial.Complete = append(partial.Complete, s.Name())
			continue
		}
		partial.Failures = append(partial.Failures, SourceFailure{Source: s.Name(), Err: err})
	}
	switch {
	case !supported:
		return nil, &UnsupportedError{Source: m.name, Resource: resourceType}
	case len(partial.Failures) > 0:
		return nil, partial
	}
	return nil, &NotFoundError{Source: m.name, Resource: resourceType}
}

// capabilities returns what any of the sources can do. Requires is what any of them requires.
func (m *merge) capabilities() Capabilities {
	c := Capabilities{Name: m.name, Resources: map[string]Capability{}}
	for _, s := range m.sources {
		for name, can := range s.Capabilities().Resources {
			sum, ok := c.Resources[name]
			if !ok {
				c.Resources[name] = can
				continue
			}
			sum.Read, sum.Search, sum.Create = sum.Read || can.Read, sum.Search || can.Search, sum.Create || can.Create
			for f, by := range can.Filters {
				if old, ok := sum.Filters[f]; !ok || old == ByVendor {
					sum.Filters[f] = by
				}
			}
			for _, f := range can.Requires {
				if !slices.Contains(sum.Requires, f) {
					sum.Requires = append(sum.Requires, f)
				}
			}
			c.Resources[name] = sum
		}
	}
	return c
}
