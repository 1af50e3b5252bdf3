package snapfhir

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/snapcare"
)

// pageSize is how many records a page of people has; the vendor's default is 10.
const pageSize = 100

// NewSource returns a source that reads the hospital of the mapping for a user of its staff. Its name is snapcare, or
// the prefix of the mapping's ids without the dash.
//
// The vendor documents no order of its lists, so appointments are read window after window of their time. Lists of
// patients have no birth date, so they cannot be filtered by it.
func NewSource(c *snapcare.Client, m Mapping) (*fhir.Source, error) {
	for _, required := range []struct {
		field string
		ok    bool
	}{{"client", c != nil}, {"Host", m.Host != ""}, {"HospitalID", m.HospitalID > 0}, {"Zone", m.Zone != nil}} {
		if !required.ok {
			return nil, &caremux.ArgumentError{Operation: "snapfhir.NewSource", Field: required.field, Rule: "is required"}
		}
	}
	s := &source{c: c, m: m, space: m.space()}
	return fhir.NewSource(fhir.Backend{Capabilities: s.capabilities(), Search: s.search, Read: s.read})
}

type source struct {
	c     *snapcare.Client
	m     Mapping
	space mapping.Space
}

func (s *source) capabilities() fhir.Capabilities {
	people := map[fhir.Filter]fhir.FilteredBy{fhir.FilterName: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading}
	return fhir.Capabilities{Name: s.space.Name(), Resources: map[string]fhir.Capability{
		"Patient":      {Read: true, Search: true, Create: true, Filters: people},
		"Practitioner": {Read: true, Search: true, Filters: people},
		"Appointment": {
			Read: true, Search: true, Create: true,
			Filters: map[fhir.Filter]fhir.FilteredBy{
				fhir.FilterTime: fhir.ByVendor, fhir.FilterPatients: fhir.ByVendor, fhir.FilterPractitioners: fhir.ByVendor,
				fhir.FilterIdentifier: fhir.ByReading,
			},
			Requires: []fhir.Filter{fhir.FilterTime},
		},
	}}
}

func (s *source) search(ctx context.Context, resourceType string, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	var word *string
	if q.Name != "" {
		word = new(mapping.LongestWord(q.Name)) // how the vendor matches several words is not documented
	}
	switch resourceType {
	case "Patient":
		params := &snapcare.HospitalsListPatientsParams{Search: word, Take: new(pageSize)}
		return s.m.patients().Each(s.c.Hospitals.AllPatients(ctx, s.m.HospitalID, params, caremux.Prefetch(1)))
	case "Practitioner":
		params := &snapcare.HospitalsListCliniciansParams{Search: word, Take: new(pageSize)}
		return s.m.practitioners().Each(s.c.Hospitals.AllClinicians(ctx, s.m.HospitalID, params, caremux.Prefetch(1)))
	}
	return s.appointments(ctx, q)
}

func (s *source) appointments(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	var params snapcare.AppointmentsAdminListParams
	for _, wanted := range []struct {
		ids []string
		to  *[]int
	}{{q.Patients, &params.PatientIDs}, {q.Practitioners, &params.ClinicianIDs}} {
		if len(wanted.ids) == 0 {
			continue
		}
		for _, id := range wanted.ids {
			if n, ok := s.number(id); ok {
				*wanted.to = append(*wanted.to, n)
			}
		}
		if *wanted.to == nil {
			return mapping.None
		}
	}
	list := func(ctx context.Context, from, to time.Time) iter.Seq2[snapcare.Appointment, error] {
		params := params
		// An hour more on both sides: times travel without a zone, and twice a year an hour happens twice.
		params.StartDate = snapcare.NewLocalTime(from.Add(-time.Hour), s.m.Zone)
		params.EndDate = snapcare.NewLocalTime(to.Add(time.Hour), s.m.Zone)
		return s.c.Appointments.AdminAll(ctx, &params, caremux.Prefetch(1))
	}
	return mapping.Windows[snapcare.Appointment]{
		Least: time.Hour, Most: 32 * 24 * time.Hour, List: list, Resource: s.m.appointments().ResourceOf,
		Start: func(a *snapcare.Appointment) caremux.Time { return a.StartTime },
	}.All(ctx, q.From, q.To)
}

// number returns the number of a person for the id of the resource.
func (s *source) number(id string) (int, bool) {
	record, ok := s.space.Record(id)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(record)
	return n, err == nil
}

func (s *source) read(ctx context.Context, resourceType, id string) (fhir.Resource, error) {
	record, ok := s.space.Record(id)
	n, isNumber := s.number(id)
	if !ok || resourceType != "Appointment" && !isNumber {
		return nil, &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
	}
	switch resourceType {
	case "Patient":
		return s.m.patients().One(s.c.Hospitals.GetPatient(ctx, s.m.HospitalID, n))
	case "Practitioner":
		return s.m.practitioners().One(s.c.Hospitals.GetClinicianPerson(ctx, s.m.HospitalID, n))
	}
	//lint:ignore SA1019 version 3 lists appointments, but has no way to read one
	return s.m.appointments().One(s.c.Appointments.GetForClinician(ctx, record))
}
