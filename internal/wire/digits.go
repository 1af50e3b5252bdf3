package wire

import (
	"reflect"
	"sync"
)

// Where a Go type leaves open what a value is, as map[string]any does, a number becomes a json.Number: a float64 has room for
// sixteen digits, and the value would be written back as another number.

var openTypes sync.Map // reflect.Type → bool

// isOpen reports whether a value of type t can contain an any that the codec fills.
func isOpen(t reflect.Type) bool {
	if t == nil {
		return false
	}
	if known, ok := openTypes.Load(t); ok {
		return known.(bool)
	}
	found := reachesAny(t, map[reflect.Type]bool{})
	openTypes.Store(t, found)
	return found
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
			f := t.Field(i)
			if (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-" && reachesAny(f.Type, seen) {
				return true
			}
		}
	}
	return false
}
