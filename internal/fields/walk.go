package fields

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/caremux/caremux/internal/scan"
)

// Misfit is a part of a JSON text that a Go type does not hold.
type Misfit struct {
	Path    string // wire names and indexes: "participants[1].birthDate"; "" is the whole, and "[]" stands for a key of a map
	Problem string // what is wrong with it, without its value: "is a string, which does not fit int"
}

// Misreader is a type that reads its own JSON without failing. Misread reports whether there was something that it could not read.
type Misreader interface{ Misread() bool }

// Misfits lists what of data, valid JSON, a value of type t decoded from it does not hold, in the order of the text. Fields without a
// Go field are not listed: a record keeps them.
func Misfits(data []byte, t reflect.Type) []Misfit {
	var list []Misfit
	w := walker{report: func(p *place, f fault) { list = append(list, Misfit{p.path(), f.problem}) }}
	w.value(scan.TrimBOM(data), t, nil)
	return list
}

// Repaired returns data, valid JSON, with null in place of each value that encoding/json would refuse to decode into type t, and
// numbers in place of strings that hold one where t wants a number. ok is false if the whole does not fit.
func Repaired(data []byte, t reflect.Type) (repaired []byte, ok bool) {
	from := 0
	ok = true
	w := walker{report: func(p *place, f fault) {
		if f.value == nil {
			return // it decodes, though not all of it is kept
		}
		if p == nil {
			ok = false
			return
		}
		at := scan.Offset(data, f.value)
		repaired = append(repaired, data[from:at]...)
		if f.number != nil {
			repaired = append(repaired, f.number...)
		} else {
			repaired = append(repaired, "null"...)
		}
		from = at + len(f.value)
	}, numbers: true}
	w.value(data, t, nil)
	return append(repaired, data[from:]...), ok
}

// place is where in a text the walk is: a chain from the inside out, since few places are ever named.
type place struct {
	outer *place
	name  string // of a field, or "[]"
	index int    // in a list, if name is empty
}

func (p *place) path() string {
	if p == nil {
		return ""
	}
	switch outer := p.outer.path(); {
	case p.name == "":
		return outer + "[" + strconv.Itoa(p.index) + "]"
	case outer == "", p.name == "[]":
		return outer + p.name
	default:
		return outer + "." + p.name
	}
}

// fault is what is wrong with a value.
type fault struct {
	problem string
	value   []byte // a slice of the text, if the decoder would refuse it
	number  []byte // what to decode in its place, if that is a number
}

type walker struct {
	report  func(*place, fault)
	numbers bool // report strings that fit as numbers too
}

var (
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	numberType          = reflect.TypeFor[json.Number]()
	rawType             = reflect.TypeFor[json.RawMessage]()
)

// unfit reports a value that the decoder refuses.
func (w *walker) unfit(data []byte, t reflect.Type, p *place) {
	w.report(p, fault{problem: "is " + kindOf(data) + ", which does not fit " + typeName(t), value: data})
}

// lossy reports a value that decodes into less than it is.
func (w *walker) lossy(p *place, problem string) { w.report(p, fault{problem: problem}) }

// value walks one value and what is inside it.
func (w *walker) value(data []byte, t reflect.Type, p *place) {
	data = scan.TrimSpace(data)
	null := string(data) == "null"
	for t.Kind() == reflect.Pointer {
		if null {
			return // nil
		}
		t = t.Elem()
	}
	switch {
	case len(data) == 0 || t == rawType:
	case null && !readsItself(t):
	case readsItself(t):
		w.self(data, t, p)
	case t == numberType:
		w.jsonNumber(data, t, p)
	case data[0] == '"' && reflect.PointerTo(t).Implements(textUnmarshalerType):
		w.decoded(data, t, p)
	default:
		w.kind(data, t, p)
	}
}

// kind walks a value of a type that encoding/json decodes by its kind.
func (w *walker) kind(data []byte, t reflect.Type, p *place) {
	switch t.Kind() {
	case reflect.Struct:
		w.object(data, t, p)
	case reflect.Map:
		w.mapping(data, t, p)
	case reflect.Slice, reflect.Array:
		w.list(data, t, p)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			w.unfit(data, t, p)
			return
		}
		w.free(data, p)
	case reflect.String:
		if data[0] != '"' {
			w.unfit(data, t, p)
			return
		}
		w.text(data, p)
	case reflect.Bool:
		if c := data[0]; c != 't' && c != 'f' {
			w.unfit(data, t, p)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		w.whole(data, t, p)
	case reflect.Float32, reflect.Float64:
		w.float(data, t, p)
	default:
		w.decoded(data, t, p)
	}
}

func (w *walker) object(data []byte, t reflect.Type, p *place) {
	if data[0] != '{' {
		w.unfit(data, t, p)
		return
	}
	table := Of(t)
	seen := make([]bool, len(table.Fields))
	scan.Members(data, func(name, value []byte) bool {
		f, ok := table.Named(name)
		if !ok {
			return true
		}
		inner := &place{outer: p, name: f.Name}
		if seen[f.At] {
			w.lossy(inner, "occurs more than once")
		}
		seen[f.At] = true
		if f.Quoted {
			w.quoted(value, f, inner)
			return true
		}
		w.value(value, f.Type, inner)
		return true
	})
}

// quoted tries a field with the option ",string" as the decoder would see it, alone.
func (w *walker) quoted(value []byte, f *Field, p *place) {
	t := reflect.StructOf([]reflect.StructField{{Name: "F", Type: f.Type, Tag: `json:"f,string"`}})
	alone := append(append([]byte(`{"f":`), value...), '}')
	if json.Unmarshal(alone, reflect.New(t).Interface()) != nil {
		w.unfit(value, f.Type, p)
	}
}

func (w *walker) mapping(data []byte, t reflect.Type, p *place) {
	if data[0] != '{' {
		w.unfit(data, t, p)
		return
	}
	if t.Key().Kind() != reflect.String && !keysFit(data, t) {
		w.unfit(data, t, p)
		return
	}
	inner := &place{outer: p, name: "[]"}
	seen := map[string]bool{}
	scan.Members(data, func(name, value []byte) bool {
		if seen[string(name)] {
			w.lossy(inner, "occurs more than once")
		}
		seen[string(name)] = true
		if problem := textProblem(name); problem != "" {
			w.lossy(inner, "has a key that "+problem)
		}
		if string(value) == "null" && !Nilable(t.Elem()) {
			w.lossy(inner, "is null")
			return true
		}
		w.value(value, t.Elem(), inner)
		return true
	})
}

// keysFit tries the keys of an object as those of a map type.
func keysFit(data []byte, t reflect.Type) bool {
	fit := true
	scan.Members(data, func(name, _ []byte) bool {
		key, err := json.Marshal(string(name))
		alone := append(append([]byte{'{'}, key...), ":null}"...)
		fit = err == nil && json.Unmarshal(alone, reflect.New(t).Interface()) == nil
		return fit
	})
	return fit
}

func (w *walker) list(data []byte, t reflect.Type, p *place) {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !readsItself(t.Elem()) {
		w.decoded(data, t, p) // base64
		return
	}
	elements, ok := scan.Elements(data)
	if !ok {
		w.unfit(data, t, p)
		return
	}
	if t.Kind() == reflect.Array && len(elements) > t.Len() {
		w.lossy(p, "has more than "+strconv.Itoa(t.Len())+" elements")
	}
	for i, element := range elements {
		inner := &place{outer: p, index: i}
		if string(element) == "null" && !Nilable(t.Elem()) {
			w.lossy(inner, "is null")
			continue
		}
		w.value(element, t.Elem(), inner)
	}
}

// Nilable reports whether a Go type can tell null from a zero value.
func Nilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return true
	}
	return false
}

// self asks a type that reads its own JSON.
func (w *walker) self(data []byte, t reflect.Type, p *place) {
	v := reflect.New(t)
	err := json.Unmarshal(data, v.Interface())
	if err != nil {
		w.unfit(data, t, p)
		return
	}
	switch read := v.Interface().(type) {
	case Misreader:
		if read.Misread() {
			w.lossy(p, "could not be read as "+typeName(t))
			return
		}
	case interface{ Mismatch() error }:
		if read.Mismatch() != nil {
			w.lossy(p, "has fields that do not fit")
			return
		}
	}
	w.text(data, p)
}

// decoded tries what the decoder makes of a value.
func (w *walker) decoded(data []byte, t reflect.Type, p *place) {
	if json.Unmarshal(data, reflect.New(t).Interface()) != nil {
		w.unfit(data, t, p)
	}
}

// free walks a value that may be anything.
func (w *walker) free(data []byte, p *place) {
	data = scan.TrimSpace(data)
	if len(data) == 0 {
		return
	}
	switch data[0] {
	case '"':
		w.text(data, p)
	case '{':
		w.mapping(data, anyMap, p)
	case '[':
		w.list(data, anyList, p)
	default:
		if _, err := strconv.ParseFloat(string(data), 64); err != nil && w.numbers && kindOf(data) == "a number" {
			w.report(p, fault{value: data, number: []byte("0")}) // for the decoder, which makes float64 of it first
		}
	}
}

var (
	anyMap  = reflect.TypeFor[map[string]any]()
	anyList = reflect.TypeFor[[]any]()
)

var selves sync.Map // reflect.Type → bool

// readsItself reports whether encoding/json asks a type to decode itself.
func readsItself(t reflect.Type) bool {
	if known, ok := selves.Load(t); ok {
		return known.(bool)
	}
	itself := t.Kind() != reflect.Interface && (t.Implements(unmarshalerType) || reflect.PointerTo(t).Implements(unmarshalerType))
	selves.Store(t, itself)
	return itself
}

// kindOf names the kind of a JSON value.
func kindOf(data []byte) string {
	switch data[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// typeName names a Go type as its users write it.
func typeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || strings.ContainsAny(t.Name(), "[") {
		switch t.Kind() {
		case reflect.Slice, reflect.Array:
			return "a list"
		case reflect.Map, reflect.Struct:
			return "an object"
		}
		return t.Kind().String()
	}
	return t.String()
}
