package wire

import "strconv"

// NumberID writes an id that is a number in decimal digits, "" if there is none.
func NumberID[T int | int64](id *T) string {
	if id == nil {
		return ""
	}
	return strconv.FormatInt(int64(*id), 10)
}
