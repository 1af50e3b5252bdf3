package mappingtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/wire"
)

const (
	// Records is how many records [RoundTrip] makes up, without -short.
	Records = 1000
	// dumped is how many of them are for validators, and all that there are with -short.
	dumped = 100
)

// DumpVariable names a directory in the environment into which resources are written, for validators that others wrote.
const DumpVariable = "CAREMUX_FHIR_DUMP"

// RoundTrip maps records that are made up to FHIR and back, by way of FHIR's JSON, and fails for one whose JSON is not
// what it was. null and absent are the same.
func RoundTrip[V any, R fhir.Resource](t *testing.T, values map[string][]any, to func(*V) (R, error), back func(R) (*V, error)) {
	t.Helper()
	g := &Generator{Rand: rand.New(rand.NewPCG(1, 2)), Values: values}
	n := Records
	if testing.Short() {
		n = dumped
	}
	for i := range n {
		raw := g.JSON(reflect.TypeFor[V]())
		resource, err := to(Decode[V](t, raw))
		if err != nil {
			t.Fatalf("record %d: %v\n%s", i, err, raw)
		}
		text, err := fhir.Marshal(resource)
		if err != nil {
			t.Fatalf("record %d: %v\n%s", i, err, raw)
		}
		var read fhir.Resource
		if err := fhir.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		for m := range fhir.Misfits(read) {
			t.Fatalf("record %d does not fit R4: %v\n%s", i, m, text)
		}
		if i < dumped {
			Dump(t, fmt.Sprintf("%s-of-%s-%d", resource.ResourceType(), reflect.TypeFor[V]().Name(), i), text)
		}
		record, err := back(read.(R))
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		got := any(record).(interface{ RawJSON() json.RawMessage }).RawJSON()
		if a, b := Canonical(t, raw), Canonical(t, got); !bytes.Equal(a, b) {
			t.Fatalf("record %d was\n%s\nbut came back as\n%s\nby\n%s", i, a, b, text)
		}
	}
}

// Decode returns the record of a response.
func Decode[V any](t testing.TB, raw []byte) *V {
	t.Helper()
	record := new(V)
	if err := wire.Unmarshal(raw, record); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	caremux.KeepJSON(record, raw)
	return record
}

// Canonical returns JSON in one way of writing it, without null.
func Canonical(t testing.TB, text []byte) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	out, err := json.Marshal(withoutNull(v))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func withoutNull(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if v[name] = withoutNull(value); value == nil {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	}
	return v
}

// Dump writes a resource for validators, if [DumpVariable] names a directory.
func Dump(t testing.TB, name string, resource []byte) {
	t.Helper()
	dir := os.Getenv(DumpVariable)
	if dir == "" {
		return
	}
	file := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()+"-"+name) + ".json"
	if err := os.WriteFile(filepath.Join(dir, file), resource, 0o600); err != nil {
		t.Fatal(err)
	}
}
