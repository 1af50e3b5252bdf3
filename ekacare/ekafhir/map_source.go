package ekafhir

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// NewSource returns a source that reads the workspace of the client. Its name is ekacare, or the prefix of the
// mapping's ids without the dash.
//
// Patients are those of the directory, archived ones too, in short: their names are one text, and [fhir.Source.Read]
// returns the rest. Practitioners are the doctors of the business, by name. Appointments have no names: read the
// patient for them. The vendor documents no order of its lists, so they are read in windows of a few days.
func NewSource(c *ekacare.Client, m Mapping) (*fhir.Source, error) {
	if c == nil {
		return nil, &caremux.ArgumentError{Operation: "ekafhir.NewSource", Field: "client", Rule: "is required"}
	}
	s := &source{c: c, m: m, space: m.space()}
	return fhir.NewSource(fhir.Backend{Capabilities: s.capabilities(), Search: s.search, Read: s.read})
}

type source struct {
	c     *ekacare.Client
	m     Mapping
	space mapping.Space
}

func (s *source) capabilities() fhir.Capabilities {
	return fhir.Capabilities{Name: s.space.Name(), Resources: map[string]fhir.Capability{
		"Patient": {Read: true, Search: true, Create: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterName: fhir.ByReading, fhir.FilterBirthDate: fhir.ByReading, fhir.FilterIdentifier: fhir.ByReading,
			fhir.FilterChangedSince: fhir.ByReading,
		}},
		"Practitioner": {Read: true, Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterName: fhir.ByReading, fhir.FilterIdentifier: fhir.ByReading,
		}},
		"Appointment": {
			Read: true, Search: true, Create: true,
			Filters: map[fhir.Filter]fhir.FilteredBy{
				fhir.FilterTime: fhir.ByVendor, fhir.FilterPatients: fhir.ByVendor, fhir.FilterPractitioners: fhir.ByVendor,
				fhir.FilterIdentifier: fhir.ByReading,
			},
			Requires: []fhir.Filter{fhir.FilterTime},
		},
		// The vendor reads a record by its patient and its id together, so that an id alone does not lead to it.
		"DocumentReference": ofPatients(false, fhir.FilterTime),
		// A prescription has no date.
		"MedicationRequest": ofPatients(true, fhir.FilterPractitioners),
		"Condition":         ofPatients(true, fhir.FilterPractitioners),
		"Observation":       ofPatients(true, fhir.FilterPractitioners),
	}}
}

// ofPatients is what can be done with a type whose lists are of one patient.
func ofPatients(read bool, more fhir.Filter) fhir.Capability {
	return fhir.Capability{
		Read: read, Search: true, Requires: []fhir.Filter{fhir.FilterPatients},
		Filters: map[fhir.Filter]fhir.FilteredBy{
			fhir.FilterPatients: fhir.ByVendor, fhir.FilterIdentifier: fhir.ByReading, more: fhir.ByReading,
		},
	}
}

func (s *source) search(ctx context.Context, resourceType string, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	switch resourceType {
	case "Patient":
		params := &ekacare.PatientDirectoryListParams{PageNo: 1, Select: new("abha,c_ate,dob,gen,u_ate"), Archived: new(true)}
		list := s.c.PatientDirectory.All(ctx, params, caremux.WithPrefetch(1))
		return s.m.directoryPatients().Each(mapping.Wider[ekacare.DirectoryPatient](list))
	case "Practitioner":
		return s.practitioners(ctx)
	case "DocumentReference":
		return s.space.OfPatients(kindPatient, q, func(patient string) iter.Seq2[fhir.Resource, error] {
			return s.m.documents().Each(s.c.Records.All(ctx, nil, ekacare.WithPatient(patient), caremux.WithPrefetch(1)))
		})
	case "MedicationRequest", "Condition", "Observation":
		return s.space.OfPatients(kindPatient, q, func(patient string) iter.Seq2[fhir.Resource, error] {
			return s.prescribed(ctx, patient, resourceType)
		})
	}
	return s.appointments(ctx, q)
}

// prescribed ranges over the entries of a type in the prescriptions that the appointments of a patient name: the vendor
// has no list of prescriptions.
func (s *source) prescribed(ctx context.Context, patient, resourceType string) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		seen := map[string]bool{"": true}
		for a, err := range s.list(ctx, ekacare.AppointmentsListParams{PatientID: &patient}) {
			if err != nil {
				yield(nil, err)
				return
			}
			if seen[a.PrescriptionID] {
				continue
			}
			seen[a.PrescriptionID] = true
			entries, err := s.entries(ctx, a.PrescriptionID)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range entries {
				if entries[i].resourceType() != resourceType {
					continue
				}
				if r, err := s.m.prescribed(&entries[i]); !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

func (s *source) entries(ctx context.Context, prescription string) ([]PrescriptionEntry, error) {
	p, err := s.c.Prescriptions.Get(ctx, prescription)
	if err != nil {
		return nil, err
	}
	return PrescriptionEntries(p)
}

// entry reads the entry of a prescription whose id has its number after the last dash.
func (s *source) entry(ctx context.Context, resourceType, record string) (fhir.Resource, error) {
	at := strings.LastIndexByte(record, '-')
	if at <= 0 || !isNumber(record[at+1:]) {
		return nil, &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
	}
	entries, err := s.entries(ctx, record[:at])
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if e := &entries[i]; strconv.Itoa(e.Number) == record[at+1:] && e.resourceType() == resourceType {
			return s.m.prescribed(e)
		}
	}
	return nil, &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
}

func (s *source) practitioners(ctx context.Context) iter.Seq2[fhir.Resource, error] {
	return s.m.entityDoctors().Each(func(yield func(ekacare.EntityDoctor, error) bool) {
		entities, err := s.c.Business.ListEntities(ctx)
		if err != nil {
			yield(ekacare.EntityDoctor{}, err)
			return
		}
		if entities.Data == nil {
			return
		}
		for _, d := range entities.Data.Doctors {
			if !yield(d, nil) {
				return
			}
		}
	})
}

func (s *source) appointments(ctx context.Context, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	patients, doctors := s.space.Own(q.Patients), s.space.Own(q.Practitioners)
	if len(q.Patients) > 0 && patients == nil || len(q.Practitioners) > 0 && doctors == nil {
		return mapping.None
	}
	windows := mapping.Windows[ekacare.Appointment]{
		Least: 5 * 24 * time.Hour, Most: 5 * 24 * time.Hour, Resource: s.m.appointments().ResourceOf,
		Start: func(a *ekacare.Appointment) caremux.Time { return a.StartTime.Time },
	}
	if len(patients) == 1 { // a filter that the vendor has by itself alone
		windows.List = func(ctx context.Context, _, _ time.Time) iter.Seq2[ekacare.Appointment, error] {
			return s.list(ctx, ekacare.AppointmentsListParams{PatientID: &patients[0]})
		}
		return windows.Whole(q.From, q.To).All(ctx, q.From, q.To)
	}
	var params ekacare.AppointmentsListParams
	if len(doctors) == 1 { // the vendor takes one; of several, all appointments are read
		params.DoctorID = &doctors[0]
	}
	windows.List = func(ctx context.Context, from, to time.Time) iter.Seq2[ekacare.Appointment, error] {
		params := params
		// Whether a day is one of India or of UTC, and whether the last one is part of the range, is not documented:
		// the days of both are read, and a day more. The vendor allows seven.
		params.StartDate = new(caremux.NewDate(from.In(ekacare.IST).Add(-5*time.Hour - 30*time.Minute).Date()))
		params.EndDate = new(caremux.NewDate(to.In(ekacare.IST).AddDate(0, 0, 1).Date()))
		return s.list(ctx, params)
	}
	return windows.All(ctx, q.From, q.To)
}

func (s *source) list(ctx context.Context, params ekacare.AppointmentsListParams) iter.Seq2[ekacare.Appointment, error] {
	return mapping.Wider[ekacare.Appointment](s.c.Appointments.All(ctx, &params, caremux.WithPrefetch(1)))
}

func (s *source) read(ctx context.Context, resourceType, id string) (fhir.Resource, error) {
	record, ok := s.space.Record(id)
	if !ok {
		return nil, &fhir.NotFoundError{Source: s.space.Name(), Resource: resourceType}
	}
	switch resourceType {
	case "Patient":
		return s.m.directoryPatients().One(s.c.PatientDirectory.Get(ctx, record))
	case "Practitioner":
		return s.m.doctors().One(s.c.Doctors.Get(ctx, record))
	case "MedicationRequest", "Condition", "Observation":
		return s.entry(ctx, resourceType, record)
	}
	return s.m.appointments().One(s.c.Appointments.Get(ctx, record, nil))
}
