package fhir_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// decode decodes text as a T.
func decode[T any](t testing.TB, text string) *T {
	t.Helper()
	v := new(T)
	if err := fhir.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// encode encodes v.
func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := fhir.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantJSON fails unless v is encoded as this JSON.
func wantJSON(t testing.TB, v any, want string) {
	t.Helper()
	sameJSON(t, []byte(encode(t, v)), []byte(want))
}

// wantRefused fails unless Marshal refuses v and names the field, and encoding/json does too where v has the method.
func wantRefused(t testing.TB, v any, field string) {
	t.Helper()
	text, err := fhir.Marshal(v)
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) || argument.Field != field || text != nil {
		t.Errorf("got %s, %v; want an ArgumentError for %q", text, err, field)
	}
	if _, ok := v.(json.Marshaler); ok {
		if text, err := json.Marshal(v); !errors.As(err, &argument) {
			t.Errorf("encoding/json: got %s, %v; want an ArgumentError", text, err)
		}
	}
}

// paths are the paths of misfits.
func paths(v any) []string {
	all := []string{}
	for _, m := range fhir.Misfits(v) {
		all = append(all, m.Path)
	}
	return all
}

func wantPaths(t testing.TB, v any, want ...string) {
	t.Helper()
	if got := paths(v); !reflect.DeepEqual(got, append([]string{}, want...)) {
		t.Errorf("misfits %v, want %v", got, want)
	}
}
