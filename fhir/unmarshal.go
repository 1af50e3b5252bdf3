package fhir

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/caremux/caremux"
)

// Unmarshal decodes JSON into v, a pointer to a type of the package or of your own, or to a [Resource], which gets the
// Go type that the JSON names. It replaces what v had before. It ignores the UnmarshalJSON methods of types that embed
// [Unnamed], so that such a method can call it.
//
// Nothing is lost: what has no place in the fields is kept beside them, see [Unnamed] and [Misfits]. The error is a
// [*DecodeError] if the text is not JSON or is nested more than 500 deep, if it is a resource of another type than v or
// without a resourceType, or if an object has two fields of one name. If the last two occur inside v, their JSON is
// kept.
func Unmarshal(data []byte, v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return &caremux.ArgumentError{Operation: "fhir.Unmarshal", Field: "v", Rule: "must be a pointer and not nil"}
	}
	d := decoder{scanner: scanner{data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}}
	if len(data) >= sharingFrom {
		d.shared = new([1 << sharedBits]string)
	}
	p = p.Elem()
	p.SetZero()
	ok := d.top(p, v)
	if d.err == nil && ok {
		d.end()
	}
	if d.err == nil && !ok {
		d.fail("must be " + d.want)
	}
	if d.err != nil {
		p.SetZero()
		return d.err
	}
	return nil
}

// decoder reads values by their codecs. Its methods return false for a value that does not fit the Go value, which
// may then be in any state; the caller keeps the JSON in some other way.
type decoder struct {
	scanner
	pending []pending // what the objects that are being read have to keep, the innermost last
	lost    int       // how often a type could not keep something
	want    string    // what the last value that did not fit should have been
	// shared are short strings that were read lately: systems, codes and units are the same in many resources.
	shared *[1 << sharedBits]string
}

const (
	sharingFrom = 4 << 10 // the size of JSON from which short strings are shared
	sharedBits  = 8
)

// str returns text as a string.
func (d *decoder) str(text []byte) string {
	n := len(text)
	if d.shared == nil || n > 64 || n == 0 {
		return string(text)
	}
	var hash uint64
	if n >= 8 {
		hash = binary.LittleEndian.Uint64(text) ^ binary.LittleEndian.Uint64(text[n-8:])<<1
	} else {
		for _, c := range text {
			hash = hash<<8 | uint64(c)
		}
	}
	slot := &d.shared[(hash^uint64(n))*0x9e3779b97f4a7c15>>(64-sharedBits)]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}

// pending is a JSON field that is to be kept.
type pending struct {
	name       string
	start, end int
	field      *field // that it is the sibling of
	whole      string // see extra
	lost       bool   // see extra
}

func (d *decoder) misfit(want string) bool {
	d.want = want
	return false
}

// top reads the whole text.
func (d *decoder) top(v reflect.Value, pointer any) bool {
	first := d.next()
	if u, ok := pointer.(*Unknown); ok {
		start := d.pos
		u.Type, _ = d.typeOf()
		d.again(start, 0)
		u.JSON = d.compact(start)
		return true
	}
	c := codecOf(v.Type(), 0)
	if v.Kind() == reflect.Struct {
		c.kind, c.table = kindStruct, tableOf(v.Type()) // its methods may call Unmarshal
	}
	if c.kind == kindStruct {
		t := c.table.ready()
		if t.fault != "" {
			return d.fail("cannot be decoded: " + v.Type().String() + " " + t.fault)
		}
		if u := t.keeper(v); u != nil && first == 'n' { // encoding/json passes null in lists
			d.literal("null")
			give(u, kept{odd: []byte("null")})
			return true
		}
	}
	if c.kind == kindResource {
		if !d.resource(v) {
			return false
		}
		u, ok := v.Interface().(*Unknown)
		if ok && u.Type == "" {
			return d.misfit("a resource with a resourceType")
		}
		return !ok || newResource(u.Type) == nil
	}
	return d.value(&c, v)
}

// value reads a value into v, which is zero.
func (d *decoder) value(c *codec, v reflect.Value) bool {
	first := d.next()
	switch c.kind {
	case kindText:
		return d.string(v, first)
	case kindNumber:
		return d.decimal(v, first)
	case kindBool:
		return d.boolean(v, first)
	case kindInt, kindUint:
		return d.integer(c, v, first)
	case kindPointer:
		if first == 'n' {
			return d.misfit("no null")
		}
		v.Set(reflect.New(c.elem.t))
		return d.value(c.elem, v.Elem())
	case kindStruct:
		if first != '{' {
			return d.misfit("an object")
		}
		return d.object(c.table.ready(), v)
	case kindList:
		return d.list(c, v, first)
	case kindResource:
		return d.resource(v)
	case kindRaw:
		start := d.pos
		d.skip()
		v.SetBytes(d.compact(start))
		return d.err == nil
	}
	return d.other(v)
}

func (d *decoder) string(v reflect.Value, first byte) bool {
	if first != '"' {
		return d.misfit("a string")
	}
	text, whole := d.text()
	if d.err != nil {
		return false
	}
	v.SetString(d.str(text))
	return whole && len(text) > 0 || d.misfit("a string of Unicode characters that is not empty")
}

func (d *decoder) decimal(v reflect.Value, first byte) bool {
	if !beginsNumber(first) {
		return d.misfit("a number")
	}
	v.SetString(d.str(d.number()))
	return d.err == nil
}

func (d *decoder) boolean(v reflect.Value, first byte) bool {
	switch first {
	case 't':
		v.SetBool(true)
		return d.literal("true")
	case 'f':
		return d.literal("false")
	}
	return d.misfit("true or false")
}

func beginsNumber(first byte) bool { return first == '-' || first >= '0' && first <= '9' }

// integer reads a number that is written as Go would write it. Others, such as 1.0, would be changed.
func (d *decoder) integer(c *codec, v reflect.Value, first byte) bool {
	const want = "an integer"
	if !beginsNumber(first) {
		return d.misfit(want)
	}
	text := d.number()
	if d.err != nil {
		return false
	}
	if len(text) > 20 || first == '-' && (len(text) == 2 && text[1] == '0' || c.kind == kindUint) {
		return d.misfit(want)
	}
	if c.kind == kindUint {
		n, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil || v.OverflowUint(n) {
			return d.misfit(want)
		}
		v.SetUint(n)
		return true
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || v.OverflowInt(n) {
		return d.misfit(want)
	}
	v.SetInt(n)
	return true
}

// list reads a list that is not empty.
func (d *decoder) list(c *codec, v reflect.Value, first byte) bool {
	if first != '[' {
		return d.misfit("a list")
	}
	if !d.enter() {
		return false
	}
	if d.leave(']') {
		return d.misfit("a list that is not empty")
	}
	for n := 0; ; n++ {
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		first, start, depth, lost := d.next(), d.pos, d.depth, d.lost
		e := v.Index(n)
		if first == 'n' && (c.elem.kind == kindText || c.elem.kind == kindNumber || c.elem.kind == kindPointer) {
			d.literal("null") // stays zero, which is written as null
		} else if !d.value(c.elem, e) {
			d.lost = lost
			if d.err != nil || !d.odd(c.elem, e, start, depth) {
				return false
			}
		}
		if d.err != nil || !d.more(']') {
			break
		}
	}
	// Without room at the end, appending to two copies of an element cannot write into one array.
	v.SetCap(v.Len())
	return d.err == nil
}

// odd keeps an element of a list that does not fit inside the zero element, if that has a place for it.
func (d *decoder) odd(c *codec, e reflect.Value, start, depth int) bool {
	t := c
	if c.kind == kindPointer {
		t = c.elem
	}
	if t.kind != kindStruct || len(t.table.ready().unnamed) == 0 {
		return false
	}
	e.SetZero()
	if c.kind == kindPointer {
		e.Set(reflect.New(t.t))
		e = e.Elem()
	}
	d.again(start, depth)
	if d.err != nil {
		return false
	}
	give(t.table.keeper(e), kept{odd: d.compact(start)})
	return true
}

// again goes back to a value that did not fit, and skips it.
func (d *decoder) again(start, depth int) {
	d.pos, d.depth = start, depth
	d.skip()
}

// compact copies the JSON from start to here without white space.
func (d *decoder) compact(start int) []byte {
	if d.err != nil {
		return nil
	}
	return appendCompact(make([]byte, 0, d.pos-start), d.data[start:d.pos])
}

// resource reads a resource into its Go type, or into an [Unknown].
func (d *decoder) resource(v reflect.Value) bool {
	d.next()
	start, depth, lost := d.pos, d.depth, d.lost
	name, named := d.typeOf()
	d.pos, d.depth = start, depth
	if d.err != nil {
		return false
	}
	if named {
		if r := newResource(name); r != nil {
			rv := reflect.ValueOf(r).Elem()
			if d.object(tableOf(rv.Type()).ready(), rv) {
				v.Set(rv.Addr())
				return true
			}
			if d.err != nil {
				return false
			}
			d.lost = lost
		}
	}
	d.again(start, depth)
	v.Set(reflect.ValueOf(&Unknown{Type: name, JSON: d.compact(start)}))
	return d.err == nil
}

// typeOf returns the resourceType of the object that begins here, usually its first field; false without one.
func (d *decoder) typeOf() (resourceType string, ok bool) {
	if d.next() != '{' {
		return "", false
	}
	if !d.enter() || d.leave('}') {
		return "", false
	}
	for {
		name, whole := d.name()
		if d.err != nil {
			return "", false
		}
		isType := whole && string(name) == "resourceType"
		if isType && d.next() == '"' {
			text, whole := d.text()
			if d.err != nil || !whole || len(text) == 0 {
				return "", false
			}
			return string(text), true
		}
		if isType {
			return "", false
		}
		if d.skip(); d.err != nil || !d.more('}') {
			return "", false
		}
	}
}

// other lets encoding/json read a value. What it would write differently is kept beside the value, by the caller.
func (d *decoder) other(v reflect.Value) bool {
	start := d.pos
	if !d.pass(true) {
		return d.misfit("JSON with one field of each name")
	}
	lax := json.NewDecoder(bytes.NewReader(d.data[start:d.pos]))
	lax.UseNumber()
	return lax.Decode(v.Addr().Interface()) == nil || d.misfit("a value for "+v.Type().String())
}
