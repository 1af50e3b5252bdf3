package welkintest

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// page is one page of a list, not yet in an envelope.
type page struct {
	items             []object
	number, size      int
	total, totalPages int
	isFirst, isLast   bool
	sorted            bool
}

// paginate sorts a list and cuts out the page that was asked for.
func paginate(rows []object, q url.Values) page {
	p := page{size: 20, total: len(rows)}
	if n, err := strconv.Atoi(q.Get("size")); err == nil && n > 0 {
		p.size = n
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		p.number = n
	}
	if name, direction, _ := strings.Cut(q.Get("sort"), ","); name != "" {
		p.sorted = true
		slices.SortStableFunc(rows, func(a, b object) int {
			order := compare(field(a, name), field(b, name))
			if strings.EqualFold(direction, "desc") {
				return -order
			}
			return order
		})
	}
	p.totalPages = (p.total + p.size - 1) / p.size
	from := min(p.number*p.size, p.total)
	p.items = rows[from:min(from+p.size, p.total)]
	p.isFirst, p.isLast = p.number == 0, p.number >= p.totalPages-1
	return p
}

// compare orders numbers by value and all else by its text, what is not there first.
func compare(a, b any) int {
	x, xIsNumber := number(a)
	y, yIsNumber := number(b)
	switch {
	case xIsNumber && yIsNumber:
		return cmp.Compare(x, y)
	case a == nil || b == nil:
		return cmp.Compare(bit(a != nil), bit(b != nil))
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

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pageable is the envelope with content, pageable and last.
func pageable(rows []object, q url.Values) object {
	p := paginate(rows, q)
	sort := object{"sorted": p.sorted, "unsorted": !p.sorted, "empty": !p.sorted}
	return object{
		"content": p.items,
		"pageable": object{
			"sort": sort, "offset": p.number * p.size, "pageNumber": p.number, "pageSize": p.size, "paged": true, "unpaged": false,
		},
		"first": p.isFirst, "last": p.isLast, "totalPages": p.totalPages, "totalElements": p.total, "size": p.size,
		"number": p.number, "sort": sort, "numberOfElements": len(p.items), "empty": len(p.items) == 0,
	}
}

// metaInfo is the envelope with data and metaInfo.
func metaInfo(rows []object, q url.Values) object {
	p := paginate(rows, q)
	return object{
		"data": p.items,
		"metaInfo": object{
			"page": p.number, "pageSize": p.size, "totalElements": p.total, "numberOfElements": len(p.items),
			"totalPages": p.totalPages, "firstPage": p.isFirst, "lastPage": p.isLast,
		},
	}
}
