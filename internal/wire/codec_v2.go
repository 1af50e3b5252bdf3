//go:build go1.27

package wire

import (
	jsonv1 "encoding/json"
	"encoding/json/jsontext"
	"encoding/json/v2"
)

var (
	marshalOptions   = json.JoinOptions(jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false))
	unmarshalOptions = jsonv1.DefaultOptionsV1()
)

// Marshal encodes v as JSON without escaping HTML characters.
func Marshal(v any) ([]byte, error) { return json.Marshal(v, marshalOptions) }

func unmarshal(data []byte, v any) error { return json.Unmarshal(data, v, unmarshalOptions) }
