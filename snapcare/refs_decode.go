package snapcare

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/caremux/caremux"
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
	of reflect.Value
	outcome
	open bool // being decoded
}

// outcome is how decoding went.
type outcome struct {
	mismatch error // of a member
	unfit    error // the value as a whole is of another type: as a member of another one it is a mismatch of that
	err      error
}

// inside is the outcome for the value around.
func (o outcome) inside() (mismatch, err error) {
	if o.unfit != nil {
		return errUnfit, nil
	}
	return o.mismatch, o.err
}

var errUnfit = errors.New("an object does not fit its Go type")

func unmarshal(raw []byte, out any) (o outcome) {
	o.mismatch, o.err = transport.Unmarshal(raw, out)
	if errors.As(o.err, new(*json.UnmarshalTypeError)) {
		o.unfit, o.err = o.err, nil
	}
	return o
}

// offset is where raw begins in the document, -1 if it is no part of it.
func (d *document) offset(raw []byte) int {
	at := wire.Offset(d.json, raw)
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

// nodeAt is the node that raw names, nil if it is no name.
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

// Decode implements [transport.Resolver]. An object that is named several times is decoded once, and copied to where its names are: what
// the copies refer to, such as lists, they share. Where an object is named inside of itself the copy has only those of its members that
// name no other object, since it would have no end.
func (d *document) Decode(raw []byte, out any) error {
	v := reflect.ValueOf(out).Elem()
	n := d.nodeAt(raw)
	var o outcome
	switch {
	case n != nil:
		got := d.valueOf(n, v.Type())
		v.Set(got.of)
		o = got.outcome
	case d.offset(raw) < 0 && string(raw) != "null":
		return unreadable("a value is no part of the response") // whose names would stay blank
	default:
		o = d.decode(raw, v)
	}
	return cmp.Or(o.err, o.unfit)
}

// valueOf decodes a node.
func (d *document) valueOf(n *node, t reflect.Type) *value {
	key := valueKey{n, t, false}
	got := d.values[key]
	switch {
	case got == nil:
		got = &value{open: true, of: reflect.New(t).Elem()}
		d.values[key] = got
		got.outcome = d.decode(d.of(n), got.of)
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
		if got.outcome = unmarshal(raw, got.of.Addr().Interface()); got.err == nil {
			caremux.KeepJSON(got.of.Addr().Interface(), raw, got.mismatch)
		}
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
		wire.Members(raw, add)
	} else {
		elements, _ := wire.Elements(raw)
		for _, element := range elements {
			add(nil, element)
		}
	}
	return append(out, n.kind+2)
}

// decode decodes a value with all that is named inside of it.
func (d *document) decode(raw []byte, v reflect.Value) outcome {
	out := v.Addr().Interface()
	o := unmarshal(raw, out)
	switch {
	case o.err != nil:
		return o
	case len(d.namesIn(raw)) == 0:
		caremux.KeepJSON(out, raw, o.mismatch)
		return o
	}
	f := filler{document: d}
	f.fill(raw, v, "")
	if f.err != nil {
		return outcome{err: f.err}
	}
	o.mismatch = cmp.Or(o.mismatch, f.mismatch)
	caremux.KeepJSONFunc(out, func() []byte { return d.text(raw) }, o.mismatch)
	for _, set := range f.sets { // after KeepJSON, which would go through what is shared again and again
		set()
	}
	return o
}

// filler finds the places of names in a Go value.
type filler struct {
	*document
	sets     []func()
	mismatch error
	err      error
}

// fill finds those in v, which was decoded from raw.
func (f *filler) fill(raw []byte, v reflect.Value, path string) {
	if f.err != nil || len(f.namesIn(raw)) == 0 {
		return
	}
	switch n := f.nodeAt(raw); {
	case readsItself(v.Type()):
		f.unmarshal(raw, v, path)
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() { // else the JSON did not fit
			f.fill(raw, v.Elem(), path)
		}
	case v.Kind() == reflect.Interface:
		if open, err := f.open(raw); err != nil {
			f.err = err
		} else {
			f.sets = append(f.sets, func() { v.Set(reflect.ValueOf(open)) })
		}
	case n != nil:
		f.put(n, v, path)
	case v.Kind() == reflect.Map:
		f.fillMap(raw, v, path)
	case v.Kind() == reflect.Slice:
		if elements, ok := wire.Elements(raw); ok && len(elements) == v.Len() {
			for i, element := range elements {
				f.fill(element, v.Index(i), path)
			}
		}
	case v.Kind() == reflect.Struct:
		f.fillStruct(raw, v, path)
	}
}

// fillStruct takes of several members for one field the last, as the decoder does.
func (f *filler) fillStruct(raw []byte, v reflect.Value, path string) {
	last := map[string][]byte{}
	wire.Members(raw, func(key, value []byte) bool {
		if _, own := fieldNamed(v, string(key)); own != "" {
			last[own] = value
		}
		return true
	})
	for _, own := range slices.Sorted(maps.Keys(last)) {
		field, _ := fieldNamed(v, own)
		f.fill(last[own], field, strings.TrimPrefix(path+"."+own, "."))
	}
}

// readsItself reports whether a type has a way of its own to read JSON: it gets all of it.
func readsItself(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) && t.Kind() != reflect.Interface
}

func (f *filler) unmarshal(raw []byte, v reflect.Value, path string) {
	text, ok := f.written(raw)
	if !ok {
		f.err = unreadable("an object with references is too large")
		return
	}
	v.SetZero()
	if json.Unmarshal(text, v.Addr().Interface()) != nil {
		v.SetZero()
		f.misfit(path, errUnfit)
	}
}

// put copies a node to its name.
func (f *filler) put(n *node, v reflect.Value, path string) {
	isList, isObject := v.Kind() == reflect.Slice, v.Kind() == reflect.Struct || v.Kind() == reflect.Map
	if n.kind == '[' && !isList || n.kind == '{' && !isObject {
		return // the JSON did not fit
	}
	got := f.valueOf(n, v.Type())
	mismatch, err := got.inside()
	if f.err = err; err == nil {
		f.misfit(path, mismatch)
		f.sets = append(f.sets, func() { v.Set(copied(got.of)) })
	}
}

// copied is a value whose own members can be changed without another's.
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

func (f *filler) fillMap(raw []byte, v reflect.Value, path string) {
	if v.IsNil() || v.Type().Key().Kind() != reflect.String {
		return
	}
	last := map[string][]byte{}
	wire.Members(raw, func(key, value []byte) bool {
		last[string(key)] = value
		return true
	})
	for _, key := range slices.Sorted(maps.Keys(last)) {
		if f.err == nil && len(f.namesIn(last[key])) > 0 {
			f.fillEntry(last[key], v, key, path)
		}
	}
}

// fillEntry decodes an entry of a map as a whole: it cannot be changed where it is.
func (f *filler) fillEntry(raw []byte, v reflect.Value, key, path string) {
	element := reflect.New(v.Type().Elem()).Elem()
	var o outcome
	if n := f.nodeAt(raw); n != nil && element.Kind() != reflect.Interface {
		got := f.valueOf(n, element.Type())
		element.Set(got.of)
		o = got.outcome
	} else {
		o = f.decode(raw, element)
	}
	mismatch, err := o.inside()
	f.err = err
	f.misfit(path, mismatch)
	name := reflect.ValueOf(key).Convert(v.Type().Key())
	f.sets = append(f.sets, func() { v.SetMapIndex(name, element) })
}

// misfit notes a mismatch of what is named at a path.
func (f *filler) misfit(path string, mismatch error) {
	if f.mismatch == nil && mismatch != nil {
		f.mismatch = errors.New("member " + path + ": " + mismatch.Error())
	}
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
		wire.Members(raw, func(key, value []byte) bool {
			object[string(key)], err = f.open(value)
			return err == nil
		})
		return object, err
	}
	elements, _ := wire.Elements(raw)
	list := make([]any, len(elements))
	for i, element := range elements {
		if list[i], err = f.open(element); err != nil {
			return nil, err
		}
	}
	return list, nil
}

var fieldTables sync.Map // reflect.Type → map[string]reflect.StructField, by name and by name in lower case

// fieldNamed is the field that a member is decoded into, and its JSON name; the zero value if there is none.
func fieldNamed(v reflect.Value, key string) (field reflect.Value, own string) {
	table, ok := fieldTables.Load(v.Type())
	if !ok {
		table = tableOf(v.Type())
		fieldTables.Store(v.Type(), table)
	}
	fields := table.(map[string]reflect.StructField)
	f, ok := fields[key]
	if !ok {
		if f, ok = fields[strings.ToLower(key)]; !ok {
			return field, ""
		}
	}
	field, err := v.FieldByIndexErr(f.Index)
	if err != nil {
		return reflect.Value{}, ""
	}
	return field, f.Name
}

func tableOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() || f.Anonymous && name == "" {
			continue
		}
		f.Name = cmp.Or(name, f.Name)
		lower := strings.ToLower(f.Name)
		fields[f.Name] = f
		if _, taken := fields[lower]; !taken {
			fields[lower] = f
		}
	}
	return fields
}
