package clinikfhir

import (
	"encoding/json"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/wire"
)

// Add returns a change that adds value at path, a JSON Pointer such as /name/0/given/-.
func Add(path string, value any) clinik.JSONPatchOperation { return change("add", path, value) }

// Replace returns a change that replaces the value at path; a nil value is null.
func Replace(path string, value any) clinik.JSONPatchOperation {
	return change("replace", path, value)
}

// Test returns a condition: unless the value at path equals value, no change is made.
func Test(path string, value any) clinik.JSONPatchOperation { return change("test", path, value) }

// Remove returns a change that removes the value at path.
func Remove(path string) clinik.JSONPatchOperation {
	return clinik.JSONPatchOperation{Op: "remove", Path: path}
}

// change encodes value at once. One that has no JSON, or text that is not UTF-8, leaves the change without a value,
// which is an error of the call.
func change(op clinik.JSONPatchOp, path string, value any) clinik.JSONPatchOperation {
	data, err := marshalValue(value)
	if err != nil || wire.Check(value) != nil {
		data = nil
	}
	return clinik.JSONPatchOperation{Op: op, Path: path, Value: new(json.RawMessage(data))}
}

// marshalValue encodes elements and resources as package fhir does, which a type of the user's own may not.
func marshalValue(value any) ([]byte, error) {
	switch value.(type) {
	case fhir.Element, fhir.Resource:
		return fhir.Marshal(value)
	}
	return json.Marshal(value)
}
