package conformance

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

// unknown is a field that no spec has, put into every object of a response.
const unknown = "notInAnySpec"

func withUnknown(t *testing.T, answer []byte, schema *openapi3.SchemaRef) []byte {
	t.Helper()
	v := decode(t, answer)
	addUnknown(v, schema)
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// addUnknown puts the unknown member into every object that the spec gives fields. Objects without are maps, whose fields
// are data.
func addUnknown(v any, schema *openapi3.SchemaRef) {
	if schema == nil {
		return
	}
	for len(schema.Value.AllOf) == 1 {
		schema = schema.Value.AllOf[0]
	}
	switch v := v.(type) {
	case map[string]any:
		if len(schema.Value.Properties) == 0 {
			return
		}
		for name, e := range v {
			addUnknown(e, schema.Value.Properties[name])
		}
		v[unknown] = map[string]any{"deep": json.Number("1.50")}
	case []any:
		for _, e := range v {
			addUnknown(e, schema.Value.Items)
		}
	}
}

// asTyped is v as the Go type t can give it back, if it names all documented fields: without the unknown fields, and
// without all fields where t is nothing but a record.
func asTyped(v any, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		if t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type == recordType {
			return kept
		}
		for name, e := range v {
			if name != unknown {
				kept[name] = asTyped(e, memberType(t, name))
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		element := anyType
		if t.Kind() == reflect.Slice {
			element = t.Elem()
		}
		for i, e := range v {
			kept[i] = asTyped(e, element)
		}
		return kept
	}
	return v
}

var anyType = reflect.TypeFor[any]()

func memberType(t reflect.Type, name string) reflect.Type {
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag == name {
				return t.Field(i).Type
			}
		}
	}
	return anyType
}

var recordType = reflect.TypeFor[caremux.Record]()

// checkRecords compares every record inside a result with the part of the response that it was decoded from.
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
		extra := map[string]any{}
		maps.Copy(extra, object)
		var record *caremux.Record
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous && f.Type == recordType {
				record = new(v.Field(i).Interface().(caremux.Record))
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			delete(extra, name)
			if value, ok := object[name]; ok && f.IsExported() {
				checkRecords(t, v.Field(i), value, at+"."+name)
			}
		}
		if record != nil {
			checkRecord(t, *record, object, extra, v.NumField() > 1, at)
		}
	}
}

func checkRecord(t *testing.T, r caremux.Record, object, extra map[string]any, typed bool, at string) {
	t.Helper()
	raw := r.RawJSON()
	if raw == nil || !reflect.DeepEqual(decode(t, raw), any(object)) {
		t.Errorf("%s: RawJSON is not the JSON of the record", at)
	}
	if err := r.Mismatch(); err != nil {
		t.Errorf("%s: %v", at, err)
	}
	for name := range extra {
		if typed && name != unknown {
			t.Errorf("%s: the Go type lacks the documented member %s", at, name)
		}
	}
	got := map[string]any{}
	for name, value := range r.Extra() {
		got[name] = decode(t, value)
	}
	if diff := cmp.Diff(extra, got); diff != "" {
		t.Errorf("%s: Extra (-want +got):\n%s", at, diff)
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
	encode := json.Marshal
	for p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.Elem().Kind() == reflect.Pointer; p = p.Elem() {
		v = p.Elem().Interface()
	}
	if w, ok := v.(interface{ WireJSON() ([]byte, error) }); ok { // a body that logs in
		encode = func(any) ([]byte, error) { return w.WireJSON() }
	}
	data, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}
