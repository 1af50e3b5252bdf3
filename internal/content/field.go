package content

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// set sets the field in a JSON body.
func set(body []byte, field caremux.BodyField) ([]byte, error) {
	body, err := setField(body, strings.Split(field.Path, "."), field.Value)
	if err != nil {
		return nil, &caremux.ArgumentError{Field: field.Path, Rule: err.Error()}
	}
	return body, nil
}

var (
	errNoObject   = errors.New("cannot be set in what is no JSON object")
	errNoEncoding = errors.New("cannot be encoded as JSON")
)

func setField(object []byte, path []string, value any) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, errNoObject
	}
	if members == nil {
		members = map[string]json.RawMessage{}
	}
	var set []byte
	var err error
	if len(path) == 1 {
		if set, err = wire.Marshal(value); err != nil {
			return nil, errNoEncoding
		}
	} else {
		inner := members[path[0]]
		if inner == nil || bytes.Equal(inner, []byte("null")) {
			inner = []byte("{}")
		}
		if set, err = setField(inner, path[1:], value); err != nil {
			return nil, err
		}
	}
	members[path[0]] = set
	return wire.Marshal(members)
}
