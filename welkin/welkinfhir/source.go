package welkinfhir

import (
	"context"
	"iter"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// pageSize is how many records a page has; the vendor's default is 20.
const pageSize = 100

// NewSource returns a source that reads the instance of the client. Its name is welkin, or the prefix of the mapping's
// ids without the dash.
//
// Appointments are calendar events other than leaves, also canceled ones. The vendor documents no order of its lists,
// so events are read window after window of their time.
func NewSource(c *welkin.Client, m Mapping) (*fhir.Source, error) {
	for _, required := range []struct {
		field string
		ok    bool
	}{{"client", c != nil}, {"Tenant", m.Tenant != ""}, {"Instance", m.Instance != ""}} {
		if !required.ok {
			return nil, &caremux.ArgumentError{Operation: "welkinfhir.NewSource", Field: required.field, Rule: "is required"}
		}
	}
	s := &source{c: c, m: m, space: m.space()}
	return fhir.NewSource(fhir.Backend{Capabilities: s.capabilities(), Search: s.search, Read: s.read})
}

type source struct {
	c     *welkin.Client
	m     Mapping
	space mapping.Space
}

func (s *source) capabilities() fhir.Capabilities {
	return fhir.Capabilities{Name: s.space.Name(), Resources: map[string]fhir.Capability{
		"Patient": {Read: true, Search: true, Create: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterName: fhir.ByVendor, fhir.FilterBirthDate: fhir.ByReading, fhir.FilterIdentifier: fhir.ByReading,
			fhir.FilterChangedSince: fhir.ByReading,
		}},
		"Practitioner": {Read: true, Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterName: fhir.ByReading, fhir.FilterIdentifier: fhir.ByReading,
		}},
		"Appointment": {
			Read: true, Search: true, Create: true,
			Filters: map[fhir.Filter]fhir.FilteredBy{
				fhir.FilterTime: fhir.ByVendor, fhir.FilterPatients: fhir.ByVendor, fhir.FilterPractitioners: fhir.ByVendor,
				fhir.FilterIdentifier: fhir.ByReading, fhir.FilterChangedSince: fhir.ByReading,
			},
			Requires: []fhir.Filter{fhir.FilterTime},
		},
		// The vendor reads an encounter by its patient and its id together, so that an id alone does not lead to it.
		"Encounter": {Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterPatients: fhir.ByVendor, fhir.FilterPractitioners: fhir.ByReading, fhir.FilterTime: fhir.ByReading,
			fhir.FilterIdentifier: fhir.ByReading, fhir.FilterChangedSince: fhir.ByReading,
		}},
		// The same holds for documents and care plans, which only have lists of one patient.
		"DocumentReference": ofPatients(fhir.FilterTime),
		"CarePlan":          ofPatients(fhir.FilterTime),
	}}
}

// ofPatients is what can be done with a type whose lists are of one patient.
func ofPatients(more ...fhir.Filter) fhir.Capability {
	c := fhir.Capability{Search: true, Requires: []fhir.Filter{fhir.FilterPatients}, Filters: map[fhir.Filter]fhir.FilteredBy{
		fhir.FilterPatients: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading, fhir.FilterChangedSince: fhir.ByReading,
	}}
	for _, f := range more {
		c.Filters[f] = fhir.ByReading
	}
	return c
}

func (s *source) search(ctx context.Context, resourceType string, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	switch resourceType {
	case "Patient":
		return s.patients(ctx, q)
	case "Practitioner":
		users := s.c.Users.All(ctx, &welkin.UsersListParams{Size: new(pageSize)}, caremux.WithPrefetch(1))
		return s.m.practitioners().Each(users)
	case "Encounter":
		return s.encounters(ctx, q)
	case "DocumentReference":
		return s.space.OfPatients(kindPatient, q, func(patient string) iter.Seq2[fhir.Resource, error] {
			params := &welkin.DocumentsListSummariesParams{Size: new(pageSize)}
			return mapping.IfFound(s.m.documents().Each(s.c.Documents.AllSummaries(ctx, patient, params, caremux.WithPrefetch(1))))
		})
	case "CarePlan":
		return s.space.OfPatients(kindPatient, q, func(patient string) iter.Seq2[fhir.Resource, error] {
			return mapping.One(func() (fhir.Resource, error) { return s.m.carePlans().One(s.plan(ctx, patient)) })
		})
	}
	return s.appointments(ctx, q)
}

// plan reads the care plan of a patient and its goals.
func (s *source) plan(ctx context.Context, patient string) (*Plan, error) {
	p, err := s.c.CarePlans.Get(ctx, patient)
	if err != nil {
		return nil, err
	}
	var goals []welkin.Goal
	params := &welkin.CarePlansListGoalsParams{Size: new(pageSize)}
	for g, err := range s.c.CarePlans.AllGoals(ctx, patient, params, caremux.WithPrefetch(1)) {
		if err != nil {
			return nil, err
		}
		goals = append(goals, g)
	}
	return NewPlan(p, goals)
}

func (s *source) encounters(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	patients := s.space.Own(q.Patients)
	switch {
	case len(q.Patients) > 0 && patients == nil, len(q.Practitioners) > 0 && s.space.Own(q.Practitioners) == nil:
		return mapping.None
	case len(patients) == 1:
		params := &welkin.EncountersListParams{Size: new(pageSize)}
		return mapping.IfFound(s.m.encounters().Each(s.c.Encounters.All(ctx, patients[0], params, caremux.WithPrefetch(1))))
	}
	params := &welkin.EncountersListInInstanceParams{Size: new(pageSize)}
	return s.m.encounters().Each(s.c.Encounters.AllInInstance(ctx, params, caremux.WithPrefetch(1)))
}

// patients requests one patient if an identifier is known, and otherwise lists.
func (s *source) patients(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	for kind, idType := range map[string]*welkin.PatientIDType{
		kindPatient: nil, kindMRN: new(welkin.PatientIDTypeMRN), kindExternalID: new(welkin.PatientIDTypeEID),
		kindExternalGUID: new(welkin.PatientIDTypeEGUID),
	} {
		if q.Identifier.System == s.space.System(kind) {
			return mapping.One(func() (fhir.Resource, error) {
				return s.m.patients().One(s.c.Patients.Get(ctx, q.Identifier.Value, &welkin.PatientsGetParams{Type: idType}))
			})
		}
	}
	params := &welkin.PatientsListParams{Size: new(pageSize)}
	if word := mapping.LongestWord(q.Name); word != "" {
		params.Query = &word // the vendor matches each field by itself, so that more than a word could match none
	}
	return s.m.patients().Each(s.c.Patients.All(ctx, params, caremux.WithPrefetch(1)))
}

func (s *source) appointments(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	params := welkin.CalendarEventsListParams{Size: new(pageSize), IncludeCancelled: new(true)}
	// The vendor keeps the events of any of the participants: one is sent, and both are looked for here.
	for _, wanted := range [][]string{q.Practitioners, q.Patients} {
		if len(wanted) == 0 {
			continue
		}
		if params.ParticipantIDs = s.space.Own(wanted); params.ParticipantIDs == nil {
			return mapping.None
		}
	}
	list := func(ctx context.Context, from, to time.Time) iter.Seq2[welkin.CalendarEvent, error] {
		params := params
		params.From, params.To = new(caremux.NewTime(from)), new(caremux.NewTime(to))
		return withoutLeaves(s.c.CalendarEvents.All(ctx, &params, caremux.WithPrefetch(1)))
	}
	return mapping.Windows[welkin.CalendarEvent]{
		Least: time.Hour, Most: 32 * 24 * time.Hour, List: list, Resource: s.m.appointments().ResourceOf,
		Start: func(e *welkin.CalendarEvent) caremux.Time { return e.StartDateTime },
	}.All(ctx, q.From, q.To)
}

func withoutLeaves(events iter.Seq2[welkin.CalendarEvent, error]) iter.Seq2[welkin.CalendarEvent, error] {
	return func(yield func(welkin.CalendarEvent, error) bool) {
		for e, err := range events {
			if err == nil && e.EventType == welkin.CalendarEventTypeLeave {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (s *source) read(ctx context.Context, resourceType, id string) (fhir.Resource, error) {
	record, ok := s.space.Record(id)
	if !ok {
		return nil, &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
	}
	switch resourceType {
	case "Patient":
		return s.m.patients().One(s.c.Patients.Get(ctx, record, nil))
	case "Practitioner":
		return s.m.practitioners().One(s.c.Users.Get(ctx, record, &welkin.UsersGetParams{Type: new(welkin.UserIDTypeID)}))
	}
	e, err := s.c.CalendarEvents.Get(ctx, record, nil)
	if err == nil && e.EventType == welkin.CalendarEventTypeLeave {
		return nil, &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
	}
	return s.m.appointments().One(e, err)
}
