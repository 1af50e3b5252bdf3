package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// UnknownCode is what a code becomes whose name, or form, is not known. Zero will not do: it may be a code with a meaning.
const UnknownCode = math.MinInt32

// UnmarshalEnum decodes a coded value that travels as a number or as its name, in whichever case, or as one of its other names.
// It does not fail, as that would cost the rest of the record; RawJSON of the record has what came.
func UnmarshalEnum[T ~int](data []byte, code *T, names map[T]string, others ...map[string]T) error {
	*code = 0
	if string(data) == "null" {
		return nil
	}
	name := string(data)
	if len(data) > 0 && data[0] == '"' && json.Unmarshal(data, &name) != nil {
		name = ""
	}
	if n, err := strconv.ParseFloat(name, 64); err == nil && n == math.Trunc(n) && math.Abs(n) < -UnknownCode {
		*code = T(n)
		return nil
	}
	*code = UnknownCode
	for value, known := range names {
		if strings.EqualFold(known, name) {
			*code = value
		}
	}
	for _, other := range others {
		for known, value := range other {
			if strings.EqualFold(known, name) {
				*code = value
			}
		}
	}
	return nil
}

// EnumName is the name of a code, or its number.
func EnumName[T ~int](code T, names map[T]string) string {
	if name, ok := names[code]; ok {
		return name
	}
	if code == UnknownCode {
		return "unknown"
	}
	return strconv.Itoa(int(code))
}
