package scan_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/caremux/caremux/internal/scan"
)

func TestCompactLeavesOutTheWhiteSpaceBetweenTokens(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":1}`: `{"a":1}`,
		" {\"a\" : [ 1 ,\t2 ] ,\r\n\"b\":{ } }\n": `{"a":[1,2],"b":{}}`,
		`[ ]`:                        `[]`,
		` " a \" b " `:               `" a \" b "`,
		` -0.5e+3 `:                  `-0.5e+3`,
		`[true , false,null, 0,10 ]`: `[true,false,null,0,10]`,
		`{"":{"":[[] , []]}}`:        `{"":{"":[[],[]]}}`,
		"[\"\xff\"]":                 "[\"\xff\"]",
		`"\u00Ff\/\b"`:               `"\u00Ff\/\b"`,
	} {
		data := []byte(body)
		got, ok := scan.Compact(data)
		if !ok || string(got) != want {
			t.Errorf("%q: %q, %t", body, got, ok)
		}
		if string(data) != body {
			t.Errorf("%q became %q", body, data)
		}
	}
	plain := []byte(` {"a":1} `)
	if got, _ := scan.Compact(plain); &got[0] != &plain[1] {
		t.Error("a body without white space between its tokens is copied")
	}
}

// brokenJSON are texts that are not one JSON value.
var brokenJSON = []string{
	``, ` `, `{`, `[`, `}`, `]`, `{]`, `[}`, `{"a":1]`, `[1}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`,
	`{"a":1 "b":2}`, `[1,]`, `[,1]`, `[1 2]`,
	`1 2`, `{}{}`, `{} x`, `tru`, `truE`, `nulll`, `falsehood`, `01`, `-`, `-a`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `1.5.5`,
	`NaN`, `"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u12"`,
	`"\u12G4"`, `"\u123`, "\"\x1f\"", "\"\n\"", `'a'`, "\xef\xbb\xbf{}", "[\v1]",
	"{\"a\":1}\x00", `[1]]`, `{"a":1}}`, "{\"a\"\u00a0:1}",
}

func TestCompactRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	for _, body := range brokenJSON {
		if got, ok := scan.Compact([]byte(body)); ok {
			t.Errorf("%q is read as %q", body, got)
		}
	}
}

func TestCompactNestsAsDeepAsEncodingJSON(t *testing.T) {
	t.Parallel()
	nested := func(depth int) []byte {
		return []byte(strings.Repeat(`{"a":[`, depth/2) + strings.Repeat(`]}`, depth/2))
	}
	for depth, want := range map[int]bool{2: true, 100: true, 10000: true, 10002: false} {
		if _, ok := scan.Compact(nested(depth)); ok != want || json.Valid(nested(depth)) != want {
			t.Errorf("%d levels: %t", depth, ok)
		}
	}
}

func TestTextIsTheStringOfAValue(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`"a b"`: "a b", `""`: "", `"\u0061\n"`: "a\n", "\"\u00e9\"": "\u00e9", "\"\xff\"": "\ufffd",
	} {
		if got, ok := scan.Text([]byte(value)); !ok || got != want {
			t.Errorf("%s: %q, %t", value, got, ok)
		}
	}
	for _, value := range []string{``, `"`, `"a`, `a"`, `1`, `null`, `{}`, `"a"b"`, "\"\n\"", `"\"`} {
		if got, ok := scan.Text([]byte(value)); ok {
			t.Errorf("%s: %q", value, got)
		}
	}
}

// FuzzCompact holds Compact and Text against encoding/json.
func FuzzCompact(f *testing.F) {
	for _, body := range brokenJSON {
		f.Add([]byte(body))
	}
	f.Add([]byte(" {\"a\" : [ 1 ,\t-2.5E-7 ] ,\r\n\"b\\u00e9\":{ } , \"c\":[true,false,null,\"\\\\\\\" \"]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		var want bytes.Buffer
		err := json.Compact(&want, data)
		got, ok := scan.Compact(data)
		if ok != (err == nil) || ok && !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q: %q, %t; want %q, %v", data, got, ok, want.Bytes(), err)
		}
		var text *string // null is none
		isText := json.Unmarshal(got, &text) == nil && text != nil
		if got, ok := scan.Text(got); ok != isText || ok && got != *text {
			t.Errorf("%q: %q, %t", data, got, ok)
		}
		if !bytes.Equal(data, before) {
			t.Errorf("%q became %q", before, data)
		}
	})
}
