package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/internal/specserver"
)

// response returns the schema of an operation's successful JSON response, nil if it has none.
func response(op *specserver.Operation) *openapi3.SchemaRef {
	for _, status := range []string{"200", "201", "202", "203"} {
		r := op.Op.Responses.Value(status)
		if r == nil {
			continue
		}
		for _, mediaType := range slices.Sorted(maps.Keys(r.Value.Content)) {
			if schema := r.Value.Content[mediaType].Schema; schema != nil && strings.Contains(mediaType, "json") {
				return schema
			}
		}
	}
	return nil
}

// places returns the paths in a response at which records may be: inside the envelope, or in the list of a page. Envelopes may be left out.
func places(spec *specserver.Spec, op *specserver.Operation) []string {
	if pagination, ok := op.Op.Extensions["x-pagination"].(map[string]any); ok {
		paths := []string{"[]"}
		for _, path := range texts(pagination["items"]) {
			if path != "$" {
				paths = append(paths, strings.ReplaceAll(path, ".0", "[]")+"[]")
			}
		}
		return paths
	}
	envelope, own := op.Op.Extensions["x-envelope"].(string)
	if !own {
		envelope, _ = spec.Doc.Extensions["x-envelope"].(string)
	}
	if envelope == "" {
		return []string{"", "[]"}
	}
	return []string{envelope + "[]", envelope}
}

// texts is a string, or a list of them, of an extension.
func texts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var list []string
		for _, e := range value {
			if text, ok := e.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

// property returns a property of an object schema, nil if it has none of that name.
func property(schema *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if schema == nil || schema.Value == nil {
		return nil
	}
	if p := schema.Value.Properties[name]; p != nil {
		return p
	}
	for _, part := range schema.Value.AllOf {
		if p := property(part, name); p != nil {
			return p
		}
	}
	return nil
}

// isMap reports whether a schema is an object whose keys are data.
func isMap(schema *openapi3.SchemaRef) bool {
	for schema != nil && schema.Value != nil && len(schema.Value.AllOf) == 1 {
		schema = schema.Value.AllOf[0]
	}
	if schema == nil || schema.Value == nil || len(schema.Value.Properties) > 0 {
		return false
	}
	additional := schema.Value.AdditionalProperties
	return additional.Schema != nil || additional.Has != nil && *additional.Has
}

// items returns the schema of the elements of an array schema, nil if it is none.
func items(schema *openapi3.SchemaRef) *openapi3.SchemaRef {
	if schema == nil || schema.Value == nil {
		return nil
	}
	if schema.Value.Items != nil {
		return schema.Value.Items
	}
	for _, part := range schema.Value.AllOf {
		if e := items(part); e != nil {
			return e
		}
	}
	return nil
}
