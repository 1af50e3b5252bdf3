package specserver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape is what a set of schemas says together about the parts of a value. Alternatives are thrown together: which one
// applies is for the validation to find.
type shape struct {
	members map[string][]*openapi3.Schema
	items   []*openapi3.Schema
	others  []*openapi3.Schema // of fields without a name
	open    bool               // any field may be there
}

func (s *shape) add(schema *openapi3.Schema, depth int) {
	if depth > 20 {
		return // a schema that refers to itself as its own alternative
	}
	for name, ref := range schema.Properties {
		s.members[name] = append(s.members[name], ref.Value)
	}
	if schema.Items != nil {
		s.items = append(s.items, schema.Items.Value)
	}
	if more := schema.AdditionalProperties; more.Schema != nil {
		s.others = append(s.others, more.Schema.Value)
	} else if more.Has != nil && *more.Has {
		s.open = true
	}
	for _, refs := range []openapi3.SchemaRefs{schema.AllOf, schema.OneOf, schema.AnyOf} {
		for _, ref := range refs {
			s.add(ref.Value, depth+1)
		}
	}
}

// unknownMember finds a field that the schemas do not name. An object of which they name nothing may hold anything.
func unknownMember(schemas []*openapi3.Schema, value any, path string) error {
	s := shape{members: map[string][]*openapi3.Schema{}}
	for _, schema := range schemas {
		s.add(schema, 0)
	}
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			if err := unknownMember(s.items, item, path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			at := name
			if path != "" {
				at = path + "." + name
			}
			next, known := s.members[name]
			switch {
			case known:
			case len(s.others) > 0:
				next = s.others
			case s.open || len(s.members) == 0:
				continue
			default:
				return fmt.Errorf("field %q of the body is not documented", at)
			}
			if err := unknownMember(next, value[name], at); err != nil {
				return err
			}
		}
	}
	return nil
}
