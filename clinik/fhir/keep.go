package fhir

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// encode gives the JSON to send for a resource: what the Go value says, and of what was read the members that its type does
// not name, at any depth.
func (r *ResourceService[T]) encode(resource *T, operation string) (json.RawMessage, error) {
	bad := func(rule string) error {
		return &caremux.ArgumentError{Operation: operation, Field: "resource", Rule: rule}
	}
	if resource == nil {
		return nil, bad("is required")
	}
	if err := checked(resource, operation); err != nil {
		return nil, err
	}
	if keeper, ok := any(resource).(interface{ Mismatch() error }); ok && keeper.Mismatch() != nil {
		return nil, bad("has a member that does not fit its Go type and would be lost; use Patch")
	}
	data, err := wire.Marshal(resource)
	if err != nil {
		return nil, bad("cannot be encoded as JSON")
	}
	var value map[string]any
	if unmarshalExact(data, &value) != nil {
		return nil, bad("must be a JSON object")
	}
	if keeper, ok := any(resource).(interface{ RawJSON() json.RawMessage }); ok {
		var old map[string]any
		if raw := keeper.RawJSON(); raw != nil && unmarshalExact(raw, &old) == nil {
			keepUnnamed(value, old, reflect.TypeFor[T]())
		}
	}
	switch value["resourceType"] {
	case nil, "":
		value["resourceType"] = r.resourceType
	case r.resourceType:
	default:
		return nil, bad("has another resourceType than " + r.resourceType)
	}
	return wire.Marshal(value)
}

// checked refuses what the transport would, which sees no more than the JSON.
func checked(value any, operation string) error {
	err := wire.Check(value)
	var argument *caremux.ArgumentError
	if errors.As(err, &argument) {
		with := *argument
		with.Operation = operation
		return &with
	}
	return err
}

// unmarshalExact keeps the digits of numbers.
func unmarshalExact(data []byte, out any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	return d.Decode(out)
}

// keepUnnamed copies from old to value what the struct type t does not name. Members that t names follow the Go value alone. The
// elements of two lists are taken for the same only while the lists are equally long.
func keepUnnamed(value, old map[string]any, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	named := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			named[name] = f.Type
		}
	}
	for name, was := range old {
		member, ok := named[name]
		if !ok {
			value[name] = was
			continue
		}
		keepInside(value[name], was, member)
	}
}

func keepInside(is, was any, t reflect.Type) {
	switch is := is.(type) {
	case map[string]any:
		if was, ok := was.(map[string]any); ok {
			keepUnnamed(is, was, t)
		}
	case []any:
		was, ok := was.([]any)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if !ok || len(was) != len(is) || t.Kind() != reflect.Slice {
			return
		}
		for i := range is {
			keepInside(is[i], was[i], t.Elem())
		}
	}
}
