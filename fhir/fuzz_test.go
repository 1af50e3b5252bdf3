package fhir_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/caremux/caremux/fhir"
)

// FuzzUnmarshal checks that whatever is read is written as the same JSON, or refused, by the package's types and by a
// user's own.
func FuzzUnmarshal(f *testing.F) {
	for _, tt := range oddPatients {
		f.Add([]byte(`{"resourceType":"Patient",` + tt.text[1:]))
	}
	for _, version := range []string{"r4", "r5", "stu3"} {
		for _, s := range samples(f, version) {
			if len(s.json) < 2_000 {
				f.Add(s.json)
			}
		}
	}
	f.Add([]byte(wardText))
	f.Add([]byte(siblings))
	f.Add([]byte(searchset))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r fhir.Resource
		if fhir.Unmarshal(text, &r) == nil {
			unchanged(t, text, r)
		}
		var w ward
		if fhir.Unmarshal(text, &w) == nil {
			unchanged(t, text, &w)
		}
		var n fhir.HumanName
		if fhir.Unmarshal(text, &n) == nil {
			unchanged(t, text, &n)
		}
	})
}

// unchanged fails if v, which was read from text, is written differently.
func unchanged(t *testing.T, text []byte, v any) {
	t.Helper()
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !json.Valid(text) {
		t.Fatalf("%q was read", text)
	}
	fhir.Misfits(v)
	written, err := fhir.Marshal(v)
	if err != nil {
		return // refused, and named
	}
	if !utf8.Valid(written) {
		t.Fatalf("%q is not UTF-8", written)
	}
	// Members of the same name inside what has no field are beyond a comparison by encoding/json, and so are lone
	// surrogates.
	if hasDuplicates(text) {
		return
	}
	if !bytes.Contains(text, []byte(`\u`)) {
		sameJSON(t, written, text)
	}
	again := v
	switch v.(type) {
	case *ward:
		again = new(ward)
	case *fhir.HumanName:
		again = new(fhir.HumanName)
	default:
		again = new(fhir.Resource)
	}
	if err := fhir.Unmarshal(written, again); err != nil {
		t.Fatalf("%q: %v", written, err)
	}
	if twice, err := fhir.Marshal(again); err != nil || !bytes.Equal(twice, written) {
		t.Fatalf("%q, then %q (%v)", written, twice, err)
	}
}

// hasDuplicates reports whether an object in the text has two fields of one name.
func hasDuplicates(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var walk func() bool
	walk = func() bool {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('['):
			for d.More() {
				if walk() {
					return true
				}
			}
			_, _ = d.Token()
		case json.Delim('{'):
			seen := map[any]bool{}
			for d.More() {
				name, err := d.Token()
				if err != nil || seen[name] {
					return true
				}
				seen[name] = true
				if walk() {
					return true
				}
			}
			_, _ = d.Token()
		}
		return false
	}
	return walk()
}

// FuzzEdit checks that an edit of one list leaves the rest as it was.
func FuzzEdit(f *testing.F) {
	f.Add([]byte(siblings), "X", uint8(1))
	for _, tt := range oddPatients {
		f.Add([]byte(`{"resourceType":"Patient",`+tt.text[1:]), "Jane", uint8(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, given string, at uint8) {
		var p fhir.Patient
		if fhir.Unmarshal(text, &p) != nil || len(p.Name) == 0 || hasDuplicates(text) || bytes.Contains(text,
			[]byte(`\u`)) {
			return
		}
		rest := p
		rest.Name = nil
		before, err := fhir.Marshal(&rest)
		if err != nil {
			return
		}
		n := &p.Name[int(at)%len(p.Name)]
		n.Given = append([]string{given}, n.Given...)
		p.Name = append(p.Name, fhir.HumanName{Family: given})
		if _, err := fhir.Marshal(&p); err != nil {
			return
		}
		p.Name = nil
		after, err := fhir.Marshal(&p)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s became %s (%v)", before, after, err)
		}
	})
}

// FuzzDateTime checks that reading a text as a date never panics, and that what was made from an instant is that
// instant again.
func FuzzDateTime(f *testing.F) {
	for _, text := range []string{"2024", "2024-05-17T10:30:00+02:00", "2020-01-01T24:00:00",
		"2016-12-31T23:59:60Z", "T24:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := fhir.DateTime(text).Time()
		if err != nil || at.Year() < 0 || at.Year() > 9999 {
			return
		}
		if _, offset := at.Zone(); offset%60 != 0 {
			return
		}
		if again, err := fhir.NewDateTime(at).Time(); err != nil || !again.Equal(at) {
			t.Errorf("%s is %v, which is written and read as %v (%v)", text, at, again, err)
		}
	})
}
