package fhir_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

const searchset = `{"resourceType":"Bundle","type":"searchset","entry":[
	{"fullUrl":"https://a.example.org/fhir/Observation/1","resource":{"resourceType":"Observation","id":"1",
		"subject":{"reference":"Patient/1"},
		"contained":[{"resourceType":"Device","id":"d","owner":{"reference":"#"},
			"patient":{"reference":"Patient/1"}},{"resourceType":"Device","id":"e"},{"resourceType":"Device",
			"id":"e"}]}},
	{"fullUrl":"https://a.example.org/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1",
		"meta":{"versionId":"3"}}},
	{"fullUrl":"https://b.example.org/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1",
		"meta":{"versionId":"9"}}},
	{"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Practitioner","id":"p"}},
	{"resource":{"resourceType":"Group","id":"g"}},
	{"resource":{"resourceType":"NutritionProduct","id":"n","contained":[{"resourceType":"Device","id":"d"}]}},
	{"fullUrl":"https://a.example.org/fhir/Location/l","resource":{"resourceType":"Location","id":"l",
		"meta":{"versionId":"1"}}},
	{"fullUrl":"https://a.example.org/fhir/Location/l","resource":{"resourceType":"Location","id":"l",
		"meta":{"versionId":"2"}}},
	{"search":{"mode":"outcome"}}
]}`

func TestResolve(t *testing.T) {
	b := decode[fhir.Bundle](t, searchset)
	resource := func(i int) fhir.Resource { return b.Entry[i].Resource }
	observation := resource(0).(*fhir.Observation)
	notFound, ambiguous := caremux.ErrNotFound, fhir.ErrAmbiguous
	for _, tt := range []struct {
		name string
		from fhir.Resource
		ref  string
		want fhir.Resource
		err  error
	}{
		{"relative", observation, "Patient/1", resource(1), nil},
		{"relative, from the other server", resource(2), "Patient/1", resource(2), nil},
		{"relative, to nothing on this server", resource(2), "Location/l", nil, notFound},
		{"relative, of a contained resource", observation.Contained[0], "Patient/1", resource(1), nil},
		{"relative, from an entry without an address", resource(4), "Patient/1", nil, ambiguous},
		{"relative, to an entry without an address", observation, "Group/g", resource(4), nil},
		{"relative, to an entry that is a URN", observation, "Practitioner/p", resource(3), nil},
		{"relative, to a type that R4 lacks", observation, "NutritionProduct/n", resource(5), nil},
		{"relative, from no resource", nil, "Practitioner/p", resource(3), nil},
		{"relative, from a resource elsewhere", &fhir.Patient{}, "Group/g", resource(4), nil},
		{"absolute", observation, "https://b.example.org/fhir/Patient/1", resource(2), nil},
		{"absolute, on a third server", observation, "https://c.example.org/fhir/Patient/1", nil, notFound},
		{"a URN", observation, "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", resource(3), nil},
		{"another URN", observation, "urn:uuid:00000000-1cbf-4d64-b04d-cd9187a4c6e0", nil, notFound},
		{"a version", observation, "Patient/1/_history/3", resource(1), nil},
		{"a version that is not here", observation, "Patient/1/_history/4", nil, notFound},
		{"one of two versions", observation, "Location/l/_history/2", resource(7), nil},
		{"two versions", observation, "Location/l", nil, ambiguous},
		{"contained", observation, "#d", observation.Contained[0], nil},
		{"contained, from a contained one", observation.Contained[1], "#d", observation.Contained[0], nil},
		{"the resource around", observation.Contained[0], "#", observation, nil},
		{"contained twice", observation, "#e", nil, ambiguous},
		{"contained nowhere", observation, "#x", nil, notFound},
		{"contained in nothing", nil, "#d", nil, notFound},
		{"another type", observation, "Group/1", nil, notFound},
		{"empty", observation, "", nil, notFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := b.Resolve(tt.from, &fhir.Reference{Reference: tt.ref})
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %v %v, want %v %v", got, err, tt.want, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), tt.ref) && tt.ref != "" && tt.ref != "#" {
				t.Errorf("the error names the reference: %v", err)
			}
		})
	}
	if _, err := b.Resolve(observation, nil); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("no reference: %v", err)
	}
	if got, err := b.Resolve(resource(5), &fhir.Reference{Reference: "#d"}); err != nil ||
		got.ResourceType() != "Device" {
		t.Errorf("contained in a type that R4 lacks: %v %v", got, err)
	}
	own := &ward{Patient: fhir.Patient{Contained: []fhir.Resource{&fhir.Group{ID: "g"}}}}
	if got, err := (*fhir.Bundle)(nil).Resolve(own, &fhir.Reference{Reference: "#g"}); err != nil ||
		got != own.Contained[0] {
		t.Errorf("without a bundle: %v %v", got, err)
	}
	if _, err := (*fhir.Bundle)(nil).Resolve(own, &fhir.Reference{Reference: "Patient/1"}); !errors.Is(err,
		caremux.ErrNotFound) {
		t.Errorf("without a bundle: %v", err)
	}
}

func TestEntriesYieldOneType(t *testing.T) {
	b := decode[fhir.Bundle](t, searchset)
	n := 0
	for entry, p := range fhir.Entries[*fhir.Patient](b) {
		if n++; entry.Resource != fhir.Resource(p) || entry != &b.Entry[n] {
			t.Errorf("got %v %v", entry, p)
		}
	}
	all := 0
	for range fhir.Entries[fhir.Resource](b) {
		all++
	}
	unknown := 0
	for _, u := range fhir.Entries[*fhir.Unknown](b) {
		if unknown++; u.Type != "NutritionProduct" {
			t.Errorf("got %v", u)
		}
	}
	if n != 2 || all != 8 || unknown != 1 {
		t.Errorf("%d patients, %d unknown, %d in all", n, unknown, all)
	}
	for range fhir.Entries[*fhir.Patient](b) {
		break
	}
	for range fhir.Entries[*fhir.Patient](nil) {
		t.Error("no bundle has no entries")
	}
}
