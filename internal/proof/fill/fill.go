// Package fill makes up values of Go types, for tests that call every method or read every model: it walks a type, sets what it
// leads to, and asks its [Rules] for the values.
package fill

import "reflect"

// Field is a field of the struct type Of.
type Field struct {
	reflect.StructField
	Of reflect.Type
}

// Rules say how values are made up. The zero Rules set booleans and numbers to true and 1, and leave strings, interfaces and
// functions as they are.
type Rules struct {
	// Make sets a value in its own way, and reports whether nothing else is to be done with it. It is asked first for every value.
	// path are the fields that lead to the value, the last one its own; elements of a list have the field of the list.
	Make func(v reflect.Value, path []Field) (done bool)
	// Field reports whether an exported field is filled; nil fills all.
	Field func(f Field) bool
	// Prune leaves out pointers, lists and maps in which nothing was set.
	Prune bool
}

// Fill fills v, which must be settable. depth is how many pointers, lists and maps it follows, so that types which contain
// themselves come to an end.
func (r Rules) Fill(v reflect.Value, depth int) { r.fill(v, depth, nil) }

func (r Rules) fill(v reflect.Value, depth int, path []Field) {
	if r.Make != nil && r.Make(v, path) {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if depth > 0 {
			r.container(v, depth-1, path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := (Field{v.Type().Field(i), v.Type()}); f.IsExported() && (r.Field == nil || r.Field(f)) {
				r.fill(v.Field(i), depth, append(path[:len(path):len(path)], f))
			}
		}
	}
}

// container fills the one element that a pointer, list or map gets.
func (r Rules) container(v reflect.Value, depth int, path []Field) {
	element := reflect.New(v.Type().Elem())
	r.fill(element.Elem(), depth, path)
	if r.Prune && element.Elem().IsZero() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(element)
	case reflect.Slice:
		v.Set(reflect.Append(reflect.MakeSlice(v.Type(), 0, 1), element.Elem()))
	case reflect.Map:
		key := reflect.New(v.Type().Key()).Elem()
		r.fill(key, depth, path)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, element.Elem())
	}
}
