package snapfhir

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
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
		// The hospital's list of consultations has no way to read one, and its times can lack a zone.
		"Encounter": {Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterPatients: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading, fhir.FilterChangedSince: fhir.ByReading,
		}},
		"Condition": ofPatients, "MedicationStatement": ofPatients, "AllergyIntolerance": ofPatients,
	}}
}

// ofPatients is what can be done with what a patient's medical profile has.
var ofPatients = fhir.Capability{
	Read: true, Search: true, Requires: []fhir.Filter{fhir.FilterPatients},
	Filters: map[fhir.Filter]fhir.FilteredBy{
		fhir.FilterPatients: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading,
	},
}

func (s *source) search(ctx context.Context, resourceType string, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	var word *string
	if q.Name != "" {
		word = new(mapping.LongestWord(q.Name)) // how the vendor matches several words is not documented
	}
	switch resourceType {
	case "Patient":
		params := &snapcare.HospitalsListPatientsParams{Search: word, Take: new(pageSize)}
		return s.m.patients().Each(s.c.Hospitals.AllPatients(ctx, s.m.HospitalID, params, caremux.WithPrefetch(1)))
	case "Practitioner":
		params := &snapcare.HospitalsListCliniciansParams{Search: word, Take: new(pageSize)}
		return s.m.practitioners().Each(s.c.Hospitals.AllClinicians(ctx, s.m.HospitalID, params, caremux.WithPrefetch(1)))
	case "Encounter":
		return s.encounters(ctx, q)
	case "Condition", "MedicationStatement", "AllergyIntolerance":
		return s.space.OfPatients(kindPatient, q, func(patient string) iter.Seq2[fhir.Resource, error] {
			return s.profile(ctx, resourceType, patient)
		})
	}
	return s.appointments(ctx, q)
}

func (s *source) encounters(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	params := snapcare.EncountersListForHospitalParams{Take: new(pageSize)}
	all := func(params snapcare.EncountersListForHospitalParams) iter.Seq2[fhir.Resource, error] {
		return s.m.encounters().Each(s.c.Encounters.AllForHospital(ctx, &params, caremux.WithPrefetch(1)))
	}
	if len(q.Patients) == 0 {
		return all(params)
	}
	return s.space.OfPatients(kindPatient, q, func(patient string) iter.Seq2[fhir.Resource, error] {
		params := params
		if params.PatientID = number(patient); params.PatientID == nil {
			return mapping.None
		}
		return all(params)
	})
}

// profile ranges over the entries of a type in the medical profile of a patient.
func (s *source) profile(ctx context.Context, resourceType, patient string) iter.Seq2[fhir.Resource, error] {
	id := number(patient)
	if id == nil {
		return mapping.None
	}
	return func(yield func(fhir.Resource, error) bool) {
		p, err := s.c.Patients.GetMedicalProfile(ctx, *id)
		switch {
		case errors.Is(err, caremux.ErrNotFound):
			return
		case err != nil:
			yield(nil, err)
			return
		case p.PatientID == nil:
			p.PatientID = id
		}
		for r, err := range s.m.profiled(resourceType, p) {
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// profiled ranges over the entries of a type in a medical profile.
func (m Mapping) profiled(resourceType string, p *snapcare.MedicalProfile) iter.Seq2[fhir.Resource, error] {
	switch resourceType {
	case "Condition":
		return mapping.EachOf(m.conditions(), func() ([]ProfileCode, error) { return ProfileConditions(p) })
	case "MedicationStatement":
		return mapping.EachOf(m.medications(), func() ([]ProfileCode, error) { return ProfileMedications(p) })
	}
	return mapping.EachOf(m.allergies(), func() ([]ProfileAllergy, error) { return ProfileAllergies(p) })
}

// entry reads an entry of a medical profile, whose id is that of the patient and its number in the list.
func (s *source) entry(ctx context.Context, resourceType, id, record string) (fhir.Resource, error) {
	none := &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
	place, ok := cutPlace(record)
	if !ok {
		return nil, none
	}
	patient := strings.TrimSuffix(record, "-"+place)
	for r, err := range s.profile(ctx, resourceType, patient) {
		if err != nil {
			return nil, err
		}
		if mapping.IDOf(r) == id {
			return r, nil
		}
	}
	return nil, none
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
		return s.c.Appointments.AdminAll(ctx, &params, caremux.WithPrefetch(1))
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
	switch resourceType {
	case "Condition", "MedicationStatement", "AllergyIntolerance":
		return s.entry(ctx, resourceType, id, record)
	}
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
