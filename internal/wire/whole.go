package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// Most responses are what was promised: every field is there once, in a form that its Go type has room for. This file decodes such JSON in
// one pass and knows afterwards that nothing was lost. Whatever is in doubt it leaves to encoding/json and [fields.Misfits]: a part of the
// text where that is enough, and else the whole.

// shape is how the values of a type are read, worked out once.
type shape struct {
	kind   shapeKind
	elem   *shape // of a pointer or list
	null   bool   // of a list: an element may be null
	bits   int    // of a number
	table  *fields.Struct
	fields []*shape // of those of table
}

type shapeKind uint8

const (
	isOther   shapeKind = iota // left to encoding/json
	isUnclear                  // read by its methods or by its fields: that depends on what is around it
	isText
	isBool
	isInt
	isUint
	isFloat
	isItself // it has a method UnmarshalJSON
	isPointer
	isList
	isStruct
)

var shapes sync.Map // reflect.Type → *shape

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	building := map[reflect.Type]*shape{}
	s := buildShape(t, building)
	for t, built := range building {
		shapes.Store(t, built)
	}
	return s
}

var (
	textUnmarshalerType = reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()
	jsonNumberType      = reflect.TypeFor[json.Number]()
)

func buildShape(t reflect.Type, building map[reflect.Type]*shape) *shape {
	if s, ok := building[t]; ok {
		return s
	}
	s := &shape{}
	building[t] = s
	switch pointer := reflect.PointerTo(t); {
	case t.Kind() == reflect.Pointer:
		s.kind, s.elem = isPointer, buildShape(t.Elem(), building)
	case t.Name() == "" && (pointer.Implements(unmarshalerType) || pointer.Implements(textUnmarshalerType)):
		s.kind = isUnclear
	case pointer.Implements(unmarshalerType):
		s.kind = isItself
	case pointer.Implements(textUnmarshalerType), t == jsonNumberType:
	default:
		s.byKind(t, building)
	}
	return s
}

func (s *shape) byKind(t reflect.Type, building map[reflect.Type]*shape) {
	switch t.Kind() {
	case reflect.String:
		s.kind = isText
	case reflect.Bool:
		s.kind = isBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.kind = isInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s.kind = isUint
	case reflect.Float32, reflect.Float64:
		s.kind, s.bits = isFloat, t.Bits()
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			s.kind, s.elem, s.null = isList, buildShape(t.Elem(), building), fields.Nilable(t.Elem())
		}
	case reflect.Struct:
		s.table = fields.Of(t)
		if len(s.table.Fields) > mostFields {
			return
		}
		for _, f := range s.table.Fields {
			if f.Quoted || throughPointer(t, f.Index) {
				return
			}
		}
		s.kind = isStruct
		for _, f := range s.table.Fields {
			s.fields = append(s.fields, buildShape(f.Type, building))
		}
	}
}

// throughPointer reports whether a field is in a struct that is embedded by pointer.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// unmarshalWhole decodes data into v and reports whether v has all of it. Otherwise v is as it was. A field of v that data has a value for
// must be zero. zero says that all of v is; to find that out would take longer than to look at those fields.
func unmarshalWhole(data []byte, v reflect.Value, zero bool) bool {
	s := shapeOf(v.Type())
	switch s.kind {
	case isOther, isUnclear, isItself:
		return false
	case isStruct:
	default:
		if !zero && !v.IsZero() {
			return false
		}
		zero = true
	}
	r := reader{data: data, used: !zero}
	switch {
	case r.value(s, v) && r.next() == 0 && r.pos == len(data):
		return true
	case zero:
		v.SetZero()
		return false
	}
	for i := range s.table.Fields {
		if f := &s.table.Fields[i]; r.seen.has(f.At) {
			f.In(v).SetZero()
		}
	}
	return false
}

const (
	mostFields = 256  // of a struct
	mostDepth  = 1000 // of objects and lists
)

// reader reads a JSON text. Its methods return false for what they do not know how to read; the text is then not read any further.
type reader struct {
	data  []byte
	pos   int
	depth int

	used bool // the struct that the text as a whole is read into may have content
	seen set  // the fields of that struct that have been read, which had none
}

// set is one of fields.
type set [mostFields / 64]uint64

func (s *set) has(at int) bool { return s[at/64]&(1<<(at%64)) != 0 }

// add reports whether the field was not in the set.
func (s *set) add(at int) bool {
	had := s.has(at)
	s[at/64] |= 1 << (at % 64)
	return !had
}

// next skips white space and returns the byte behind it, 0 at the end.
func (r *reader) next() byte {
	for ; r.pos < len(r.data); r.pos++ {
		switch c := r.data[r.pos]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

func (r *reader) value(s *shape, v reflect.Value) bool {
	first := r.next()
	switch {
	case s.kind == isUnclear:
		return false
	case s.kind == isOther:
		return r.other(v)
	case s.kind == isItself:
		return r.itself(v, first)
	case first == 'n':
		return r.word("null") // v stays zero
	}
	switch s.kind {
	case isPointer:
		v.Set(reflect.New(v.Type().Elem()))
		return r.value(s.elem, v.Elem())
	case isStruct:
		return first == '{' && r.object(s, v)
	case isList:
		return first == '[' && r.list(s, v)
	case isText:
		text, ok := r.text(first)
		if !ok {
			return r.other(v)
		}
		v.SetString(string(text))
		return true
	case isBool:
		v.SetBool(first == 't')
		return r.word("true") || r.word("false")
	}
	return r.number(s, v)
}

// other leaves a value to encoding/json.
func (r *reader) other(v reflect.Value) bool {
	end := scan.End(r.data, r.pos)
	if end < 0 {
		return false
	}
	value := r.data[r.pos:end]
	r.pos = end
	return unmarshalParts(value, v.Addr().Interface()) == nil && len(fields.Misfits(value, v.Type())) == 0
}

// itself lets a value read a text, a number or null. What else such a type reads is rare.
func (r *reader) itself(v reflect.Value, first byte) bool {
	start := r.pos
	switch {
	case first == '"':
		if _, ok := r.text(first); !ok {
			return r.other(v)
		}
	case first == 'n':
		if !r.word("null") {
			return false
		}
	default:
		n := scan.Number(r.data[r.pos:])
		if n == 0 {
			return r.other(v)
		}
		r.pos += n
	}
	read := v.Addr().Interface()
	if read.(json.Unmarshaler).UnmarshalJSON(r.data[start:r.pos:r.pos]) != nil {
		return false
	}
	switch read := read.(type) {
	case fields.Misreader:
		return !read.Misread()
	case interface{ Mismatch() error }:
		return read.Mismatch() == nil
	}
	return true
}

// word reads true, false or null.
func (r *reader) word(word string) bool {
	if !bytes.HasPrefix(r.data[r.pos:], []byte(word)) {
		return false
	}
	r.pos += len(word)
	return true
}

// text reads a string that stands for itself.
func (r *reader) text(first byte) ([]byte, bool) {
	if first != '"' {
		return nil, false
	}
	wide := false
	for i := r.pos + 1; i < len(r.data); i++ {
		if i += scan.Ordinary(r.data[i:]); i == len(r.data) {
			break
		}
		switch c := r.data[i]; {
		case c == '"':
			text := r.data[r.pos+1 : i]
			if wide && !utf8.Valid(text) {
				return nil, false
			}
			r.pos = i + 1
			return text, true
		case c < utf8.RuneSelf:
			return nil, false // an escape, or no JSON
		}
		wide = true
	}
	return nil, false
}

// number reads a number that is written as Go would write it.
func (r *reader) number(s *shape, v reflect.Value) bool {
	n := scan.Number(r.data[r.pos:])
	text := r.data[r.pos : r.pos+n]
	ok := false
	switch s.kind {
	case isInt:
		i, err := strconv.ParseInt(string(text), 10, 64)
		if ok = err == nil && !v.OverflowInt(i); ok {
			v.SetInt(i)
		}
	case isUint:
		i, err := strconv.ParseUint(string(text), 10, 64)
		if ok = err == nil && !v.OverflowUint(i); ok {
			v.SetUint(i)
		}
	case isFloat:
		exact := n > 0 && n <= s.bits*15/64 && bytes.IndexByte(text, 'e') < 0 && bytes.IndexByte(text, 'E') < 0
		f, err := strconv.ParseFloat(string(text), s.bits)
		if ok = exact && err == nil; ok {
			v.SetFloat(f)
		}
	}
	if !ok {
		return r.other(v)
	}
	r.pos += n
	return true
}

// enter steps into an object or list, and reports whether it has something in it.
func (r *reader) enter(closing byte) (ok, full bool) {
	r.pos++
	if r.depth++; r.depth > mostDepth {
		return false, false
	}
	if r.next() != closing {
		return true, true
	}
	r.pos++
	r.depth--
	return true, false
}

// more reports whether another field or element follows.
func (r *reader) more(closing byte) (ok, more bool) {
	switch r.next() {
	case ',':
		r.pos++
		return true, true
	case closing:
		r.pos++
		r.depth--
		return true, false
	}
	return false, false
}

func (r *reader) list(s *shape, v reflect.Value) bool {
	ok, more := r.enter(']')
	if ok && !more {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	for n := 0; ok && more; n++ {
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		if r.next() == 'n' && !s.null || !r.value(s.elem, v.Index(n)) {
			return false
		}
		ok, more = r.more(']')
	}
	return ok
}

func (r *reader) object(s *shape, v reflect.Value) bool {
	var own set
	seen, used := &own, false
	if r.used && r.depth == 0 {
		seen, used = &r.seen, true
	}
	likely := 0 // fields come in the order of the documents, mostly
	ok, more := r.enter('}')
	for ok && more {
		name, named := r.text(r.next())
		if !named || r.next() != ':' {
			return false
		}
		r.pos++
		f := s.field(name, likely)
		if f == nil {
			if !r.skip() {
				return false
			}
		} else {
			field := f.In(v)
			if used && !seen.has(f.At) && !field.IsZero() || !seen.add(f.At) {
				return false
			}
			likely = f.At + 1
			if !r.value(s.fields[f.At], field) {
				return false
			}
		}
		ok, more = r.more('}')
	}
	return ok
}

// field returns the field of a name, nil if there is none.
func (s *shape) field(name []byte, likely int) *fields.Field {
	if likely < len(s.table.Fields) && s.table.Fields[likely].Name == string(name) {
		return &s.table.Fields[likely]
	}
	f, _ := s.table.Named(name)
	return f
}

// skip passes over the value of a field that has no Go field.
func (r *reader) skip() bool {
	if _, ok := r.text(r.next()); ok {
		return true
	}
	end := scan.End(r.data, r.pos)
	if end < 0 || !json.Valid(r.data[r.pos:end]) {
		return false
	}
	r.pos = end
	return true
}
