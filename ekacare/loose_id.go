package ekacare

import (
	"encoding/json"
	"strings"
)

// LooseID is an id that travels as a number in some messages and as text in others.
type LooseID string

// UnmarshalJSON reads a text or a number; null is an empty id. Anything else leaves the id empty.
func (id *LooseID) UnmarshalJSON(data []byte) error {
	*id = ""
	switch value := strings.TrimSpace(string(data)); {
	case strings.HasPrefix(value, `"`):
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*id = LooseID(s)
	case value != "" && strings.Contains("-0123456789", value[:1]):
		*id = LooseID(value)
	}
	return nil
}
