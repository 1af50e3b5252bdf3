package welkin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// TypedCDT is a record of a custom data type: the system's fields in CDTRecord (JSONBody contains who made and changed
// the record and when), and the tenant's own fields in Fields. Fields that neither names are in JSONBody.Extra and
// RawJSON.
//
// Its JSON is that of the vendor, with Fields inside jsonBody, so that a record can wait in a cache or a queue. What
// was not changed since it was received is written as it was received, whether or not its Go type has room for it.
type TypedCDT[T any] struct {
	CDTRecord
	Fields T `json:"-"`
}

// TypedCDTs reads and writes the records of one custom data type; see [CDTRecords].
type TypedCDTs[T any] struct {
	core *transport.Client
	name string
}

// CDTRecords gives the records of the custom data type name as values of T, a struct with the type's fields:
//
//	type Vitals struct {
//		BloodSugar int `json:"blood_sugar,omitzero"`
//		Systolic   int `json:"systolic,omitzero"`
//		Diastolic  int `json:"diastolic,omitzero"`
//	}
//	vitals := welkin.CDTRecords[Vitals](c, "vitals")
//	v, err := vitals.Create(ctx, patientID, &Vitals{Systolic: 118, Diastolic: 76})
//
// Fields that a record does not have stay at their zero values; use pointers to tell them from zero. A field whose JSON does
// not fit T stays zero too, and the record's Mismatch says so.
func CDTRecords[T any](c *Client, name string) *TypedCDTs[T] {
	return &TypedCDTs[T]{core: c.core, name: name}
}

// Create adds a record to a patient. If it is to happen once although the program may run again, use
// [TypedCDTs.CreateOnce].
//
// POST /{tenant}/{instance}/patients/{patientId}/cdts/{cdtName}
func (s *TypedCDTs[T]) Create(ctx context.Context, patientID string, fields *T, opts ...caremux.RequestOption) (*TypedCDT[T], error) {
	body, err := fieldsBody(&cdtsCreate, fields)
	if err != nil {
		return nil, err
	}
	return s.call(ctx, &cdtsCreate, transport.Input{Path: []string{patientID, s.name}, Body: body}, opts)
}

// Get returns one record. If there is no such record the error matches [caremux.ErrNotFound].
//
// GET /{tenant}/{instance}/patients/{patientId}/cdts/{cdtName}/{cdtRecordId}
func (s *TypedCDTs[T]) Get(ctx context.Context, patientID, recordID string, opts ...caremux.RequestOption) (*TypedCDT[T], error) {
	return s.call(ctx, &cdtsGet, transport.Input{Path: []string{patientID, s.name, recordID}}, opts)
}

// Update changes the fields that changes contains and leaves the others alone. changes is a T whose unset fields are
// left out of its JSON (omitzero), or any other value that encodes to an object of the fields to change, such as a map.
// Other JSON is an [*caremux.ArgumentError].
//
// PATCH /{tenant}/{instance}/patients/{patientId}/cdts/{cdtName}/{cdtRecordId}
func (s *TypedCDTs[T]) Update(
	ctx context.Context,
	patientID, recordID string,
	changes any,
	opts ...caremux.RequestOption,
) (*TypedCDT[T], error) {
	body, err := fieldsBody(&cdtsUpdate, changes)
	if err != nil {
		return nil, err
	}
	return s.call(ctx, &cdtsUpdate, transport.Input{Path: []string{patientID, s.name, recordID}, Body: body}, opts)
}

// fieldsBody is the body with the fields of a record. What is no object would replace the record, or mean nothing.
func fieldsBody(op *transport.Operation, fields any) (content.Body, error) {
	refuse := func(rule string) (content.Body, error) {
		return content.Body{}, &caremux.ArgumentError{Vendor: "welkin", Operation: op.Name, Field: "body", Rule: rule}
	}
	if wire.IsNil(fields) {
		return refuse("is required")
	}
	var argument *caremux.ArgumentError
	if errors.As(wire.Check(fields), &argument) { // the encoder would replace text that is not UTF-8
		return refuse(strings.TrimSpace(argument.Field + " " + argument.Rule))
	}
	data, err := wire.Marshal(fields)
	switch {
	case err != nil:
		return refuse("cannot be encoded as JSON")
	case !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		return refuse("must be a JSON object")
	}
	return content.JSON(json.RawMessage(data)), nil
}

// Delete removes a record.
//
// DELETE /{tenant}/{instance}/patients/{patientId}/cdts/{cdtName}/{cdtRecordId}
func (s *TypedCDTs[T]) Delete(ctx context.Context, patientID, recordID string, opts ...caremux.RequestOption) error {
	return transport.Exec(ctx, s.core, &cdtsDelete, transport.Input{Path: []string{patientID, s.name, recordID}}, opts)
}

// List returns one page of a patient's records.
//
// GET /{tenant}/{instance}/patients/{patientId}/cdts/{cdtName}
func (s *TypedCDTs[T]) List(
	ctx context.Context,
	patientID string,
	params *CDTsListParams,
	opts ...caremux.RequestOption,
) (*caremux.Page[TypedCDT[T]], error) {
	page, err := transport.Page[CDTRecord](ctx, s.core, &cdtsList, s.listInput(patientID, params), opts)
	if err != nil {
		return nil, err
	}
	return typedPage(page, typed[T]), nil
}

// All ranges over all of a patient's records from the page that params ask for. An error is yielded once and ends the loop.
func (s *TypedCDTs[T]) All(
	ctx context.Context,
	patientID string,
	params *CDTsListParams,
	opts ...caremux.RequestOption,
) iter.Seq2[TypedCDT[T], error] {
	records := transport.All[CDTRecord](ctx, s.core, &cdtsList, s.listInput(patientID, params), opts)
	return typedItems(records, typed[T])
}

// Pages ranges over the pages of [TypedCDTs.List] as All ranges over their records. [caremux.StartAt] resumes at the
// NextCursor of a page.
func (s *TypedCDTs[T]) Pages(
	ctx context.Context,
	patientID string,
	params *CDTsListParams,
	opts ...caremux.RequestOption,
) iter.Seq2[*caremux.Page[TypedCDT[T]], error] {
	return typedPages(transport.Pages[CDTRecord](ctx, s.core, &cdtsList, s.listInput(patientID, params), opts), typed[T])
}

// typedPages reads the records of each page with read.
func typedPages[T any](
	pages iter.Seq2[*caremux.Page[CDTRecord], error], read func(CDTRecord) TypedCDT[T],
) iter.Seq2[*caremux.Page[TypedCDT[T]], error] {
	return func(yield func(*caremux.Page[TypedCDT[T]], error) bool) {
		for page, err := range pages {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(typedPage(page, read), nil) {
				return
			}
		}
	}
}

// typedItems reads each record of a list with read.
func typedItems[T any](records iter.Seq2[CDTRecord, error], read func(CDTRecord) TypedCDT[T]) iter.Seq2[TypedCDT[T], error] {
	return func(yield func(TypedCDT[T], error) bool) {
		for record, err := range records {
			var t TypedCDT[T]
			if err == nil {
				t = read(record)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

func (s *TypedCDTs[T]) listInput(patientID string, params *CDTsListParams) transport.Input {
	return transport.Input{Path: []string{patientID, s.name}, Query: params}
}

func (s *TypedCDTs[T]) call(
	ctx context.Context,
	op *transport.Operation,
	in transport.Input,
	opts []caremux.RequestOption,
) (*TypedCDT[T], error) {
	record, err := transport.Call[CDTRecord](ctx, s.core, op, in, opts)
	if err != nil {
		return nil, err
	}
	t := typed[T](*record)
	return &t, nil
}

// typed decodes the record's body a second time, for the tenant's fields.
func typed[T any](record CDTRecord) TypedCDT[T] {
	t := TypedCDT[T]{CDTRecord: record}
	if body := record.body(); body != nil {
		_ = wire.Unmarshal(body, &t.Fields) // Mismatch reports it: the record was read or made, and its id must not get lost
	}
	return t
}

// body is the JSON of the tenant's fields, nil if there is none.
func (r *CDTRecord) body() json.RawMessage {
	if r.JSONBody == nil {
		return nil
	}
	return r.JSONBody.RawJSON()
}

// Mismatch is that of the record, with the tenant's fields that do not fit T; see [caremux.Record.Mismatch].
func (t TypedCDT[T]) Mismatch() error {
	return transport.Mismatch(t.CDTRecord.Mismatch(), t.body(), reflect.TypeFor[T](), "jsonBody")
}

func typedPage[T any](page *caremux.Page[CDTRecord], read func(CDTRecord) TypedCDT[T]) *caremux.Page[TypedCDT[T]] {
	items := make([]TypedCDT[T], len(page.Items))
	for i, record := range page.Items {
		items[i] = read(record)
	}
	var next func(context.Context) (*caremux.Page[TypedCDT[T]], error)
	if page.HasNext() {
		next = func(ctx context.Context) (*caremux.Page[TypedCDT[T]], error) {
			following, err := page.Next(ctx)
			if err != nil {
				return nil, err
			}
			return typedPage(following, read), nil
		}
	}
	p := caremux.NewPage(items, next)
	p.Total, p.NextCursor = page.Total, page.NextCursor
	p.KeepJSON(page.RawJSON())
	return p
}
