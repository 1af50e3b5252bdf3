package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// replacement is a body that takes the place of a record.
type replacement struct {
	Method string // of the record, "ReplaceBody"
	Body   string // Go type
	Calls  []string
	Doc    string
}

// readReplacement notes the record that a Replace… method replaces: that of its response, or x-replaces.
func (s *spec) readReplacement(op *openapi3.Operation, r result) error {
	service, method, _ := strings.Cut(op.OperationID, "_")
	record := extension[string](op.Extensions, "x-replaces")
	if record == "" {
		record = refName(r.item)
	} else if s.doc.Components.Schemas[record] == nil {
		return fmt.Errorf("x-replaces: there is no schema %s", record)
	}
	if record == "" || !strings.Contains(method, "Replace") || op.RequestBody == nil {
		return nil
	}
	media := op.RequestBody.Value.Content.Get(plainJSON)
	if media == nil || refName(media.Schema) == "" || len(media.Schema.Value.Properties) == 0 {
		return nil // a map, which has no fields to copy
	}
	body, call := codegen.SchemaNameToTypeName(refName(media.Schema)), service+"Service."+method
	for _, known := range s.replaced[record] {
		if known.Body == body {
			known.Calls = append(known.Calls, call)
			return nil
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(media.Schema.Value.Properties)), func(name string) bool {
		return s.doc.Components.Schemas[record].Value.Properties[name] != nil
	}) {
		return nil // the response is a receipt
	}
	name := strings.TrimPrefix(body, codegen.SchemaNameToTypeName(record)) + "Body"
	s.replaced[record] = append(s.replaced[record], &replacement{Method: name, Body: body, Calls: []string{call}})
	return nil
}

// setReplacements writes the comments of the methods, once all is read.
func (s *spec) setReplacements(m *model, schema string, v *openapi3.Schema, goNames func(body string) map[string]string) {
	for _, r := range s.replaced[schema] {
		if len(s.replaced[schema]) == 1 {
			r.Method = "ReplaceBody"
		}
		var calls []string
		for _, c := range r.Calls {
			calls = append(calls, "["+c+"]")
		}
		r.Doc = fmt.Sprintf("%s returns a body for %s with all values of the record, to change and send back.",
			r.Method, strings.Join(calls, " or "))
		var missing []string
		names := goNames(r.Body)
		for property := range names {
			if v.Properties[property] == nil {
				missing = append(missing, names[property])
			}
		}
		slices.Sort(missing)
		if len(missing) > 0 {
			r.Doc += " The record does not have " + strings.Join(missing, ", ") + "."
		}
		r.Doc += " " + r.Method + " returns a [*caremux.MismatchError] for a value that could not be decoded and would be lost, and a " +
			"[*caremux.ArgumentError] for a missing one that would be sent as 0 or false."
		m.Replacements = append(m.Replacements, *r)
	}
}
