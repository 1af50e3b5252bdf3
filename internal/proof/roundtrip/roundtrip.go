// Package roundtrip tests a vendor's models with unexpected responses: what was decoded, encoded and decoded again
// is the same value, and encodes to the same bytes.
package roundtrip

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/fill"
	"github.com/caremux/caremux/internal/transport"
)

var recordType = reflect.TypeFor[caremux.Record]()

// Models lists the records that the methods of a client's services return, and those inside of them, sorted by name. more are
// values of models that no method returns, such as events.
func Models(client any, more ...any) []reflect.Type {
	found := map[reflect.Type]bool{} // whether it is a record
	services := reflect.Indirect(reflect.ValueOf(client))
	for i := range services.NumField() {
		if !services.Type().Field(i).IsExported() {
			continue
		}
		service := services.Field(i).Type()
		for m := range service.NumMethod() {
			for _, t := range results(service.Method(m).Type) {
				collect(t, found)
			}
		}
	}
	for _, v := range more {
		collect(reflect.TypeOf(v), found)
	}
	maps.DeleteFunc(found, func(_ reflect.Type, record bool) bool { return !record })
	models := slices.Collect(maps.Keys(found))
	slices.SortFunc(models, func(a, b reflect.Type) int { return cmp.Compare(a.String(), b.String()) })
	return models
}

// results are the types that a method gives, those of an iterator included.
func results(method reflect.Type) (types []reflect.Type) {
	for i := range method.NumOut() {
		out := method.Out(i)
		if out.Kind() == reflect.Func && out.NumIn() == 1 && out.In(0).Kind() == reflect.Func { // iter.Seq2
			for n := range out.In(0).NumIn() {
				types = append(types, out.In(0).In(n))
			}
			continue
		}
		types = append(types, out)
	}
	return types
}

func collect(t reflect.Type, found map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		collect(t.Elem(), found)
	case reflect.Struct:
		if _, ok := found[t]; ok || !strings.HasPrefix(t.PkgPath(), "github.com/caremux/") {
			return
		}
		found[t] = isRecord(t)
		for f := range t.Fields() {
			if f.IsExported() {
				collect(f.Type, found)
			}
		}
	}
}

func isRecord(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	f, ok := t.FieldByName("Record")
	if !ok || f.Type != recordType {
		return false
	}
	_, err := reflect.New(t).Elem().FieldByIndexErr(f.Index) // a flow's result may embed a pointer to a model
	return err == nil
}

// Fuzz decodes arbitrary JSON as one of the models.
func Fuzz(f *testing.F, models []reflect.Type) {
	if len(models) == 0 {
		f.Fatal("no models")
	}
	for i, model := range models {
		seed, err := sample(model)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(i), seed)
	}
	for i, text := range []string{
		`{}`, `null`, `[]`, `{"id":null}`, `{"id":{"a":[1e400]},"name":["x"]}`,
		`{"createdAt":"","updatedAt":5,"date":"31/12/1999"}`, `{"id":"\ud800"}`, "{\"id\":\"\xff\"}",
		`{"ID":1,"id":"2","Id":null}`, `{"data":[null,{},[]]}`, ` {"id" : "<&>"} `,
	} {
		f.Add(uint16(i), []byte(text))
	}
	f.Fuzz(func(t *testing.T, index uint16, data []byte) {
		check(t, models[int(index)%len(models)], data)
	})
}

func check(t *testing.T, model reflect.Type, data []byte) {
	first := reflect.New(model)
	if transport.Decode(data, first.Interface()) != nil {
		return
	}
	if raw := first.Elem().FieldByName("Record").Interface().(caremux.Record).RawJSON(); !bytes.Equal(raw, bytes.TrimSpace(data)) {
		t.Errorf("%s kept %q of %q", model, raw, data)
	}
	records(t, first.Elem())
	once := encode(t, first)
	second := reflect.New(model)
	if err := transport.Decode(once, second.Interface()); err != nil {
		t.Fatalf("%s: %q was read and is written as %q, which cannot be read: %v", model, data, once, err)
	}
	if twice := encode(t, second); !bytes.Equal(once, twice) {
		t.Errorf("%s: %q is written as %q, and that as %q", model, data, once, twice)
	}
	if path := difference(first.Elem(), second.Elem()); path != "" {
		t.Errorf("%s: %q is written as %q, which differs in %s", model, data, once, path)
	}
}

func encode(t *testing.T, v reflect.Value) []byte {
	data, err := json.Marshal(v.Interface())
	if err != nil {
		t.Fatalf("%s cannot be written: %v", v.Type(), err)
	}
	return data
}

// records asks every record in v for what it keeps.
func records(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			records(t, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			records(t, v.Index(i))
		}
	case reflect.Map:
		for _, value := range v.Seq2() {
			records(t, value)
		}
	case reflect.Struct:
		if r, ok := v.Interface().(caremux.Record); ok {
			if raw := r.RawJSON(); raw != nil && !json.Valid(raw) {
				t.Errorf("a record keeps %q", raw)
			}
			for name, value := range r.Extra() {
				if !json.Valid(value) {
					t.Errorf("a record has the member %q: %q", name, value)
				}
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				records(t, v.Field(i))
			}
		}
	}
}

// difference names the first place in which two values differ, the JSON that they keep aside.
func difference(a, b reflect.Value) string {
	if d, done := ownDifference(a, b); done {
		return d
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return differs(a.IsNil() != b.IsNil())
		}
		if a.Elem().Type() != b.Elem().Type() {
			return " a type"
		}
		return difference(a.Elem(), b.Elem())
	case reflect.Slice:
		return listDifference(a, b)
	case reflect.Map:
		return mapDifference(a, b)
	case reflect.Struct:
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() {
				if d := difference(a.Field(i), b.Field(i)); d != "" {
					return "." + f.Name + d
				}
			}
		}
		return ""
	}
	return differs(!a.Equal(b))
}

// ownDifference compares values of the types that are equal in a way of their own.
func ownDifference(a, b reflect.Value) (difference string, done bool) {
	if a.Type().Name() == "EpochSeconds" { // which travel as whole seconds, whatever they were read from
		type seconds interface{ Unix() int64 }
		if a.Interface().(seconds).Unix() != b.Interface().(seconds).Unix() {
			return " a second", true
		}
		return "", true
	}
	switch x := a.Interface().(type) {
	case caremux.Record:
		return "", true
	case time.Time:
		if !x.Equal(b.Interface().(time.Time)) {
			return " a time", true
		}
		return "", true
	case json.RawMessage:
		if !bytes.Equal(compact(x), compact(b.Interface().(json.RawMessage))) {
			return " raw JSON", true
		}
		return "", true
	}
	return "", false
}

func listDifference(a, b reflect.Value) string {
	if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
		return " a list"
	}
	for i := range a.Len() {
		if d := difference(a.Index(i), b.Index(i)); d != "" {
			return fmt.Sprintf("[%d]%s", i, d)
		}
	}
	return ""
}

func mapDifference(a, b reflect.Value) string {
	if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
		return " a map"
	}
	for key, value := range a.Seq2() {
		other := b.MapIndex(key)
		if !other.IsValid() {
			return " a map's keys"
		}
		if d := difference(value, other); d != "" {
			return "[]" + d
		}
	}
	return ""
}

func differs(yes bool) string {
	if yes {
		return " its value"
	}
	return ""
}

func compact(raw []byte) []byte {
	encoded, err := json.Marshal(json.RawMessage(raw))
	if err != nil {
		return raw
	}
	return encoded
}

// sample is JSON of the shape of a model, as a seed: every field has a value, and one is not known yet.
func sample(model reflect.Type) ([]byte, error) {
	v := reflect.New(model)
	fill.Rules{Make: sampled}.Fill(v.Elem(), 4)
	data, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	return bytes.Replace(data, []byte("{"), []byte(`{"memberOfTomorrow":1,`), 1), nil
}

// sampled sets texts, values of any type, and what reads its own JSON.
func sampled(v reflect.Value, _ []fill.Field) (done bool) {
	switch {
	case v.Type() == recordType:
	case v.Kind() == reflect.Int: // some are codes that read their own JSON
		return false
	case reflect.PointerTo(v.Type()).Implements(reflect.TypeFor[json.Unmarshaler]()) && !isRecord(v.Type()):
		_ = json.Unmarshal([]byte(`"2024-10-29T08:13:06.000Z"`), v.Addr().Interface()) // one that takes no text stays empty
	case v.Kind() == reflect.String:
		v.SetString("täxt <&> \u2028")
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		v.Set(reflect.ValueOf(map[string]any{"any": []any{1.5, "x", nil, true}}))
	default:
		return v.Kind() == reflect.Interface
	}
	return true
}
