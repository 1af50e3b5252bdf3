package transport

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
)

// step leads from one page to the next.
type step struct {
	to    place  // of the next page, zero on the last
	link  string // that names it
	total *int64
}

// leads reports whether there is a next page.
func (s *step) leads() bool {
	return s.to.values != nil || s.to.url != nil || s.to.nobody != nil
}

// stuck says that more is announced, but not where.
func (s *step) stuck() { s.to = place{nobody: caremux.ErrCursorStuck} }

// next finds the way from a page to the following one. again means that the page itself is one that came before.
func (p *Paging) next(frame, list []byte, values url.Values, count int, seen *progress) (s step, again bool) {
	seen.pages++
	if seen.lists == nil {
		seen.lists, seen.cursors = &earlier{}, &earlier{}
	}
	if seen.repeats(list, count) {
		return s, true
	}
	if seen.empty++; count > 0 {
		seen.empty = 0
	}
	s.total = lookupInt(frame, p.Total)
	if count == 0 && !p.Skip && s.total != nil && *s.total == 0 {
		return s, false // there is nothing, whatever the other fields say
	}
	switch {
	case p.Link != nil:
		s.link = p.Link(frame)
	case p.TokenParam != "":
		p.nextToken(&s, frame, values, seen)
	case p.Skip:
		p.nextSkip(&s, values, count, seen)
	case p.PageParam != "":
		again = p.nextNumber(&s, frame, values, count)
	}
	if (s.to.values != nil || s.link != "") && seen.empty > maxEmptyPages {
		s.stuck()
	}
	return s, again
}

func (p *Paging) nextToken(s *step, frame []byte, values url.Values, seen *progress) {
	if more, known := lookupBool(frame, p.More); known && !more {
		return
	}
	token := lookupText(frame, p.Next)
	if token == "" || token == p.End {
		return
	}
	seen.cursors.Before([]byte(values.Get(p.TokenParam)), seen.pages-1)
	if seen.cursors.Before([]byte(token), seen.pages) {
		s.stuck()
		return
	}
	s.to.values = p.at(values, token)
}

// at are the values that ask for the page at a number or a token.
func (p *Paging) at(values url.Values, position string) url.Values {
	if p.Exclusive {
		values = nil
	}
	to := cloneValues(values)
	to.Set(cmp.Or(p.TokenParam, p.PageParam), position)
	return to
}

func (p *Paging) nextNumber(s *step, frame []byte, values url.Values, count int) (again bool) {
	asked := p.First
	if n, err := strconv.Atoi(values.Get(p.PageParam)); err == nil {
		asked = n
	}
	if got := lookupInt(frame, p.Number); got != nil && int(*got) < asked && count > 0 {
		return true // its items have been returned before
	}
	if !p.numbered(s, frame, values, asked, count) {
		return false
	}
	s.to.values = p.at(values, strconv.Itoa(asked+1))
	return false
}

// numbered reports whether a page of a list by number is followed by another.
func (p *Paging) numbered(s *step, frame []byte, values url.Values, asked, count int) bool {
	if last, known := lookupBool(frame, p.Last); known {
		return !last
	}
	size, _ := strconv.Atoi(values.Get(p.SizeParam))
	switch {
	case p.UntilEmpty, size <= 0 && s.total != nil:
		return count > 0
	case size <= 0:
		return false
	}
	announced := s.total != nil && int64(asked-p.First+1)*int64(size) < *s.total
	s.to.beyond = s.total != nil && !announced
	return announced || count >= size // without a word about the last page, one that is not full is the last
}

// nextSkip goes on while pages are full or the total announces more. The total may be the number of items of this page alone, or too
// small: it is passed on only where it says more than the page, or where the end is in sight.
func (p *Paging) nextSkip(s *step, values url.Values, count int, seen *progress) {
	skip, _ := strconv.Atoi(values.Get(p.PageParam))
	size, err := strconv.Atoi(values.Get(p.SizeParam))
	if err != nil {
		size = p.DefaultSize
	}
	if s.total != nil && *s.total <= int64(count) {
		s.total = nil
	}
	announced := s.total != nil && int64(skip+count) < *s.total
	switch {
	case count == 0 && skip > 0 && seen.pages == 1:
		return // requested beyond the end, wherever that is
	case count == 0, count < size && !announced:
		s.total = new(int64(skip + count))
		return
	}
	s.to.beyond = s.total != nil && !announced
	s.to.values = p.at(values, strconv.Itoa(skip+count))
}

func lookup(body []byte, paths []string) []byte {
	for _, path := range paths {
		if value, ok := scan.Lookup(body, path); ok {
			return value
		}
	}
	return nil
}

// lookupBool reads a flag, which may come as a string. known is false if it is null, absent or something else.
func lookupBool(body []byte, paths []string) (flag, known bool) {
	switch strings.ToLower(unquoted(lookup(body, paths))) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

func lookupInt(body []byte, paths []string) *int64 {
	n, err := strconv.ParseInt(unquoted(lookup(body, paths)), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// lookupText returns a cursor as a string, whether it was sent as a string or as a number.
func lookupText(body []byte, paths []string) string {
	value := lookup(body, paths)
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
