package ekacare

import (
	"context"
	"fmt"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/wire"
)

// MaxParsingSize is the largest document that is taken for parsing, in bytes.
const MaxParsingSize = 10 << 20

// ParsingWait says how to wait for the parsing of a document. The defaults are a second poll after 1 s, at most 10 s
// between two, and five minutes in all. Progress gets the document's id before the first poll, so that a process that
// is killed can go on with [RecordsService.WaitParsed].
type ParsingWait = caremux.Wait[*ParsedDocument]

// ParsedDocument is a document that was given to be parsed, and what the last poll found.
type ParsedDocument struct {
	DocumentID string
	// Result is empty before the first poll, never nil. Its FHIR is decoded when [ParsingResult.FHIRJSON] is called.
	Result *ParsingResult
}

// DocumentParsingError is a document that will not be parsed any more: it could not be read, or it was deleted. A
// deleted one matches [caremux.ErrNotFound].
type DocumentParsingError struct {
	DocumentID string
	Status     ProcessingStatus // error or deleted, or a state that is not known
	Result     *ParsingResult   // with the vendor's reasons, in Error
}

// Error names the state, not the document.
func (e *DocumentParsingError) Error() string {
	switch e.Status {
	case ProcessingStatusDeleted:
		return "ekacare: the document was deleted before it was parsed"
	case ProcessingStatusError:
		return "ekacare: parsing the document failed"
	}
	return "ekacare: parsing the document ended in a state that is not known"
}

// Format prints the message of Error for every verb.
func (e *DocumentParsingError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no result either.
func (e *DocumentParsingError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Is reports whether target is the sentinel that fits the state.
func (e *DocumentParsingError) Is(target error) bool {
	return target == caremux.ErrNotFound && e.Status == ProcessingStatusDeleted
}

// Parse uploads a document of at most [MaxParsingSize] bytes, to be parsed as params say, and waits for the result.
// wait may be nil.
//
// Once the document is uploaded it returns what it knows also with an error, so that the waiting can go on with
// [RecordsService.WaitParsed] and the document's id, which wait.Progress gets at once. A document that cannot be parsed
// is a [*DocumentParsingError].
//
// The upload is not retried if its outcome is not known, as it creates a document each time; see
// [caremux.Error.MaybeApplied]. caremux.WithIdempotent is refused.
//
// POST /mr/api/v2/docs, GET /mr/api/v1/docs/{document_id}/result (Eka Care API document, records)
func (s *RecordsService) Parse(
	ctx context.Context, params *RecordsUploadParams, file caremux.File, wait *ParsingWait, opts ...caremux.RequestOption,
) (*ParsedDocument, error) {
	const operation = "Records.Parse"
	if err := refuseIdempotent(opts); err != nil {
		return nil, inFlow(operation, err)
	}
	if file.Content == nil {
		return nil, &caremux.ArgumentError{Vendor: "ekacare", Operation: operation, Field: "file.Content", Rule: "is required"}
	}
	if size, known := remaining(file.Content); known && size > MaxParsingSize {
		return nil, &caremux.ArgumentError{Vendor: "ekacare", Operation: operation, Field: "file.Content", Rule: "must be at most 10 MB"}
	}
	var caught panics
	file.Content = caught.guard(file.Content)
	uploaded, err := s.Upload(ctx, params, &RecordUpload{File: file}, opts...)
	caught.raise()
	if err != nil {
		return nil, err
	}
	if wait != nil && wait.Progress != nil {
		wait.Progress(&ParsedDocument{DocumentID: uploaded.DocumentID, Result: &ParsingResult{}})
	}
	return s.WaitParsed(ctx, uploaded.DocumentID, wait, opts...)
}

// emptyResult is how long a result that is said to be complete may be empty.
const emptyResult = 8 * time.Second

// WaitParsed polls a document until it is parsed, the limit of the wait is reached or the context ends; wait may be
// nil. It returns the document as last seen also with an error, and can be called again with the same id. A document
// that cannot be parsed, or whose state is not known, is a [*DocumentParsingError]; one that stays without a result
// although it is complete matches [caremux.ErrUnreadable]; the end of the time matches [context.DeadlineExceeded].
//
// GET /mr/api/v1/docs/{document_id}/result (Eka Care API document, records)
func (s *RecordsService) WaitParsed(
	ctx context.Context, documentID string, wait *ParsingWait, opts ...caremux.RequestOption,
) (*ParsedDocument, error) {
	const operation = "Records.WaitParsed"
	var complete time.Time // since when it is said to be
	document, err := poll.Wait(ctx, deref(wait), poll.Job[*ParsedDocument]{
		Vendor: "ekacare", Operation: operation, Late: "the document was not parsed in time",
		Rhythm: poll.Rhythm{Min: time.Second, Max: 10 * time.Second, Limit: 5 * time.Minute},
		Poll: func(ctx context.Context) (*ParsedDocument, error) {
			result, err := s.GetParsingResult(ctx, documentID, opts...)
			return &ParsedDocument{DocumentID: documentID, Result: result}, err
		},
		Over: func(d *ParsedDocument) (bool, error) {
			over, err := d.over()
			if !over || err != nil || d.Result.Data != nil {
				return over, err
			}
			if complete.IsZero() {
				complete = time.Now()
			}
			if time.Since(complete) < emptyResult {
				return false, nil
			}
			return true, unreadable(operation, d.Result.RawJSON(), "the document is said to be parsed, without a result", false)
		},
	})
	if document == nil {
		document = &ParsedDocument{DocumentID: documentID, Result: &ParsingResult{}}
	}
	return document, err
}

// over reports whether nothing more is to be expected. A state that is not known is an end.
func (d *ParsedDocument) over() (bool, error) {
	switch word(string(d.Result.Status)) {
	case "queued", "inprogress":
		return false, nil
	case "completed":
		return true, nil
	}
	return true, &DocumentParsingError{DocumentID: d.DocumentID, Status: d.Result.Status, Result: d.Result}
}
