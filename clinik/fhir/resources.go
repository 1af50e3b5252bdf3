package fhir

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// ResourceService reads and writes the resources of one FHIR type as values of T; see [Resources].
type ResourceService[T any] struct {
	service      *clinik.FHIRService
	resourceType string
}

// Resources gives the resources of a FHIR type, such as "Patient", as values of T: a type of this package, or one of your own.
func Resources[T any](c *clinik.Client, resourceType string) *ResourceService[T] {
	return &ResourceService[T]{service: c.FHIR, resourceType: resourceType}
}

// Get returns one resource. If there is none the error matches [caremux.ErrNotFound].
//
// GET /v1/fhir/{resourceType}/{id}
func (r *ResourceService[T]) Get(ctx context.Context, id string, opts ...caremux.RequestOption) (*T, error) {
	raw, err := r.service.Get(ctx, r.resourceType, id, opts...)
	return decodeAs[T](r.resourceType, "FHIR.Get", false, raw, err)
}

// Search returns one page of the resources that match query, whose parameters are FHIR's own. Entries of other types, which
// _include brings along, are in the page's RawJSON; see [Entries].
//
// GET /v1/fhir/{resourceType}
func (r *ResourceService[T]) Search(ctx context.Context, query url.Values, opts ...caremux.RequestOption) (*caremux.Page[T], error) {
	return r.search(ctx, query, trail{operation: "FHIR.Search", asked: &transport.Seen{}}, opts)
}

// SearchAll ranges over all resources that match query, following the bundle's next links. An error is yielded once and ends
// the loop. Prefetch has no effect.
func (r *ResourceService[T]) SearchAll(ctx context.Context, query url.Values, opts ...caremux.RequestOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page, err := r.Search(ctx, query, opts...)
		for {
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if !page.HasNext() {
				return
			}
			page, err = page.Next(ctx)
		}
	}
}

// Create adds a resource. A resourceType that is not set is filled in.
//
// POST /v1/fhir/{resourceType}
func (r *ResourceService[T]) Create(ctx context.Context, resource *T, opts ...caremux.RequestOption) (*T, error) {
	body, err := r.encode(resource, "FHIR.Create")
	if err != nil {
		return nil, err
	}
	raw, err := r.service.Create(ctx, r.resourceType, body, opts...)
	return decodeAs[T](r.resourceType, "FHIR.Create", true, raw, err)
}

// Update replaces a resource. Members that came from the server and that T does not name are sent back as they came. A resource with
// a member that T could not take, see [caremux.Record.Mismatch], is a [*caremux.ArgumentError], since that member would be lost:
// change it by Patch.
//
// PUT /v1/fhir/{resourceType}/{id}
func (r *ResourceService[T]) Update(ctx context.Context, id string, resource *T, opts ...caremux.RequestOption) (*T, error) {
	body, err := r.encode(resource, "FHIR.Put")
	if err != nil {
		return nil, err
	}
	raw, err := r.service.Put(ctx, r.resourceType, id, body, opts...)
	return decodeAs[T](r.resourceType, "FHIR.Put", true, raw, err)
}

// Patch changes members of a resource, all or none; see [Add], [Replace], [Remove] and [Test].
//
// PATCH /v1/fhir/{resourceType}/{id}
func (r *ResourceService[T]) Patch(ctx context.Context, id string, changes clinik.JSONPatch, opts ...caremux.RequestOption) (*T, error) {
	raw, err := r.service.Patch(ctx, r.resourceType, id, changes, opts...)
	return decodeAs[T](r.resourceType, "FHIR.Patch", true, raw, err)
}

// Delete removes a resource.
//
// DELETE /v1/fhir/{resourceType}/{id}
func (r *ResourceService[T]) Delete(ctx context.Context, id string, opts ...caremux.RequestOption) error {
	return r.service.Delete(ctx, r.resourceType, id, opts...)
}

// Everything returns a resource and all that refers to it, as a bundle; see [Entries].
//
// GET /v1/fhir/{resourceType}/{id}/$everything
func (r *ResourceService[T]) Everything(ctx context.Context, id string, opts ...caremux.RequestOption) (*Bundle, error) {
	raw, err := r.service.InstanceOperationGet(ctx, r.resourceType, id, "$everything", opts...)
	return decodeAs[Bundle]("Bundle", "FHIR.InstanceOperationGet", false, raw, err)
}

// Operation runs an operation such as "$validate", on one resource or, with an empty id, on the type. in is what the operation
// takes, nil for nothing; out, unless nil, is a pointer that the answer is decoded into.
//
// POST /v1/fhir/{resourceType}/{id}/{operation}
func (r *ResourceService[T]) Operation(ctx context.Context, id, operation string, in, out any, opts ...caremux.RequestOption) error {
	var answer *clinik.FHIRResource
	var err error
	if id == "" {
		answer, err = r.service.TypeOperation(ctx, r.resourceType, operation, in, opts...)
	} else {
		answer, err = r.service.InstanceOperation(ctx, r.resourceType, id, operation, in, opts...)
	}
	if err != nil || out == nil {
		return err
	}
	return decodeInto(answer.RawJSON(), out)
}

// search fetches one page; before is what there was before it.
func (r *ResourceService[T]) search(ctx context.Context, query url.Values, before trail, opts []caremux.RequestOption) (*caremux.Page[T], error) {
	all := append(opts[:len(opts):len(opts)], turnTo(query, before.pages > 0))
	here, err := before.step(all)
	if err != nil {
		return nil, err
	}
	raw, err := r.service.Search(ctx, r.resourceType, all...)
	bundle, err := decodeAs[Bundle]("Bundle", "FHIR.Search", false, raw, err)
	if err != nil {
		return nil, err
	}
	var items []T
	for _, entry := range bundle.Entry {
		if resourceType(entry.Resource) != r.resourceType {
			continue
		}
		var item T
		if err := decodeInto(entry.Resource, &item); err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	var next func(context.Context) (*caremux.Page[T], error)
	cursor, more := nextQuery(bundle)
	switch {
	case more && cursor == nil:
		next = func(context.Context) (*caremux.Page[T], error) { return nil, stuck(here.operation) }
	case more:
		here = here.note(len(bundle.Entry))
		next = func(ctx context.Context) (*caremux.Page[T], error) { return r.search(ctx, cursor, here, opts) }
	}
	page := caremux.NewPage(items, next)
	if bundle.Total != nil {
		page.Total = new(int64(*bundle.Total))
	}
	page.NextCursor = cursor.Encode()
	page.KeepJSON(bundle.RawJSON())
	return page, nil
}

// Entries ranges over those resources of a bundle that are of one FHIR type, such as "Observation", as values of T.
func Entries[T any](bundle *Bundle, resourceTypeName string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, entry := range bundle.Entry {
			if resourceType(entry.Resource) != resourceTypeName {
				continue
			}
			var item T
			err := decodeInto(entry.Resource, &item)
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func resourceType(raw json.RawMessage) string {
	var name string
	if value, ok := scan.Lookup(raw, "resourceType"); ok {
		_ = json.Unmarshal(value, &name)
	}
	return name
}

// decodeAs turns the answer to a call into T. An OperationOutcome, or whatever else is not of the type, would be blanks that look
// like a record, or like a search without results.
func decodeAs[T any](wanted, operation string, writes bool, raw *clinik.FHIRResource, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	answer := raw.RawJSON()
	if resourceType(answer) != wanted {
		return nil, caremux.NewError(caremux.Error{Vendor: "clinik", Operation: operation, Kind: caremux.ErrUnreadable, Attempts: 1},
			answer, nil, "the answer is not a resource of the type that was asked for", writes)
	}
	out := new(T)
	if err := decodeInto(answer, out); err != nil {
		return nil, failure(operation, answer, err, writes)
	}
	return out, nil
}

// decodeInto decodes a resource that was received: a member that does not fit is told by Mismatch, not by an error.
func decodeInto(raw json.RawMessage, out any) error {
	if err := transport.Decode(raw, out); err != nil {
		return failure("FHIR", raw, err, false)
	}
	return nil
}

func failure(operation string, body []byte, cause error, writes bool) error {
	e := caremux.Error{Vendor: "clinik", Operation: operation, Kind: caremux.ErrUnreadable, Attempts: 1}
	return caremux.NewError(e, body, cause, "the resource cannot be decoded into the Go type", writes)
}
