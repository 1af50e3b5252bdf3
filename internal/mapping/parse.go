package mapping

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/caremux/caremux/internal/scan"
)

// Records are compared for each of thousands of appointments, which encoding/json is too slow for: it checks, copies
// and reflects on what was checked when it was received.

// field is a field of an object, as it is encoded.
type field struct{ name, value []byte }

// fieldsOf returns the fields of an object in the order of their names, without those that are null, which vendors send
// for absent ones. Of fields with one name the last counts.
func fieldsOf(data []byte) []field {
	if len(data) == 0 {
		return nil
	}
	all := make([]field, 0, 24)
	scan.Members(data, func(name, value []byte) bool {
		if !utf8.Valid(name) {
			name = []byte(string([]rune(string(name)))) // as encoding/json reads it
		}
		all = append(all, field{name, value})
		return true
	})
	slices.SortStableFunc(all, func(a, b field) int { return bytes.Compare(a.name, b.name) })
	kept := all[:0]
	for i, f := range all {
		if i+1 < len(all) && bytes.Equal(f.name, all[i+1].name) || isNull(f.value) {
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

// compareFirst compares the names of the first fields. An empty list is behind all.
func compareFirst(a, b []field) int {
	switch {
	case len(b) == 0:
		return -1
	case len(a) == 0:
		return 1
	}
	return bytes.Compare(a[0].name, b[0].name)
}

func isNull(value []byte) bool { return len(value) > 0 && value[0] == 'n' }

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// sameJSON reports whether two values are equal, whatever the order of fields and the way of writing text.
func sameJSON(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return bytes.Equal(a, b) || a[0] == b[0] && equal(parseAny(a), parseAny(b))
}

// parse decodes an object, without fields that are null.
func parse(text []byte) object {
	o, _ := parseAny(text).(object)
	if o == nil {
		o = object{}
	}
	return o
}

// deep is the nesting from which encoding/json decodes: parseAny passes over a value once for each level.
const deep = 32

// parseAny decodes a value that is known to be JSON, without fields that are null: objects, lists, texts, [json.Number] and
// booleans.
func parseAny(text []byte) any { return parseAt(text, 0) }

func parseAt(text []byte, depth int) any {
	text = scan.TrimSpace(text)
	if len(text) == 0 {
		return nil
	}
	if depth == deep {
		return decodeAny(text)
	}
	switch text[0] {
	case '{':
		fields := fieldsOf(text)
		o := make(object, len(fields))
		for _, f := range fields {
			o[string(f.name)] = parseAt(f.value, depth+1)
		}
		return o
	case '[':
		elements, _ := scan.Elements(text)
		list := make([]any, len(elements))
		for i, e := range elements {
			list[i] = parseAt(e, depth+1)
		}
		return list
	case '"':
		return parseText(text)
	case 't', 'f':
		return text[0] == 't'
	case 'n':
		return nil
	}
	return json.Number(text)
}

// decodeAny is parseAny for text of others, nil for what is not JSON.
func decodeAny(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return withoutNull(v)
}

func withoutNull(v any) any {
	switch v := v.(type) {
	case object:
		for name, value := range v {
			if value == nil {
				delete(v, name)
				continue
			}
			v[name] = withoutNull(value)
		}
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	}
	return v
}

// parseText decodes a string.
func parseText(text []byte) any {
	if len(text) >= 2 && bytes.IndexByte(text, '\\') < 0 && isASCII(text) {
		return string(text[1 : len(text)-1])
	}
	var s string
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	return s
}

// isASCII reports whether there is no byte that encoding/json could replace.
func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
