package fhir

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"

	"github.com/caremux/caremux"
)

// Primitive is what FHIR's JSON has beside a primitive value, under the value's name with an underscore.
type Primitive struct {
	Unnamed

	// Unique id for inter-element referencing.
	ID string `json:"id,omitzero"`
	// Extensions of the value, such as why it is absent, or the time of a birth.
	Extension []Extension `json:"extension,omitzero"`
}

// MarshalJSON encodes x as [Marshal] does.
func (x Primitive) MarshalJSON() ([]byte, error) { return Marshal(&x) }

// UnmarshalJSON decodes x as [Unmarshal] does.
func (x *Primitive) UnmarshalJSON(data []byte) error { return Unmarshal(data, x) }

// PrimitiveOf returns what belongs to a primitive value of the element, false if nothing does. value is the address
// of a field of the element, or of an element of a field that is a list:
//
//	x, ok := fhir.PrimitiveOf(&patient, &patient.BirthDate)
//	x, ok = fhir.PrimitiveOf(name, &name.Given[1])
//
// What was read belongs to the value that was read: once the value is another, it is gone.
func PrimitiveOf[V any](element Element, value *V) (Primitive, bool) {
	var p Primitive
	f, fv, i := primitiveAt(element, reflect.ValueOf(value))
	u := unnamedOf(element)
	if f == nil || u == nil || u.Kept == nil || displaced(element, f) {
		return p, false
	}
	s := u.Kept.sibling(f.name)
	if s == nil {
		return p, false
	}
	all := s.follow(f.texts(fv))
	if i >= len(all) || len(all[i]) == 0 || all[i][0] != '{' || Unmarshal(all[i], &p) != nil {
		return Primitive{}, false
	}
	return p, true
}

// SetPrimitive sets what belongs to a primitive value of the element, in place of what belonged to it before; value
// is as in [PrimitiveOf]. A zero Primitive removes it. Set the value first: what belongs to it is written only while
// the value stays as it is.
//
//	patient.BirthDate = "1974-12-25"
//	birthTime := fhir.Extension{URL: "http://hl7.org/fhir/StructureDefinition/patient-birthTime", ValueDateTime: t}
//	err := fhir.SetPrimitive(&patient, &patient.BirthDate, fhir.Primitive{Extension: []fhir.Extension{birthTime}})
//
// It returns a [*caremux.ArgumentError] if value is not the address of a primitive value of the element, if x cannot
// be encoded, or if what was read for the other values of the list would be lost.
func SetPrimitive[V any](element Element, value *V, x Primitive) error {
	f, fv, i := primitiveAt(element, reflect.ValueOf(value))
	refuse := func(rule string) error {
		return &caremux.ArgumentError{Operation: "fhir.SetPrimitive", Field: "value", Rule: rule}
	}
	if f == nil {
		return refuse("must be the address of a primitive field of the element, or of a value in its list")
	}
	if displaced(element, f) {
		return refuse("must be the one value of its choice")
	}
	var text []byte
	if x.Kept != nil || x.ID != "" || len(x.Extension) > 0 {
		encoded, err := Marshal(&x)
		if err != nil {
			return err
		}
		text = encoded
	}
	u := unnamedOf(element)
	var next kept
	if u.Kept != nil {
		next = *u.Kept
	}
	values := f.texts(fv)
	s := sibling{name: f.name, values: values, json: make([][]byte, len(values))}
	next.siblings = slices.Clone(next.siblings)
	at := slices.IndexFunc(next.siblings, func(s sibling) bool { return s.name == f.name })
	if at >= 0 {
		old := &next.siblings[at]
		if old.whole != nil && !old.loose {
			return refuse("is in a list whose _" + f.name + " does not fit it; fhir.Drop that first")
		}
		if old.whole == nil {
			copy(s.json, old.follow(values))
		}
		next.siblings = slices.Delete(next.siblings, at, at+1)
	}
	s.json[i] = text
	if slices.ContainsFunc(s.json, func(j []byte) bool { return j != nil }) {
		next.siblings = append(next.siblings, s)
	}
	give(u, next)
	return nil
}

// displaced reports whether another field of the choice has a value in place of f.
func displaced(element Element, f *field) bool {
	v := reflect.ValueOf(element).Elem()
	return tableOf(v.Type()).ready().displaced(v, f)
}

// primitiveAt finds the primitive field of the element, or the value in its list, that is at the address; i is 0 for
// a field.
func primitiveAt(element Element, address reflect.Value) (f *field, fv reflect.Value, i int) {
	v := reflect.ValueOf(element)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, reflect.Value{}, 0
	}
	v = v.Elem()
	t := tableOf(v.Type()).ready()
	for n := range t.fields {
		f := &t.fields[n]
		fv, ok := f.of(v)
		switch {
		case !ok:
		case f.isPrimitive():
			if fv.Type() == address.Type().Elem() && fv.Addr().Pointer() == address.Pointer() {
				return f, fv, 0
			}
		case f.isPrimitiveList() && fv.Type().Elem() == address.Type().Elem():
			for i := range fv.Len() {
				if fv.Index(i).Addr().Pointer() == address.Pointer() {
					return f, fv, i
				}
			}
		}
	}
	return nil, reflect.Value{}, 0
}

// sibling is the JSON that belongs to a primitive field, or to the values of a list of primitives.
type sibling struct {
	name   string   // of the field
	values []string // the text of each value that it was read with, empty for an absent one; one unless it is a list
	json   [][]byte // what belongs to each value, nil for nothing; see also unclear
	// whole is JSON that does not have an element for each value of the list. It is written as long as the list stays
	// as it was.
	whole []byte
	// loose says that whole belongs to none of the values: it is gone once the list is another.
	loose bool
}

// unclear stands for what belongs to one of several equal values.
var unclear = []byte{}

func isUnclear(text []byte) bool { return text != nil && len(text) == 0 }

func sameJSON(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func (s sibling) equal(t sibling) bool {
	return s.name == t.name && slices.Equal(s.values, t.values) &&
		bytes.Equal(s.whole, t.whole) && slices.EqualFunc(s.json, t.json, sameJSON)
}

// follow returns what belongs to each of the values that a field has now. It goes with its value: to another place in
// a list, and away when the value does. If equal values leave several possibilities, it is unclear.
func (s *sibling) follow(now []string) [][]byte {
	if slices.Equal(s.values, now) {
		return s.json
	}
	type group struct {
		json         []byte
		before, here int
		same, any    bool
	}
	groups := map[string]*group{}
	for i, text := range s.json {
		g := groups[s.values[i]]
		if g == nil {
			g = &group{json: text, same: true}
			groups[s.values[i]] = g
		}
		g.before++
		g.same = g.same && sameJSON(g.json, text)
		g.any = g.any || text != nil
	}
	for _, v := range now {
		if g := groups[v]; g != nil {
			g.here++
		}
	}
	all := make([][]byte, len(now))
	for i, v := range now {
		g := groups[v]
		switch {
		case g == nil || !g.any:
		case g.same && g.here <= g.before:
			all[i] = g.json
		default:
			all[i] = unclear
		}
	}
	return all
}

// texts returns the strings of the values of a primitive field or list.
func (f *field) texts(v reflect.Value) []string {
	if f.isPrimitive() {
		if f.absent(v) {
			return []string{""}
		}
		return []string{f.text(v)}
	}
	texts := make([]string, v.Len())
	for i := range texts {
		texts[i] = f.elem.text(v.Index(i))
	}
	return texts
}

// text is a string that differs for different primitive values, empty for an absent one.
func (c *codec) text(v reflect.Value) string {
	switch c.kind {
	case kindText, kindNumber:
		return v.String()
	case kindBool:
		return strconv.FormatBool(v.Bool())
	case kindInt:
		return strconv.FormatInt(v.Int(), 10)
	case kindUint:
		return strconv.FormatUint(v.Uint(), 10)
	case kindPointer:
		if v.IsNil() {
			return ""
		}
		return c.elem.text(v.Elem())
	}
	text, _ := json.Marshal(v.Interface()) // a value that cannot be encoded is refused when the element is
	return string(text)
}
