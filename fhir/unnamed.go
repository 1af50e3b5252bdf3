package fhir

import (
	"bytes"
	"encoding/json"
	"iter"
	"reflect"
	"slices"
)

// Unnamed is part of every type of the package, and of types of your own that are to keep what their fields do not
// show. It carries what an element's JSON has beyond its Go fields: fields that R4 does not know, values that do not
// fit their Go field, and the extensions of primitive values. A copy of the element has it too; an element that
// replaces another does not.
//
// [Extra] lists what an element carries, [Drop] removes some of it, and [PrimitiveOf] and [SetPrimitive] reach the
// extensions of primitive values.
type Unnamed struct {
	// Kept is what the element carries, nil for nothing. It is exported for go-cmp, which compares it with its Equal.
	Kept *kept `json:"-"`
}

// kept is what an element carries. It is never changed once an element has it, as copies of the element share it.
type kept struct {
	extras   []extra
	siblings []sibling
	// odd is what stood in place of an object, nil for an object.
	odd []byte
}

// Equal reports whether k and other are the same. It is a method of this type, as each of the many types would have a
// copy of a method of Unnamed.
func (k *kept) Equal(other *kept) bool {
	if k == nil || other == nil {
		return k == other
	}
	sameMember := func(a, b extra) bool {
		return a.name == b.name && a.lost == b.lost && bytes.Equal(a.json, b.json)
	}
	return bytes.Equal(k.odd, other.odd) && slices.EqualFunc(k.extras, other.extras, sameMember) &&
		slices.EqualFunc(k.siblings, other.siblings, sibling.equal)
}

// extra is a field of the element's JSON object.
type extra struct {
	name string
	json []byte // empty for a field that was absent although its zero value would be written
	// whole, if not empty, is the JSON of the value that the field received although it would be written
	// differently, such as a time.Time with an offset of +00:00: json is written again while the field has that
	// value.
	whole string
	// lost marks a field whose type could not keep all that was read; json is empty.
	lost bool
}

// unnamed makes every pointer to a struct with an Unnamed an [Element].
func (u *Unnamed) unnamed() *Unnamed { return u }

// Element is a pointer to a type of the package, or to a type of your own that embeds [Unnamed] or a type of the
// package.
type Element interface{ unnamed() *Unnamed }

// unnamedOf returns the Unnamed of an element, nil if the element or the struct that it embeds is nil.
func unnamedOf(element Element) *Unnamed {
	v := reflect.ValueOf(element)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil
	}
	for _, path := range tableOf(v.Type().Elem()).ready().unnamed {
		if u, ok := along(v.Elem(), path, false); ok {
			return u.Addr().Interface().(*Unnamed)
		}
	}
	return nil
}

// Extra lists what the element's Go fields do not show of its JSON object, by name: fields that its type does not have,
// and values that do not fit their field. The JSON must not be changed. If the element's JSON is not an object, it is
// listed with an empty name.
func Extra(element Element) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		u := unnamedOf(element)
		if u == nil || u.Kept == nil || u.Kept.odd != nil && !yield("", u.Kept.odd) {
			return
		}
		for _, m := range u.Kept.extras {
			if len(m.json) > 0 && m.whole == "" && !yield(m.name, m.json) {
				return
			}
		}
	}
}

// Drop removes what the element carries under a name: a JSON field without a Go field, a value that does not fit its
// field, or, with a name such as _birthDate, what belongs to a primitive value. It reports whether there was any. Use it
// before setting a field whose old value did not fit, see [Misfits].
func Drop(element Element, name string) bool {
	u := unnamedOf(element)
	if u == nil || u.Kept == nil {
		return false
	}
	left := kept{odd: u.Kept.odd}
	for _, m := range u.Kept.extras {
		if m.name != name {
			left.extras = append(left.extras, m)
		}
	}
	for _, s := range u.Kept.siblings {
		if "_"+s.name != name {
			left.siblings = append(left.siblings, s)
		}
	}
	dropped := len(left.extras) < len(u.Kept.extras) || len(left.siblings) < len(u.Kept.siblings)
	if dropped {
		give(u, left)
	}
	return dropped
}

// give sets what is kept with an element.
func give(u *Unnamed, k kept) {
	u.Kept = nil
	if len(k.extras) > 0 || len(k.siblings) > 0 || k.odd != nil {
		u.Kept = &k
	}
}

// extra returns what is kept under a name, nil for nothing.
func (k *kept) extra(name string) *extra {
	for i := range k.extras {
		if k.extras[i].name == name {
			return &k.extras[i]
		}
	}
	return nil
}

// sibling returns what belongs to the primitive field of a name, nil for nothing.
func (k *kept) sibling(name string) *sibling {
	for i := range k.siblings {
		if k.siblings[i].name == name {
			return &k.siblings[i]
		}
	}
	return nil
}

// occupies reports whether a value that did not fit the field of the name is kept. null does not count as a value.
func (k *kept) occupies(name string) bool {
	if k == nil {
		return false
	}
	m := k.extra(name)
	return m != nil && m.whole == "" && len(m.json) > 0 && string(m.json) != "null"
}
