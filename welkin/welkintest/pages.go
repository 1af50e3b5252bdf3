package welkintest

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/fake"
)

// page is one page of a list, not yet in an envelope.
type page struct {
	items             []object
	number, size      int
	total, totalPages int
	isFirst, isLast   bool
	sorted            bool
}

// paginate sorts a list and cuts out the page that was requested.
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
		fake.SortBy(rows, strings.EqualFold(direction, "desc"), func(row object) any { return field(row, name) })
	}
	p.totalPages = (p.total + p.size - 1) / p.size
	from := min(p.number*p.size, p.total)
	p.items = rows[from:min(from+p.size, p.total)]
	p.isFirst, p.isLast = p.number == 0, p.number >= p.totalPages-1
	return p
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
