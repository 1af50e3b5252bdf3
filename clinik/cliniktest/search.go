package cliniktest

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/fake"
)

const (
	defaultCount = 20
	maxCount     = 100
)

// search answers a search from the index.
func (s *Server) search(c *call, ns *namespace) object {
	rows := []object{}
	wanted := ns.filter(c)
	for _, r := range in(s.flat, ns.tag).indexed.rows {
		if wanted(r.body) {
			rows = append(rows, r.body)
		}
	}
	ns.sort(rows, c.param("sort"))
	page, next := cut(rows, c.Query, "count", "cursor")
	items := []object{}
	if s.outcomeRows[c.Operation.ID] {
		items = append(items, outcome(issue{"information", "informational", "the index is being rebuilt", nil}))
	}
	for _, row := range page {
		items = append(items, s.shape(c, ns, row))
	}
	answer := object{"data": items, "total": len(rows), "hasMore": next != ""}
	if next != "" {
		answer["cursor"] = next
	}
	return answer
}

// cut returns the page that was requested, and the cursor of the next one, which is its offset as a string.
func cut[T any](rows []T, q url.Values, countParam, cursorParam string) (page []T, next string) {
	count, from := defaultCount, 0
	if n, err := strconv.Atoi(q.Get(countParam)); err == nil && n > 0 {
		count = min(n, maxCount)
	}
	if n, err := strconv.Atoi(q.Get(cursorParam)); err == nil && n > 0 {
		from = min(n, len(rows))
	}
	to := min(from+count, len(rows))
	if to < len(rows) {
		next = strconv.Itoa(to)
	}
	return rows[from:to], next
}

// filter returns what reports whether a search requests a record. The parameters are read once, and not for each record.
func (ns *namespace) filter(c *call) func(row object) bool {
	wanted := map[string]string{}
	for name := range ns.filters {
		if want := c.param(name); want != "" {
			wanted[name] = want
		}
	}
	from, to := c.param("dateFrom"), c.param("dateTo")
	var date []string // empty if days do not matter
	if (from != "" || to != "") && ns.date != "" {
		date = strings.Split(ns.date, ".")
	}
	return func(row object) bool {
		for name, want := range wanted {
			if !ns.finds(row, name, ns.filters[name], want) {
				return false
			}
		}
		if date == nil {
			return true
		}
		day := dayOf(at(row, date))
		return day != "" && day >= from && (to == "" || day <= to)
	}
}

// finds reports whether a record is one that a search parameter requests.
func (ns *namespace) finds(row object, name string, path []string, want string) bool {
	switch {
	case name == "name":
		text := str(row, "name") + " " + str(row, "firstName") + " " + str(row, "lastName") + " " + str(row, "fullName")
		return strings.Contains(strings.ToLower(text), strings.ToLower(want))
	case name == "email":
		return strings.EqualFold(str(row, "email"), want)
	case ns.isDay[name]:
		return dayOf(at(row, path)) == want
	}
	return equals(at(row, path), want)
}

// at returns what is at the end of a path; of a list, it gives the list of what is there in its elements.
func at(v any, path []string) any {
	if len(path) == 0 {
		return v
	}
	switch v := v.(type) {
	case object:
		return at(v[path[0]], path[1:])
	case []any:
		var all []any
		for _, element := range v {
			all = append(all, at(element, path))
		}
		return all
	}
	return nil
}

// equals reports whether a value is what a search requests: plain, or as a code, or one in a list.
func equals(v any, want string) bool {
	switch v := v.(type) {
	case nil:
		return false
	case []any:
		return slices.ContainsFunc(v, func(element any) bool { return equals(element, want) })
	case object:
		return equals(v["code"], want) || equals(v["text"], want) || equals(v["display"], want)
	case string:
		return strings.EqualFold(v, want)
	}
	return fmt.Sprint(v) == want
}

func dayOf(v any) string {
	text, _ := v.(string)
	return text[:min(len(text), len("2006-01-02"))]
}

// sort orders records by a field, downwards with a leading "-". "date" is the field that dateFrom looks at if there is no other.
func (ns *namespace) sort(rows []object, by string) {
	name, down := strings.CutPrefix(by, "-")
	if name == "" {
		return
	}
	path := strings.Split(name, ".")
	if name == "date" && ns.date != "" && !slices.ContainsFunc(rows, func(row object) bool { return row["date"] != nil }) {
		path = strings.Split(ns.date, ".")
	}
	fake.SortBy(rows, down, func(row object) any { return at(row, path) })
}
