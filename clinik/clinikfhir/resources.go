package clinikfhir

import (
	"context"
	"reflect"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/reach"
	"github.com/caremux/caremux/internal/transport"
)

// Service reads and writes the resources of one FHIR type as values of T; see [Resources].
type Service[T fhir.Resource] struct {
	core         *transport.Client
	resourceType string
	fault        string // what is wrong with T, an error of every call
}

// Resources returns the resources of the FHIR type of T: a pointer to a type of package fhir, such as
// *[fhir.Patient], or to one of your own that has its ResourceType. A T that is no such pointer is a
// [*caremux.ArgumentError] of every call.
func Resources[T fhir.Resource](c *clinik.Client) *Service[T] {
	s := &Service[T]{core: reach.Clinik(c)}
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		s.resourceType = reflect.New(t.Elem()).Interface().(T).ResourceType()
	}
	if s.resourceType == "" {
		s.fault = "must be a pointer to a struct that names its resource type; see ResourcesOf for other types"
	}
	return s
}

// ResourcesOf returns the resources of a type that is named at run time. They have the Go types of package fhir, or are
// *[fhir.Unknown] if R4 does not have the type.
func ResourcesOf(c *clinik.Client, resourceType string) *Service[fhir.Resource] {
	return &Service[fhir.Resource]{core: reach.Clinik(c), resourceType: resourceType}
}

// Get returns one resource. If there is none the error matches [caremux.ErrNotFound].
//
// What does not fit T is kept and written back by [Service.Replace]; [fhir.Misfits] lists it.
//
// GET /v1/fhir/{resourceType}/{id}
func (s *Service[T]) Get(ctx context.Context, id string, opts ...caremux.RequestOption) (T, error) {
	return s.read(ctx, &opGet, transport.Input{Path: []string{s.resourceType, id}}, opts)
}

// GetVersion returns one version of a resource; version is its [fhir.Meta] VersionID. The vendor's documents do not
// show the call.
//
// GET /v1/fhir/{resourceType}/{id}/_history/{versionId}
func (s *Service[T]) GetVersion(ctx context.Context, id, version string, opts ...caremux.RequestOption) (T, error) {
	return s.read(ctx, &opGetVersion, transport.Input{Path: []string{s.resourceType, id, version}}, opts)
}

// Create adds a resource and returns it with the id that the server chose.
//
// After an error with MaybeApplied search for the resource before another attempt.
//
// POST /v1/fhir/{resourceType}
func (s *Service[T]) Create(ctx context.Context, resource T, opts ...caremux.RequestOption) (T, error) {
	body, err := s.encode(&opCreate, resource)
	if err != nil {
		return *new(T), err
	}
	return s.read(ctx, &opCreate, transport.Input{Path: []string{s.resourceType}, Body: body}, opts)
}

// Replace overwrites a resource with another state of it: read it, change it, replace it. What was read and has no field in
// T is sent back with the element that had it, also after lists were edited; see package fhir. An id that the
// resource lacks is filled in.
//
// It returns a [*caremux.ArgumentError] and sends nothing if something that was read would be lost, if T could not
// keep it ([fhir.Keeps]), or if the resource has another id.
//
// A change that somebody else made since the resource was read is overwritten, unless the server refuses it by
// [IfVersion]. [Service.Patch] sends single changes.
//
// PUT /v1/fhir/{resourceType}/{id}
func (s *Service[T]) Replace(ctx context.Context, id string, resource T, opts ...caremux.RequestOption) (T, error) {
	body, err := s.encodeReplace(&opPut, id, resource)
	if err != nil {
		return *new(T), err
	}
	return s.read(ctx, &opPut, transport.Input{Path: []string{s.resourceType, id}, Body: body}, opts)
}

// Patch changes parts of a resource, all or none; see [Add], [Replace], [Remove] and [Test].
//
// PATCH /v1/fhir/{resourceType}/{id}
func (s *Service[T]) Patch(
	ctx context.Context, id string, changes clinik.JSONPatch, opts ...caremux.RequestOption,
) (T, error) {
	body := content.JSONAs("application/json-patch+json", changes)
	return s.read(ctx, &opPatch, transport.Input{Path: []string{s.resourceType, id}, Body: body}, opts)
}

// Delete removes a resource. What refers to it stays. If there is none the error matches [caremux.ErrNotFound].
//
// DELETE /v1/fhir/{resourceType}/{id}
func (s *Service[T]) Delete(ctx context.Context, id string, opts ...caremux.RequestOption) error {
	if err := s.check(&opDelete); err != nil {
		return err
	}
	return transport.Exec(ctx, s.core, &opDelete, transport.Input{Path: []string{s.resourceType, id}}, opts)
}

// IfVersion makes an update, a patch or a deletion depend on the version that the resource has, its [fhir.Meta]
// VersionID when it was read. If it has another by now, the error matches [caremux.ErrConflict]. The vendor's
// documents do not show whether its server heeds it.
func IfVersion(version string) caremux.RequestOption {
	return caremux.WithHeader("If-Match", `W/"`+version+`"`)
}

// read sends a call whose response is one resource of the type.
func (s *Service[T]) read(
	ctx context.Context, op *transport.Operation, in transport.Input, opts []caremux.RequestOption,
) (r T, err error) {
	if err := s.check(op); err != nil {
		return r, err
	}
	err = transport.Read(ctx, s.core, op, in, func(raw []byte) (err error) {
		r, err = decode[T](raw)
		return err
	}, opts)
	if err != nil {
		return *new(T), err
	}
	return r, nil
}

// check returns what is wrong with T.
func (s *Service[T]) check(op *transport.Operation) error {
	if s.fault == "" {
		return nil
	}
	return refuse(op, "T", s.fault)
}
