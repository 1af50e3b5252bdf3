package fhir

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
)

// Marshal encodes v, a value of a type of the package or of your own, as the JSON to send, with what its elements carry
// beside their fields. It ignores the MarshalJSON methods of types that embed [Unnamed], so that such a method can call
// it.
//
// The error is a [*caremux.ArgumentError] that names the field by its path, such as name[0].given, if something would be
// lost or is not valid: a field was set over a value that did not fit (see [Misfits] and [Drop]); a choice has two
// values; equal values in a list of primitives leave it unclear which extensions belong to which; a decimal is not a
// number; a string is not UTF-8; a struct without Unnamed could not keep all that was read.
func Marshal(v any) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer e.release()
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		e.refuse("", "is required")
	} else {
		e.top(rv)
	}
	if e.err == nil && !utf8.Valid(e.buf) {
		e.refuse(pathOfInvalid(e.buf), "must be UTF-8")
	}
	if e.err != nil {
		return nil, e.err
	}
	return bytes.Clone(e.buf), nil
}

// encoder appends JSON. Its methods return at once after the first refusal, which err is.
type encoder struct {
	buf   []byte
	depth int
	err   *caremux.ArgumentError
}

// encoders are kept with their buffers, so that a text costs one allocation of its own size.
var encoders = sync.Pool{New: func() any { return new(encoder) }}

// largestBuffer is the largest buffer that is kept.
const largestBuffer = 16 << 20

func (e *encoder) release() {
	if cap(e.buf) > largestBuffer {
		e.buf = nil
	}
	e.buf, e.depth, e.err = e.buf[:0], 0, nil
	encoders.Put(e)
}

// refuse records that a field cannot be written.
func (e *encoder) refuse(field, rule string) {
	e.err = &caremux.ArgumentError{Operation: "fhir.Marshal", Field: field, Rule: rule}
}

// inside puts what surrounds the refused field in front of its path.
func (e *encoder) inside(name string) {
	switch {
	case e.err.Field == "" || e.err.Field[0] == '[':
		e.err.Field = name + e.err.Field
	default:
		e.err.Field = name + "." + e.err.Field
	}
}

// top writes the whole value.
func (e *encoder) top(v reflect.Value) {
	for v.Kind() == reflect.Pointer && !v.IsNil() && v.Type() != reflect.TypeFor[*Unknown]() {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		e.unknown(v.Interface().(*Unknown))
	case v.Kind() == reflect.Struct && v.Type() == reflect.TypeFor[Unknown]():
		u := v.Interface().(Unknown)
		e.unknown(&u)
	case v.Kind() == reflect.Struct:
		e.object(tableOf(v.Type()).ready(), addressable(v))
	default:
		c := codecOf(v.Type(), 0)
		e.value(&c, v)
	}
}

// addressable returns v itself or a copy that has an address, as methods with pointer receivers need.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	return copied
}

// value writes a value, null for what is absent in a list.
func (e *encoder) value(c *codec, v reflect.Value) {
	switch c.kind {
	case kindText, kindNumber:
		switch text := v.String(); {
		case text == "":
			e.buf = append(e.buf, "null"...)
		case c.kind == kindText:
			e.buf = appendText(e.buf, text)
		case scan.Number(text) == len(text):
			e.buf = append(e.buf, text...)
		default:
			e.refuse("", "must be a JSON number")
		}
	case kindBool:
		e.buf = strconv.AppendBool(e.buf, v.Bool())
	case kindInt:
		e.buf = strconv.AppendInt(e.buf, v.Int(), 10)
	case kindUint:
		e.buf = strconv.AppendUint(e.buf, v.Uint(), 10)
	case kindPointer:
		if v.IsNil() {
			e.buf = append(e.buf, "null"...)
			return
		}
		e.value(c.elem, v.Elem())
	case kindStruct:
		e.object(c.table.ready(), v)
	case kindList:
		e.list(c.elem, v)
	case kindResource:
		e.resource(v)
	case kindRaw:
		e.raw(v.Bytes())
	default:
		e.other(v)
	}
}

func (e *encoder) list(elem *codec, v reflect.Value) {
	e.buf = append(e.buf, '[')
	for i := range v.Len() {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if e.value(elem, v.Index(i)); e.err != nil {
			e.inside("[" + strconv.Itoa(i) + "]")
			return
		}
	}
	e.buf = append(e.buf, ']')
}

// resource writes a resource by the table of its Go type.
func (e *encoder) resource(v reflect.Value) {
	if v.IsNil() {
		e.refuse("", "is required")
		return
	}
	v = v.Elem()
	if u, ok := v.Interface().(*Unknown); ok {
		e.unknown(u)
		return
	}
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		e.refuse("", "must be a pointer to a struct")
		return
	}
	e.object(tableOf(v.Type()).ready(), addressable(v))
}

// unknown writes the JSON of a resource as it is.
func (e *encoder) unknown(u *Unknown) {
	if u == nil {
		e.refuse("", "is required")
		return
	}
	d := decoder{scanner: scanner{data: u.JSON}}
	name, _ := d.typeOf()
	if d.err == nil && name != u.Type {
		e.refuse("", "must have JSON with resourceType "+u.Type)
		return
	}
	e.raw(u.JSON)
}

// raw writes JSON as it is.
func (e *encoder) raw(text []byte) {
	s := scanner{data: text, depth: e.depth}
	s.skip()
	if s.err == nil {
		s.end()
	}
	if s.err != nil {
		e.refuse("", s.err.Rule)
		return
	}
	e.buf = appendCompact(e.buf, text)
}

// other writes what encoding/json makes of a value.
func (e *encoder) other(v reflect.Value) {
	if v.CanAddr() && v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface {
		v = v.Addr()
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		e.refuse("", "cannot be encoded as JSON")
		return
	}
	e.buf = append(e.buf, text...)
}

// pathOfInvalid returns the path of the first string in a text that is not UTF-8.
func pathOfInvalid(text []byte) string {
	s := scanner{data: text}
	return strings.TrimPrefix(s.invalid(), ".")
}

// invalid reads a value and returns the path in it to the first string that is not UTF-8, empty if it is that string
// itself, or if all are.
func (s *scanner) invalid() string {
	inside := func(part string) (path string, found bool) {
		start := s.pos
		inner := s.invalid()
		return part + inner, inner != "" || !utf8.Valid(s.data[start:s.pos])
	}
	switch s.next() {
	case '{':
		s.enter()
		for done := s.leave('}'); !done && s.err == nil; done = !s.more('}') {
			name, _ := s.name()
			if path, found := inside("." + strings.ToValidUTF8(string(name), "\ufffd")); found || !utf8.Valid(name) {
				return path
			}
		}
	case '[':
		s.enter()
		for i, done := 0, s.leave(']'); !done && s.err == nil; i, done = i+1, !s.more(']') {
			if path, found := inside("[" + strconv.Itoa(i) + "]"); found {
				return path
			}
		}
	default:
		s.skip()
	}
	return ""
}
