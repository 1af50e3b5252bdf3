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
	_, err := UnmarshalWhole(data, v, false)
	return err
}

// UnmarshalWhole is Unmarshal into what is known to be zero or not. If whole is true, [fields.Misfits] would list nothing; otherwise that
// is not known.
func UnmarshalWhole(data []byte, v any, zero bool) (whole bool, err error) {
	if unmarshalWhole(data, reflect.ValueOf(v).Elem(), zero) {
		return true, nil
	}
	return false, unmarshalParts(data, v)
}

// unmarshalParts decodes by encoding/json what fits.
func unmarshalParts(data []byte, v any) error {
	to := reflect.ValueOf(v).Elem()
	err := unmarshal(data, v)
	if err != nil {
		if !json.Valid(data) {
			return err
		}
		repaired, ok := fields.Repaired(data, to.Type())
		if !ok || unmarshal(repaired, v) != nil {
			return err
		}
	}
	if hasFree(to) {
		keepDigits(data, to)
	}
	return nil
}
