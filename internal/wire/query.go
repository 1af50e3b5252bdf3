package wire

import (
	"net/http"
	"net/url"
	"reflect"

	"github.com/google/go-querystring/query"
)

// Query encodes params, a struct with url tags or a pointer to one; nil gives no values.
func Query(params any) (url.Values, error) {
	if IsNil(params) {
		return url.Values{}, nil
	}
	if values, ok := params.(url.Values); ok {
		copied := make(url.Values, len(values))
		for name, v := range values {
			copied[name] = append([]string(nil), v...)
		}
		return copied, nil
	}
	return query.Values(params)
}

// Header sets the headers that fields of params with a header tag name: strings, and pointers to them, of any string type.
func Header(params any, h http.Header) {
	v := reflect.ValueOf(params)
	if !v.IsValid() || IsNil(params) {
		return
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("header")
		if name == "" {
			continue
		}
		field := v.Field(i)
		if field.Kind() == reflect.Pointer {
			if field.IsNil() {
				continue
			}
			field = field.Elem()
		}
		if text := field.String(); text != "" {
			h.Set(name, text)
		}
	}
}

// IsNil reports whether v is nil or holds a nil pointer, map, slice or interface.
func IsNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return rv.IsNil()
	}
	return false
}
