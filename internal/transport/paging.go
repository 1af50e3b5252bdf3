package transport

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/wire"
)

// pager fetches the pages of one list.
type pager[T any] struct {
	client *Client
	op     *Operation
	in     Input
	config *caremux.CallConfig
	read   func([]byte) (T, error) // decodes an item; nil leaves it to the type
	list   listID
	first  place
}

// place is where a page is: at the operation's address with these values, or at the address that a link has named.
type place struct {
	values url.Values
	url    *url.URL
	beyond bool  // by the vendor's total there is no more, but the page before was full and totals may be too small
	nobody error // knows where it is: the kind of the error in its place
	reason string
}

func newPager[T any](c *Client, op *Operation, in Input, read func([]byte) (T, error), opts []caremux.RequestOption) (*pager[T], error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return nil, c.named(op, err)
	}
	own := *cfg
	own.StartAt = nil
	p := &pager[T]{client: c, op: op, in: in, config: &own, read: read}
	if err := wire.Check(in.Query); err != nil {
		return nil, c.named(op, err)
	}
	values, err := wire.Query(in.Query)
	if err != nil {
		return nil, c.named(op, err)
	}
	p.first.values = values
	if len(cfg.Query) > 0 {
		// What leads from page to page changes on the way, also when it came as an option.
		own.Query = cloneValues(cfg.Query)
		for _, name := range [...]string{op.Paging.PageParam, op.Paging.SizeParam, op.Paging.TokenParam} {
			if added, ok := own.Query[name]; ok {
				values[name] = added
				delete(own.Query, name)
			}
		}
	}
	if _, _, _, ours := decodeCursor(values.Get(cmp.Or(op.Paging.TokenParam, op.Paging.PageParam))); ours {
		// The vendor would not know it, and might begin with the first page.
		return nil, c.named(op, &caremux.ArgumentError{Field: cmp.Or(op.Paging.TokenParam, op.Paging.PageParam),
			Rule: "must be the vendor's own value: pass the NextCursor of a page to caremux.StartAt"})
	}
	if op.Paging.paged() {
		if p.list, err = c.identify(op, in, values, p.config); err != nil {
			return nil, c.named(op, err)
		}
	}
	if cfg.StartAt != nil && *cfg.StartAt != "" {
		at, rule := c.resume(op, p.list, values, *cfg.StartAt)
		if rule != "" {
			return nil, c.named(op, &caremux.ArgumentError{Field: "StartAt", Rule: rule})
		}
		if p.first = at; at.nobody != nil {
			return nil, p.cannotGoOn(nil, at.nobody, at.reason)
		}
	}
	return p, nil
}

// progress is what a page must know of those before it to notice that the vendor leads in a circle.
type progress struct {
	pages   int
	empty   int      // pages without items in a row
	same    int      // pages that came before in a row
	shifts  bool     // such pages are taken
	cursors *earlier // that pages have named
	lists   *earlier // of items
}

// repeats notes the items of a page, and reports whether the list ends in an error since an earlier page had the same.
func (s *progress) repeats(list []byte, count int) bool {
	if count == 0 {
		return false
	}
	if !s.lists.Before(list, s.pages) {
		s.same = 0
		return false
	}
	s.same++
	return !s.shifts || s.same > maxEmptyPages
}

type shiftsKey struct{}

// WithShiftingPages lets the pages of a list repeat earlier ones, as positions do when as many records come in before
// them as a page has. It is for flows that look at every record's identity.
func WithShiftingPages(ctx context.Context) context.Context {
	return context.WithValue(ctx, shiftsKey{}, true)
}

// earlier are values that the pages of one list have had, with the number of the first page that had each. A page that is fetched a second
// time may have its own again.
type earlier struct {
	mu    sync.Mutex
	first map[uint64]int // by hash: a list may have many pages
}

var seenSeed = maphash.MakeSeed()

// Before notes a value of a page, and reports whether an earlier page had it.
func (s *earlier) Before(value []byte, page int) bool {
	key := maphash.Bytes(seenSeed, value)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = map[uint64]int{}
	}
	first, ok := s.first[key]
	if !ok {
		s.first[key] = page
	}
	return ok && first < page
}

// maxEmptyPages in a row while more is announced, and of such as came before where they may.
const maxEmptyPages = 100

// fetch is what gets one page.
type fetch[T any] struct {
	pager *pager[T]
	at    place
	seen  progress
	in    Input

	items []T
	list  list
	body  []byte
	frame []byte // what is around the list, nil if there is nothing
}

// fetch prepares to get the page at a place.
func (p *pager[T]) fetch(at place, seen progress) *fetch[T] {
	f := &fetch[T]{pager: p, at: at, seen: seen, in: p.in}
	f.in.HeaderFrom, f.in.Query, f.in.config = p.in.Query, at.values, p.config
	if at.url != nil {
		config := *p.config
		config.Query = nil // the link has all parameters
		f.in.Query, f.in.url, f.in.config = nil, at.url, &config
	}
	return f
}

// receive reads the page out of its response.
func (f *fetch[T]) receive(a *attempts, resp *http.Response) (err error) {
	if f.body, err = a.readAll(resp); err != nil {
		return err
	}
	f.items, f.list, f.frame, err = decodePage(a, scan.TrimSpace(f.body), f.pager.read)
	if a.names != nil {
		f.body, f.list.raw = a.text, a.text // with what the names stand for
	}
	return err
}

// page is the page that was fetched, with the way to the next one, unless the call failed.
func (f *fetch[T]) page(ctx context.Context, err error) (*caremux.Page[T], error) {
	p := f.pager
	switch {
	case f.at.beyond && (errors.Is(err, caremux.ErrNotFound) || errors.Is(err, caremux.ErrInvalid)):
		return caremux.NewPage[T](nil, nil), nil // the total was right
	case err != nil:
		return nil, err
	}
	count := len(f.items)
	if count > 0 && f.list.ok {
		count = len(f.list.elements) // the vendor counts those too that are no record
	}
	var next step
	if f.frame != nil {
		var again bool
		f.seen.shifts = ctx.Value(shiftsKey{}) != nil
		if next, again = p.op.Paging.next(f.frame, f.list.raw, f.at.values, count, &f.seen); again {
			return nil, p.cannotGoOn(f.body, caremux.ErrCursorStuck, "")
		}
		if next.link != "" && next.to.nobody == nil {
			p.follow(&next, f.in, &f.seen)
		}
	}
	return p.page(f.items, f.body, next, f.seen), nil
}

// from returns what fetches the page at a place.
func (p *pager[T]) from(at place, seen progress) func(context.Context) (*caremux.Page[T], error) {
	return func(ctx context.Context) (*caremux.Page[T], error) {
		f := p.fetch(at, seen)
		return f.page(ctx, p.client.call(ctx, p.op, f.in, nil, f.receive))
	}
}

// page is a page with the way to the next one.
func (p *pager[T]) page(items []T, body []byte, next step, seen progress) *caremux.Page[T] {
	var more func(context.Context) (*caremux.Page[T], error)
	var cursor string
	if next.leads() {
		cursor = p.client.cursor(p.op.Paging, p.list, next.to)
		if more = p.from(next.to, seen); next.to.nobody != nil {
			more = func(context.Context) (*caremux.Page[T], error) {
				return nil, p.cannotGoOn(body, next.to.nobody, next.to.reason)
			}
		}
	}
	page := caremux.NewPage(items, more)
	page.Total, page.NextCursor = next.total, cursor
	page.KeepJSON(body)
	return page
}

// follow finds out where the link of a page leads. in requested the page.
func (p *pager[T]) follow(s *step, in Input, seen *progress) {
	here, err := p.client.address(p.op, in)
	if err != nil {
		s.stuck()
		return
	}
	if in.url == nil {
		values, _ := wire.Query(in.Query)
		for name, added := range p.config.Query {
			values[name] = added
		}
		here.RawQuery = values.Encode()
	}
	seen.cursors.Before([]byte(here.RequestURI()), seen.pages-1)
	at, rule := p.client.below(s.link, p.op.Paging.LinkRoot, here)
	if rule == "" && here.RawQuery != "" && at.RawQuery == "" && at.Path == here.Path {
		rule = "has lost the parameters of the list"
	}
	switch {
	case rule != "":
		s.to = place{nobody: caremux.ErrUnreadable, reason: "the link to the next page " + rule}
	case seen.cursors.Before([]byte(at.RequestURI()), seen.pages):
		s.stuck()
	default:
		s.to.url = at
	}
}

// cannotGoOn is the error in place of a page.
func (p *pager[T]) cannotGoOn(body []byte, kind error, reason string) error {
	return caremux.NewError(caremux.Error{
		Vendor: p.client.settings.Vendor, Operation: p.op.Name, Method: p.op.Method, Path: p.op.shownPath(), Kind: kind,
	}, body, nil, cmp.Or(reason, kind.Error()), false)
}

// decodePage reads the items of a page. frame is what is around their list, nil if there is nothing.
func decodePage[T any](a *attempts, body []byte, read func([]byte) (T, error)) (items []T, l list, frame []byte, err error) {
	if len(body) == 0 {
		return nil, l, nil, errEmptyAnswer
	}
	if a.op.Paging.Link != nil {
		if err := a.vetPage(body); err != nil {
			return nil, l, nil, err
		}
	}
	l, bare, err := a.op.Paging.items(body, a.op.NullLists)
	switch {
	case err == nil:
	case a.op.Paging.Link != nil && json.Valid(body):
		return []T{}, list{raw: []byte("[]"), ok: true}, body, nil
	default:
		return nil, l, nil, cmp.Or(a.inPlaceOfList(body), err)
	}
	around := l.raw
	if value := a.value(around); len(value) > 0 && &value[0] != &around[0] {
		l = asList(value)
	}
	if !bare {
		if frame = frameOf(body, around); !json.Valid(frame) {
			return nil, l, nil, errNotJSON
		}
		if err := a.op.envelope(frame); err != nil && len(l.elements) == 0 {
			return nil, l, nil, err
		}
	}
	if read != nil {
		items, err = readItems(l, read)
	} else {
		items, err = decodeItems[T](a, l)
	}
	if err != nil {
		return nil, l, nil, err
	}
	switch {
	case !bare:
	case a.op.Paging.Skip:
		frame = []byte("null") // there is nothing around the list, and nothing is needed to go on
	}
	return items, l, frame, nil
}

// vetPage is vet for the page of a list by link.
func (a *attempts) vetPage(body []byte) error {
	if body[0] != '{' {
		return errNotJSON
	}
	page, err := a.unwrap(body)
	if err != nil {
		return err
	}
	return a.vet(page)
}

// inPlaceOfList says what came in place of a page, if that is known.
func (a *attempts) inPlaceOfList(body []byte) error {
	if err := a.op.envelope(body); err != nil {
		return err
	}
	parent, _, _ := strings.Cut(a.op.Paging.Items[0], ".")
	other, ok := scan.Lookup(body, parent)
	if ok {
		if err := a.vet(other); err != nil && !errors.Is(err, ErrSkip) {
			return err
		}
	}
	if body[0] == '{' && json.Valid(body) {
		return explained("the response has no list")
	}
	return nil
}

// items finds the list in a response. Where an envelope was documented and the body is the list itself, it is taken as such.
func (p *Paging) items(body []byte, nulls bool) (l list, bare bool, err error) {
	for _, path := range p.Items {
		if path == "$" {
			if len(p.Items) == 1 || body[0] == '[' {
				return asList(body), true, nil
			}
			continue // an envelope is not a list of one
		}
		if raw, elements, isList, ok := scan.LookupList(body, path); ok && (isList || !p.envelope(path)) {
			return list{raw, elements, isList}, false, nil
		}
		if around, _, ok := strings.Cut(path, ".0."); ok {
			if raw, elements, isList, _ := scan.LookupList(body, around); nulls && string(raw) == "null" || isList && len(elements) == 0 {
				return list{raw: []byte("[]"), ok: true}, true, nil
			}
		}
	}
	if body[0] == '[' || string(body) == "null" {
		return asList(body), true, nil
	}
	return list{}, false, errNotJSON
}

// envelope reports whether a path is that of an envelope of another list: what is there may be the list itself, and a single record not.
func (p *Paging) envelope(path string) bool {
	return slices.ContainsFunc(p.Items, func(other string) bool { return strings.HasPrefix(other, path+".") })
}

// frameOf is the body with null in place of a part of it. The part is checked as it is decoded, and the rest is short.
func frameOf(body, part []byte) []byte {
	start := scan.Offset(body, part)
	frame := make([]byte, 0, len(body)-len(part)+len("null"))
	frame = append(frame, body[:start]...)
	frame = append(frame, "null"...)
	return append(frame, body[start+len(part):]...)
}

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
