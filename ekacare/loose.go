package ekacare

import (
	"bytes"
	"encoding/json"

	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// LooseText is a value that is a string in some messages and a number in others.
type LooseText string

// Misread reports whether an object or a list was sent in place of the text. The text is then its JSON.
func (t LooseText) Misread() bool { return LooseID(t).Misread() }

// UnmarshalJSON reads any JSON value; null is an empty string, and a number keeps all its digits.
func (t *LooseText) UnmarshalJSON(data []byte) error { return (*LooseID)(t).UnmarshalJSON(data) }

// OneOrMore is a list that travels as a single value in some messages, which is a list of one.
type OneOrMore[T any] struct {
	List []T

	raw     json.RawMessage // as received
	misread bool
}

// IsZero reports whether the list is empty and no value was received.
func (l OneOrMore[T]) IsZero() bool { return len(l.List) == 0 && l.raw == nil }

// RawJSON returns a copy of the JSON that was received, nil for a list made by the caller.
func (l OneOrMore[T]) RawJSON() json.RawMessage { return bytes.Clone(l.raw) }

// Misread reports whether there was a value that could not be read, or not wholly. RawJSON returns what was sent.
func (l OneOrMore[T]) Misread() bool { return l.misread }

// UnmarshalJSON reads a list or a single value. A value that cannot be read is left out; see [OneOrMore.Misread].
func (l *OneOrMore[T]) UnmarshalJSON(data []byte) error {
	*l = OneOrMore[T]{}
	data = bytes.Clone(bytes.TrimSpace(data))
	if string(data) == "null" {
		return nil
	}
	l.raw = data
	elements, isList := scan.Elements(data)
	if !isList {
		elements = [][]byte{data}
	}
	l.List = make([]T, 0, len(elements))
	for _, element := range elements {
		var item T
		if transport.Decode(element, &item) != nil {
			l.misread = true
			continue
		}
		if m, ok := any(&item).(interface{ Mismatch() error }); ok && m.Mismatch() != nil {
			l.misread = true
		}
		l.List = append(l.List, item)
	}
	return nil
}

// MarshalJSON writes a list, or a single value if one was received and there is one still.
func (l OneOrMore[T]) MarshalJSON() ([]byte, error) {
	if len(l.raw) > 0 && l.raw[0] != '[' && len(l.List) == 1 {
		return json.Marshal(l.List[0])
	}
	return json.Marshal(l.List)
}
