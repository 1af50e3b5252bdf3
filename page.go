package caremux

import (
	"bytes"
	"context"
	"encoding/json"
)

// Page is one page of a list.
type Page[T any] struct {
	// Items are the records of this page, never nil.
	Items []T
	// Total is the number of records on all pages, nil when the vendor does not say.
	Total *int64
	// NextCursor is the cursor of the next page. Pass it to the same method with [StartAt] and the same params; another
	// process can do so too. It is empty on the last page and only there. It is an opaque string of printable ASCII
	// without spaces. Protect it like the list: it can contain parameters of the list, and it is not signed.
	NextCursor string

	json *kept // as in Record, one pointer away from whoever prints the page
	next func(context.Context) (*Page[T], error)
}

// NewPage returns a page; next fetches the following one and is nil on the last. Calls create pages themselves; use
// NewPage in tests of your own code.
func NewPage[T any](items []T, next func(context.Context) (*Page[T], error)) *Page[T] {
	if items == nil {
		items = []T{}
	}
	return &Page[T]{Items: items, next: next}
}

// KeepJSON sets the JSON that the page was decoded from.
func (p *Page[T]) KeepJSON(raw []byte) { p.json = &kept{raw: raw} }

// RawJSON returns a copy of the whole response, envelope included.
func (p *Page[T]) RawJSON() json.RawMessage {
	if p.json == nil {
		return nil
	}
	return bytes.Clone(p.json.raw)
}

// HasNext reports whether the vendor announced another page.
func (p *Page[T]) HasNext() bool { return p.next != nil }

// Next fetches the following page with the parameters and options of this one. On the last page it returns
// [ErrNoNextPage].
func (p *Page[T]) Next(ctx context.Context) (*Page[T], error) {
	if p.next == nil {
		return nil, ErrNoNextPage
	}
	return p.next(ctx)
}
