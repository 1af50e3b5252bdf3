package specserver

import (
	"cmp"
	"maps"

	"github.com/getkin/kin-openapi/openapi3"
)

// flatten gives one schema that says what a schema and all parts of its allOf say. Alternatives stay as they are.
func flatten(ref *openapi3.SchemaRef) *openapi3.Schema {
	if ref == nil || ref.Value == nil {
		return nil
	}
	schema := ref.Value
	if len(schema.AllOf) == 0 {
		return schema
	}
	flat := *schema
	flat.AllOf = nil
	flat.Properties = maps.Clone(schema.Properties)
	flat.Extensions = maps.Clone(schema.Extensions)
	for _, part := range schema.AllOf {
		merge(&flat, flatten(part))
	}
	return &flat
}

// merge fills what a schema leaves open from another. The maps of flat must be its own.
func merge(flat, from *openapi3.Schema) {
	if from == nil {
		return
	}
	mergeProperties(flat, from)
	flat.Required = append(flat.Required[:len(flat.Required):len(flat.Required)], from.Required...)
	if flat.Type == nil {
		flat.Type = from.Type
	}
	if len(flat.Enum) == 0 {
		flat.Enum = from.Enum
	}
	if flat.Items == nil {
		flat.Items = from.Items
	}
	if more := from.AdditionalProperties; more.Schema != nil || more.Has != nil {
		flat.AdditionalProperties = more
	}
	if len(flat.OneOf) == 0 {
		flat.OneOf, flat.Discriminator = from.OneOf, from.Discriminator
	}
	if len(flat.AnyOf) == 0 {
		flat.AnyOf = from.AnyOf
	}
	mergeBounds(flat, from)
}

// mergeProperties adds the properties and extensions that flat does not have.
func mergeProperties(flat, from *openapi3.Schema) {
	for name, property := range from.Properties {
		if flat.Properties == nil {
			flat.Properties = openapi3.Schemas{}
		}
		if flat.Properties[name] == nil {
			flat.Properties[name] = property
		}
	}
	for name, value := range from.Extensions {
		if flat.Extensions == nil {
			flat.Extensions = map[string]any{}
		}
		if _, ok := flat.Extensions[name]; !ok {
			flat.Extensions[name] = value
		}
	}
}

// mergeBounds fills what flat leaves open of how a value may look: the format, the range and the length.
func mergeBounds(flat, from *openapi3.Schema) {
	flat.Format, flat.Pattern = cmp.Or(flat.Format, from.Format), cmp.Or(flat.Pattern, from.Pattern)
	if flat.Min == nil {
		flat.Min, flat.ExclusiveMin = from.Min, from.ExclusiveMin
	}
	if flat.Max == nil {
		flat.Max, flat.ExclusiveMax = from.Max, from.ExclusiveMax
	}
	flat.MultipleOf = cmp.Or(flat.MultipleOf, from.MultipleOf)
	flat.MinLength, flat.MinItems = max(flat.MinLength, from.MinLength), max(flat.MinItems, from.MinItems)
	flat.MaxLength, flat.MaxItems = cmp.Or(flat.MaxLength, from.MaxLength), cmp.Or(flat.MaxItems, from.MaxItems)
}

// isType reports whether values of the schema are of a type, said or implied.
func isType(schema *openapi3.Schema, kind string) bool {
	if schema.Type != nil && len(*schema.Type) > 0 {
		return schema.Type.Includes(kind)
	}
	switch kind {
	case openapi3.TypeObject:
		return len(schema.Properties) > 0 || schema.AdditionalProperties.Schema != nil
	case openapi3.TypeArray:
		return schema.Items != nil
	}
	return false
}
