package fhir

import (
	"encoding/json"

	"github.com/caremux/caremux/fhir"
	samply "github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// Side is one way to decode and encode a corpus.
type Side interface {
	// Decode decodes the corpus and keeps the result for Encode.
	Decode(Corpus) error
	// Encode encodes what was decoded, and returns how many bytes it made.
	Encode() (int, error)
}

// Ours is package fhir by its own functions.
type Ours struct{ bundle fhir.Bundle }

// Decode implements [Side].
func (o *Ours) Decode(c Corpus) error { return fhir.Unmarshal(c.Bundle, &o.bundle) }

// Encode implements [Side].
func (o *Ours) Encode() (int, error) {
	text, err := fhir.Marshal(&o.bundle)
	return len(text), err
}

// OursByJSON is package fhir called by encoding/json.
type OursByJSON struct{ bundle fhir.Bundle }

// Decode implements [Side].
func (o *OursByJSON) Decode(c Corpus) error { return json.Unmarshal(c.Bundle, &o.bundle) }

// Encode implements [Side].
func (o *OursByJSON) Encode() (int, error) {
	text, err := json.Marshal(&o.bundle)
	return len(text), err
}

// entry is samply's BundleEntry with a resource of a known type; the names are samply's.
type entry[T any] struct {
	Id                *string                     `json:"id,omitempty"`
	Extension         []samply.Extension          `json:"extension,omitempty"`
	ModifierExtension []samply.Extension          `json:"modifierExtension,omitempty"`
	Link              []samply.BundleLink         `json:"link,omitempty"`
	FullUrl           *string                     `json:"fullUrl,omitempty"`
	Resource          T                           `json:"resource,omitempty"`
	Search            *samply.BundleEntrySearch   `json:"search,omitempty"`
	Request           *samply.BundleEntryRequest  `json:"request,omitempty"`
	Response          *samply.BundleEntryResponse `json:"response,omitempty"`
}

// Samply is encoding/json with samply's plain structs, entries of known types.
type Samply struct {
	observations bundle[samply.Observation]
	requests     bundle[samply.MedicationRequest]
	patients     bundle[samply.Patient]
	claims       bundle[samply.Claim]
}

// bundle is samply's Bundle with such entries. It does not embed that, whose MarshalJSON would be promoted.
type bundle[T any] struct {
	ResourceType string              `json:"resourceType"`
	Id           *string             `json:"id,omitempty"`
	Type         samply.BundleType   `json:"type"`
	Total        *int                `json:"total,omitempty"`
	Link         []samply.BundleLink `json:"link,omitempty"`
	Entry        []entry[T]          `json:"entry,omitempty"`
}

func (s *Samply) each(f func(resourceType string, v any) error) error {
	for _, one := range []struct {
		resourceType string
		v            any
	}{
		{"Observation", &s.observations},
		{"MedicationRequest", &s.requests},
		{"Patient", &s.patients},
		{"Claim", &s.claims},
	} {
		if err := f(one.resourceType, one.v); err != nil {
			return err
		}
	}
	return nil
}

// Decode implements [Side].
func (s *Samply) Decode(c Corpus) error {
	*s = Samply{}
	return s.each(func(resourceType string, v any) error { return json.Unmarshal(c.ByType[resourceType], v) })
}

// Encode implements [Side].
func (s *Samply) Encode() (int, error) {
	total := 0
	err := s.each(func(_ string, v any) error {
		text, err := json.Marshal(v)
		total += len(text)
		return err
	})
	return total, err
}
