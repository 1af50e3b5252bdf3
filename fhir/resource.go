package fhir

import (
	"encoding/json"
	"reflect"

	"github.com/caremux/caremux"
)

// Resource is a FHIR resource: a pointer to one of the package's resource types, such as *[Patient], to a type of
// your own that embeds one, or an *[Unknown]. A type switch or [As] leads to its fields.
type Resource interface {
	// ResourceType returns the name of the resource type, such as Patient. It works on a nil pointer too.
	ResourceType() string
}

// Unknown is a resource whose type R4 does not have, or JSON in the place of a resource that is not a resource. It is
// written as it was read.
type Unknown struct {
	Type string // the resource type, empty if the JSON names none
	JSON json.RawMessage
}

// ResourceType returns the type as the JSON names it.
func (u *Unknown) ResourceType() string {
	if u == nil {
		return ""
	}
	return u.Type
}

// MarshalJSON returns the JSON.
func (u Unknown) MarshalJSON() ([]byte, error) { return Marshal(&u) }

// UnmarshalJSON keeps the JSON.
func (u *Unknown) UnmarshalJSON(data []byte) error { return Unmarshal(data, u) }

// As returns a resource as the Go type T. A resource that has T already is returned itself. If T is another Go type
// for the same resource type, such as one of your own that embeds [Patient], the resource is encoded and decoded as
// T. Otherwise the error is a [*caremux.ArgumentError].
//
//	patient, err := fhir.As[*fhir.Patient](entry.Resource)
func As[T Resource](r Resource) (T, error) {
	if same, ok := r.(T); ok {
		return same, nil
	}
	var none T
	refuse := func(rule string) (T, error) {
		return none, &caremux.ArgumentError{Operation: "fhir.As", Field: "resource", Rule: rule}
	}
	of := reflect.TypeFor[T]()
	if r == nil || of.Kind() != reflect.Pointer || of.Elem().Kind() != reflect.Struct {
		return refuse("must be a " + of.String())
	}
	t := tableOf(of.Elem()).ready()
	if t.resource == "" || t.resource != r.ResourceType() {
		return refuse("must be a " + of.String())
	}
	text, err := Marshal(r)
	if err != nil {
		return none, err
	}
	result := reflect.New(of.Elem())
	if Unmarshal(text, result.Interface()) != nil {
		return refuse("does not fit " + of.String())
	}
	return result.Interface().(T), nil
}
