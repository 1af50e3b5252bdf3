package clinikfhir

import (
	"context"
	"iter"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/transport"
)

// Search returns one page of the resources that match the query, whose parameters are FHIR's own. What the server
// added to them, by _include or as a remark, is not among the items; see [PageBundle].
//
// The vendor's index lags writes by about ten seconds. An entry with an OperationOutcome of errors makes the call
// fail, as matches may be missing then.
//
// GET /v1/fhir/{resourceType}
func (s *Service[T]) Search(
	ctx context.Context, query url.Values, opts ...caremux.RequestOption,
) (*caremux.Page[T], error) {
	if err := s.check(&opSearch); err != nil {
		return nil, err
	}
	in := transport.Input{Path: []string{s.resourceType}, Query: query}
	return transport.PageOf(ctx, s.core, &opSearch, in, matches[T](s.resourceType), opts)
}

// SearchAll ranges over all resources that match the query, page by page. The links to the next pages are followed as
// the server writes them, as long as they lead to the client's own address. An error is yielded once and ends the
// loop.
//
// GET /v1/fhir/{resourceType}
func (s *Service[T]) SearchAll(
	ctx context.Context, query url.Values, opts ...caremux.RequestOption,
) iter.Seq2[T, error] {
	if err := s.check(&opSearch); err != nil {
		return failure[T](err)
	}
	in := transport.Input{Path: []string{s.resourceType}, Query: query}
	return transport.AllOf(ctx, s.core, &opSearch, in, matches[T](s.resourceType), opts)
}

// SearchPages ranges over the pages of [Service.Search] as SearchAll ranges over their resources. [caremux.StartAt]
// resumes at the NextCursor of a page.
func (s *Service[T]) SearchPages(
	ctx context.Context, query url.Values, opts ...caremux.RequestOption,
) iter.Seq2[*caremux.Page[T], error] {
	if err := s.check(&opSearch); err != nil {
		return failure[*caremux.Page[T]](err)
	}
	in := transport.Input{Path: []string{s.resourceType}, Query: query}
	return transport.PagesOf(ctx, s.core, &opSearch, in, matches[T](s.resourceType), opts)
}

// PageBundle returns a page of a search as the bundle that the server sent, with the resources that were included and
// the server's remarks. [fhir.Bundle.Resolve] leads from a match to what it refers to, and [fhir.Entries] ranges over
// the resources of one type; entry.Search.Mode tells matches, includes and outcomes apart.
func PageBundle[T fhir.Resource](page *caremux.Page[T]) (*fhir.Bundle, error) {
	if page == nil || page.RawJSON() == nil {
		return nil, &caremux.ArgumentError{Operation: "PageBundle", Field: "page", Rule: "must be a page that was read"}
	}
	return decode[*fhir.Bundle](page.RawJSON())
}

// failure yields an error once.
func failure[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}
