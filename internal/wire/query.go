package wire

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/google/go-querystring/query"
	"github.com/oapi-codegen/runtime"

	"github.com/caremux/caremux"
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
	values, err := query.Values(params)
	if err != nil {
		return nil, &caremux.ArgumentError{Field: "query", Rule: "must be url.Values or a struct with url tags"}
	}
	v := reflect.Indirect(reflect.ValueOf(params))
	if err := codes(v, values); err != nil {
		return nil, err
	}
	also(v, values)
	return values, nil
}

// also sends parameters under a second name where it is not known which one the vendor reads. One that it does not know is passed over.
func also(v reflect.Value, values url.Values) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("url"), ",")
		if second := tag.Get("also"); second != "" && values.Has(name) {
			values[second] = values[name]
		}
	}
}

// codes writes the numbers of lists of codes, of which go-querystring would write the names.
func codes(v reflect.Value, values url.Values) error {
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() != reflect.Slice || field.Len() == 0 || field.Type().Elem().Kind() != reflect.Int {
			continue
		}
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("url"), ",")
		numbers := make([]int64, field.Len())
		for j := range numbers {
			numbers[j] = field.Index(j).Int()
		}
		styled, err := runtime.StyleParamWithOptions("form", !strings.Contains(options, "comma"), name, numbers, inQuery)
		if err != nil {
			return &caremux.ArgumentError{Field: name, Rule: "cannot be written into the query"}
		}
		parsed, err := url.ParseQuery(styled)
		if err != nil {
			return &caremux.ArgumentError{Field: name, Rule: "cannot be written into the query"}
		}
		values[name] = parsed[name]
	}
	return nil
}

// Header sets the headers that fields of params with a header tag name: strings, and pointers to them, of any string type.
func Header(params any, h http.Header) error {
	v := reflect.ValueOf(params)
	if !v.IsValid() || IsNil(params) {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
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
		text := field.String()
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return &caremux.ArgumentError{Field: name, Rule: "must not contain control characters"}
		}
		if text == "" {
			continue
		}
		styled, err := runtime.StyleParamWithOptions("simple", false, name, text, inHeader)
		if err != nil {
			return &caremux.ArgumentError{Field: name, Rule: "cannot be written into a header"}
		}
		h.Set(name, styled)
	}
	return nil
}

// IsNil reports whether v is nil or contains a nil pointer, map, slice or interface.
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
