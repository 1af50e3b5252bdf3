package caremux

import (
	"bytes"
	"encoding/json"
)

// What the types of times and days have in common: they keep the text that a vendor sent, and write it back.

// sentText returns the text of a JSON string, or the JSON of anything else but null, which is no text. bare says that it was no string.
func sentText(data []byte) (text string, bare bool) {
	if len(data) > 0 && data[0] == '"' {
		var s string
		if json.Unmarshal(data, &s) == nil {
			return s, false
		}
	}
	var b bytes.Buffer
	if json.Compact(&b, data) != nil || b.String() == "null" {
		return "", false
	}
	return b.String(), true
}

// textJSON writes a text as JSON. bare says that it was sent as JSON of its own, and not as a string.
func textJSON(text string, bare bool) ([]byte, error) {
	if bare {
		return []byte(text), nil
	}
	return json.Marshal(text)
}
