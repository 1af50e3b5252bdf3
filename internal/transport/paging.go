package transport

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"net/url"
	"reflect"
	"sync"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/wire"
)

// pager fetches the pages of one list. It does not know the type of the items: every type would have all of its code once more.
type pager struct {
	client *Client
	op     *Operation
	in     Input
	config *caremux.CallConfig
	decode decoder
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

func newPager(c *Client, op *Operation, in Input, decode decoder, opts []caremux.RequestOption) (*pager, error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return nil, c.named(op, err)
	}
	own := *cfg
	own.StartAt = nil
	p := &pager{client: c, op: op, in: in, config: &own, decode: decode}
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

// pageFetch is what gets one page, and then what it got.
type pageFetch struct {
	pager *pager
	at    place
	seen  progress
	in    Input

	items any // a slice of the type of the items
	list  list
	body  []byte
	frame []byte // what is around the list, nil if there is nothing
	next  step
}

// fetch prepares to get the page at a place.
func (p *pager) fetch(at place, seen progress) *pageFetch {
	f := &pageFetch{pager: p, at: at, seen: seen, in: p.in}
	f.in.HeaderFrom, f.in.Query, f.in.config = p.in.Query, at.values, p.config
	if at.url != nil {
		config := *p.config
		config.Query = nil // the link has all parameters
		f.in.Query, f.in.url, f.in.config = nil, at.url, &config
	}
	return f
}

// receive takes the page out of a body that is accepted.
func (f *pageFetch) receive(a *attempts, body []byte) (err error) {
	if f.body, err = a.accept(body); err != nil {
		return err
	}
	f.items, f.list, f.frame, err = decodePage(a, scan.TrimSpace(f.body), f.pager.decode)
	if a.names != nil {
		f.body, f.list.raw = a.text, a.text // with what the names stand for
	}
	return err
}

// found finds the way to the page after the one that was received, unless the call failed with err.
func (f *pageFetch) found(ctx context.Context, err error) error {
	p := f.pager
	switch {
	case f.at.beyond && (errors.Is(err, caremux.ErrNotFound) || errors.Is(err, caremux.ErrInvalid)):
		f.items, f.body = nil, nil
		return nil // the total was right
	case err != nil:
		return err
	case f.frame == nil:
		return nil
	}
	count := reflect.ValueOf(f.items).Len()
	if count > 0 && f.list.ok {
		count = len(f.list.elements) // the vendor counts those too that are no record
	}
	var again bool
	f.seen.shifts = ctx.Value(shiftsKey{}) != nil
	if f.next, again = p.op.Paging.next(f.frame, f.list.raw, f.at.values, count, &f.seen); again {
		return p.cannotGoOn(f.body, caremux.ErrCursorStuck, "")
	}
	if f.next.link != "" && f.next.to.nobody == nil {
		p.follow(&f.next, f.in, &f.seen)
	}
	f.list, f.frame = list{}, nil // who keeps the page does not keep these
	return nil
}

// after prepares to get the page after this one.
func (f *pageFetch) after() (*pageFetch, error) {
	if to := f.next.to; to.nobody != nil {
		return nil, f.pager.cannotGoOn(f.body, to.nobody, to.reason)
	}
	return f.pager.fetch(f.next.to, f.seen), nil
}

// pageOf is a fetched page as one of items of type T, with the way to the next one, unless there is none for an error.
func pageOf[T any](f *pageFetch, err error) (*caremux.Page[T], error) {
	if err != nil {
		return nil, err
	}
	items, _ := f.items.([]T)
	var more func(context.Context) (*caremux.Page[T], error)
	if f.next.leads() {
		more = func(ctx context.Context) (*caremux.Page[T], error) {
			next, err := f.after()
			if err != nil {
				return nil, err
			}
			return pageOf[T](next, next.found(ctx, next.pager.client.call(ctx, next.pager.op, next.in, nil, next.receive)))
		}
	}
	page := caremux.NewPage(items, more)
	page.Total, page.NextCursor = f.next.total, f.cursor()
	page.KeepJSON(f.body)
	return page, nil
}

// cursor is where the next page is, empty on the last.
func (f *pageFetch) cursor() string {
	if !f.next.leads() {
		return ""
	}
	return f.pager.client.cursor(f.pager.op.Paging, f.pager.list, f.next.to)
}

// follow finds out where the link of a page leads. in requested the page.
func (p *pager) follow(s *step, in Input, seen *progress) {
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
func (p *pager) cannotGoOn(body []byte, kind error, reason string) error {
	return caremux.NewError(caremux.Error{
		Vendor: p.client.settings.Vendor, Operation: p.op.Name, Method: p.op.Method, Path: p.op.shownPath(), Kind: kind,
	}, caremux.ErrorParts{Body: body, Reason: cmp.Or(reason, kind.Error())})
}
