package ekacare

import (
	"encoding/json"

	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// jsonString returns a JSON string, "" for anything else.
func jsonString(raw json.RawMessage) string {
	text, _ := scan.Text(raw)
	return text
}

// jsonScalar returns a JSON string or number as a string.
func jsonScalar(raw json.RawMessage) string {
	var n json.Number
	if len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return jsonString(raw)
}

// jsonStrings returns the strings of a JSON list, or a string as a list of one.
func jsonStrings(raw json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		if one := jsonString(raw); one != "" {
			return []string{one}
		}
		return nil
	}
	var out []string
	for _, item := range list {
		out = append(out, jsonString(item))
	}
	return out
}

// jsonMember returns a string field of a JSON object.
func jsonMember(body []byte, name string) string {
	var m map[string]json.RawMessage
	if json.Unmarshal(body, &m) != nil {
		return ""
	}
	return jsonString(m[name])
}

// decodeStored decodes an object that was kept as JSON, nil if it is none.
func decodeStored[T any](raw []byte) *T {
	v := new(T)
	if transport.Decode(raw, v) != nil {
		return nil
	}
	return v
}
