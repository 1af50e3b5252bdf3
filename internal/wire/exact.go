package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

var errTrailing = errors.New("there is something behind the JSON value")

// unmarshalExact keeps the digits of numbers in values of any type, which the decoder would make float64.
func unmarshalExact(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errTrailing
	}
	return nil
}

// hasFree reports whether there are values of any type inside v, so that those without cost no look at their JSON.
func hasFree(v reflect.Value) bool {
	if !v.IsValid() || !fields.Free(v.Type()) || v.IsZero() {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer:
		return hasFree(v.Elem())
	case reflect.Struct:
		for _, f := range fields.Of(v.Type()).Free() {
			if hasFree(f.In(v)) {
				return true
			}
		}
		return false
	case reflect.Slice:
		if elem := v.Type().Elem().Kind(); elem == reflect.Struct || elem == reflect.Pointer {
			for i := range v.Len() {
				if hasFree(v.Index(i)) {
					return true
				}
			}
			return false
		}
	}
	return true
}

// keepDigits decodes the values of any type inside v, which was decoded from data, once more. Few records have such values at all, so
// that this is cheaper than to decode all of them as [unmarshalExact] does.
func keepDigits(data []byte, v reflect.Value) {
	t := v.Type()
	if !fields.Free(t) {
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			keepDigits(data, v.Elem())
		}
	case reflect.Struct:
		for _, f := range fields.Of(t).Free() {
			inner := f.In(v)
			if !inner.IsValid() || inner.IsZero() {
				continue
			}
			if value := valueOf(data, fields.Of(t), f); value != nil {
				keepDigits(value, inner)
			}
		}
	case reflect.Slice:
		if elem := t.Elem().Kind(); elem == reflect.Struct || elem == reflect.Pointer {
			elements, _ := scan.Elements(data)
			for i := range min(v.Len(), len(elements)) {
				keepDigits(elements[i], v.Index(i))
			}
			return
		}
		decodeWithDigits(data, v)
	default: // any itself, and maps and arrays of it
		decodeWithDigits(data, v)
	}
}

// decodeWithDigits decodes into a new value, which takes the place of v.
func decodeWithDigits(data []byte, v reflect.Value) {
	exact := reflect.New(v.Type())
	if unmarshalExact(data, exact.Interface()) == nil {
		v.Set(exact.Elem())
	}
}

// valueOf returns what the decoder took for a field: the last of its names in the object.
func valueOf(object []byte, table *fields.Struct, f *fields.Field) (found []byte) {
	scan.Members(object, func(name, value []byte) bool {
		if named, ok := table.Named(name); ok && named == f {
			found = value
		}
		return true
	})
	return found
}
