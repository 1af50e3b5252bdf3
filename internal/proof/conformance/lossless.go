package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

// Lossless holds the body that a record returns for a call that replaces it against the record, for each record that
// the client's methods lead to: with every field of the record set, the body has all of them that its type knows,
// with the same values. It returns how many bodies it has seen.
func Lossless(t *testing.T, client any) int {
	t.Helper()
	n := 0
	for _, record := range recordsOf(reflect.TypeOf(client)) {
		for i := range record.NumMethod() {
			if method := record.Method(i); strings.HasSuffix(method.Name, "ReplaceBody") {
				n++
				t.Run(record.Name()+"."+method.Name, func(t *testing.T) { checkLossless(t, record, method) })
			}
		}
	}
	return n
}

// recordsOf lists the structs that the methods of the client's services return, at any depth.
func recordsOf(client reflect.Type) (list []reflect.Type) {
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			if seen[t] {
				return
			}
			seen[t] = true
			list = append(list, t)
			for i := range t.NumField() {
				walk(t.Field(i).Type)
			}
		}
	}
	for i := range client.Elem().NumField() {
		service := client.Elem().Field(i)
		for j := range service.Type.NumMethod() {
			if m := service.Type.Method(j); service.IsExported() && m.Type.NumOut() > 0 {
				walk(m.Type.Out(0))
			}
		}
	}
	return list
}

func checkLossless(t *testing.T, record reflect.Type, method reflect.Method) {
	t.Helper()
	v := reflect.New(record).Elem()
	setAll(v, 0)
	results := method.Func.Call([]reflect.Value{v})
	if !results[1].IsNil() {
		t.Fatalf("error %v", results[1])
	}
	whole, body := plainObject(t, v.Interface()), plainObject(t, results[0].Interface())
	if len(body) == 0 {
		t.Error("the body is empty")
	}
	checkFields(t, results[0].Type().Elem(), whole, body, "")

	empty := method.Func.Call([]reflect.Value{reflect.New(record).Elem()})
	if empty[1].IsNil() {
		return
	}
	if err, ok := empty[1].Interface().(*caremux.ArgumentError); !ok || !strings.Contains(err.Rule, "the record does not have it") {
		t.Errorf("of an empty record: %v", empty[1])
	}
}

// checkFields expects each field of the body's type that the record has too, at any depth, with the same value.
func checkFields(t *testing.T, body reflect.Type, whole, got map[string]any, path string) {
	t.Helper()
	for i := range body.NumField() {
		name, _, _ := strings.Cut(body.Field(i).Tag.Get("json"), ",")
		want, ok := whole[name]
		if name == "" || name == "-" || !ok {
			continue
		}
		have, ok := got[name]
		if !ok {
			t.Errorf("the body has no %s%s", path, name)
			continue
		}
		if diff := cmp.Diff(common(want, have), common(have, have)); diff != "" {
			t.Errorf("%s%s (-record +body):\n%s", path, name, diff)
		}
		if inner := structOf(body.Field(i).Type); inner != nil && objectOf(have) != nil {
			checkFields(t, inner, objectOf(want), objectOf(have), path+name+".")
		}
	}
}

// structOf is the struct that a field of a body leads to, nil if there is none.
func structOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

// objectOf is an object or the first of a list of them, nil if it is neither.
func objectOf(v any) map[string]any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	object, _ := v.(map[string]any)
	return object
}

// common leaves what the body's objects do not have, such as who wrote a participant when, out of the record's.
func common(v, shape any) any {
	switch v := v.(type) {
	case map[string]any:
		other, _ := shape.(map[string]any)
		kept := map[string]any{}
		for name, value := range v {
			if _, ok := other[name]; ok {
				kept[name] = common(value, other[name])
			}
		}
		return kept
	case []any:
		other, _ := shape.([]any)
		var kept []any
		for i, value := range v {
			if i < len(other) {
				value = common(value, other[i])
			}
			kept = append(kept, value)
		}
		return kept
	case nil:
		return nil
	}
	// Vendors write numbers as text too, and the day of a record made here is the time at which it begins.
	return strings.TrimSuffix(fmt.Sprint(v), "T00:00:00.000Z")
}

func plainObject(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// setAll sets every field to something that is not zero.
func setAll(v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case caremux.Record:
		return
	case caremux.Time:
		v.Set(reflect.ValueOf(caremux.NewTime(time.Date(2031, time.May, 6, 7, 8, 9, 0, time.UTC))))
		return
	case caremux.Date:
		v.Set(reflect.ValueOf(caremux.NewDate(1981, time.May, 6)))
		return
	case json.Number:
		v.SetString("12.50")
		return
	}
	if u, ok := v.Addr().Interface().(json.Unmarshaler); ok && v.Kind() == reflect.Struct {
		for _, text := range []string{`"07:08:09"`, `"2031-05-06T07:08:09"`, `1935824889`} {
			if err := u.UnmarshalJSON([]byte(text)); err == nil && !v.IsZero() {
				return
			}
		}
	}
	setKind(v, depth)
}

func setKind(v reflect.Value, depth int) {
	const deep = 6 // of types that contain themselves
	switch v.Kind() {
	case reflect.String:
		v.SetString("7") // fits where the body wants a number
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Interface:
		v.Set(reflect.ValueOf("anything"))
	case reflect.Pointer:
		if depth < deep {
			v.Set(reflect.New(v.Type().Elem()))
			setAll(v.Elem(), depth+1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 && depth < deep {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			setAll(v.Index(0), depth+1)
			setAll(v.Index(1), depth+1)
		}
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		setAll(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				setAll(v.Field(i), depth+1)
			}
		}
	}
}
