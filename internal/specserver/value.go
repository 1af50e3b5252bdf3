package specserver

import (
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Value makes up a complete value of a schema, always the same one, in the types that json.Unmarshal gives. Every property is
// there, nothing is null, zero or empty, an array has two elements that differ and a map one key. Text tells the name of the
// property that it belongs to, so that a value in the wrong place shows. Of alternatives the first is taken. Where a schema
// contains itself, it does so once.
func (s *Spec) Value(schema *openapi3.SchemaRef, name string) any {
	g := generator{open: map[*openapi3.Schema]int{}}
	value, _ := g.value(schema, name, "")
	return value
}

// generator records which schemas are being made values of, to stop where they contain themselves.
type generator struct {
	open  map[*openapi3.Schema]int
	depth int
}

// maxDepth stops schemas that contain themselves by long ways round.
const maxDepth = 16

// value returns false where it stops. nth tells the second elements of arrays from the first.
func (g *generator) value(ref *openapi3.SchemaRef, name, nth string) (any, bool) {
	if ref == nil || ref.Value == nil {
		return propertyText(name, nth), true
	}
	if g.open[ref.Value] > 1 || g.depth > maxDepth {
		return nil, false
	}
	g.open[ref.Value]++
	g.depth++
	defer func() { g.open[ref.Value]--; g.depth-- }()

	schema := flatten(ref)
	if alternatives := slices.Concat(schema.OneOf, schema.AnyOf); len(alternatives) > 0 {
		return g.alternative(schema, alternatives, name, nth)
	}
	return g.plain(schema, name, nth)
}

// alternative takes the first alternative whose value fits the whole schema: a oneOf refuses a value that fits two.
func (g *generator) alternative(schema *openapi3.Schema, alternatives openapi3.SchemaRefs, name, nth string) (any, bool) {
	var first any
	found := false
	for _, alternative := range alternatives {
		merged := *schema
		merged.OneOf, merged.AnyOf = nil, nil
		merged.AllOf = openapi3.SchemaRefs{alternative}
		value, ok := g.value(&openapi3.SchemaRef{Value: &merged}, name, nth)
		if !ok {
			continue
		}
		object, isObject := value.(map[string]any)
		if isObject && schema.Discriminator != nil {
			object[schema.Discriminator.PropertyName] = discriminatorValue(schema.Discriminator, alternative.Ref)
		}
		if schema.VisitJSON(value, formats) == nil {
			return value, true
		}
		if isObject {
			dropOthers(object, alternative, alternatives)
			if schema.VisitJSON(value, formats) == nil {
				return value, true
			}
		}
		if !found {
			first, found = value, true
		}
	}
	return first, found
}

// dropOthers takes out what only other alternatives speak of, for alternatives that exclude each other by what they require.
func dropOthers(object map[string]any, chosen *openapi3.SchemaRef, alternatives openapi3.SchemaRefs) {
	own := spokenOf(chosen)
	for _, other := range alternatives {
		for name := range spokenOf(other) {
			if !own[name] {
				delete(object, name)
			}
		}
	}
}

func spokenOf(ref *openapi3.SchemaRef) map[string]bool {
	schema := flatten(ref)
	names := map[string]bool{}
	for name := range schema.Properties {
		names[name] = true
	}
	for _, name := range schema.Required {
		names[name] = true
	}
	return names
}

func discriminatorValue(d *openapi3.Discriminator, ref string) string {
	schema := ref[strings.LastIndex(ref, "/")+1:]
	for _, key := range slices.Sorted(maps.Keys(d.Mapping)) {
		if to := d.Mapping[key].Ref; to == ref || to == schema {
			return key
		}
	}
	return schema
}

func (g *generator) plain(schema *openapi3.Schema, name, nth string) (any, bool) {
	for _, value := range schema.Enum {
		if value != nil {
			return value, true
		}
	}
	switch {
	case isType(schema, openapi3.TypeObject):
		return g.object(schema, nth), true
	case isType(schema, openapi3.TypeArray):
		return g.array(schema, name, nth), true
	case isType(schema, openapi3.TypeInteger):
		return number(schema, name+nth, true), true
	case isType(schema, openapi3.TypeNumber):
		return number(schema, name+nth, false), true
	case isType(schema, openapi3.TypeBoolean):
		return true, true
	}
	return stringValue(schema, name, nth), true
}

func (g *generator) object(schema *openapi3.Schema, nth string) map[string]any {
	object := make(map[string]any, len(schema.Properties))
	for name, property := range schema.Properties {
		if value, ok := g.value(property, name, nth); ok {
			object[name] = value
		}
	}
	if has := schema.AdditionalProperties.Has; len(schema.Properties) == 0 && (has == nil || *has) {
		if value, ok := g.value(schema.AdditionalProperties.Schema, "key", nth); ok {
			object["key"] = value
		}
	}
	return object
}

func (g *generator) array(schema *openapi3.Schema, name, nth string) []any {
	n := max(2, int(schema.MinItems))
	if most := schema.MaxItems; most != nil {
		n = min(n, int(*most))
	}
	array := make([]any, 0, n)
	for i := range n {
		at := nth
		if i > 0 {
			at += " " + strconv.Itoa(i+1)
		}
		if value, ok := g.value(schema.Items, name, at); ok {
			array = append(array, value)
		}
	}
	return array
}

// number returns a small number that is not zero, or for int64 one that needs more than 32 bits, as far as the bounds allow.
func number(schema *openapi3.Schema, seed string, integer bool) float64 {
	const spread = 96
	low := 2.0
	if schema.Format == "int64" {
		low = 5e9
	}
	high := low + spread
	if schema.Min != nil && *schema.Min > low {
		low, high = math.Ceil(*schema.Min), math.Ceil(*schema.Min)+spread
		if schema.ExclusiveMin.IsTrue() {
			low++
		}
	}
	if schema.Max != nil && *schema.Max < high {
		high = math.Floor(*schema.Max)
		if schema.ExclusiveMax.IsTrue() {
			high--
		}
		if low > high {
			low = high
		}
	}
	n := low + math.Mod(float64(hash(seed)), high-low+1)
	if step := schema.MultipleOf; step != nil && *step > 0 {
		if n = math.Ceil(n / *step) * *step; n > high {
			n -= *step
		}
	} else if !integer && n+0.5 <= high {
		n += 0.5
	}
	return n
}

func hash(seed string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(seed))
	return h.Sum32()
}
