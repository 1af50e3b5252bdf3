package transport

import (
	"context"
	"iter"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

// maxAhead bounds how many pages there is room for: a caller who wants all may ask for any number.
const maxAhead = 1000

// pages yields page after page, fetching as many ahead as the caller wants while it is busy with one. err is why there are none.
func (p *pager[T]) pages(ctx context.Context, err error) iter.Seq2[*caremux.Page[T], error] {
	if err != nil {
		return failed[*caremux.Page[T]](err)
	}
	ahead := p.config.Prefetch
	if ahead == 0 {
		return p.inTurn(ctx)
	}
	return func(yield func(*caremux.Page[T], error) bool) {
		type fetched struct {
			page     *caremux.Page[T]
			err      error
			response caremux.Response
		}
		ctx, cancel := context.WithCancel(ctx)
		pages := make(chan fetched, min(ahead, maxAhead)-1) // the fetcher holds one more
		enough, done := make(chan struct{}), make(chan *relay.End, 1)
		go relay.Run(func() {
			// The caller's Response belongs to the page in the caller's hands, so the fetcher fills one of its own.
			own, config := *p, *p.config
			var response caremux.Response
			config.Response = &response
			own.config = &config
			for page, err := range own.inTurn(ctx) {
				select {
				case pages <- fetched{page, err, response}:
				case <-enough: // not when the context ends: the caller is to see that as an error
					return
				}
			}
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
}

// inTurn yields pages until the last or an error, and fetches each when it is wanted.
func (p *pager[T]) inTurn(ctx context.Context) iter.Seq2[*caremux.Page[T], error] {
	return func(yield func(*caremux.Page[T], error) bool) {
		page, err := p.from(p.first, progress{})(ctx)
		for yield(page, err) && err == nil && page.HasNext() {
			page, err = page.Next(ctx)
		}
	}
}

// items yields the items of page after page. err is why there are none.
func (p *pager[T]) items(ctx context.Context, err error) iter.Seq2[T, error] {
	if err != nil {
		return failed[T](err)
	}
	return func(yield func(T, error) bool) {
		for page, err := range p.pages(p.client.Within(ctx), nil) {
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
