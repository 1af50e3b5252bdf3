package wire

import (
	"encoding/json"
	"reflect"

	"github.com/caremux/caremux/internal/fields"
)

// Unmarshal decodes data into v, a pointer, as far as it fits: what does not fit its Go type leaves its field at the zero value, a whole
// number that came as a string fits an integer, and numbers in values of any type become a [json.Number]. The error says that data is
// not JSON or that the whole is another kind of value; [fields.Misfits] lists the parts that do not fit.
func Unmarshal(data []byte, v any) error {
	t := reflect.TypeOf(v).Elem()
	exact := fields.Free(t)
	err := unmarshal(data, v, exact)
	if err == nil || !json.Valid(data) {
		return err
	}
	repaired, ok := fields.Repaired(data, t)
	if !ok {
		return err
	}
	if unmarshal(repaired, v, exact) != nil {
		return err
	}
	return nil
}
