package transport

import (
	"context"
	"iter"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

// maxAhead bounds how many pages there is room for: a caller who wants all may ask for any number.
const maxAhead = 1000

// each yields page after page, fetching as many ahead as the caller wants while it is busy with one. err is why there are none.
func (p *pager) each(ctx context.Context, err error, yield func(*pageFetch, error) bool) {
	switch {
	case err != nil:
		yield(nil, err)
	case p.config.Prefetch == 0:
		p.inTurn(ctx, yield)
	default:
		p.ahead(ctx, yield)
	}
}

// inTurn yields pages until the last or an error, and fetches each when it is wanted.
func (p *pager) inTurn(ctx context.Context, yield func(*pageFetch, error) bool) {
	f := p.fetch(p.first, progress{})
	for {
		err := f.found(ctx, p.client.call(ctx, p.op, f.in, nil, f.receive))
		if !yield(f, err) || err != nil || !f.next.leads() {
			return
		}
		if f, err = f.after(); err != nil {
			yield(nil, err)
			return
		}
	}
}

// ahead is inTurn on a goroutine of its own.
func (p *pager) ahead(ctx context.Context, yield func(*pageFetch, error) bool) {
	type fetched struct {
		page     *pageFetch
		err      error
		response caremux.Response
	}
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan fetched, min(p.config.Prefetch, maxAhead)-1) // the fetcher holds one more
	enough, done := make(chan struct{}), make(chan *relay.End, 1)
	go relay.Run(func() {
		// The caller's Response belongs to the page in the caller's hands, so the fetcher fills one of its own.
		own, config := *p, *p.config
		var response caremux.Response
		config.Response = &response
		own.config = &config
		own.inTurn(ctx, func(page *pageFetch, err error) bool {
			select {
			case pages <- fetched{page, err, response}:
				return true
			case <-enough: // not when the context ends: the caller is to see that as an error
				return false
			}
		})
	}, func(end *relay.End) {
		close(pages)
		done <- end
	})
	defer func() {
		close(enough)
		cancel()
		(<-done).Raise()
	}()
	for f := range pages {
		if r := p.config.Response; r != nil {
			*r = f.response
		}
		if !yield(f.page, f.err) {
			return
		}
	}
}

// pages yields the pages of a list as such of items of type T.
func pages[T any](ctx context.Context, p *pager, err error) iter.Seq2[*caremux.Page[T], error] {
	return func(yield func(*caremux.Page[T], error) bool) {
		p.each(ctx, err, func(f *pageFetch, err error) bool { return yield(pageOf[T](f, err)) })
	}
}

// items yields the items, of type T, of all pages of a list.
func items[T any](ctx context.Context, p *pager, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p.each(ctx, err, func(f *pageFetch, err error) bool {
			if err != nil {
				return yield(*new(T), err)
			}
			items, _ := f.items.([]T)
			for _, item := range items {
				if !yield(item, nil) {
					return false
				}
			}
			return true
		})
	}
}
