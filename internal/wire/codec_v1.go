//go:build !go1.27

package wire

import (
	"bytes"
	"encoding/json"
)

// Marshal encodes v as JSON without escaping HTML characters.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

func unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
