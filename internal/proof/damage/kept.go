package damage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// lost names the first value of a JSON text that v does not have, "" if it has all of it.
func lost(data []byte, v reflect.Value, path string) string {
	data = scan.TrimSpace(data)
	if string(data) == "null" {
		return lostNull(v, path)
	}
	for v.Kind() == reflect.Pointer && !readsItself(v.Type()) {
		if v.IsNil() {
			return path + ": is nil"
		}
		v = v.Elem()
	}
	if readsItself(v.Type()) {
		return lostByItself(data, v, path)
	}
	switch v.Kind() {
	case reflect.Struct:
		return lostOfObject(data, v, path)
	case reflect.Slice:
		return lostOfList(data, v, path)
	case reflect.Map:
		return lostOfMap(data, v, path)
	}
	return lostOfScalar(data, v, path)
}

// lostNull finds the nulls of lists that are zero values in v.
func lostNull(v reflect.Value, path string) string {
	if inList := strings.HasSuffix(path, "]"); inList && v.IsValid() && !fields.Nilable(v.Type()) {
		return path + ": a null became a zero value"
	}
	return ""
}

func lostOfList(data []byte, v reflect.Value, path string) string {
	elements, ok := scan.Elements(data)
	if !ok || len(elements) != v.Len() {
		return fmt.Sprintf("%s: a list of %d became one of %d", path, len(elements), v.Len())
	}
	for i, element := range elements {
		if l := lost(element, v.Index(i), fmt.Sprintf("%s[%d]", path, i)); l != "" {
			return l
		}
	}
	return ""
}

func lostOfObject(data []byte, v reflect.Value, path string) string {
	if data[0] != '{' {
		return path + ": is no object"
	}
	table := fields.Of(v.Type())
	extra, hasExtra := v.Interface().(interface {
		Extra() map[string]json.RawMessage
	})
	found, seen := "", map[string]bool{}
	scan.Members(data, func(name, value []byte) bool {
		f, ok := table.Named(name)
		switch {
		case ok && seen[f.Name]:
			found = path + "." + f.Name + ": was there twice"
		case ok:
			seen[f.Name] = true
			found = lost(value, f.In(v), path+"."+f.Name)
		case !hasExtra:
			found = path + ": " + v.Type().String() + " has no Extra"
		case !bytes.Equal(extra.Extra()[string(name)], value) && bytes.Count(data, name) < 2:
			found = path + ": Extra lacks a field"
		}
		return found == ""
	})
	return found
}

func lostOfMap(data []byte, v reflect.Value, path string) string {
	if data[0] != '{' {
		return path + ": is no object"
	}
	found, seen := "", map[string]bool{}
	scan.Members(data, func(name, value []byte) bool {
		if seen[string(name)] {
			found = path + "[]: a key was there twice"
			return false
		}
		seen[string(name)] = true
		inner := v.MapIndex(reflect.ValueOf(string(name)).Convert(v.Type().Key()))
		if !inner.IsValid() {
			found = path + "[]: a key is missing"
			return false
		}
		found = lost(value, inner, path+"[]")
		return found == ""
	})
	return found
}

// lostByItself compares what a type that reads its own JSON writes with what it was sent.
func lostByItself(data []byte, v reflect.Value, path string) string {
	written, err := json.Marshal(v.Interface())
	if err != nil {
		return path + ": cannot be written: " + err.Error()
	}
	if sameJSON(data, written) || isNone(data) && isNone(written) || string(written) == `"`+string(data)+`"` {
		return ""
	}
	if m, ok := v.Interface().(fields.Misreader); ok && !m.Misread() {
		again := reflect.New(v.Type())
		if json.Unmarshal(data, again.Interface()) == nil && reflect.DeepEqual(again.Elem().Interface(), v.Interface()) && scalarCode(v) {
			return "" // a code that came as its name
		}
	}
	if raw, ok := v.Interface().(interface{ RawJSON() json.RawMessage }); ok && sameJSON(data, raw.RawJSON()) {
		return ""
	}
	return path + ": " + v.Type().String() + " writes something else"
}

// isNone reports whether a JSON text has no value in it.
func isNone(data []byte) bool {
	switch string(data) {
	case "null", `""`, "{}", "[]":
		return true
	}
	return false
}

// scalarCode reports whether a value is a number with a name.
func scalarCode(v reflect.Value) bool { return v.Kind() == reflect.Int }

func lostOfScalar(data []byte, v reflect.Value, path string) string {
	if v.Kind() == reflect.Interface {
		if !v.IsNil() && sameJSON(data, must(json.Marshal(v.Interface()))) {
			return ""
		}
		return path + ": a value of any type differs"
	}
	var text string
	if json.Unmarshal(data, &text) == nil && v.Kind() != reflect.String {
		data = []byte(strings.TrimSpace(text)) // a number as a string
	}
	if sameJSON(data, must(json.Marshal(v.Interface()))) {
		return ""
	}
	return path + ": " + v.Type().String() + " differs"
}

// sameJSON compares two JSON strings: numbers by their value, strings by their characters.
func sameJSON(a, b []byte) bool {
	if !utf8.Valid(a) || bytes.Contains(a, []byte(`\ud800`)) {
		return false // the decoder puts something else in its place
	}
	return reflect.DeepEqual(comparable(decode(a)), comparable(decode(b)))
}

func comparable(value any) any {
	switch v := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, inner := range v {
			object[name] = comparable(inner)
		}
		return object
	case []any:
		list := []any{}
		for _, inner := range v {
			list = append(list, comparable(inner))
		}
		return list
	case json.Number:
		if r, ok := new(big.Rat).SetString(v.String()); ok && len(v) < 60 {
			return r.RatString()
		}
		return v.String()
	}
	return value
}

func must(data []byte, err error) []byte {
	if err != nil {
		return nil
	}
	return data
}

var unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

func readsItself(t reflect.Type) bool {
	return t.Kind() != reflect.Interface && (t.Implements(unmarshalerType) || reflect.PointerTo(t).Implements(unmarshalerType))
}

// mismatch is what a result says itself of what it does not hold.
func mismatch(v reflect.Value) error {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		if m, ok := v.Interface().(interface{ Mismatch() error }); ok {
			return m.Mismatch()
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct {
		if m, ok := v.Addr().Interface().(interface{ Mismatch() error }); ok {
			return m.Mismatch()
		}
	}
	return nil
}
