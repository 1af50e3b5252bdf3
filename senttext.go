package caremux

import (
	"encoding/json"

	"github.com/caremux/caremux/internal/scan"
)

// What the types of times and days have in common: they keep the text that a vendor sent, and write it back.

// sentText returns the text of a JSON string, or the JSON of anything else but null, which is no text. bare says that it was no string.
func sentText(data []byte) (text string, bare bool) {
	if text, ok := scan.Text(data); ok {
		return text, false
	}
	value, ok := scan.Compact(data)
	if !ok || string(value) == "null" {
		return "", false
	}
	return string(value), true
}

// textJSON writes a text as JSON. bare says that it was sent as JSON of its own, and not as a string.
func textJSON(text string, bare bool) ([]byte, error) {
	if bare {
		return []byte(text), nil
	}
	return json.Marshal(text)
}
