package conformance

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux"
)

// unknown is a member that no spec has, put into every object of an answer.
const unknown = "notInAnySpec"

func withUnknown(t *testing.T, answer []byte) []byte {
	t.Helper()
	if len(answer) == 0 {
		return answer
	}
	data, err := json.Marshal(addUnknown(decode(t, answer)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func addUnknown(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			addUnknown(e)
		}
		v[unknown] = map[string]any{"deep": json.Number("1.50")}
	case []any:
		for _, e := range v {
			addUnknown(e)
		}
	}
	return v
}

// withoutUnknown is v as a Go type that names all documented members can give it back: without the unknown members, and without
// objects that held nothing else, which have no type to begin with.
func withoutUnknown(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, e := range v {
			if name != unknown {
				kept[name] = withoutUnknown(e)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, e := range v {
			kept[i] = withoutUnknown(e)
		}
		return kept
	}
	return v
}

var recordType = reflect.TypeFor[caremux.Record]()

// checkRecords holds every record inside a result against the part of the answer that it was decoded from.
func checkRecords(t *testing.T, v reflect.Value, answer any, at string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			checkRecords(t, v.Elem(), answer, at)
		}
	case reflect.Slice:
		list, _ := answer.([]any)
		for i := range min(v.Len(), len(list)) {
			checkRecords(t, v.Index(i), list[i], at+"[]")
		}
	case reflect.Struct:
		object, _ := answer.(map[string]any)
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous && f.Type == recordType {
				checkRecord(t, v.Field(i).Interface().(caremux.Record), answer, at)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if value, ok := object[name]; ok && f.IsExported() {
				checkRecords(t, v.Field(i), value, at+"."+name)
			}
		}
	}
}

func checkRecord(t *testing.T, r caremux.Record, answer any, at string) {
	t.Helper()
	raw := r.RawJSON()
	if raw == nil || !reflect.DeepEqual(decode(t, raw), answer) {
		t.Errorf("%s: RawJSON is not the JSON of the record", at)
	}
	if err := r.Mismatch(); err != nil {
		t.Errorf("%s: %v", at, err)
	}
	extra := r.Extra()
	if _, ok := extra[unknown]; !ok || len(extra) != 1 {
		t.Errorf("%s: Extra has %d members, want the unknown one alone", at, len(extra))
	}
}

// countRecords counts the records at the top of a result.
func countRecords(v reflect.Value) int {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice:
		n := 0
		for i := range v.Len() {
			n += countRecords(v.Index(i))
		}
		return n
	case reflect.Struct:
		if f, ok := v.Type().FieldByName("Record"); ok && f.Type == recordType {
			return 1
		}
	}
	return 0
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return v
}

// plain is v as JSON decoding gives it.
func plain(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}
