package transport

import (
	"context"
	"iter"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

// maxAhead bounds how many pages there is room for: a caller who wants all may ask for any number.
const maxAhead = 1000

// pages yields page after page, fetching up to ahead pages while the caller is busy with one.
func (p *pager[T]) pages(ctx context.Context, ahead int) iter.Seq2[*caremux.Page[T], error] {
	if ahead == 0 {
		return func(yield func(*caremux.Page[T], error) bool) { p.walk(ctx, yield) }
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
			own.walk(ctx, func(page *caremux.Page[T], err error) bool {
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
}

// walk fetches pages until the last, an error, or yield has enough.
func (p *pager[T]) walk(ctx context.Context, yield func(*caremux.Page[T], error) bool) {
	page, err := p.fetch(ctx, p.first, progress{})
	for yield(page, err) && err == nil && page.HasNext() {
		page, err = page.Next(ctx)
	}
}
