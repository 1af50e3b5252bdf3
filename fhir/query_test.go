package fhir_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

func TestQueryMatches(t *testing.T) {
	jane := &fhir.Patient{
		Name: []fhir.HumanName{{Family: "Müller-Lüdenscheidt", Given: []string{"Jane", "Ann"}}}, BirthDate: "1974-12-25",
		Identifier: []fhir.Identifier{{System: "urn:a", Value: "1"}},
		Meta:       &fhir.Meta{LastUpdated: "2030-03-04T10:00:00+01:00"},
	}
	visit := &fhir.Appointment{Start: "2030-03-04T09:00:00+05:30", Participant: []fhir.AppointmentParticipant{
		{Actor: &fhir.Reference{Reference: "Patient/p1"}}, {Actor: &fhir.Reference{Reference: "Practitioner/d1"}}, {},
	}}
	morning := time.Date(2030, time.March, 4, 3, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		q    fhir.Query
		r    fhir.Resource
		want bool
	}{
		"nothing asked":            {fhir.Query{}, jane, true},
		"beginnings of words":      {fhir.Query{Name: "mül  JA"}, jane, true},
		"the middle of a word":     {fhir.Query{Name: "ane"}, jane, false},
		"one word of two":          {fhir.Query{Name: "jane smith"}, jane, false},
		"birth date":               {fhir.Query{BirthDate: "1974-12-25"}, jane, true},
		"another birth date":       {fhir.Query{BirthDate: "1974-12-26"}, jane, false},
		"identifier":               {fhir.Query{Identifier: fhir.Identifier{System: "urn:a", Value: "1"}}, jane, true},
		"identifier of any system": {fhir.Query{Identifier: fhir.Identifier{Value: "1"}}, jane, true},
		"identifier of another":    {fhir.Query{Identifier: fhir.Identifier{System: "urn:b", Value: "1"}}, jane, false},
		"changed since":            {fhir.Query{ChangedSince: time.Date(2030, time.March, 4, 9, 0, 0, 0, time.UTC)}, jane, true},
		"changed before":           {fhir.Query{ChangedSince: time.Date(2030, time.March, 4, 9, 0, 1, 0, time.UTC)}, jane, false},
		"not known when changed":   {fhir.Query{ChangedSince: morning}, visit, false},
		"patient":                  {fhir.Query{Patients: []string{"other", "p1"}}, visit, true},
		"another patient":          {fhir.Query{Patients: []string{"d1"}}, visit, false},
		"practitioner":             {fhir.Query{Practitioners: []string{"d1"}}, visit, true},
		"from its start":           {fhir.Query{From: morning}, visit, true},
		"after its start":          {fhir.Query{From: morning.Add(1)}, visit, false},
		"to its start":             {fhir.Query{To: morning}, visit, false},
		"without a time":           {fhir.Query{From: morning}, &fhir.Appointment{}, false},
		"a time without an offset": {
			fhir.Query{From: morning.AddDate(-9, 0, 0)}, &fhir.Encounter{Period: &fhir.Period{Start: "2030-03-04"}}, false,
		},
		"a filter that it does not have": {fhir.Query{Name: "jane"}, visit, false},
	} {
		if got := c.q.Match(c.r); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOnDayIsADayWhereClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	q := fhir.OnDay(time.Date(2030, time.March, 31, 12, 0, 0, 0, berlin))
	if q.To.Sub(q.From) != 23*time.Hour || q.From.Day() != 31 || q.From.Hour() != 0 {
		t.Errorf("from %v to %v", q.From, q.To)
	}
}

func TestSourceRefusesWhatItCannotBeforeItSends(t *testing.T) {
	sent := 0
	s, err := fhir.NewSource(fhir.Backend{
		Capabilities: fhir.Capabilities{Name: "a", Resources: map[string]fhir.Capability{
			"Patient": {Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{
				fhir.FilterName: fhir.ByReading, fhir.FilterBirthDate: fhir.ByReading,
			}},
			"Appointment": {
				Search: true, Requires: []fhir.Filter{fhir.FilterTime},
				Filters: map[fhir.Filter]fhir.FilteredBy{fhir.FilterTime: fhir.ByVendor},
			},
		}},
		Search: func(context.Context, string, fhir.Query) iter.Seq2[fhir.Resource, error] { sent++; return listOf(nil) },
		Read:   func(context.Context, string, string) (fhir.Resource, error) { sent++; return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	first := func(resourceType string, q fhir.Query) error {
		for _, err := range s.Search(t.Context(), resourceType, q) {
			return err
		}
		return nil
	}
	for name, c := range map[string]struct {
		resourceType, field string
		q                   fhir.Query
	}{
		"no such type":         {"Claim", "", fhir.Query{}},
		"no such filter":       {"Patient", "", fhir.Query{ChangedSince: monday}},
		"required":             {"Appointment", "Time", fhir.Query{}},
		"half of what is":      {"Appointment", "From and To", fhir.Query{From: monday}},
		"backwards":            {"Appointment", "To", fhir.Query{From: monday, To: monday}},
		"part of a date":       {"Patient", "BirthDate", fhir.Query{BirthDate: "1974"}},
		"blank name":           {"Patient", "Name", fhir.Query{Name: " "}},
		"a system of no value": {"Patient", "Identifier.Value", fhir.Query{Identifier: fhir.Identifier{System: "urn:a"}}},
	} {
		err := first(c.resourceType, c.q)
		var argument *caremux.ArgumentError
		if errors.As(err, &argument) != (c.field != "") || c.field != "" && argument.Field != c.field ||
			!errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Read(t.Context(), "Patient", "1"); !errors.As(err, new(*fhir.UnsupportedError)) || sent != 0 {
		t.Errorf("%v, %d calls", err, sent)
	}
	if _, err := fhir.NewSource(fhir.Backend{}); !errors.Is(err, caremux.ErrInvalid) {
		t.Error(err)
	}
}

func TestSamePeopleAreFoundAndNeverMerged(t *testing.T) {
	phone := func(number string) []fhir.ContactPoint {
		return []fhir.ContactPoint{{System: fhir.ContactPointSystemPhone, Value: number}}
	}
	name := []fhir.HumanName{{Family: "Rao", Given: []string{"Asha"}}}
	a := &fhir.Patient{ID: "a", Name: name, BirthDate: "1990-01-31", Telecom: phone("+91 99999-00001")}
	b := &fhir.Patient{ID: "b", Name: name, BirthDate: "1990-01-31", Telecom: phone("+919999900001"),
		Identifier: []fhir.Identifier{{System: "urn:abha", Value: "1"}, {System: "urn:abha", Value: "1"}}}
	c := &fhir.Patient{ID: "c", Identifier: []fhir.Identifier{{System: "urn:abha", Value: "1"}}}
	others := []*fhir.Patient{
		{ID: "d", Name: name, BirthDate: "1990-01-31", Telecom: phone("+919999900002")},
		{ID: "e", Name: name, BirthDate: "1990", Telecom: phone("+919999900001")},
		{ID: "f", Name: []fhir.HumanName{{Family: "Rao", Given: []string{"asha"}}},
			BirthDate: "1990-01-31", Telecom: phone("+919999900001")},
		{ID: "g", Identifier: []fhir.Identifier{{Value: "1"}}},
	}
	all := func(yield func(*fhir.Patient, error) bool) {
		for _, p := range append([]*fhir.Patient{c, a}, append(others, b)...) {
			if !yield(p, nil) {
				return
			}
		}
	}
	for want, rules := range map[string][]fhir.SameBy{
		"c b ": {fhir.SameIdentifier}, "a b ": {fhir.SameNameBirthDatePhone}, "c a b ": {fhir.SameIdentifier, fhir.SameNameBirthDatePhone},
	} {
		groups, err := fhir.SamePeople(all, rules...)
		if err != nil || len(groups) != 1 || len(groups[0].By) != len(rules) {
			t.Errorf("%v: %v, %v", rules, groups, err)
			continue
		}
		got := ""
		for _, p := range groups[0].Patients {
			got += p.ID + " "
		}
		if got != want {
			t.Errorf("%v: got %s, want %s", rules, got, want)
		}
	}
	if _, err := fhir.SamePeople(all); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("without a rule: %v", err)
	}
	failed := errors.New("partial")
	if _, err := fhir.SamePeople(func(yield func(*fhir.Patient, error) bool) { yield(nil, failed) }, fhir.SameIdentifier); err != failed {
		t.Errorf("got %v", err)
	}
}
