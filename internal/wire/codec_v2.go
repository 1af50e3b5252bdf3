//go:build go1.27

package wire

import (
	jsonv1 "encoding/json"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"reflect"
	"strings"
)

var (
	marshalOptions   = json.JoinOptions(jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false))
	unmarshalOptions = jsonv1.DefaultOptionsV1()
	openOptions      = json.JoinOptions(unmarshalOptions, json.WithUnmarshalers(json.UnmarshalFromFunc(keepDigits)))
)

// keepDigits reads a number that becomes an any, and leaves other values to the codec.
func keepDigits(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	number, err := d.ReadValue()
	*v = jsonv1.Number(number)
	return err
}

// Marshal encodes v as JSON without escaping HTML characters.
func Marshal(v any) ([]byte, error) { return json.Marshal(v, marshalOptions) }

func unmarshal(data []byte, v any) error {
	options := unmarshalOptions
	if isOpen(reflect.TypeOf(v)) {
		options = openOptions
	}
	err := json.Unmarshal(data, v, options)
	var mismatch *jsonv1.UnmarshalTypeError
	if err != nil && errors.As(err, &mismatch) {
		mismatch.Field = memberPath(reflect.TypeOf(v), strings.Split(mismatch.Field, "."))
	}
	return err
}

// memberPath is the path of a field as the older codec tells it. Here the path has elements of lists too, "list.0.zip" for list.zip, and
// the keys of maps, which are data and may be anyone's name.
func memberPath(t reflect.Type, sent []string) string {
	var names []string
	for len(sent) > 0 {
		switch t.Kind() {
		case reflect.Pointer:
			t = t.Elem()
			continue
		case reflect.Slice, reflect.Array, reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			name, field := memberNamed(t, sent[0])
			if field == nil {
				return strings.Join(names, ".")
			}
			names, t = append(names, name), field
		default:
			return strings.Join(names, ".")
		}
		sent = sent[1:]
	}
	return strings.Join(names, ".")
}

// memberNamed finds a struct's member by its name as sent, and gives its own name and type, nil if there is none.
func memberNamed(t reflect.Type, sent string) (name string, field reflect.Type) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-", name == "" && (f.Anonymous || !f.IsExported()):
			continue
		case name == "":
			name = f.Name
		}
		if strings.EqualFold(name, sent) {
			return name, f.Type
		}
	}
	return "", nil
}
