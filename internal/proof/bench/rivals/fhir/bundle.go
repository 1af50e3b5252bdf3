// Package fhir compares package fhir with encoding/json on the plain structs of samply/golang-fhir-models, on a
// search of 1,000 entries made from HL7's examples.
package fhir

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// mix is how many entries of each type the bundle has.
var mix = []struct {
	resourceType string
	count        int
}{{"Observation", 600}, {"MedicationRequest", 200}, {"Patient", 150}, {"Claim", 50}}

// Corpus is the same search in the forms that the two sides decode.
type Corpus struct {
	Name string
	// Bundle has all entries.
	Bundle []byte
	// ByType has a bundle for each resource type, so that plain structs can be decoded without finding out the type
	// of each entry first.
	ByType map[string][]byte
}

// Corpora are the search without narrative, with it, and with it and indented.
func Corpora() ([]Corpus, error) {
	examples, err := readExamples()
	if err != nil {
		return nil, err
	}
	var all []Corpus
	for _, c := range []struct {
		name                string
		narrative, indented bool
	}{{"dense", false, false}, {"narrative", true, false}, {"indented", true, true}} {
		corpus := Corpus{Name: c.name, ByType: map[string][]byte{}}
		var entries []json.RawMessage
		for _, m := range mix {
			var own []json.RawMessage
			of := examples[m.resourceType]
			if len(of) == 0 {
				return nil, fmt.Errorf("no examples of %s", m.resourceType)
			}
			for i := range m.count {
				entry, err := entryOf(of[i%len(of)], m.resourceType, i, c.narrative)
				if err != nil {
					return nil, err
				}
				own = append(own, entry)
			}
			if corpus.ByType[m.resourceType], err = searchset(own, c.indented); err != nil {
				return nil, err
			}
			entries = append(entries, own...)
		}
		if corpus.Bundle, err = searchset(entries, c.indented); err != nil {
			return nil, err
		}
		all = append(all, corpus)
	}
	return all, nil
}

// entryOf is an entry of a search, with the fields of the example in their order.
func entryOf(resource []byte, resourceType string, i int, narrative bool) (json.RawMessage, error) {
	if !narrative {
		text, err := narrativeOf(resource)
		if err != nil {
			return nil, err
		}
		resource = text
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"fullUrl":"https://fhir.example.org/%s/%d","resource":`, resourceType, i)
	fmt.Fprintf(&out, `%s,"search":{"mode":"match"}}`, resource)
	return out.Bytes(), nil
}

// narrativeOf returns the resource without its member text.
func narrativeOf(resource []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(resource))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if name == "text" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "%q:%s", name, value)
	}
	return append(out, '}'), nil
}

func searchset(entries []json.RawMessage, indented bool) ([]byte, error) {
	out := fmt.Appendf(nil, `{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[`, len(entries))
	out = append(append(out, bytes.Join(raws(entries), []byte(","))...), "]}"...)
	if !indented {
		return out, nil
	}
	var wide bytes.Buffer
	err := json.Indent(&wide, out, "", "  ")
	return wide.Bytes(), err
}

func raws(entries []json.RawMessage) [][]byte {
	all := make([][]byte, len(entries))
	for i, e := range entries {
		all[i] = e
	}
	return all
}

// readExamples returns the examples that package fhir is tested with, by resource type.
func readExamples() (map[string][][]byte, error) {
	_, here, _, _ := runtime.Caller(0)
	file, err := os.Open(filepath.Join(filepath.Dir(here), "../../../../../fhir/testdata/r4.ndjson.gz"))
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	all := map[string][][]byte{}
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var head struct{ ResourceType string }
		if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
			return nil, err
		}
		all[head.ResourceType] = append(all[head.ResourceType], bytes.Clone(lines.Bytes()))
	}
	return all, lines.Err()
}
