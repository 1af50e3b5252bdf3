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

// Unmarshal decodes data into v. A member whose JSON type does not fit leaves its field alone and gives a
// *json.UnmarshalTypeError after everything else has been decoded.
func Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
