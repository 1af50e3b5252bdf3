package fhir

import (
	"slices"
	"strings"
	"time"
)

// Where the resources of a [Source] have what a query filters by.

// StartOf returns when what a resource records happens or starts, false if it does not say so, or only by a day without
// a zone. It knows the types that a [Source] has.
func StartOf(r Resource) (time.Time, bool) {
	var at DateTime
	switch r := r.(type) {
	case *Appointment:
		at = r.Start
	case *Encounter:
		at = startOf(r.Period)
	case *Condition:
		at = firstSet(r.RecordedDate, r.OnsetDateTime)
	case *AllergyIntolerance:
		at = firstSet(r.RecordedDate, r.OnsetDateTime)
	case *MedicationStatement:
		at = firstSet(r.EffectiveDateTime, startOf(r.EffectivePeriod), r.DateAsserted)
	case *MedicationRequest:
		at = r.AuthoredOn
	case *Observation:
		at = firstSet(r.EffectiveDateTime, r.EffectiveInstant, startOf(r.EffectivePeriod), r.Issued)
	case *DocumentReference:
		at = r.Date
	case *CarePlan:
		at = firstSet(startOf(r.Period), r.Created)
	}
	if !at.Zoned() {
		return time.Time{}, false
	}
	t, err := at.Time()
	return t, err == nil
}

func firstSet(times ...DateTime) DateTime {
	for _, t := range times {
		if t != "" {
			return t
		}
	}
	return ""
}

func startOf(p *Period) DateTime {
	if p == nil {
		return ""
	}
	return p.Start
}

func metaOf(r Resource) *Meta {
	switch r := r.(type) {
	case *Patient:
		return r.Meta
	case *Practitioner:
		return r.Meta
	case *Appointment:
		return r.Meta
	case *Encounter:
		return r.Meta
	case *Condition:
		return r.Meta
	case *AllergyIntolerance:
		return r.Meta
	case *MedicationStatement:
		return r.Meta
	case *MedicationRequest:
		return r.Meta
	case *Observation:
		return r.Meta
	case *DocumentReference:
		return r.Meta
	case *CarePlan:
		return r.Meta
	}
	return nil
}

func identifiersOf(r Resource) []Identifier {
	switch r := r.(type) {
	case *Patient:
		return r.Identifier
	case *Practitioner:
		return r.Identifier
	case *Appointment:
		return r.Identifier
	case *Encounter:
		return r.Identifier
	case *Condition:
		return r.Identifier
	case *AllergyIntolerance:
		return r.Identifier
	case *MedicationStatement:
		return r.Identifier
	case *MedicationRequest:
		return r.Identifier
	case *Observation:
		return r.Identifier
	case *DocumentReference:
		return r.Identifier
	case *CarePlan:
		return r.Identifier
	}
	return nil
}

// refersTo reports whether a resource is about one of the patients, or has one of the practitioners take part.
func refersTo(r Resource, before string, ids []string) bool {
	var to []*Reference
	switch r := r.(type) {
	case *Appointment:
		for i := range r.Participant {
			to = append(to, r.Participant[i].Actor)
		}
	case *Encounter:
		to = append(to, r.Subject)
		for i := range r.Participant {
			to = append(to, r.Participant[i].Individual)
		}
	case *Condition:
		to = append(to, r.Subject, r.Recorder, r.Asserter)
	case *AllergyIntolerance:
		to = append(to, r.Patient, r.Recorder, r.Asserter)
	case *MedicationStatement:
		to = append(to, r.Subject, r.InformationSource)
	case *MedicationRequest:
		to = append(to, r.Subject, r.Requester)
	case *Observation:
		to = append(to, r.Subject)
		to = append(to, pointers(r.Performer)...)
	case *DocumentReference:
		to = append(to, r.Subject)
		to = append(to, pointers(r.Author)...)
	case *CarePlan:
		to = append(to, r.Subject, r.Author)
	}
	return slices.ContainsFunc(to, func(to *Reference) bool {
		if to == nil {
			return false
		}
		id, ok := strings.CutPrefix(to.Reference, before)
		return ok && slices.Contains(ids, id)
	})
}

func pointers(list []Reference) []*Reference {
	all := make([]*Reference, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}
