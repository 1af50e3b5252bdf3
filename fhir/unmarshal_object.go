package fhir

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// object is an object that is being read into a struct.
type object struct {
	t     *table
	v     reflect.Value
	base  int // where what it has to keep begins in decoder.pending
	next  int // the field that is likely to come next, as most strings follow the order of the definitions
	typed bool
	seen  [maxFields / 64]uint64
	names map[string]bool // of fields that the struct does not have, once there are many
}

// object reads an object into a struct that is zero.
func (d *decoder) object(t *table, v reflect.Value) bool {
	if t.fault != "" {
		return d.fail("cannot be decoded: " + t.t.String() + " " + t.fault)
	}
	o := object{t: t, v: v, base: len(d.pending), typed: t.resource == ""}
	fits := d.fields(&o)
	if fits && len(d.pending) > o.base {
		d.keep(t, v, d.pending[o.base:])
	}
	d.pending = d.pending[:o.base]
	return fits
}

// fields reads the fields of the object that begins here.
func (d *decoder) fields(o *object) bool {
	if !d.enter() {
		return false
	}
	if !d.leave('}') {
		for {
			if !d.field(o) {
				return false
			}
			if !d.more('}') {
				break
			}
		}
	}
	if d.err == nil && !o.typed {
		return d.misfit("a resource with resourceType " + o.t.resource)
	}
	for _, f := range o.t.always {
		if o.seen[f.number/64]&(1<<(f.number%64)) == 0 && len(o.t.unnamed) > 0 {
			d.note(f.name, d.pos, nil) // no JSON: absent
		}
	}
	return d.err == nil
}

// field reads one field.
func (d *decoder) field(o *object) bool {
	name, whole := d.name()
	if d.err != nil {
		return false
	}
	if !whole {
		return d.misfit("an object with names of Unicode characters")
	}
	f := o.field(name)
	if f == nil {
		return d.unnamed(o, string(name))
	}
	bit := uint64(1) << (f.number % 64)
	if o.seen[f.number/64]&bit != 0 {
		return d.misfit("an object with one field of each name")
	}
	o.seen[f.number/64] |= bit
	var fv reflect.Value
	if f.path == nil {
		fv = o.v.Field(f.index)
	} else {
		fv, _ = along(o.v, f.path, true)
	}
	d.next()
	start, depth, lost := d.pos, d.depth, d.lost
	if d.value(&f.codec, fv) && f.shows(fv) {
		if d.lost > lost {
			d.lost = lost
			d.note(f.name, start, nil).lost = true
		} else if f.kind == kindOther {
			d.tie(f, fv, start)
		}
		return d.err == nil
	}
	if d.err != nil {
		return false
	}
	fv.SetZero()
	d.lost = lost
	d.again(start, depth)
	d.note(f.name, start, nil)
	return d.err == nil
}

// field returns the struct's field of a name, nil if it has none.
func (o *object) field(name []byte) *field {
	names := o.t.names
	for i := o.next; i < len(names) && i < o.next+4; i++ {
		if names[i] == string(name) {
			o.next = i + 1
			return &o.t.fields[i]
		}
	}
	f := o.t.byName[string(name)]
	if f != nil {
		o.next = f.number + 1
	}
	return f
}

// shows reports whether the value that was read would be written again. The kinds left out here do not fit if it
// would not.
func (f *field) shows(v reflect.Value) bool {
	switch f.kind {
	case kindBool, kindInt, kindUint, kindStruct, kindOther:
		return !f.absent(v)
	}
	return true
}

// unnamed reads a field that the struct does not have: the resource type, a sibling, or one that R4 does not know.
func (d *decoder) unnamed(o *object, name string) bool {
	if o.repeats(d.pending[o.base:], name) {
		return d.misfit("an object with one field of each name")
	}
	d.next()
	start := d.pos
	if name == "resourceType" && o.t.resource != "" {
		want := "a resource with resourceType " + o.t.resource
		if o.typed || d.next() != '"' {
			return d.misfit(want)
		}
		text, whole := d.text()
		o.typed = whole && string(text) == o.t.resource
		return o.typed || d.misfit(want)
	}
	d.skip()
	d.note(name, start, o.t.siblings[name])
	return d.err == nil
}

// repeats reports whether the object had that name before, among those that the struct does not have.
func (o *object) repeats(before []pending, name string) bool {
	if o.names != nil {
		was := o.names[name]
		o.names[name] = true
		return was
	}
	for i := range before {
		if before[i].name == name {
			return true
		}
	}
	if len(before) > 32 {
		o.names = map[string]bool{name: true}
		for _, h := range before {
			o.names[h.name] = true
		}
	}
	return false
}

// note adds a field that ends here to what is to be kept.
func (d *decoder) note(name string, start int, sibling *field) *pending {
	d.pending = append(d.pending, pending{name: name, start: start, end: d.pos, field: sibling})
	return &d.pending[len(d.pending)-1]
}

// tie keeps the JSON of a value of encoding/json that would be written differently.
func (d *decoder) tie(f *field, v reflect.Value, start int) {
	if text := f.text(v); text != string(d.compact(start)) {
		d.note(f.name, start, nil).whole = text
	}
}

// keep returns the struct what it has to keep.
func (d *decoder) keep(t *table, v reflect.Value, all []pending) {
	u := t.keeper(v)
	if u == nil {
		d.lost++
		return
	}
	size, siblings := 0, 0
	for i := range all {
		size += all[i].end - all[i].start
		if all[i].field != nil {
			siblings++
		}
	}
	buf := make([]byte, 0, size)
	k := &kept{}
	if n := len(all) - siblings; n > 0 {
		k.extras = make([]extra, 0, n)
	}
	if siblings > 0 {
		k.siblings = make([]sibling, 0, siblings)
	}
	for i := range all {
		h := &all[i]
		from := len(buf)
		if !h.lost {
			buf = appendCompact(buf, d.data[h.start:h.end])
		}
		text := buf[from:len(buf):len(buf)]
		if h.field != nil && !t.displaced(v, h.field) {
			k.siblings = append(k.siblings, newSibling(h.field, v, text))
		} else {
			k.extras = append(k.extras, extra{name: h.name, json: text, whole: h.whole, lost: h.lost})
		}
	}
	u.Kept = k
}

// displaced reports whether the field is empty and another of its choice is set: what belongs to its value then
// belongs to none.
func (t *table) displaced(v reflect.Value, f *field) bool {
	if fv, ok := f.of(v); f.choice == 0 || ok && !f.absent(fv) {
		return false
	}
	for i := range t.fields {
		other := &t.fields[i]
		if other.choice != f.choice || other == f {
			continue
		}
		if ov, ok := other.of(v); ok && !other.absent(ov) {
			return true
		}
	}
	return false
}

// newSibling ties JSON to the value of a field.
func newSibling(f *field, v reflect.Value, text []byte) sibling {
	fv, _ := f.of(v)
	s := sibling{name: f.name, values: f.texts(fv)}
	switch {
	case f.isPrimitiveList():
		var each []json.RawMessage
		if text[0] != '[' || json.Unmarshal(text, &each) != nil || len(each) != len(s.values) {
			s.whole = text
			s.loose = text[0] == '[' && len(s.values) == 0 // HL7 itself leaves out a list of nothing but null
			return s
		}
		some := false
		s.json = make([][]byte, len(each))
		for i, one := range each {
			if !bytes.Equal(one, []byte("null")) {
				s.json[i], some = one, true
			}
		}
		if !some {
			s.json, s.whole, s.loose = nil, text, true
		}
	case f.kind == kindOther && fv.Kind() != reflect.String && fv.Kind() != reflect.Struct:
		s.whole = text // maybe a list
	default:
		s.json = [][]byte{text}
	}
	return s
}
