package clinik

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// Limits of a bulk import.
const (
	MaxImportRecords = 10_000
	MaxImportSize    = 104_857_600 // characters of NDJSON
)

// ErrImportChanged matches the error of an import whose content changed between the check and the request. The
// vendor has received at most a part of the request.
var ErrImportChanged = errors.New("the content changed while it was imported")

// ImportFrom starts the import of the records in r, NDJSON of one resource type. A byte order mark, blank lines and
// compression with gzip are passed over. Every line must be a JSON object in UTF-8, and there are limits:
// [MaxImportRecords] and [MaxImportSize]; what breaks them is an error that names the line, and no request is sent.
// Each record counts as a request of the quota.
//
// An [io.ReadSeeker], such as a file, is read twice, to check it and to send it, and costs little memory. What another
// reader returns is kept in memory until it is sent. A large import needs its time: see [caremux.WithCallTimeout].
//
// See [BulkService.Wait] for the outcome: records that the vendor skips are in the job's Errors. The vendor has no list
// of jobs and no key that would make a second import harmless. So [caremux.WithIdempotent] is refused. If an error's
// MaybeApplied is true, or the program ended during the call, search for one of the records before a second import.
//
// POST /v1/bulk/import
func (s *BulkService) ImportFrom(ctx context.Context, resourceType string, r io.Reader,
	opts ...caremux.RequestOption) (*BulkJobStarted, error) {
	if wire.IsNil(r) {
		return nil, importError("r", "is required")
	}
	body, err := newImport(resourceType, opts)
	if err != nil {
		return nil, err
	}
	if err := body.read(ctx, r); err != nil {
		return nil, err
	}
	return s.startImport(ctx, body, opts)
}

// ImportRecords is [BulkService.ImportFrom] for Go values. A line of the import is a record.
func ImportRecords[T any](ctx context.Context, c *Client, resourceType string, records iter.Seq[T],
	opts ...caremux.RequestOption) (*BulkJobStarted, error) {
	if records == nil {
		return nil, importError("records", "is required")
	}
	body, err := newImport(resourceType, opts)
	if err != nil {
		return nil, err
	}
	body.keep = &chunks{}
	for record := range records {
		var argument *caremux.ArgumentError
		if errors.As(wire.Check(record), &argument) { // the encoder would replace text that is not UTF-8
			return nil, importError("data line "+strconv.Itoa(body.records+1)+" "+argument.Field, argument.Rule)
		}
		line, err := oneLine(record)
		if err != nil {
			return nil, importError("records", "cannot be encoded as JSON")
		}
		if err := body.add(body.records+1, line); err != nil {
			return nil, err
		}
	}
	if err := body.complete(); err != nil {
		return nil, err
	}
	return c.Bulk.startImport(ctx, body, opts)
}

// oneLine is a record as JSON without line breaks, which JSON of the caller's own may have.
func oneLine(record any) ([]byte, error) {
	line, err := wire.Marshal(record)
	if err != nil || bytes.IndexByte(line, '\n') < 0 {
		return line, err
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, line)
	return compact.Bytes(), err
}

func importError(field, rule string) error {
	return &caremux.ArgumentError{Vendor: "clinik", Operation: bulkImport.Name, Field: field, Rule: rule}
}

// newImport refuses what cannot be imported once.
func newImport(resourceType string, opts []caremux.RequestOption) (*importBody, error) {
	config, err := caremux.NewCallConfig(opts)
	if err != nil {
		return nil, err
	}
	if config.Idempotent {
		return nil, importError("WithIdempotent", "is not for imports: it would let the records be imported twice")
	}
	var argument *caremux.ArgumentError
	if errors.As(wire.Check(&BulkImportRequest{ResourceType: resourceType, Data: "-"}), &argument) {
		return nil, importError(argument.Field, argument.Rule)
	}
	return &importBody{resourceType: resourceType}, nil
}

// startImport sends a body that was checked.
func (s *BulkService) startImport(ctx context.Context, body *importBody,
	opts []caremux.RequestOption) (*BulkJobStarted, error) {
	data, err := body.content()
	if err != nil {
		return nil, err
	}
	in := transport.Input{Body: content.Raw("application/json", caremux.File{Content: data})}
	started, err := transport.Call[BulkJobStarted](ctx, s.core, &bulkImport, in, opts)
	switch {
	case err != nil && data.changed.Load():
		return nil, &importChanged{err}
	case err != nil:
		return nil, err
	}
	s.imports().remember(started.JobID, body.shifts)
	return started, nil
}

// importChanged is the error of a call whose content changed under way.
type importChanged struct{ error }

func (e *importChanged) Error() string        { return e.error.Error() + ": " + ErrImportChanged.Error() }
func (e *importChanged) Unwrap() error        { return e.error }
func (e *importChanged) Is(target error) bool { return target == ErrImportChanged }
