package transport

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Page sends a list operation and returns the page that its params ask for.
func Page[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (*caremux.Page[T], error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return nil, named(op, err)
	}
	p, err := newPager[T](c, op, in, cfg)
	if err != nil {
		return nil, err
	}
	return p.fetch(ctx, p.values, progress{})
}

// All ranges over the items of all pages from the one that its params ask for. The params are copied at once.
func All[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) iter.Seq2[T, error] {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return failed[T](named(op, err))
	}
	p, err := newPager[T](c, op, in, cfg)
	if err != nil {
		return failed[T](err)
	}
	return func(yield func(T, error) bool) {
		for page, err := range p.pages(ctx, cfg.Prefetch) {
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}

// pager fetches the pages of one list.
type pager[T any] struct {
	client *Client
	op     *Operation
	in     Input
	config *caremux.CallConfig
	values url.Values // of the first page
}

func newPager[T any](c *Client, op *Operation, in Input, cfg *caremux.CallConfig) (*pager[T], error) {
	if err := wire.Check(in.Query); err != nil {
		return nil, named(op, err)
	}
	values, err := wire.Query(in.Query)
	if err != nil {
		return nil, named(op, err)
	}
	if len(cfg.Query) > 0 {
		// What leads from page to page changes on the way, also when it came as an option.
		own := *cfg
		own.Query = cloneValues(cfg.Query)
		for _, name := range [...]string{op.Paging.PageParam, op.Paging.SizeParam, op.Paging.TokenParam} {
			if added, ok := own.Query[name]; ok {
				values[name] = added
				delete(own.Query, name)
			}
		}
		cfg = &own
	}
	return &pager[T]{client: c, op: op, in: in, config: cfg, values: values}, nil
}

// progress is what a page must know of those before it to notice that the vendor leads in a circle.
type progress struct {
	pages   int
	empty   int               // pages without items in a row
	items   [sha256.Size]byte // of the page before, for lists by skip or until an empty page
	cursors *Cursors
}

// repeats notes the items of a page, and reports whether the page before had the same.
func (s *progress) repeats(list []byte, count int) bool {
	before := s.items
	s.items = sha256.Sum256(list)
	return count > 0 && s.items == before
}

// Cursors are those that the pages of one list have named, with the number of the page that was the first to name it. A page
// that is fetched a second time may name its own again.
type Cursors struct {
	mu    sync.Mutex
	named map[string]int
}

// Circle notes the cursor that a page names, and reports whether an earlier one has named it.
func (c *Cursors) Circle(cursor string, page int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.named == nil {
		c.named = map[string]int{}
	}
	first, ok := c.named[cursor]
	if !ok {
		c.named[cursor] = page
	}
	return ok && first < page
}

// MaxEmptyPages in a row while more is announced.
const MaxEmptyPages = 100

func (p *pager[T]) fetch(ctx context.Context, values url.Values, seen progress) (*caremux.Page[T], error) {
	in := p.in
	in.Query, in.HeaderFrom = values, p.in.Query
	var items []T
	var body, frame []byte
	var l list
	err := p.client.execConfig(ctx, p.op, in, p.config, func(a *attempts, resp *http.Response) (err error) {
		if body, err = a.readAll(resp); err != nil {
			return err
		}
		items, l, frame, err = decodePage[T](a, bytes.TrimSpace(body))
		if a.names != nil {
			body, l.raw = a.body, a.body // with what the names stand for
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	count := len(items)
	if count > 0 && l.ok {
		count = len(l.elements) // the vendor counts those too that are no record
	}
	var next step
	if frame != nil {
		var again bool
		if next, again = p.op.Paging.next(frame, l.raw, values, count, &seen); again {
			return nil, p.stuck(body)
		}
	}
	var more func(context.Context) (*caremux.Page[T], error)
	switch {
	case next.stuck:
		more = func(context.Context) (*caremux.Page[T], error) { return nil, p.stuck(body) }
	case next.values != nil:
		more = func(ctx context.Context) (*caremux.Page[T], error) { return p.fetch(ctx, next.values, seen) }
	}
	page := caremux.NewPage(items, more)
	page.Total, page.NextCursor = next.total, next.cursor
	page.KeepJSON(body)
	return page, nil
}

func (p *pager[T]) stuck(body []byte) error {
	return caremux.NewError(caremux.Error{
		Vendor: p.client.settings.Vendor, Operation: p.op.Name, Method: p.op.Method, Path: p.op.shownPath(), Kind: caremux.ErrCursorStuck,
	}, body, nil, caremux.ErrCursorStuck.Error(), false)
}

// decodePage reads the items of a page. frame is what is around their list, nil if there is nothing.
func decodePage[T any](a *attempts, body []byte) (items []T, l list, frame []byte, err error) {
	if len(body) == 0 {
		return nil, l, nil, errEmptyAnswer
	}
	l, bare, err := a.op.Paging.items(body)
	if err != nil {
		// What came in place of the list may be something that the vendor package knows.
		parent, _, _ := strings.Cut(a.op.Paging.Items[0], ".")
		if other, ok := wire.Lookup(body, parent); ok {
			err = cmp.Or(a.vet(other), err)
		}
		return nil, l, nil, err
	}
	around := l.raw
	if value := a.value(around); len(value) > 0 && &value[0] != &around[0] {
		l = asList(value)
	}
	if items, err = decodeItems[T](a, l); err != nil {
		return nil, l, nil, err
	}
	switch {
	case !bare:
		if frame = frameOf(body, around); !json.Valid(frame) {
			return nil, l, nil, errNotJSON
		}
	case a.op.Paging.Skip:
		frame = []byte("null") // there is nothing around the list, and nothing is needed to go on
	}
	return items, l, frame, nil
}

// items finds the list in an answer. Where an envelope was documented and the body is the list itself, it is taken as such.
func (p *Paging) items(body []byte) (l list, bare bool, err error) {
	for _, path := range p.Items {
		if path == "$" {
			if len(p.Items) == 1 || body[0] == '[' {
				return asList(body), true, nil
			}
			continue // an envelope is no list of one
		}
		if raw, elements, isList, ok := wire.LookupList(body, path); ok {
			return list{raw, elements, isList}, false, nil
		}
		if around, _, ok := strings.Cut(path, ".0."); ok {
			if raw, elements, isList, _ := wire.LookupList(body, around); string(raw) == "null" || isList && len(elements) == 0 {
				return list{raw: []byte("[]"), ok: true}, true, nil
			}
		}
	}
	if body[0] == '[' || string(body) == "null" {
		return asList(body), true, nil
	}
	return list{}, false, errNotJSON
}

// frameOf is the body with null in place of a part of it. The part is checked as it is decoded, and the rest is short.
func frameOf(body, part []byte) []byte {
	start := wire.Offset(body, part)
	frame := make([]byte, 0, len(body)-len(part)+len("null"))
	frame = append(frame, body[:start]...)
	frame = append(frame, "null"...)
	return append(frame, body[start+len(part):]...)
}

// step leads from one page to the next.
type step struct {
	values url.Values // of the next page, nil on the last
	cursor string
	total  *int64
	stuck  bool // more is announced, but not where
}

// next finds the way from a page to the following one. again means that the page itself is one that came before.
func (p *Paging) next(frame, list []byte, values url.Values, count int, seen *progress) (s step, again bool) {
	seen.pages++
	if seen.empty++; count > 0 {
		seen.empty = 0
	}
	s.total = lookupInt(frame, p.Total)
	switch {
	case p.TokenParam != "":
		p.nextToken(&s, frame, values, seen)
	case p.Skip:
		again = p.nextSkip(&s, frame, list, values, count, seen)
	case p.PageParam != "":
		again = p.nextNumber(&s, frame, list, values, count, seen)
	}
	s.stuck = s.stuck || s.values != nil && seen.empty > MaxEmptyPages
	return s, again
}

func (p *Paging) nextToken(s *step, frame []byte, values url.Values, seen *progress) {
	if more := lookup(frame, p.More); more != nil && string(more) != "true" {
		return
	}
	token := lookupText(frame, p.Next)
	if token == "" || token == p.End {
		return
	}
	asked := values.Get(p.TokenParam)
	if seen.cursors == nil {
		seen.cursors = &Cursors{}
		seen.cursors.Circle(asked, 0)
	}
	if s.stuck = seen.cursors.Circle(token, seen.pages); s.stuck {
		return
	}
	s.cursor = token
	s.values = url.Values{}
	if !p.Exclusive {
		s.values = cloneValues(values)
	}
	s.values.Set(p.TokenParam, token)
}

func (p *Paging) nextNumber(s *step, frame, list []byte, values url.Values, count int, seen *progress) (again bool) {
	asked := p.First
	if n, err := strconv.Atoi(values.Get(p.PageParam)); err == nil {
		asked = n
	}
	// Items must not be handed out twice, nor asked for without end.
	switch got := lookupInt(frame, p.Number); {
	case got != nil && int(*got) < asked && count > 0, p.UntilEmpty && seen.repeats(list, count):
		return true
	}
	switch last := lookup(frame, p.Last); {
	case string(last) == "true":
		return false
	case p.UntilEmpty:
		if count == 0 {
			return false
		}
	case last == nil:
		size, _ := strconv.Atoi(values.Get(p.SizeParam))
		switch {
		case size > 0 && s.total != nil:
			if int64(asked-p.First+1)*int64(size) >= *s.total {
				return false
			}
		case count == 0, count < size, size <= 0 && s.total == nil:
			return false // without a word about the last page, one that is not full is the last
		}
	}
	s.cursor = strconv.Itoa(asked + 1)
	s.values = cloneValues(values)
	s.values.Set(p.PageParam, s.cursor)
	return false
}

// nextSkip goes on while pages are full or the total announces more. The total may be the number of items of this page alone:
// it is passed on only where it says more than that, or where the end is in sight.
func (p *Paging) nextSkip(s *step, frame, list []byte, values url.Values, count int, seen *progress) (again bool) {
	skip, _ := strconv.Atoi(values.Get(p.PageParam))
	size, err := strconv.Atoi(values.Get(p.SizeParam))
	if err != nil {
		size = p.DefaultSize
	}
	if seen.repeats(list, count) {
		return true
	}
	if s.total != nil && *s.total <= int64(count) {
		s.total = nil
	}
	switch {
	case count == 0 && skip > 0 && seen.pages == 1:
		return false // asked for beyond the end, wherever that is
	case count == 0, s.total == nil && count < size, s.total != nil && int64(skip+count) >= *s.total:
		s.total = new(int64(skip + count))
		return false
	}
	s.cursor = strconv.Itoa(skip + count)
	s.values = cloneValues(values)
	s.values.Set(p.PageParam, s.cursor)
	return false
}

func lookup(body []byte, paths []string) []byte {
	for _, path := range paths {
		if value, ok := wire.Lookup(body, path); ok {
			return value
		}
	}
	return nil
}

func lookupInt(body []byte, paths []string) *int64 {
	n, err := strconv.ParseInt(string(lookup(body, paths)), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// lookupText gives a cursor as text, whether it was sent as text or as a number.
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
