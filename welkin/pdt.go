package welkin

import (
	"context"
	"iter"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// TypedPDTs reads and writes the profile records of one type; see [ProfileRecords].
type TypedPDTs[T any] struct {
	core *transport.Client
	name string
}

// ProfileRecords returns the profile records of the profile data type name as values of T, a struct with the type's
// fields. It is what [CDTRecords] is for custom data types, except that a patient has at most one record of each type:
//
//	type Insurance struct {
//		Payer  string `json:"payer,omitzero"`
//		Member string `json:"member_id,omitzero"`
//	}
//	insurance := welkin.ProfileRecords[Insurance](c, "insurance")
//	r, err := insurance.Create(ctx, patientID, &Insurance{Payer: "Acme", Member: "A-17"})
//
// Profile records are known from documentation of 2026 that contradicts itself: the paths are likely, the bodies
// doubtful. The fields are read from the record's jsonBody, as those of custom data types are, and from the record itself
// if it has none. RawJSON returns what was sent in any case.
func ProfileRecords[T any](c *Client, name string) *TypedPDTs[T] {
	return &TypedPDTs[T]{core: c.core, name: name}
}

// Create adds a record to a patient.
//
// POST /{tenant}/{instance}/patients/{patientId}/pdts/{pdtName}
func (s *TypedPDTs[T]) Create(
	ctx context.Context, patientID string, fields *T, opts ...caremux.RequestOption,
) (*TypedCDT[T], error) {
	body, err := fieldsBody(&pdtsCreate, fields)
	if err != nil {
		return nil, err
	}
	return s.call(ctx, &pdtsCreate, transport.Input{Path: []string{patientID, s.name}, Body: body}, opts)
}

// Get returns one record. If there is no such record the error matches [caremux.ErrNotFound].
//
// GET /{tenant}/{instance}/patients/{patientId}/pdts/{pdtName}/{recordId}
func (s *TypedPDTs[T]) Get(
	ctx context.Context, patientID, recordID string, opts ...caremux.RequestOption,
) (*TypedCDT[T], error) {
	return s.call(ctx, &pdtsGet, transport.Input{Path: []string{patientID, s.name, recordID}}, opts)
}

// Update changes the fields that changes contains and leaves the others alone. changes is a T whose unset fields are left
// out of its JSON (omitzero), or any other value that encodes to an object of the fields to change, such as a map. Other
// JSON is an [*caremux.ArgumentError].
//
// PATCH /{tenant}/{instance}/patients/{patientId}/pdts/{pdtName}/{recordId}
func (s *TypedPDTs[T]) Update(
	ctx context.Context, patientID, recordID string, changes any, opts ...caremux.RequestOption,
) (*TypedCDT[T], error) {
	body, err := fieldsBody(&pdtsUpdate, changes)
	if err != nil {
		return nil, err
	}
	return s.call(ctx, &pdtsUpdate, transport.Input{Path: []string{patientID, s.name, recordID}, Body: body}, opts)
}

// Delete removes a record.
//
// DELETE /{tenant}/{instance}/patients/{patientId}/pdts/{pdtName}/{recordId}
func (s *TypedPDTs[T]) Delete(ctx context.Context, patientID, recordID string, opts ...caremux.RequestOption) error {
	return transport.Exec(ctx, s.core, &pdtsDelete, transport.Input{Path: []string{patientID, s.name, recordID}}, opts)
}

// List returns the records of a patient, of which there is at most one.
//
// GET /{tenant}/{instance}/patients/{patientId}/pdts/{pdtName}
func (s *TypedPDTs[T]) List(
	ctx context.Context, patientID string, opts ...caremux.RequestOption,
) (*caremux.Page[TypedCDT[T]], error) {
	page, err := transport.Page[CDTRecord](ctx, s.core, &pdtsList, transport.Input{Path: []string{patientID, s.name}}, opts)
	if err != nil {
		return nil, err
	}
	return typedPage(page, typedProfile[T]), nil
}

// All iterates over the records of a patient. An error is yielded once and ends the loop.
func (s *TypedPDTs[T]) All(
	ctx context.Context, patientID string, opts ...caremux.RequestOption,
) iter.Seq2[TypedCDT[T], error] {
	records := transport.All[CDTRecord](ctx, s.core, &pdtsList, transport.Input{Path: []string{patientID, s.name}}, opts)
	return typedItems(records, typedProfile[T])
}

// Pages ranges over the pages of [TypedPDTs.List] as All ranges over their records.
func (s *TypedPDTs[T]) Pages(
	ctx context.Context, patientID string, opts ...caremux.RequestOption,
) iter.Seq2[*caremux.Page[TypedCDT[T]], error] {
	in := transport.Input{Path: []string{patientID, s.name}}
	return typedPages(transport.Pages[CDTRecord](ctx, s.core, &pdtsList, in, opts), typedProfile[T])
}

func (s *TypedPDTs[T]) call(
	ctx context.Context, op *transport.Operation, in transport.Input, opts []caremux.RequestOption,
) (*TypedCDT[T], error) {
	record, err := transport.Call[CDTRecord](ctx, s.core, op, in, opts)
	if err != nil {
		return nil, err
	}
	t := typedProfile[T](*record)
	return &t, nil
}

// typedProfile reads the fields of a record that may have no body of its own.
func typedProfile[T any](record CDTRecord) TypedCDT[T] {
	t := typed[T](record)
	if raw := record.RawJSON(); raw != nil && record.JSONBody == nil {
		_ = wire.Unmarshal(raw, &t.Fields) // the record was read or made, and its id must not be lost
	}
	return t
}
