package clinikfhir

import (
	"context"
	"iter"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// NewSource returns a source that reads the organization of the client's key. Its name is clinik, or the prefix of the
// mapping's ids without the dash.
//
// Patients, practitioners and appointments are mapped from the vendor's records, which have more than its FHIR; the
// other types are read as FHIR. The vendor's searches lag writes by about ten seconds. Appointments are read one
// time window after another, since their order is not documented.
func NewSource(c *clinik.Client, m Mapping) (*fhir.Source, error) {
	if c == nil {
		return nil, &caremux.ArgumentError{Operation: "clinikfhir.NewSource", Field: "client", Rule: "is required"}
	}
	s := &source{c: c, m: m, space: m.space()}
	return fhir.NewSource(fhir.Backend{Capabilities: s.capabilities(), Search: s.search, Read: s.read})
}

type source struct {
	c     *clinik.Client
	m     Mapping
	space mapping.Space
}

func (s *source) capabilities() fhir.Capabilities {
	c := fhir.Capabilities{Name: s.space.Name(), Resources: map[string]fhir.Capability{
		"Patient": {Read: true, Search: true, Create: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterName: fhir.ByVendor, fhir.FilterBirthDate: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading,
		}},
		"Practitioner": {Read: true, Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterName: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading,
		}},
		"Appointment": {
			Read: true, Search: true, Create: true,
			Filters: map[fhir.Filter]fhir.FilteredBy{
				fhir.FilterTime: fhir.ByVendor, fhir.FilterPatients: fhir.ByVendor, fhir.FilterPractitioners: fhir.ByReading,
				fhir.FilterIdentifier: fhir.ByReading,
			},
			Requires: []fhir.Filter{fhir.FilterTime},
		},
	}}
	for name := range nativeTypes {
		c.Resources[name] = fhir.Capability{Read: true, Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterPatients: fhir.ByVendor, fhir.FilterPractitioners: fhir.ByReading, fhir.FilterTime: fhir.ByReading,
			fhir.FilterIdentifier: fhir.ByReading, fhir.FilterChangedSince: fhir.ByVendor,
		}}
	}
	return c
}

const pageSize = 100

func (s *source) search(ctx context.Context, resourceType string, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	switch resourceType {
	case "Patient":
		return s.patients(ctx, q)
	case "Practitioner":
		params := &clinik.PractitionersSearchParams{Name: word(q.Name), Count: new(pageSize)}
		if q.Identifier.System == mapping.SystemNPI {
			params.NPI = &q.Identifier.Value
		}
		return s.m.practitioners().Each(s.c.Practitioners.SearchAll(ctx, params, caremux.WithPrefetch(1)))
	case "Appointment":
		return s.appointments(ctx, q)
	}
	return nativeTypes[resourceType].search(ctx, s, q)
}

// word returns what is sent of a name: how the vendor matches several words is not documented.
func word(name string) *string {
	if name == "" {
		return nil
	}
	return new(mapping.LongestWord(name))
}

func (s *source) patients(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	if q.Identifier.System == s.space.System(kindPatient) {
		return mapping.One(func() (fhir.Resource, error) {
			return s.m.patients().One(s.c.Patients.Get(ctx, q.Identifier.Value, nil))
		})
	}
	params := &clinik.PatientsSearchParams{Name: word(q.Name), Count: new(pageSize)}
	if q.BirthDate != "" {
		params.BirthDate = new(mapping.Day(q.BirthDate))
	}
	return s.m.patients().Each(s.c.Patients.SearchAll(ctx, params, caremux.WithPrefetch(1)))
}

func (s *source) appointments(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	params := clinik.AppointmentsSearchParams{Count: new(pageSize)}
	patients := s.space.Own(q.Patients)
	if len(q.Patients) > 0 && patients == nil || len(q.Practitioners) > 0 && s.space.Own(q.Practitioners) == nil {
		return mapping.None
	}
	if len(patients) == 1 { // the vendor takes one; of several, all appointments are read
		params.PatientID = &patients[0]
	}
	list := func(ctx context.Context, from, to time.Time) iter.Seq2[clinik.Appointment, error] {
		params := params
		// Whose days they are is not documented: a day more on both sides has them all.
		params.DateFrom = new(caremux.NewDate(from.UTC().AddDate(0, 0, -1).Date()))
		params.DateTo = new(caremux.NewDate(to.UTC().AddDate(0, 0, 1).Date()))
		return s.c.Appointments.SearchAll(ctx, &params, caremux.WithPrefetch(1))
	}
	return mapping.Windows[clinik.Appointment]{
		Least: 4 * 24 * time.Hour, Most: 32 * 24 * time.Hour, List: list, Resource: s.m.appointments().ResourceOf,
		Start: func(a *clinik.Appointment) caremux.Time { return a.Start },
	}.All(ctx, q.From, q.To)
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
		return s.m.practitioners().One(s.c.Practitioners.Get(ctx, record))
	case "Appointment":
		return s.m.appointments().One(s.c.Appointments.Get(ctx, record, nil))
	}
	r, err := nativeTypes[resourceType].read(ctx, s.c, record)
	if err != nil {
		return nil, err
	}
	return s.own(r), nil
}
