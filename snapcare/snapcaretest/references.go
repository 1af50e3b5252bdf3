package snapcaretest

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// withReferences returns a copy of a response with the keys that Json.NET writes when it preserves references. Two objects are the
// same if they are the same map.
func withReferences(v any) any {
	seen := map[uintptr]string{}
	var copied func(v any) any
	copied = func(v any) any {
		switch v := v.(type) {
		case object:
			at := reflect.ValueOf(v).Pointer()
			if id, ok := seen[at]; ok {
				return object{"$ref": id}
			}
			id := strconv.Itoa(len(seen) + 1)
			seen[at] = id
			out := object{"$id": id}
			for _, name := range slices.Sorted(maps.Keys(v)) { // in the order in which they are written
				out[name] = copied(v[name])
			}
			return out
		case []any:
			out := make([]any, len(v))
			for i := range v {
				out[i] = copied(v[i])
			}
			return out
		}
		return v
	}
	return copied(v)
}
