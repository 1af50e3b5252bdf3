package refs

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// valueKey is what is decoded once.
type valueKey struct {
	node *node
	of   reflect.Type
	flat bool
}

// value is a node as a Go value.
type value struct {
	of   reflect.Value
	err  error
	open bool // being decoded
}

// offset is where raw begins in the document, -1 if it is not a part of it.
func (d *document) offset(raw []byte) int {
	at := scan.Offset(d.json, raw)
	if len(raw) == 0 || at < 0 || at >= len(d.json) || &d.json[at] != &raw[0] {
		return -1
	}
	return at
}

// between are the names inside of a part of the document.
func (d *document) between(from, to int) []name {
	place := func(at int) int {
		i, _ := slices.BinarySearchFunc(d.names, at, func(n name, at int) int { return n.at - at })
		return i
	}
	return d.names[place(from):place(to)]
}

// namesIn are those inside of raw.
func (d *document) namesIn(raw []byte) []name {
	at := d.offset(raw)
	if at < 0 {
		return nil
	}
	return d.between(at, at+len(raw))
}

// nodeAt is the node that raw names, nil if it is not a name.
func (d *document) nodeAt(raw []byte) *node {
	if names := d.namesIn(raw); len(names) == 1 && len(raw) == 2 {
		return names[0].node
	}
	return nil
}

func (d *document) of(n *node) []byte { return d.json[n.start:n.end] }

// Value implements [transport.Resolver].
func (d *document) Value(raw []byte) []byte {
	if n := d.nodeAt(raw); n != nil {
		return d.of(n)
	}
	return raw
}

// Decode implements [transport.Resolver]. An object that is named several times is decoded once, and copied to where
// its names are: what the copies refer to, such as lists, they share. Where an object is named inside of itself the
// copy has only those of its fields that name no other object, since it would have no end.
func (d *document) Decode(raw []byte, out any) error {
	v := reflect.ValueOf(out).Elem()
	d.strict = !transport.Reports(v.Type())
	n := d.nodeAt(raw)
	switch {
	case n != nil:
		got := d.valueOf(n, v.Type())
		if got.err == nil {
			v.Set(got.of)
		}
		return got.err
	case d.offset(raw) < 0 && string(raw) != "null":
		return unreadable("a value is not part of the response") // whose names would stay blank
	case len(d.namesIn(raw)) == 0:
		return transport.Decode(raw, out)
	}
	return d.decode(raw, v)
}

// valueOf decodes a node.
func (d *document) valueOf(n *node, t reflect.Type) *value {
	key := valueKey{n, t, false}
	got := d.values[key]
	switch {
	case got == nil:
		got = &value{open: true, of: reflect.New(t).Elem()}
		d.values[key] = got
		got.err = d.decode(d.of(n), got.of)
		got.open = false
	case got.open:
		return d.flatValueOf(n, t)
	}
	return got
}

// flatValueOf decodes of a node what names no other.
func (d *document) flatValueOf(n *node, t reflect.Type) *value {
	key := valueKey{n, t, true}
	got := d.values[key]
	if got == nil {
		got = &value{of: reflect.New(t).Elem()}
		d.values[key] = got
		raw := d.flat(n)
		got.err = unmarshal(raw, got.of)
		caremux.KeepJSON(got.of.Addr().Interface(), raw)
	}
	return got
}

// flat is the JSON of a node without what names another.
func (d *document) flat(n *node) []byte {
	raw := d.of(n)
	out := []byte{n.kind}
	add := func(key, value []byte) bool {
		if len(d.namesIn(value)) > 0 {
			return true
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		if n.kind == '{' {
			out = appendKey(out, key)
		}
		out = append(out, value...)
		return true
	}
	if n.kind == '{' {
		scan.Members(raw, add)
	} else {
		elements, _ := scan.Elements(raw)
		for _, element := range elements {
			add(nil, element)
		}
	}
	return append(out, n.kind+2)
}

// unmarshal decodes what has a place of its own in the JSON.
func unmarshal(raw []byte, v reflect.Value) error {
	if wire.Unmarshal(raw, v.Addr().Interface()) != nil {
		return unreadable("an object with references does not fit its Go type")
	}
	return nil
}

// decode decodes a value with all that is named inside of it.
func (d *document) decode(raw []byte, v reflect.Value) error {
	if err := unmarshal(raw, v); err != nil {
		return err
	}
	if d.strict {
		if err := transport.Unreported(raw, v.Type()); err != nil {
			return err
		}
	}
	if len(d.namesIn(raw)) == 0 {
		caremux.KeepJSON(v.Addr().Interface(), raw)
		return nil
	}
	f := filler{document: d}
	if f.fill(raw, v); f.err != nil {
		return f.err
	}
	caremux.KeepJSONFunc(v.Addr().Interface(), func() []byte { return d.text(raw) })
	for _, set := range f.sets { // after KeepJSON, which would go through what is shared again and again
		set()
	}
	return nil
}

// filler finds the places of names in a Go value.
type filler struct {
	*document
	sets []func()
	err  error
}

// fill finds those in v, which was decoded from raw.
func (f *filler) fill(raw []byte, v reflect.Value) {
	if f.err != nil || len(f.namesIn(raw)) == 0 {
		return
	}
	switch n := f.nodeAt(raw); {
	case readsItself(v.Type()):
		f.unmarshal(raw, v)
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() { // else the JSON did not fit
			f.fill(raw, v.Elem())
		}
	case v.Kind() == reflect.Interface:
		if open, err := f.open(raw); err != nil {
			f.err = err
		} else {
			f.sets = append(f.sets, func() { v.Set(reflect.ValueOf(open)) })
		}
	case n != nil:
		f.put(n, v)
	case v.Kind() == reflect.Map:
		f.fillMap(raw, v)
	case v.Kind() == reflect.Slice:
		if elements, ok := scan.Elements(raw); ok && len(elements) == v.Len() {
			for i, element := range elements {
				f.fill(element, v.Index(i))
			}
		}
	case v.Kind() == reflect.Struct:
		f.fillStruct(raw, v)
	}
}

// fillStruct takes of several fields for one field the last, as the decoder does.
func (f *filler) fillStruct(raw []byte, v reflect.Value) {
	last := map[*fields.Field][]byte{}
	table := fields.Of(v.Type())
	scan.Members(raw, func(key, value []byte) bool {
		if field, ok := table.Named(key); ok {
			last[field] = value
		}
		return true
	})
	for i := range table.Fields {
		field := &table.Fields[i]
		if value, ok := last[field]; ok {
			if inner := field.In(v); inner.IsValid() {
				f.fill(value, inner)
			}
		}
	}
}

// readsItself reports whether a type has a way of its own to read JSON: it gets all of it.
func readsItself(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) && t.Kind() != reflect.Interface
}

func (f *filler) unmarshal(raw []byte, v reflect.Value) {
	text, ok := f.written(raw)
	if !ok {
		f.err = unreadable("an object with references is too large")
		return
	}
	if v.SetZero(); json.Unmarshal(text, v.Addr().Interface()) != nil {
		v.SetZero() // which the record reports
	}
}

// put copies a node to its name.
func (f *filler) put(n *node, v reflect.Value) {
	isList, isObject := v.Kind() == reflect.Slice, v.Kind() == reflect.Struct || v.Kind() == reflect.Map
	if n.kind == '[' && !isList || n.kind == '{' && !isObject {
		return // the JSON did not fit
	}
	got := f.valueOf(n, v.Type())
	if f.err = got.err; f.err == nil {
		f.sets = append(f.sets, func() { v.Set(copied(got.of)) })
	}
}

// copied is a value whose own fields can be changed without another's.
func copied(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Map || v.IsNil() {
		return v
	}
	c := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entry := v.MapRange(); entry.Next(); {
		c.SetMapIndex(entry.Key(), entry.Value())
	}
	return c
}

func (f *filler) fillMap(raw []byte, v reflect.Value) {
	if v.IsNil() || v.Type().Key().Kind() != reflect.String {
		return
	}
	last := map[string][]byte{}
	scan.Members(raw, func(key, value []byte) bool {
		last[string(key)] = value
		return true
	})
	for _, key := range slices.Sorted(maps.Keys(last)) {
		if f.err == nil && len(f.namesIn(last[key])) > 0 {
			f.fillEntry(last[key], v, key)
		}
	}
}

// fillEntry decodes an entry of a map as a whole: it cannot be changed where it is.
func (f *filler) fillEntry(raw []byte, v reflect.Value, key string) {
	element := reflect.New(v.Type().Elem()).Elem()
	if n := f.nodeAt(raw); n != nil && element.Kind() != reflect.Interface {
		got := f.valueOf(n, element.Type())
		element.Set(got.of)
		f.err = got.err
	} else {
		f.err = f.decode(raw, element)
	}
	name := reflect.ValueOf(key).Convert(v.Type().Key())
	f.sets = append(f.sets, func() { v.SetMapIndex(name, element) })
}

// open decodes a value whose Go type is open.
func (f *filler) open(raw []byte) (any, error) {
	if n := f.nodeAt(raw); n != nil {
		got := f.valueOf(n, reflect.TypeFor[any]())
		if object, ok := got.of.Interface().(map[string]any); ok {
			return maps.Clone(object), got.err
		}
		return got.of.Interface(), got.err
	}
	var err error
	switch names := f.namesIn(raw); {
	case len(names) == 0:
		var v any
		err = wire.Unmarshal(raw, &v)
		return v, err
	case raw[0] == '{':
		object := map[string]any{}
		scan.Members(raw, func(key, value []byte) bool {
			object[string(key)], err = f.open(value)
			return err == nil
		})
		return object, err
	}
	elements, _ := scan.Elements(raw)
	list := make([]any, len(elements))
	for i, element := range elements {
		if list[i], err = f.open(element); err != nil {
			return nil, err
		}
	}
	return list, nil
}
