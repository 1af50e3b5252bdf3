package fhir

import (
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// Query says which resources a [Source] returns. Fields at their zero value do not filter; all others must match.
type Query struct {
	// Name is of a patient or practitioner: each of its words is the beginning of a word of one of the names, in upper
	// or lower case.
	Name string
	// BirthDate is of a patient, and a full date.
	BirthDate DateTime
	// Identifier has a value, and a system unless any system will do. It matches one of the resource's identifiers.
	Identifier Identifier
	// Patients are ids of [Patient] resources, as the sources write them. The resource is about one of them. Ids of
	// other sources do no harm, so that one query goes to several: see [Merge].
	Patients []string
	// Practitioners are ids of [Practitioner] resources, as the sources write them. One of them takes part.
	Practitioners []string
	// From and To are the time range of what happens at a time: it starts at From or later, and before To. What has no
	// time is in no range.
	From, To time.Time
	// ChangedSince is the earliest time of the last change. What does not say when it was changed does not match.
	ChangedSince time.Time
}

// OnDay returns the query of the day that t is in, where t is: time.Now().AddDate(0, 0, 1) is tomorrow, in local time.
func OnDay(t time.Time) Query {
	y, m, d := t.Date()
	return Query{From: time.Date(y, m, d, 0, 0, 0, 0, t.Location()), To: time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())}
}

// Filter names a filter of [Query].
type Filter string

// The filters of Query. FilterTime is From and To.
const (
	FilterName          Filter = "Name"
	FilterBirthDate     Filter = "BirthDate"
	FilterIdentifier    Filter = "Identifier"
	FilterPatients      Filter = "Patients"
	FilterPractitioners Filter = "Practitioners"
	FilterTime          Filter = "Time"
	FilterChangedSince  Filter = "ChangedSince"
)

// Filters returns the filters that the query uses.
func (q Query) Filters() []Filter {
	var used []Filter
	for _, f := range []struct {
		used   bool
		filter Filter
	}{
		{q.Name != "", FilterName},
		{q.BirthDate != "", FilterBirthDate},
		{q.Identifier.Value != "" || q.Identifier.System != "", FilterIdentifier},
		{len(q.Patients) > 0, FilterPatients},
		{len(q.Practitioners) > 0, FilterPractitioners},
		{!q.From.IsZero() || !q.To.IsZero(), FilterTime},
		{!q.ChangedSince.IsZero(), FilterChangedSince},
	} {
		if f.used {
			used = append(used, f.filter)
		}
	}
	return used
}

// Validate returns a [*caremux.ArgumentError] for a query that cannot be meant.
func (q Query) Validate() error {
	refuse := func(field, rule string) error {
		return &caremux.ArgumentError{Operation: "fhir.Query", Field: field, Rule: rule}
	}
	if q.Name != "" && strings.TrimSpace(q.Name) == "" {
		return refuse("Name", "must not be blank")
	}
	if _, err := q.BirthDate.Time(); q.BirthDate != "" && (err != nil || len(q.BirthDate) != len(time.DateOnly)) {
		return refuse("BirthDate", "must be a full date, such as 1974-12-25")
	}
	if q.Identifier.System != "" && q.Identifier.Value == "" {
		return refuse("Identifier.Value", "is required with a system")
	}
	if !q.To.IsZero() && !q.From.Before(q.To) {
		return refuse("To", "must be after From")
	}
	return nil
}

// Match reports whether a resource matches the query. Filters that the type of the resource cannot have do not match.
func (q Query) Match(r Resource) bool {
	names, birth := person(r)
	switch {
	case q.Name != "" && !nameMatches(q.Name, names),
		q.BirthDate != "" && q.BirthDate != birth,
		q.Identifier.Value != "" && !q.identified(r),
		len(q.Patients) > 0 && !refersTo(r, "Patient/", q.Patients),
		len(q.Practitioners) > 0 && !refersTo(r, "Practitioner/", q.Practitioners):
		return false
	}
	return q.inTime(r) && q.changed(r)
}

// inTime reports whether what a resource records lies in the time of the query.
func (q Query) inTime(r Resource) bool {
	if q.From.IsZero() && q.To.IsZero() {
		return true
	}
	at, ok := StartOf(r)
	return ok && !at.Before(q.From) && (q.To.IsZero() || at.Before(q.To))
}

// changed reports whether a resource says that it has changed since.
func (q Query) changed(r Resource) bool {
	if q.ChangedSince.IsZero() {
		return true
	}
	meta := metaOf(r)
	if meta == nil {
		return false
	}
	changed, err := meta.LastUpdated.Time()
	return err == nil && !changed.Before(q.ChangedSince)
}

func (q Query) identified(r Resource) bool {
	return slices.ContainsFunc(identifiersOf(r), func(i Identifier) bool {
		return i.Value == q.Identifier.Value && (q.Identifier.System == "" || i.System == q.Identifier.System)
	})
}

// person returns what a person is found by.
func person(r Resource) ([]HumanName, DateTime) {
	switch r := r.(type) {
	case *Patient:
		return r.Name, r.BirthDate
	case *Practitioner:
		return r.Name, r.BirthDate
	}
	return nil, ""
}

func nameMatches(query string, names []HumanName) bool {
	var words []string
	for _, n := range names {
		for _, part := range append([]string{n.Text, n.Family}, n.Given...) {
			words = append(words, strings.Fields(strings.ToLower(part))...)
		}
	}
	for _, wanted := range strings.Fields(strings.ToLower(query)) {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, wanted) }) {
			return false
		}
	}
	return true
}
