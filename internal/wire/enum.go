package wire

import (
	"encoding/json"
	"strconv"
)

// UnmarshalEnum decodes a coded value that travels as a number or as its name. A name that is not known leaves the code at
// zero; RawJSON of the record has it.
func UnmarshalEnum[T ~int](data []byte, code *T, names map[T]string) error {
	*code = 0
	var n int
	if json.Unmarshal(data, &n) == nil {
		*code = T(n)
		return nil
	}
	var name string
	if err := json.Unmarshal(data, &name); err != nil {
		return err
	}
	if n, err := strconv.Atoi(name); err == nil {
		*code = T(n)
		return nil
	}
	for value, known := range names {
		if known == name {
			*code = value
			return nil
		}
	}
	return nil
}

// EnumName is the name of a code, or its number.
func EnumName[T ~int](code T, names map[T]string) string {
	if name, ok := names[code]; ok {
		return name
	}
	return strconv.Itoa(int(code))
}
