package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// A search is read as its pages are asked for, so that a large one costs no more memory than a small one. It waits for
// the next page for some minutes, and the oldest makes room if there are too many.
const (
	patience = 5 * time.Minute
	mostOpen = 64
)

// pages are the searches that are not at their end, by the token of their links.
type pages struct {
	ctx context.Context // of the server: a search outlives the request that began it

	mu   sync.Mutex
	open map[string]*listing
}

func newPages(ctx context.Context) *pages { return &pages{ctx: ctx, open: map[string]*listing{}} }

// listing is a search.
type listing struct {
	token, resourceType, address string
	count                        int
	used                         time.Time // guarded by pages.mu

	mu     sync.Mutex
	pull   func() (fhir.Resource, error, bool)
	stop   func()
	ahead  fhir.Resource // the first of the next page
	number int           // of last
	last   *fhir.Bundle  // for an app that asks for the same page again
}

// first begins a search and returns its first page.
func (p *pages) first(s *fhir.Source, resourceType string, q fhir.Query, count int, address, query string) (*fhir.Bundle, error) {
	ctx, cancel := context.WithCancel(p.ctx)
	pull, stop := iter.Pull2(s.Search(ctx, resourceType, q))
	l := &listing{
		token: rand.Text(), resourceType: resourceType, address: address, count: count, pull: pull,
		stop: func() { cancel(); stop() },
	}
	bundle, err := l.page(1, address+"?"+query)
	if err != nil || l.ahead == nil {
		l.stop()
		return bundle, err
	}
	p.keep(l)
	return bundle, nil
}

// next returns the page that a link leads to.
func (p *pages) next(cursor, resourceType string) (*fhir.Bundle, error) {
	token, number, _ := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(number)
	p.mu.Lock()
	l := p.open[token]
	if l != nil {
		l.used = time.Now()
	}
	p.mu.Unlock()
	if l == nil || err != nil || l.resourceType != resourceType {
		return nil, &fhir.NotFoundError{Source: "facade", Resource: "page"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case n == l.number:
		return l.last, nil
	case n != l.number+1 || l.ahead == nil:
		return nil, &fhir.NotFoundError{Source: "facade", Resource: "page"}
	}
	return l.page(n, l.address+"?_page="+cursor)
}

// keep keeps a search for its next page, and ends those that have waited too long.
func (p *pages) keep(l *listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.used = time.Now()
	p.open[l.token] = l
	for len(p.open) > 0 {
		var oldest *listing
		for _, o := range p.open {
			if oldest == nil || o.used.Before(oldest.used) {
				oldest = o
			}
		}
		if len(p.open) <= mostOpen && time.Since(oldest.used) < patience {
			return
		}
		delete(p.open, oldest.token)
		go oldest.close() // it may be at work on a page
	}
}

func (l *listing) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ahead = nil
	l.stop()
}

// page reads a page. What could not be read of some of the systems is reported in an entry of its last one. If none of
// them could be read, there is no page.
func (l *listing) page(number int, self string) (*fhir.Bundle, error) {
	bundle := &fhir.Bundle{Type: fhir.BundleTypeSearchset, Link: []fhir.BundleLink{{Relation: "self", URL: self}}}
	add := func(r fhir.Resource) { bundle.Entry = append(bundle.Entry, entryOf(l.address, r)) }
	if l.ahead != nil {
		add(l.ahead)
		l.ahead = nil
	}
	for {
		r, err, ok := l.pull()
		if !ok {
			break
		}
		var partial *fhir.Partial
		switch {
		case errors.As(err, &partial) && (len(bundle.Entry) > 0 || number > 1 || len(partial.Complete) > 0):
			bundle.Entry = append(bundle.Entry, fhir.BundleEntry{
				Resource: outcome("incomplete", err.Error()), Search: &fhir.BundleEntrySearch{Mode: fhir.BundleEntrySearchModeOutcome},
			})
		case err != nil:
			return nil, err
		case len(bundle.Entry) == l.count:
			l.ahead = r
			bundle.Link = append(bundle.Link, fhir.BundleLink{
				Relation: "next", URL: fmt.Sprintf("%s?_page=%s.%d", l.address, l.token, number+1),
			})
			l.number, l.last = number, bundle
			return bundle, nil
		default:
			add(r)
		}
	}
	l.number, l.last = number, bundle
	return bundle, nil
}

// refused reports whether all that failed was refused before it was sent: the app asks for what cannot be.
func refused(p *fhir.Partial) bool {
	for _, f := range p.Failures {
		if !errors.Is(f.Err, caremux.ErrInvalid) {
			return false
		}
	}
	return true
}

func entryOf(address string, r fhir.Resource) fhir.BundleEntry {
	return fhir.BundleEntry{
		FullURL: address + "/" + idOf(r), Resource: r, Search: &fhir.BundleEntrySearch{Mode: fhir.BundleEntrySearchModeMatch},
	}
}

func idOf(r fhir.Resource) string {
	var id struct {
		fhir.Unnamed
		ID string `json:"id"`
	}
	if text, err := fhir.Marshal(r); err != nil || fhir.Unmarshal(text, &id) != nil {
		return ""
	}
	return id.ID
}

func isNotFound(err error) bool { return errors.Is(err, caremux.ErrNotFound) }
