package clinikfhir

import (
	"context"
	"iter"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// Everything returns a resource and all that refers to it as one bundle: all pages that the server sends are read,
// and a failure of any of them is the error of the call. A resource that is on several pages is in the bundle once,
// in its last state. [fhir.Entries] iterates over the resources of one type. [Service.EverythingAll] does not
// collect them.
//
// GET /v1/fhir/{resourceType}/{id}/$everything
func (s *Service[T]) Everything(ctx context.Context, id string, opts ...caremux.RequestOption) (*fhir.Bundle, error) {
	if err := s.check(&opEverything); err != nil {
		return nil, err
	}
	bundle := &fhir.Bundle{Type: fhir.BundleTypeSearchset}
	var all collection
	for entry, err := range transport.AllOf(ctx, s.core, &opEverything, s.everything(id), readOne, opts) {
		if err != nil {
			return nil, err
		}
		all.add(entry)
	}
	for _, entry := range all.list {
		bundle.Entry = append(bundle.Entry, *entry.BundleEntry)
	}
	return bundle, nil
}

// EverythingAll iterates over the entries of [Service.Everything], page by page.
func (s *Service[T]) EverythingAll(
	ctx context.Context, id string, opts ...caremux.RequestOption,
) iter.Seq2[*fhir.BundleEntry, error] {
	if err := s.check(&opEverything); err != nil {
		return failure[*fhir.BundleEntry](err)
	}
	read := func(raw []byte) (*fhir.BundleEntry, error) {
		e, err := readOne(raw)
		return e.BundleEntry, err
	}
	return transport.AllOf(ctx, s.core, &opEverything, s.everything(id), read, opts)
}

func (s *Service[T]) everything(id string) transport.Input {
	return transport.Input{Path: []string{s.resourceType, id, "$everything"}}
}

// one is an entry with a resource.
type one struct {
	*fhir.BundleEntry

	id  string // of the resource, empty if it has none
	raw []byte // the resource
}

func readOne(raw []byte) (one, error) {
	e, err := readEntry(raw)
	if err != nil {
		return one{}, err
	}
	if err := remark(e, ""); err != nil {
		return one{}, err
	}
	if u, ok := e.Resource.(*fhir.Unknown); e.Resource == nil || ok && u.Type == "" {
		return one{}, errNoResource
	}
	resource, _ := scan.Lookup(raw, "resource")
	id, _ := scan.Lookup(resource, "id")
	return one{e, idOf(id), resource}, nil
}

// collection has each resource once, as it came last.
type collection struct {
	list []one
	at   map[string]int // where in the list a resource is, by type and id
}

func (c *collection) add(e one) {
	if e.id == "" {
		c.list = append(c.list, e)
		return
	}
	key := e.Resource.ResourceType() + "/" + e.id
	if i, again := c.at[key]; again {
		c.list[i] = e
		return
	}
	if c.at == nil {
		c.at = map[string]int{}
	}
	c.at[key] = len(c.list)
	c.list = append(c.list, e)
}
