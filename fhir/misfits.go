package fhir

import (
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/caremux/caremux"
)

// Misfit is a value that was read and does not fit its place in the Go type. It is kept and written again as long as
// its place is not set to anything else.
type Misfit struct {
	Path string          // such as name[0].period; empty for the value as a whole
	Rule string          // what the value must be: "must be an object"
	JSON json.RawMessage // the value; it must not be changed
}

// Error returns the path and the rule, never the value.
func (m Misfit) Error() string {
	if m.Path == "" {
		return m.Rule
	}
	return m.Path + " " + m.Rule
}

// Is reports whether target is [caremux.ErrUnreadable].
func (m Misfit) Is(target error) bool { return target == caremux.ErrUnreadable }

// Misfits lists what did not fit the Go type of v, a value as for [Marshal], when it was read: at any depth, in the
// order of the fields. Marshal writes these values as they were read, so an update does not have to be refused because
// of them. JSON fields that have no Go field at all are not misfits; see [Extra].
//
// The list also has what Marshal refuses to write: a choice with two values, and a field whose Go type could not keep
// all that was read.
func Misfits(v any) []Misfit {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() && rv.Type() != reflect.TypeFor[*Unknown]() {
		rv = rv.Elem()
	}
	var w misfits
	switch {
	case !rv.IsValid():
	case rv.Kind() == reflect.Struct:
		w.object(tableOf(rv.Type()).ready(), addressable(rv), "")
	case rv.Kind() == reflect.Slice || rv.Type().Implements(resourceType):
		c := codecOf(rv.Type(), 0)
		if u, ok := rv.Interface().(*Unknown); ok {
			w.unknown(u, "")
		} else {
			w.value(&c, rv, "")
		}
	}
	return w.all
}

// misfits collects.
type misfits struct {
	all   []Misfit
	depth int
}

func (w *misfits) add(path, rule string, text []byte) {
	w.all = append(w.all, Misfit{Path: path, Rule: rule, JSON: text})
}

func (w *misfits) value(c *codec, v reflect.Value, path string) {
	switch c.kind {
	case kindPointer:
		if !v.IsNil() {
			w.value(c.elem, v.Elem(), path)
		}
	case kindStruct:
		w.object(c.table.ready(), v, path)
	case kindList:
		if c.elem.isPrimitive() {
			return
		}
		for i := range v.Len() {
			w.value(c.elem, v.Index(i), path+"["+strconv.Itoa(i)+"]")
		}
	case kindResource:
		r, _ := v.Interface().(Resource)
		if u, ok := r.(*Unknown); ok {
			w.unknown(u, path)
		} else if s := reflect.Indirect(reflect.ValueOf(r)); s.Kind() == reflect.Struct {
			w.object(tableOf(s.Type()).ready(), addressable(s), path)
		}
	}
}

func (w *misfits) unknown(u *Unknown, path string) {
	switch {
	case u == nil:
	case u.Type == "":
		w.add(path, "must be a resource with a resourceType", u.JSON)
	case newResource(u.Type) != nil:
		w.add(path, "must fit its Go type, with one field of each name", u.JSON)
	}
}

func (w *misfits) object(t *table, v reflect.Value, path string) {
	if w.depth++; w.depth > maxDepth {
		return // a value that contains itself, which Marshal refuses
	}
	defer func() { w.depth-- }()
	k := t.kept(v)
	if k != nil && k.odd != nil {
		w.add(path, "must be an object of its type", k.odd)
	}
	if path != "" {
		path += "."
	}
	chosen, reported := make([]bool, len(t.choices)+1), make([]bool, len(t.choices)+1)
	for i := range t.fields {
		f := &t.fields[i]
		if k != nil {
			w.kept(k, f, path)
		}
		fv, ok := f.of(v)
		if !ok || f.absent(fv) {
			continue
		}
		if f.choice != 0 && chosen[f.choice] && !reported[f.choice] {
			w.add(path+t.choices[f.choice-1]+"[x]", "must have one value", nil)
			reported[f.choice] = true
		}
		chosen[f.choice] = true
		w.value(&f.codec, fv, path+f.name)
	}
}

// kept adds what is kept for a field.
func (w *misfits) kept(k *kept, f *field, path string) {
	if m := k.extra(f.name); m != nil && m.lost {
		w.add(path+f.name, "must be of a Go type that embeds fhir.Unnamed, to keep what was read", nil)
	} else if m != nil && m.whole == "" && len(m.json) > 0 {
		w.add(path+f.name, "must be "+f.want(), m.json)
	}
	s := k.sibling(f.name)
	if s == nil {
		return
	}
	if s.whole != nil && !s.loose {
		w.add(path+"_"+f.name, "must have an element for each value of "+f.name, s.whole)
	}
	for i, text := range s.json {
		if len(text) == 0 || text[0] == '{' {
			continue
		}
		at := path + "_" + f.name
		if f.isPrimitiveList() {
			at += "[" + strconv.Itoa(i) + "]"
		}
		w.add(at, "must be an object", text)
	}
}

// want says what JSON fits the type.
func (c *codec) want() string {
	switch c.kind {
	case kindText:
		return "a string of Unicode characters that is not empty"
	case kindNumber:
		return "a number"
	case kindBool:
		return "true or false"
	case kindInt, kindUint:
		return "an integer"
	case kindStruct:
		if r := c.table.ready().resource; r != "" {
			return "a resource with resourceType " + r
		}
		return "an object with one field of each name"
	case kindPointer:
		return c.elem.want()
	case kindList:
		return "a list that is not empty, each " + c.elem.want()
	case kindResource:
		return "a resource"
	}
	return "a value for " + c.t.String()
}
