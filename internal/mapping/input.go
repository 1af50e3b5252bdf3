package mapping

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/wire"
)

// Input decodes the JSON of a record into the body of a call that creates one. It returns a [*caremux.ArgumentError]
// for a field that the body cannot have, so that nothing is left out in silence. given are fields that the vendor
// itself fills in, such as the id; those of an object inside, or of the objects of a list, have its name and a dot
// before theirs.
func Input(operation string, record, body any, given ...string) error {
	raw, err := wire.Marshal(record)
	if err != nil {
		return err
	}
	if r, ok := record.(interface{ RawJSON() json.RawMessage }); ok && len(r.RawJSON()) > 0 {
		raw = r.RawJSON()
	}
	if err := wire.Unmarshal(raw, body); err != nil {
		return &caremux.ArgumentError{Operation: operation, Field: "resource", Rule: "does not fit the body of the call"}
	}
	has, err := wire.Marshal(body)
	if err != nil {
		return err
	}
	whole := parse(raw)
	for _, path := range given {
		drop(whole, strings.Split(path, "."))
	}
	if path, ok := missing(whole, parse(has), ""); ok {
		return &caremux.ArgumentError{Operation: operation, Field: path, Rule: "cannot be set by this call"}
	}
	return nil
}

// Only returns a [*caremux.ArgumentError] if the JSON of a record has other fields than these.
func Only(operation string, record interface{ RawJSON() json.RawMessage }, names ...string) error {
	for _, name := range slices.Sorted(maps.Keys(parse(record.RawJSON()))) {
		if !slices.Contains(names, name) {
			return &caremux.ArgumentError{Operation: operation, Field: name, Rule: "cannot be set by this call"}
		}
	}
	return nil
}

func drop(v any, path []string) {
	switch v := v.(type) {
	case object:
		if len(path) == 1 {
			delete(v, path[0])
			return
		}
		drop(v[path[0]], path[1:])
	case []any:
		for _, element := range v {
			drop(element, path)
		}
	}
}

// Placed returns a [*caremux.ArgumentError] if the resource has an element that the record made from it does not have:
// mapped is the resource that the record is mapped to. Ids, metadata and narrative are the vendor's to
// make, and the display of a reference is the name of what it leads to.
func Placed(operation string, resource, mapped fhir.Resource) error {
	a, err := fhir.Marshal(resource)
	if err != nil {
		return err
	}
	b, err := fhir.Marshal(mapped)
	if err != nil {
		return err
	}
	in, out := parse(a), parse(b)
	for _, name := range []string{"id", "meta", "text", "resourceType"} {
		delete(in, name)
	}
	withoutKept(in)
	if path, ok := missing(in, out, ""); ok {
		return &caremux.ArgumentError{Operation: operation, Field: path, Rule: "has no place in the vendor's record"}
	}
	return nil
}

// withoutKept leaves out the extensions of mappings, at any depth: they are the vendor's own fields.
func withoutKept(v any) {
	switch v := v.(type) {
	case object:
		if list, ok := v["extension"].([]any); ok {
			v["extension"] = slices.DeleteFunc(list, func(x any) bool {
				o, _ := x.(object)
				text, _ := o["url"].(string)
				return strings.HasPrefix(text, fhir.OriginURL) && text != fhir.AppointmentModeURL
			})
		}
		for _, inner := range v {
			withoutKept(inner)
		}
	case []any:
		for _, inner := range v {
			withoutKept(inner)
		}
	}
}

// missing returns the path of the first value of in that out does not have.
func missing(in, out any, path string) (string, bool) {
	switch in := in.(type) {
	case object:
		other, _ := out.(object)
		for _, name := range slices.Sorted(maps.Keys(in)) {
			if _, ok := in["reference"]; ok && name == "display" {
				continue
			}
			if p, ok := missing(in[name], other[name], strings.TrimPrefix(path+"."+name, ".")); ok {
				return p, true
			}
		}
		return "", false
	case []any:
		other, _ := out.([]any)
		for i, value := range in {
			if !slices.ContainsFunc(other, func(o any) bool { _, lacks := missing(value, o, ""); return !lacks }) {
				return path + "[" + strconv.Itoa(i) + "]", true
			}
		}
		return "", false
	case string:
		if out, ok := out.(string); ok && (sameTime(in, out) || sameDay(in, out)) {
			return "", false
		}
	}
	return path, !equal(in, out)
}

// sameTime reports whether two texts are the same instant.
func sameTime(a, b string) bool {
	x, y := Time(fhir.DateTime(a)), Time(fhir.DateTime(b))
	return x.Known() && y.Known() && x.Equal(y.Time)
}

// sameDay reports whether out is the time at which the day in begins.
func sameDay(in, out string) bool {
	day, err := caremux.ParseDate(in)
	return err == nil && in == day.String() && out == in+"T00:00:00.000Z"
}
