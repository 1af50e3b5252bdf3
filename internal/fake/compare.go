package fake

import (
	"cmp"
	"fmt"
)

// Compare orders what fields of records hold, for a sort: numbers by value and all else by its text, what is not there first.
func Compare(a, b any) int {
	x, xIsNumber := number(a)
	y, yIsNumber := number(b)
	switch {
	case xIsNumber && yIsNumber:
		return cmp.Compare(x, y)
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}
