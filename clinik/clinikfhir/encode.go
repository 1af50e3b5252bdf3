package clinikfhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/argument"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// encode returns the body that a resource is sent as.
func (s *Service[T]) encode(op *transport.Operation, resource T) (content.Body, error) {
	data, err := s.marshal(op, resource)
	return bodyOf(data), err
}

// encodeReplace is encode for a resource that takes the place of the one with the id.
func (s *Service[T]) encodeReplace(op *transport.Operation, id string, resource T) (content.Body, error) {
	data, err := s.marshal(op, resource)
	if err != nil {
		return content.Body{}, err
	}
	if err := keeps[T](op, resource); err != nil {
		return content.Body{}, err
	}
	value, ok := scan.Lookup(data, "id")
	switch {
	case !ok:
		data = withID(data, id)
	case idOf(value) != id:
		return content.Body{}, refuse(op, "resource.id", "must be the id of the resource to update, or empty")
	}
	return bodyOf(data), nil
}

func bodyOf(data []byte) content.Body { return content.JSONAs(fhirJSON, json.RawMessage(data)) }

// keeps refuses a value of a type that could not keep what its fields do not show.
func keeps[T fhir.Resource](op *transport.Operation, resource T) error {
	err := fhir.Keeps[T]()
	if refused, ok := errors.AsType[*caremux.ArgumentError](err); ok {
		return refuse(op, argument.Path("resource", refused.Field), refused.Rule+toKeep)
	}
	switch any(resource).(type) {
	case fhir.Element, *fhir.Unknown:
		return nil
	}
	return refuse(op, "resource", "must embed fhir.Unnamed"+toKeep)
}

const toKeep = ", to keep what an update would take away; see Patch"

// refuse is the error of an argument that cannot be sent.
func refuse(op *transport.Operation, field, rule string) error {
	return &caremux.ArgumentError{Operation: op.Name, Field: field, Rule: rule}
}

// marshal encodes a resource of the type.
func (s *Service[T]) marshal(op *transport.Operation, resource T) ([]byte, error) {
	if err := s.check(op); err != nil {
		return nil, err
	}
	data, err := marshal(op, "resource", resource)
	if err != nil {
		return nil, err
	}
	if textAt(data, "resourceType") != s.resourceType {
		return nil, refuse(op, "resource", "must be a resource of type "+s.resourceType)
	}
	return data, nil
}

// marshal encodes a resource that is the argument of the name.
func marshal(op *transport.Operation, name string, resource fhir.Resource) ([]byte, error) {
	if v := reflect.ValueOf(resource); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, refuse(op, name, "is required")
	}
	data, err := fhir.Marshal(resource)
	if refused, ok := errors.AsType[*caremux.ArgumentError](err); ok {
		return nil, refuse(op, argument.Path(name, refused.Field), refused.Rule)
	}
	return data, err
}

// withID adds the id to a resource that has none.
func withID(data []byte, id string) []byte {
	value, _ := json.Marshal(id)
	rest := data[1:]
	if bytes.HasPrefix(rest, []byte("}")) {
		return append(append([]byte(`{"id":`), value...), rest...)
	}
	return append(append(append([]byte(`{"id":`), value...), ','), rest...)
}

// idOf is an id as a string; servers that write it as a number get it back as one.
func idOf(value []byte) string {
	var id string
	if json.Unmarshal(value, &id) == nil {
		return id
	}
	return string(value)
}
