//go:build !go1.27

package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// Marshal encodes v as JSON without escaping HTML characters.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// unmarshal decodes open types a second time if there is a number in them: the decoder that keeps digits costs twice as much, and
// most records have none there.
func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if !isOpen(reflect.TypeOf(v)) || err == nil && !holdsFloat(reflect.ValueOf(v)) || err != nil && !json.Valid(data) {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// holdsFloat reports whether the codec has made a number in v a float64 because its type was left open.
func holdsFloat(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Interface:
		return !v.IsNil() && isFloat(v.Interface())
	case reflect.Pointer:
		return !v.IsNil() && holdsFloat(v.Elem())
	case reflect.Slice, reflect.Array:
		if isOpen(v.Type().Elem()) {
			for i := range v.Len() {
				if holdsFloat(v.Index(i)) {
					return true
				}
			}
		}
	case reflect.Map:
		if isOpen(v.Type().Elem()) {
			for entry := v.MapRange(); entry.Next(); {
				if holdsFloat(entry.Value()) {
					return true
				}
			}
		}
	case reflect.Struct:
		for _, i := range openTypeOf(v.Type()).fields {
			if holdsFloat(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

func isFloat(v any) bool {
	switch v := v.(type) {
	case float64:
		return true
	case []any:
		return slices.ContainsFunc(v, isFloat)
	case map[string]any:
		for _, member := range v {
			if isFloat(member) {
				return true
			}
		}
	}
	return false
}
