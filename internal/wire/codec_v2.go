//go:build go1.27

package wire

import (
	jsonv1 "encoding/json"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"slices"
	"strings"
)

var (
	marshalOptions   = json.JoinOptions(jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false))
	unmarshalOptions = jsonv1.DefaultOptionsV1()
)

// Marshal encodes v as JSON without escaping HTML characters.
func Marshal(v any) ([]byte, error) { return json.Marshal(v, marshalOptions) }

func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v, unmarshalOptions)
	var mismatch *jsonv1.UnmarshalTypeError
	if err != nil && errors.As(err, &mismatch) {
		// Here the field's path counts elements of lists, which the older codec does not: "list.0.zip" is list.zip.
		names := strings.Split(mismatch.Field, ".")
		mismatch.Field = strings.Join(slices.DeleteFunc(names, func(name string) bool {
			return name != "" && strings.Trim(name, "0123456789") == ""
		}), ".")
	}
	return err
}
