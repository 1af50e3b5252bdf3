package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/internal/fields"
)

// kind says what a field of a document is to a caller.
type kind int

const (
	typed   kind = iota // it has a Go field, or leads to the records and is read by the client
	open                // it is in a map whose keys are the vendor's or the tenant's data
	misfit              // it has a Go field that cannot contain its value
	untyped             // only Extra and RawJSON have it
)

// walker walks a document beside the schema of a response, and beside Go types where the records are. Elements of lists share a path.
type walker struct {
	record reflect.Type
	places []string
	found  map[string]kind
}

func (w *walker) note(at string, k kind) {
	if known, ok := w.found[at]; !ok || k > known {
		w.found[at] = k
	}
}

// around walks what is around the records. Its fields are read by the client, or are in the RawJSON of a page, if the schema names them.
func (w *walker) around(value any, schema *openapi3.SchemaRef, at string) {
	object, isObject := value.(map[string]any)
	if w.record != nil && slices.Contains(w.places, at) && (isObject || schema == nil) {
		w.beside(value, w.record, at)
		return
	}
	switch {
	case isObject:
		for name, inner := range object {
			p := property(schema, name)
			if p == nil && !w.leads(join(at, name)) {
				k := untyped
				if isMap(schema) {
					k = open
				}
				w.note(join(at, name), k)
				w.all(inner, k, join(at, name))
				continue
			}
			w.note(join(at, name), typed)
			w.around(inner, p, join(at, name))
		}
	default:
		list, _ := value.([]any)
		for _, e := range list {
			w.around(e, items(schema), at+"[]")
		}
	}
}

// leads reports whether records may be below a path.
func (w *walker) leads(at string) bool {
	return slices.ContainsFunc(w.places, func(place string) bool { return strings.HasPrefix(place, at) })
}

// beside walks a value beside the Go type that it is decoded into.
func (w *walker) beside(value any, t reflect.Type, at string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if list, ok := oneOrMore(t); ok {
		t = list.Elem()
	}
	switch value := value.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		for _, e := range value {
			w.beside(e, t, at+"[]")
		}
	case map[string]any:
		w.object(value, t, at)
	}
}

// oneOrMore returns the type of the list inside a type that reads a list or a single value by itself.
func oneOrMore(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil, false
	}
	list, ok := t.FieldByName("List")
	return list.Type, ok && list.Type.Kind() == reflect.Slice && list.Tag == ""
}

func (w *walker) object(value map[string]any, t reflect.Type, at string) {
	switch {
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.Bool: // nullable.Nullable
		w.beside(value, t.Elem(), at)
	case t.Kind() == reflect.Map:
		for name, inner := range value {
			w.note(join(at, name), open)
			if t.Elem().Kind() == reflect.Interface {
				w.all(inner, open, join(at, name))
			} else {
				w.beside(inner, t.Elem(), join(at, name))
			}
		}
	case t.Kind() == reflect.Struct:
		table := fields.Of(t)
		for name, inner := range value {
			f, ok := table.Named([]byte(name))
			if !ok {
				w.note(join(at, name), untyped)
				w.all(inner, untyped, join(at, name))
				continue
			}
			w.note(join(at, name), fit(inner, f.Type))
			w.beside(inner, f.Type, join(at, name))
		}
	default:
		w.all(value, untyped, at)
	}
}

// fit is typed if a Go type can contain a value. The parts of objects and lists are looked at on their own.
func fit(value any, t reflect.Type) kind {
	switch value.(type) {
	case map[string]any, []any:
		return typed
	}
	data, err := json.Marshal(value)
	if err != nil || len(fields.Misfits(data, t)) > 0 {
		return misfit
	}
	return typed
}

// all notes everything in a value.
func (w *walker) all(value any, k kind, at string) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			w.note(join(at, name), k)
			w.all(inner, k, join(at, name))
		}
	case []any:
		for _, e := range value {
			w.all(e, k, at+"[]")
		}
	}
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
