package main

import (
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// secretMembers are the methods that keep the values of a type out of prints and logs, so no field may have their names.
var secretMembers = []string{"Format", "LogValue", "MarshalText", "WireJSON"}

const (
	secretDoc    = "\n\nIt contains secrets and is redacted when printed or logged. Its JSON contains the secrets."
	loginBodyDoc = "\n\nIt contains secrets and is redacted when printed, logged or encoded as JSON. WireJSON returns the JSON that is sent."
)

// holdsSecret reports whether the schema contains a string with the format password, at any depth: only the outermost value
// decides how it is logged as JSON.
func holdsSecret(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) bool {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return false
	}
	v := ref.Value
	seen[v] = true
	if v.Format == "password" {
		return true
	}
	for _, p := range v.Properties {
		if holdsSecret(p, seen) {
			return true
		}
	}
	for _, p := range slices.Concat(v.AllOf, v.OneOf, v.AnyOf) {
		if holdsSecret(p, seen) {
			return true
		}
	}
	return holdsSecret(v.Items, seen) || holdsSecret(v.AdditionalProperties.Schema, seen)
}

// markSecret marks a model that contains secrets.
func (m *model) markSecret(v *openapi3.Schema) error {
	loginBody := extension[bool](v.Extensions, "x-login-body")
	if m.Kind != "struct" || !holdsSecret(&openapi3.SchemaRef{Value: v}, map[*openapi3.Schema]bool{}) {
		if loginBody {
			return fmt.Errorf("%s has x-login-body and no secret", m.Name)
		}
		return nil
	}
	if loginBody && (m.Record || m.Open) {
		return fmt.Errorf("%s has x-login-body but is not a plain request body", m.Name)
	}
	m.Secret, m.LoginBody = true, loginBody
	if loginBody {
		m.Doc += loginBodyDoc
	} else {
		m.Doc += secretDoc
	}
	return checkSecret(m.Fields)
}

func checkSecret(fields []field) error {
	for _, f := range fields {
		if slices.Contains(secretMembers, f.Name) {
			return fmt.Errorf("a type with secrets has a method %s: x-go-name must rename the field", f.Name)
		}
	}
	return nil
}
