package ekacare

import (
	"bytes"
	"encoding/json"
)

// LooseID is an id that is a number in some messages and a string in others.
type LooseID string

// Misread reports whether an object or a list was sent in place of the id. The id is then its JSON.
func (id LooseID) Misread() bool {
	return len(id) > 0 && (id[0] == '{' || id[0] == '[') && json.Valid([]byte(id))
}

// UnmarshalJSON reads any JSON value; null is an empty id, and a number keeps all its digits.
func (id *LooseID) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil { // null too
		*id = LooseID(s)
		return nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		return err
	}
	*id = LooseID(b.String())
	return nil
}
