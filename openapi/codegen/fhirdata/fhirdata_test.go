package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

// folder makes a package with some files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDefinitionsAreReducedToWhatTheGeneratorNeeds(t *testing.T) {
	dir := folder(t, map[string]string{
		"StructureDefinition-Pet.json": `{"name":"Pet","kind":"resource","derivation":"specialization",
			"fhirVersion":"4.0.1","snapshot":{"element":[
			{"path":"Pet","short":"An animal"},
			{"path":"Pet.id","short":"Id","max":"1","type":[{"code":"http://hl7.org/fhirpath/System.String",
				"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type",
					"valueUrl":"string"}]}]},
			{"path":"Pet.owner","short":"Who","min":1,"max":"*","type":[{"code":"Reference",
				"targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient",
					"http://hl7.org/fhir/StructureDefinition/Group"]}]},
			{"path":"Pet.friend","max":"1","type":[{"code":"Reference",
				"targetProfile":["http://hl7.org/fhir/StructureDefinition/Resource"]}]},
			{"path":"Pet.status","max":"1","type":[{"code":"code"}],"binding":{"strength":"required",
				"valueSet":"urn:s|4.0.1"}},
			{"path":"Pet.breed","max":"1","type":[{"code":"code"}],"binding":{"strength":"example","valueSet":"urn:s"}},
			{"path":"Pet.open","max":"1","type":[{"code":"code"}],"binding":{"strength":"required",
				"valueSet":"urn:open"}},
			{"path":"Pet.part","max":"*","contentReference":"#Pet.owner"}]}}`,
		"StructureDefinition-Abstract.json": `{"name":"Abstract","kind":"resource","abstract":true,
			"snapshot":{"element":[{"path":"Abstract"}]}}`,
		"StructureDefinition-Profile.json": `{"name":"Profile","kind":"complex-type","derivation":"constraint",
			"snapshot":{"element":[{"path":"X"}]}}`,
		"StructureDefinition-Model.json": `{"name":"Model","kind":"logical","derivation":"specialization",
			"snapshot":{"element":[{"path":"Model"}]}}`,
		"ValueSet-s.json": `{"url":"urn:s","name":"S","compose":{"include":[{"system":"urn:c"},
			{"system":"urn:d","concept":[{"code":"z"}]}]}}`,
		"ValueSet-open.json": `{"url":"urn:open","name":"Open",
			"compose":{"include":[{"system":"urn:elsewhere"}]}}`,
		"CodeSystem-c.json": `{"url":"urn:c","content":"complete",
			"concept":[{"code":"a","display":"A","definition":"An a.","concept":[{"code":"b"}]}]}`,
		"CodeSystem-d.json": `{"url":"urn:d","content":"fragment","concept":[{"code":"z","display":"Z"}]}`,
	})
	out := filepath.Join(t.TempDir(), "out.json.gz")
	if err := reduce(dir, out); err != nil {
		t.Fatal(err)
	}
	got, err := fhirdef.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	want := &fhirdef.Definitions{
		Version: "4.0.1",
		Types: []fhirdef.Type{{Name: "Pet", Resource: true, Short: "An animal", Elements: []fhirdef.Element{
			{Path: "Pet.id", Short: "Id", Types: []string{"string"}},
			{Path: "Pet.owner", Short: "Who", Min: 1, List: true, Types: []string{"Reference"},
				Targets: []string{"Patient", "Group"}},
			{Path: "Pet.friend", Types: []string{"Reference"}},
			{Path: "Pet.status", Types: []string{"code"}, ValueSet: "urn:s"},
			{Path: "Pet.breed", Types: []string{"code"}},
			{Path: "Pet.open", Types: []string{"code"}},
			{Path: "Pet.part", List: true, SameAs: "Pet.owner"},
		}}},
		ValueSets: map[string]fhirdef.ValueSet{"urn:s": {Name: "S", Codes: []fhirdef.Code{
			{Code: "a", Display: "A", Definition: "An a."}, {Code: "b"}, {Code: "z", Display: "Z"},
		}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestASampleHasTheSmallExamplesAndNoTerminology(t *testing.T) {
	dir := folder(t, map[string]string{
		"Patient-1.json": "\xef\xbb\xbf{ \"id\": 1.50 }", "Patient-2.json": `{"id":2}`,
		"Patient-3.json": `{"id":3}`, "Patient-4.json": `{"id":4}`,
		"Patient-large.json": `{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`, "ValueSet-1.json": `{}`,
		"package.json": `{}`,
	})
	out := filepath.Join(t.TempDir(), "out.ndjson.gz")
	for most, want := range map[int]string{10: "{\"id\":1.50}\n{\"id\":2}\n{\"id\":3}\n{\"id\":4}\n",
		2: "{\"id\":1.50}\n{\"id\":3}\n"} {
		if err := sample(dir, out, 30, most); err != nil {
			t.Fatal(err)
		}
		if got := unpacked(t, out); got != want {
			t.Errorf("at most %d: %q", most, got)
		}
	}
}

func unpacked(t *testing.T, name string) string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
