package fhir

import (
	"context"
	"iter"
	"slices"

	"github.com/caremux/caremux"
)

// Source reads the records of one system as FHIR resources, with the same methods for every system. The packages
// welkinfhir, ekafhir, clinikfhir and snapfhir make one for a client of their vendor, [Merge] one for several sources,
// and [NewSource] one for a system of your own. It is safe for concurrent use.
//
// Each method returns the resources that a query matches. Nothing is sent before the loop starts, a break ends the
// calls, and an error is yielded once and ends the loop. What a source cannot do is an [*UnsupportedError]; see
// [Source.Capabilities]. Appointments come in the order of their start.
type Source struct {
	capabilities Capabilities
	search       func(ctx context.Context, resourceType string, q Query) iter.Seq2[Resource, error]
	read         func(ctx context.Context, resourceType, id string) (Resource, error)
}

// Backend is what a source is made of.
type Backend struct {
	// Capabilities say what can be called.
	Capabilities Capabilities
	// Search returns resources of a type that Capabilities list. It is only called with a valid query that has the
	// filters that they require, and none that they do not list. It may return more than the query matches: the source
	// filters what it returns. Appointments must come in the order of their start.
	Search func(ctx context.Context, resourceType string, q Query) iter.Seq2[Resource, error]
	// Read returns one resource by its id. An error matching [caremux.ErrNotFound] says that there is none.
	Read func(ctx context.Context, resourceType, id string) (Resource, error)
}

// NewSource returns a source for a system of your own.
func NewSource(b Backend) (*Source, error) {
	for _, required := range []struct {
		field string
		ok    bool
	}{
		{"Capabilities.Name", b.Capabilities.Name != ""}, {"Search", b.Search != nil}, {"Read", b.Read != nil},
	} {
		if !required.ok {
			return nil, &caremux.ArgumentError{Operation: "fhir.NewSource", Field: required.field, Rule: "is required"}
		}
	}
	s := &Source{capabilities: b.Capabilities.clone()}
	s.search = func(ctx context.Context, resourceType string, q Query) iter.Seq2[Resource, error] {
		if err := s.capabilities.check(resourceType, q); err != nil {
			return failing(err)
		}
		return matching(b.Search(ctx, resourceType, q), q)
	}
	s.read = func(ctx context.Context, resourceType, id string) (Resource, error) {
		if !s.capabilities.Resources[resourceType].Read {
			return nil, &UnsupportedError{Source: b.Capabilities.Name, Resource: resourceType}
		}
		return b.Read(ctx, resourceType, id)
	}
	return s, nil
}

// Name returns the name of the source.
func (s *Source) Name() string { return s.capabilities.Name }

// Capabilities returns what the source can do.
func (s *Source) Capabilities() Capabilities { return s.capabilities.clone() }

// Search is the other methods for a resource type that is named at run time.
func (s *Source) Search(ctx context.Context, resourceType string, q Query) iter.Seq2[Resource, error] {
	return s.search(ctx, resourceType, q)
}

// Read returns one resource by its id. It returns an error matching [caremux.ErrNotFound] if there is none.
func (s *Source) Read(ctx context.Context, resourceType, id string) (Resource, error) {
	return s.read(ctx, resourceType, id)
}

// Patients returns patients.
func (s *Source) Patients(ctx context.Context, q Query) iter.Seq2[*Patient, error] {
	return searchOf[*Patient](ctx, s, q)
}

// Practitioners returns the people who treat patients.
func (s *Source) Practitioners(ctx context.Context, q Query) iter.Seq2[*Practitioner, error] {
	return searchOf[*Practitioner](ctx, s, q)
}

// Appointments returns appointments in the order of their start, also those that were canceled: Status says so.
func (s *Source) Appointments(ctx context.Context, q Query) iter.Seq2[*Appointment, error] {
	return searchOf[*Appointment](ctx, s, q)
}

// Encounters returns visits and contacts.
func (s *Source) Encounters(ctx context.Context, q Query) iter.Seq2[*Encounter, error] {
	return searchOf[*Encounter](ctx, s, q)
}

// Conditions returns diagnoses and problems.
func (s *Source) Conditions(ctx context.Context, q Query) iter.Seq2[*Condition, error] {
	return searchOf[*Condition](ctx, s, q)
}

// AllergyIntolerances returns allergies and intolerances.
func (s *Source) AllergyIntolerances(ctx context.Context, q Query) iter.Seq2[*AllergyIntolerance, error] {
	return searchOf[*AllergyIntolerance](ctx, s, q)
}

// MedicationStatements returns what patients take, by their own report or that of others.
func (s *Source) MedicationStatements(ctx context.Context, q Query) iter.Seq2[*MedicationStatement, error] {
	return searchOf[*MedicationStatement](ctx, s, q)
}

// MedicationRequests returns prescriptions.
func (s *Source) MedicationRequests(ctx context.Context, q Query) iter.Seq2[*MedicationRequest, error] {
	return searchOf[*MedicationRequest](ctx, s, q)
}

// Observations returns vital signs, laboratory results and other measurements.
func (s *Source) Observations(ctx context.Context, q Query) iter.Seq2[*Observation, error] {
	return searchOf[*Observation](ctx, s, q)
}

// DocumentReferences returns what is known of documents.
func (s *Source) DocumentReferences(ctx context.Context, q Query) iter.Seq2[*DocumentReference, error] {
	return searchOf[*DocumentReference](ctx, s, q)
}

// CarePlans returns care plans.
func (s *Source) CarePlans(ctx context.Context, q Query) iter.Seq2[*CarePlan, error] {
	return searchOf[*CarePlan](ctx, s, q)
}

func searchOf[T Resource](ctx context.Context, s *Source, q Query) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for r, err := range s.search(ctx, none.ResourceType(), q) {
			var typed T
			if err == nil {
				typed, err = As[T](r)
			}
			if !yield(typed, err) || err != nil {
				return
			}
		}
	}
}

// matching leaves out what the query does not match, and ends with the first error.
func matching(all iter.Seq2[Resource, error], q Query) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		for r, err := range all {
			if err != nil {
				yield(nil, err)
				return
			}
			if q.Match(r) && !yield(r, nil) {
				return
			}
		}
	}
}

func failing(err error) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) { yield(nil, err) }
}

// NotFoundError says that a source has no resource of an id. It matches [caremux.ErrNotFound].
type NotFoundError struct{ Source, Resource string }

func (e *NotFoundError) Error() string { return e.Source + ": " + e.Resource + ": not found" }

// Is reports whether target is caremux.ErrNotFound.
func (e *NotFoundError) Is(target error) bool { return target == caremux.ErrNotFound }

// UnsupportedError says that a source does not have a type of resource, or cannot filter it by something. Nothing was
// sent. It matches [caremux.ErrInvalid].
type UnsupportedError struct {
	Source   string // the name of the source
	Resource string // the resource type
	Filter   Filter // what the source cannot filter by; empty if it does not have the type
}

func (e *UnsupportedError) Error() string {
	if e.Filter == "" {
		return e.Source + ": " + e.Resource + " is not supported"
	}
	return e.Source + ": " + e.Resource + " cannot be filtered by " + string(e.Filter)
}

// Is reports whether target is caremux.ErrInvalid.
func (e *UnsupportedError) Is(target error) bool { return target == caremux.ErrInvalid }

// check returns the error of a search that the capabilities do not allow.
func (c Capabilities) check(resourceType string, q Query) error {
	can, ok := c.Resources[resourceType]
	if !ok || !can.Search {
		return &UnsupportedError{Source: c.Name, Resource: resourceType}
	}
	if err := q.Validate(); err != nil {
		return err
	}
	used := q.Filters()
	for _, f := range used {
		if _, ok := can.Filters[f]; !ok {
			return &UnsupportedError{Source: c.Name, Resource: resourceType, Filter: f}
		}
	}
	for _, f := range can.Requires {
		switch {
		case !slices.Contains(used, f):
			return &caremux.ArgumentError{Operation: "fhir.Query", Field: string(f), Rule: "is required by " + c.Name}
		case f == FilterTime && (q.From.IsZero() || q.To.IsZero()):
			return &caremux.ArgumentError{Operation: "fhir.Query", Field: "From and To", Rule: "are both required by " + c.Name}
		}
	}
	return nil
}
