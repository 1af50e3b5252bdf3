// Package outer reads the outer fields of a JSON object in one pass, for webhooks: what an event is stands there, and the rest of the
// body is decoded once, when its type is known.
package outer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/caremux/caremux/internal/scan"
)

// Fields are the outer fields of a JSON object in the order of the text, those that occur twice too. Values have no white space
// between their tokens. They may be parts of the body.
type Fields []Field

// Field is one of them.
type Field struct{ Name, Value []byte }

// Read returns the fields of a body that is one JSON object and nothing else, with or without a byte order mark.
func Read(body []byte) (Fields, bool) {
	value, ok := scan.Compact(scan.TrimBOM(body))
	if !ok {
		return nil, false
	}
	return Within(value)
}

// Within returns the fields of a value that Read found, if that is an object.
func Within(value []byte) (Fields, bool) { return Append(make(Fields, 0, 12), value) }

// Append is Within for a slice that may live on the caller's stack.
func Append(fields Fields, value []byte) (Fields, bool) {
	ok := scan.Members(value, func(name, value []byte) bool {
		fields = append(fields, Field{name, value})
		return true
	})
	return fields, ok
}

// Value returns the value of the last field of that very name, nil if there is none.
func (f Fields) Value(name string) []byte {
	for _, field := range slices.Backward(f) {
		if string(field.Name) == name {
			return field.Value
		}
	}
	return nil
}

// Text returns what a decoder makes of a Go field of type string: the last string under that name, in any case.
func (f Fields) Text(name string) string {
	for _, field := range slices.Backward(f) {
		if bytes.EqualFold(field.Name, []byte(name)) {
			if text, ok := scan.Text(field.Value); ok {
				return text
			}
		}
	}
	return ""
}

// Number returns the last number under that name, in any case, as it is written; "" if there is none.
func (f Fields) Number(name string) string {
	for _, field := range slices.Backward(f) {
		if c := field.Value[0]; (c == '-' || c >= '0' && c <= '9') && bytes.EqualFold(field.Name, []byte(name)) {
			return string(field.Value)
		}
	}
	return ""
}

// Digest is a hash of all fields, whatever their order and the white space between tokens, but for those to leave out. Fields that
// nobody knows count too: they may be what tells two events apart.
func (f Fields) Digest(leaveOut ...string) string {
	var few [16]Field // most events fit into it and into text, and need nothing from the heap
	sorted := append(few[:0], f...)
	slices.SortStableFunc(sorted, func(a, b Field) int { return bytes.Compare(a.Name, b.Name) })
	var text [2048]byte
	b := text[:0]
	for _, field := range sorted {
		if slices.Contains(leaveOut, string(field.Name)) {
			continue
		}
		b = appendName(b, field.Name)
		b = append(b, ':')
		b = append(b, field.Value...)
		b = append(b, ',')
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// appendName appends a name as encoding/json writes it.
func appendName(b, name []byte) []byte {
	if plain(name) {
		return append(append(append(b, '"'), name...), '"')
	}
	quoted, _ := json.Marshal(string(name)) // a string
	return append(b, quoted...)
}

// plain reports whether text is written in JSON as it is.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}
