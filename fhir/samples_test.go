package fhir_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux/fhir"
)

// sample is one of HL7's examples.
type sample struct {
	name string
	json []byte
}

// samples reads the examples of testdata/<version>.ndjson.gz.
func samples(t testing.TB, version string) []sample {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", version+".ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var head struct{ ResourceType, ID string }
		if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
			t.Fatal(err)
		}
		all = append(all, sample{version + " " + head.ResourceType + "/" + head.ID, bytes.Clone(lines.Bytes())})
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return all
}

// tree reads JSON with the digits of its numbers.
func tree(t testing.TB, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return v
}

// sameJSON fails unless the texts are the same JSON: the order of fields and the white space may differ, the digits
// of numbers may not.
func sameJSON(t testing.TB, got, want []byte) {
	t.Helper()
	if !reflect.DeepEqual(tree(t, got), tree(t, want)) {
		t.Errorf("got\n%.2000s\nwant\n%.2000s", got, want)
	}
}

// rewrite decodes a resource by the package alone and encodes it.
func rewrite(t testing.TB, text []byte) []byte {
	t.Helper()
	var r fhir.Resource
	if err := fhir.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	written, err := fhir.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// rewriteByEncodingJSON does the same through the methods that encoding/json calls.
func rewriteByEncodingJSON(t testing.TB, text []byte) []byte {
	t.Helper()
	var r fhir.Resource
	if err := fhir.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	read := reflect.New(reflect.TypeOf(r).Elem())
	if err := json.Unmarshal(text, read.Interface()); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(read.Elem().Interface())
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func TestSamplesAreWrittenAsTheyWereRead(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	for version, fewest := range map[string]int{"r4": 700, "r5": 150, "stu3": 150} {
		all := samples(t, version)
		if len(all) < fewest {
			t.Errorf("%d samples of %s", len(all), version)
		}
		for _, s := range all {
			t.Run(s.name, func(t *testing.T) {
				sameJSON(t, rewrite(t, s.json), s.json)
				sameJSON(t, rewriteByEncodingJSON(t, s.json), s.json)
			})
		}
	}
}

func TestR4SamplesFitTheirTypes(t *testing.T) {
	for _, s := range samples(t, "r4") {
		var r fhir.Resource
		if err := fhir.Unmarshal(s.json, &r); err != nil {
			t.Fatal(err)
		}
		if _, unknown := r.(*fhir.Unknown); unknown {
			t.Errorf("%s has no Go type", s.name)
		}
		for _, m := range fhir.Misfits(r) {
			t.Errorf("%s: %v", s.name, m)
		}
	}
}

// TestPackages reads and writes every example of unpacked npm packages. CAREMUX_FHIR_PACKAGES names their folders,
// see testdata/README.md.
func TestPackages(t *testing.T) {
	folders := filepath.SplitList(os.Getenv("CAREMUX_FHIR_PACKAGES"))
	if len(folders) == 0 {
		t.Skip("CAREMUX_FHIR_PACKAGES names no packages")
	}
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(folder, "[A-Z]*-*.json"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no examples in %s (%v)", folder, err)
		}
		count, misfits := 0, 0
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var r fhir.Resource
			if err := fhir.Unmarshal(text, &r); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			misfits += len(fhir.Misfits(r))
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
			written, err := fhir.Marshal(r)
			if err != nil || !reflect.DeepEqual(tree(t, written), tree(t, text)) {
				t.Errorf("%s is written differently (%v)", name, err)
			}
			if !strings.HasPrefix(filepath.Base(name), r.ResourceType()+"-") {
				t.Errorf("%s was read as %s", name, r.ResourceType())
			}
			count++
		}
		t.Logf("%s: %d resources, %d values that do not fit R4's types", folder, count, misfits)
	}
}
