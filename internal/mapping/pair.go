package mapping

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/wire"
)

// Pair is a kind of record and its FHIR resource. The two functions say what the FHIR fields have, and the pair keeps
// the rest; see [Kind].
type Pair[V any, R fhir.Resource] struct {
	Kind Kind
	// FHIR makes the resource, and lists the paths of the vendor's fields whose codes FHIR has no equivalent for.
	FHIR func(record *V) (resource R, unmapped []string, err error)
	// Vendor makes the record that the FHIR fields show: a V, or something that is encoded as one.
	Vendor func(resource R) any
	// Extensions is where the rest is kept.
	Extensions func(resource R) *[]fhir.Extension
}

// Resource returns the resource of a record.
func (p Pair[V, R]) Resource(record *V) (R, error) {
	raw, err := Raw(record)
	if err != nil {
		return *new(R), err
	}
	return p.keep(record, raw)
}

// Received is Resource for a record that was just decoded from what the vendor sent.
func (p Pair[V, R]) Received(record *V) (R, error) {
	if r, ok := any(record).(interface{ RawJSON() json.RawMessage }); ok {
		if raw := r.RawJSON(); len(raw) > 0 {
			return p.keep(record, raw)
		}
	}
	return p.Resource(record)
}

func (p Pair[V, R]) keep(record *V, raw json.RawMessage) (R, error) {
	resource, unmapped, err := p.FHIR(record)
	if err != nil {
		return *new(R), err
	}
	kept, err := p.Kind.Keep(raw, p.Vendor(resource), unmapped...)
	if err != nil {
		return *new(R), err
	}
	if at := p.Extensions(resource); len(*at) == 0 {
		*at = kept
	} else {
		*at = slices.Concat(*at, kept)
	}
	return resource, nil
}

// Record returns the record of a resource.
func (p Pair[V, R]) Record(resource R) (*V, error) {
	record := new(V)
	if err := p.Kind.Restore(p.Vendor(resource), *p.Extensions(resource), record); err != nil {
		return nil, err
	}
	return record, nil
}

// Checked returns the record that a call is to create, or says with a [*caremux.ArgumentError] which element of the
// resource has no place in it.
func (p Pair[V, R]) Checked(operation string, resource R) (*V, error) {
	record, err := p.Record(resource)
	if err != nil {
		return nil, err
	}
	back, err := p.Resource(record)
	if err != nil {
		return nil, err
	}
	return record, Placed(operation, resource, back)
}

// Create fills the body of a call that creates the record of a resource, or says with a [*caremux.ArgumentError] which
// element of the resource cannot be sent. given are the vendor's fields that it fills in itself.
func (p Pair[V, R]) Create(operation string, resource R, body any, given ...string) error {
	record, err := p.Checked(operation, resource)
	if err != nil {
		return err
	}
	return Input(operation, record, body, given...)
}

// Each maps each record of a list that was just read.
func (p Pair[V, R]) Each(records iter.Seq2[V, error]) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		for record, err := range records {
			var r R
			if err == nil {
				r, err = p.Received(&record)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Wider decodes the records of a list as a type that has their fields and more.
func Wider[W, V any](records iter.Seq2[V, error]) iter.Seq2[W, error] {
	return func(yield func(W, error) bool) {
		for record, err := range records {
			var wide W
			if err == nil {
				wide, err = decodeAs[W](&record)
			}
			if !yield(wide, err) || err != nil {
				return
			}
		}
	}
}

func decodeAs[W any](record any) (wide W, err error) {
	var raw json.RawMessage
	if r, ok := record.(interface{ RawJSON() json.RawMessage }); ok {
		raw = r.RawJSON()
	}
	if len(raw) == 0 {
		if raw, err = wire.Marshal(record); err != nil {
			return wide, err
		}
	}
	if err = wire.Unmarshal(raw, &wide); err == nil {
		caremux.KeepJSON(&wide, raw)
	}
	return wide, err
}

// ResourceOf is Received, as a resource of any type.
func (p Pair[V, R]) ResourceOf(record *V) (fhir.Resource, error) {
	r, err := p.Received(record)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// One returns the resource of a record that was just read.
func (p Pair[V, R]) One(record *V, err error) (fhir.Resource, error) {
	if err != nil {
		return nil, err
	}
	return p.Received(record)
}

// One ranges over one resource, none if it was not found.
func One(read func() (fhir.Resource, error)) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		r, err := read()
		if !errors.Is(err, caremux.ErrNotFound) {
			yield(r, err)
		}
	}
}

// IfFound is a list of somebody's that is empty if the vendor does not know them.
func IfFound(list iter.Seq2[fhir.Resource, error]) iter.Seq2[fhir.Resource, error] {
	return func(yield func(fhir.Resource, error) bool) {
		for r, err := range list {
			if errors.Is(err, caremux.ErrNotFound) || !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// None ranges over nothing.
func None(func(fhir.Resource, error) bool) {}
