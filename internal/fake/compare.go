package fake

import (
	"cmp"
	"fmt"
	"slices"
)

// SortBy sorts rows by a value of each, which it looks up once: numbers by value and all else by its text, what is not there
// first. Rows with equal values keep their order, downwards too.
func SortBy[R any](rows []R, down bool, value func(R) any) {
	type keyed struct {
		row R
		key any
	}
	all := make([]keyed, len(rows))
	for i, row := range rows {
		all[i] = keyed{row, value(row)}
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		if down {
			return compare(b.key, a.key)
		}
		return compare(a.key, b.key)
	})
	for i := range all {
		rows[i] = all[i].row
	}
}

func compare(a, b any) int {
	if x, ok := a.(string); ok { // as most are, so that no text is made of them
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	}
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
