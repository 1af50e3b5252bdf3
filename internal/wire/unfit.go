package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// Unmarshal decodes data into v. A member whose JSON type does not fit leaves its field at the zero value and gives a
// *json.UnmarshalTypeError after everything else has been decoded.
func Unmarshal(data []byte, v any) error {
	err := unmarshal(data, v)
	if err != nil && !namesMember(err) {
		if better, member := withoutBadNumbers(data, v); member != "" {
			data = better
			if err = unmarshal(data, v); err == nil {
				return &json.UnmarshalTypeError{Value: "string", Type: numberType, Field: member}
			}
		}
	}
	if namesMember(err) {
		clearUnfit(data, reflect.ValueOf(v).Elem())
	}
	return err
}

// namesMember reports a mismatch inside the value, after which the rest has been decoded.
func namesMember(err error) bool {
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &mismatch) && mismatch.Field != ""
}

var unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

// clearUnfit sets pointers to nil where the JSON did not fit what they point to. The codecs leave a pointer to zero there, which
// nobody can tell from a zero that was sent.
func clearUnfit(data []byte, v reflect.Value) {
	if reflect.PointerTo(v.Type()).Implements(unmarshalerType) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		var mismatch *json.UnmarshalTypeError
		if err := unmarshal(data, reflect.New(v.Type().Elem()).Interface()); errors.As(err, &mismatch) && mismatch.Field == "" {
			v.SetZero()
			return
		}
		clearUnfit(data, v.Elem())
	case reflect.Slice:
		elements, _ := Elements(data)
		for i := range min(v.Len(), len(elements)) {
			clearUnfit(elements[i], v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case name == "-":
			case f.Anonymous && name == "":
				clearUnfit(data, v.Field(i))
			case !f.IsExported():
			default:
				if name == "" {
					name = f.Name
				}
				Members(data, func(key, value []byte) bool {
					if strings.EqualFold(name, string(key)) {
						clearUnfit(value, v.Field(i))
					}
					return true
				})
			}
		}
	}
}
