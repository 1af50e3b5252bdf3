package clinikfhir

import (
	"context"
	"errors"
	"iter"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// History returns one page of the versions of a resource, the newest first. A version that stands for a deletion has no
// Resource, and DELETE as its Request.Method. The vendor's documents do not show the call.
//
// GET /v1/fhir/{resourceType}/{id}/_history
func (s *Service[T]) History(
	ctx context.Context, id string, opts ...caremux.RequestOption,
) (*caremux.Page[*fhir.BundleEntry], error) {
	if err := s.check(&opHistory); err != nil {
		return nil, err
	}
	in := transport.Input{Path: []string{s.resourceType, id}}
	return transport.PageOf(ctx, s.core, &opHistory, in, s.version(id), opts)
}

// HistoryAll ranges over all versions of a resource, as [Service.History] returns them.
func (s *Service[T]) HistoryAll(
	ctx context.Context, id string, opts ...caremux.RequestOption,
) iter.Seq2[*fhir.BundleEntry, error] {
	if err := s.check(&opHistory); err != nil {
		return failure[*fhir.BundleEntry](err)
	}
	in := transport.Input{Path: []string{s.resourceType, id}}
	return transport.AllOf(ctx, s.core, &opHistory, in, s.version(id), opts)
}

// HistoryPages ranges over the pages of [Service.History] as HistoryAll ranges over their versions. [caremux.StartAt]
// resumes at the NextCursor of a page.
func (s *Service[T]) HistoryPages(
	ctx context.Context, id string, opts ...caremux.RequestOption,
) iter.Seq2[*caremux.Page[*fhir.BundleEntry], error] {
	if err := s.check(&opHistory); err != nil {
		return failure[*caremux.Page[*fhir.BundleEntry]](err)
	}
	in := transport.Input{Path: []string{s.resourceType, id}}
	return transport.PagesOf(ctx, s.core, &opHistory, in, s.version(id), opts)
}

// TypeHistory returns one page of the versions of all resources of the type, as [Service.History] returns them.
//
// GET /v1/fhir/{resourceType}/_history
func (s *Service[T]) TypeHistory(
	ctx context.Context, opts ...caremux.RequestOption,
) (*caremux.Page[*fhir.BundleEntry], error) {
	if err := s.check(&opTypeHistory); err != nil {
		return nil, err
	}
	in := transport.Input{Path: []string{s.resourceType}}
	return transport.PageOf(ctx, s.core, &opTypeHistory, in, s.version(""), opts)
}

// TypeHistoryAll ranges over all versions of all resources of the type.
func (s *Service[T]) TypeHistoryAll(
	ctx context.Context, opts ...caremux.RequestOption,
) iter.Seq2[*fhir.BundleEntry, error] {
	if err := s.check(&opTypeHistory); err != nil {
		return failure[*fhir.BundleEntry](err)
	}
	in := transport.Input{Path: []string{s.resourceType}}
	return transport.AllOf(ctx, s.core, &opTypeHistory, in, s.version(""), opts)
}

// TypeHistoryPages ranges over the pages of [Service.TypeHistory] as TypeHistoryAll ranges over their versions. [caremux.StartAt]
// resumes at the NextCursor of a page.
func (s *Service[T]) TypeHistoryPages(
	ctx context.Context, opts ...caremux.RequestOption,
) iter.Seq2[*caremux.Page[*fhir.BundleEntry], error] {
	if err := s.check(&opTypeHistory); err != nil {
		return failure[*caremux.Page[*fhir.BundleEntry]](err)
	}
	in := transport.Input{Path: []string{s.resourceType}}
	return transport.PagesOf(ctx, s.core, &opTypeHistory, in, s.version(""), opts)
}

// version returns what reads an entry of a history, and refuses another resource than the one with the id; any will do
// for an empty id.
func (s *Service[T]) version(id string) func(raw []byte) (*fhir.BundleEntry, error) {
	return func(raw []byte) (*fhir.BundleEntry, error) {
		e, err := readEntry(raw)
		if err != nil {
			return nil, err
		}
		if err := remark(e, s.resourceType); err != nil {
			return nil, err
		}
		switch {
		case e.Resource == nil: // a deletion
		case e.Resource.ResourceType() == "OperationOutcome" && s.resourceType != "OperationOutcome":
			return nil, transport.ErrSkip
		case e.Resource.ResourceType() != s.resourceType, id != "" && !hasID(raw, id):
			return nil, errors.New("an entry is not a version of the resource")
		}
		return e, nil
	}
}

// hasID reports whether the resource of an entry has the id.
func hasID(entry []byte, id string) bool {
	value, _ := scan.Lookup(entry, "resource.id")
	return idOf(value) == id
}
