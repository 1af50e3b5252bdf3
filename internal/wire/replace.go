package wire

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
)

// ReplaceBody makes the body B of a call that replaces a record: each of its fields, at any depth, that the record
// has too by the name that is sent gets the record's value. What the record does not have is left out. It returns an
// error in place of a body that would lose or invent a value: a [*caremux.MismatchError] if a field that the body
// has could not be read from the response, and a [*caremux.ArgumentError] if a number or boolean that the body must
// have is missing in the record, or has no place in it.
func ReplaceBody[B any](record any) (*B, error) {
	body := new(B)
	if r, ok := record.(interface{ Mismatch() error }); ok {
		if err := lostBy(reflect.TypeFor[B](), r.Mismatch()); err != nil {
			return nil, err
		}
	}
	if err := copyStruct(reflect.ValueOf(body).Elem(), reflect.ValueOf(record), ""); err != nil {
		return nil, err
	}
	setAdditional(reflect.ValueOf(body).Elem(), record)
	return body, nil
}

// setAdditional gives a body with fields of the tenant's own those of the record.
func setAdditional(body reflect.Value, record any) {
	additional := body.FieldByName("Additional")
	r, ok := record.(interface {
		Extra() map[string]json.RawMessage
	})
	if !additional.IsValid() || !ok || len(r.Extra()) == 0 {
		return
	}
	values := map[string]any{}
	for name, text := range r.Extra() {
		values[name] = text // as it came: no number is rounded
	}
	additional.Set(reflect.ValueOf(values))
}

// lostBy keeps what of a mismatch concerns fields of the body.
func lostBy(body reflect.Type, mismatch error) error {
	m, ok := mismatch.(*caremux.MismatchError)
	if !ok {
		return mismatch
	}
	lost := &caremux.MismatchError{}
	for _, f := range m.Fields {
		first, _, _ := strings.Cut(strings.ReplaceAll(f.Path, "[", "."), ".")
		if _, ok := fieldNamed(body, first); ok || first == "" {
			lost.Fields = append(lost.Fields, f)
		}
	}
	if len(lost.Fields) == 0 {
		return nil
	}
	return lost
}

// fieldNamed finds the field of a struct type that has the name in JSON.
func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && jsonName(f) == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// jsonName is the name of a field in JSON, "" if it has none.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func copyStruct(to, from reflect.Value, path string) error {
	for i := range to.NumField() {
		name := jsonName(to.Type().Field(i))
		if name == "" {
			continue
		}
		f, ok := fieldNamed(from.Type(), name)
		if !ok {
			continue // the record never has it, as the method's comment says
		}
		if err := copyValue(to.Field(i), from.FieldByIndex(f.Index), strings.TrimPrefix(path+"."+name, ".")); err != nil {
			return err
		}
	}
	return nil
}

// copyValue sets to from the value of a record. What is not there stays out of the body.
func copyValue(to, from reflect.Value, path string) error {
	if from.Kind() == reflect.Pointer || from.Kind() == reflect.Interface && to.Kind() != reflect.Interface {
		if from.IsNil() {
			return absent(to, path)
		}
		return copyPresent(to, from.Elem(), path)
	}
	if from.IsZero() || isZero(from) {
		return nil
	}
	return copyPresent(to, from, path)
}

func isZero(v reflect.Value) bool {
	z, ok := v.Interface().(interface{ IsZero() bool })
	return ok && z.IsZero()
}

// absent refuses to send 0 or false for what the record does not have.
func absent(to reflect.Value, path string) error {
	switch to.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		return &caremux.ArgumentError{Field: path, Rule: "is required, and the record does not have it: set it there"}
	}
	return nil
}

// copyPresent sets to from a value that is there.
func copyPresent(to, from reflect.Value, path string) error {
	switch {
	case to.Kind() == reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return copyPresent(to.Elem(), from, path)
	case isNullable(to.Type()):
		value := reflect.New(to.Type().Elem()).Elem()
		if err := copyPresent(value, from, path); err != nil {
			return err
		}
		to.Set(reflect.MakeMap(to.Type()))
		to.SetMapIndex(reflect.ValueOf(true), value)
		return nil
	case to.Kind() == reflect.Slice && from.Kind() == reflect.Slice && to.Type().Elem().Kind() != reflect.Uint8:
		return copyList(to, from, path)
	case to.Type() == from.Type() && to.Kind() == reflect.Map:
		to.Set(reflect.MakeMapWithSize(to.Type(), from.Len())) // the caller may change it
		for _, key := range from.MapKeys() {
			to.SetMapIndex(key, from.MapIndex(key))
		}
		return nil
	case to.Kind() == reflect.Interface && from.Type().AssignableTo(to.Type()), to.Type() == from.Type():
		to.Set(from)
		return nil
	case to.Kind() == reflect.Struct && from.Kind() == reflect.Struct && jsonFields(to.Type()):
		return copyStruct(to, from, path)
	}
	return copyScalar(to, from, path)
}

func copyList(to, from reflect.Value, path string) error {
	to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len())) // an empty list is sent as one
	for i := range from.Len() {
		if err := copyValue(to.Index(i), from.Index(i), path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

// isNullable reports whether a type is nullable.Nullable, a map of which the key true has the value.
func isNullable(t reflect.Type) bool {
	return t.Kind() == reflect.Map && t.Key().Kind() == reflect.Bool
}

// jsonFields reports whether a struct is an object of the API, and not a time or the like.
func jsonFields(t reflect.Type) bool {
	return slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return jsonName(f) != "" })
}

// copyScalar converts between texts and numbers, which vendors mix, and takes the way through JSON for everything else.
func copyScalar(to, from reflect.Value, path string) error {
	misfit := &caremux.ArgumentError{Field: path, Rule: "has a value in the record that the body cannot have"}
	switch {
	case to.Kind() == reflect.String && from.Kind() == reflect.String:
		to.SetString(from.String())
		return nil
	case to.CanInt() && from.CanInt():
		to.SetInt(from.Int())
		return nil
	case to.Kind() == reflect.String && from.CanInt():
		to.SetString(strconv.FormatInt(from.Int(), 10))
		return nil
	case to.CanInt() && from.Kind() == reflect.String:
		n, err := strconv.ParseInt(from.String(), 10, 64)
		if err != nil {
			return misfit
		}
		to.SetInt(n)
		return nil
	}
	text, err := json.Marshal(from.Interface())
	if raw, ok := from.Interface().(interface{ RawJSON() json.RawMessage }); ok && len(raw.RawJSON()) > 0 {
		text = raw.RawJSON()
	}
	if err != nil || Unmarshal(text, to.Addr().Interface()) != nil {
		return misfit
	}
	return nil
}
