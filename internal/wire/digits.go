package wire

import (
	"reflect"
	"sync"
)

// Where a Go type leaves open what a value is, as map[string]any does, a number becomes a json.Number: a float64 has room for
// sixteen digits, and the value would be written back as another number.

var openTypes sync.Map // reflect.Type → *openType

// openType says where the codec fills in an any inside of a type.
type openType struct {
	is     bool
	fields []int // of a struct: those that are open
}

// isOpen reports whether a value of type t can contain an any that the codec fills.
func isOpen(t reflect.Type) bool { return t != nil && openTypeOf(t).is }

func openTypeOf(t reflect.Type) *openType {
	if known, ok := openTypes.Load(t); ok {
		return known.(*openType)
	}
	found := &openType{is: reachesAny(t, map[reflect.Type]bool{})}
	if found.is && t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if isDecoded(t.Field(i)) && reachesAny(t.Field(i).Type, map[reflect.Type]bool{}) {
				found.fields = append(found.fields, i)
			}
		}
	}
	openTypes.Store(t, found)
	return found
}

func isDecoded(f reflect.StructField) bool {
	return (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-"
}

func reachesAny(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || reflect.PointerTo(t).Implements(unmarshalerType) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return reachesAny(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if isDecoded(t.Field(i)) && reachesAny(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
