package ekacare

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// MaxParsingSize is the largest document that is taken for parsing, in bytes.
const MaxParsingSize = 10 << 20

// ParsingWait says how to wait for the parsing of a document. The zero value of a field means its default.
type ParsingWait struct {
	MinWait  time.Duration        // before the second look; each later wait is half as long again. Default 1 s.
	MaxWait  time.Duration        // the longest wait. Default 10 s.
	Limit    time.Duration        // for the waiting as a whole. Default 5 min; the context may end it before.
	Progress func(*ParsingResult) // called with what each look finds; may be nil
}

// ParsedDocument is a document that was given to be parsed, and what the last look found.
type ParsedDocument struct {
	DocumentID string
	// Result is nil before the first look. Its FHIR is decoded when [ParsingResult.FHIR] or [ParsingResult.Bundle] is called.
	Result *ParsingResult
}

// DocumentParsingError is a document that will not be parsed any more: it could not be read, or it was deleted. A deleted one
// matches [caremux.ErrNotFound].
type DocumentParsingError struct {
	DocumentID string
	Status     ProcessingStatus // error or deleted
	Result     *ParsingResult   // with the vendor's reasons, in Error
}

// Error tells the state, not the document.
func (e *DocumentParsingError) Error() string {
	if e.Status == ProcessingStatusDeleted {
		return "ekacare: the document was deleted before it was parsed"
	}
	return "ekacare: parsing the document failed"
}

// Format prints the text of Error for every verb.
func (e *DocumentParsingError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON holds no result either.
func (e *DocumentParsingError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Is reports whether target is the sentinel that fits the state.
func (e *DocumentParsingError) Is(target error) bool {
	return target == caremux.ErrNotFound && e.Status == ProcessingStatusDeleted
}

// Parse uploads a document of at most [MaxParsingSize] bytes, to be parsed as params say, and waits for the result. wait may be
// nil.
//
// Once the document is uploaded it returns what it knows also with an error, so that the waiting can go on with
// [RecordsService.WaitParsed] and the document's id. A document that cannot be parsed is a [*DocumentParsingError].
//
// The upload is not repeated when its outcome is not known, as it makes a document each time; see [caremux.Error.MaybeApplied].
//
// POST /mr/api/v2/docs, GET /mr/api/v1/docs/{document_id}/result (Eka Care API document, records)
func (s *RecordsService) Parse(ctx context.Context, params *RecordsUploadParams, file caremux.File, wait *ParsingWait, opts ...caremux.RequestOption) (*ParsedDocument, error) {
	if file.Content == nil {
		return nil, &caremux.ArgumentError{Operation: "Records.Parse", Field: "file.Content", Rule: "is required"}
	}
	if size, known := remaining(file.Content); known && size > MaxParsingSize {
		return nil, &caremux.ArgumentError{Operation: "Records.Parse", Field: "file.Content", Rule: "must be at most 10 MB"}
	}
	uploaded, err := s.Upload(ctx, params, &RecordUpload{File: file}, opts...)
	if err != nil {
		return nil, err
	}
	if uploaded.DocumentID == "" {
		return nil, caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "Records.Parse", Kind: caremux.ErrUnreadable, Attempts: 1},
			uploaded.RawJSON(), nil, "the answer names no document", true)
	}
	return s.WaitParsed(ctx, uploaded.DocumentID, wait, opts...)
}

// WaitParsed looks at a document until it is parsed, the limit of the wait is reached or the context ends; wait may be nil. It
// returns the document as last seen also with an error, and can be called again with the same id. A document that cannot be
// parsed is a [*DocumentParsingError]; the end of the time matches [context.DeadlineExceeded].
//
// GET /mr/api/v1/docs/{document_id}/result (Eka Care API document, records)
func (s *RecordsService) WaitParsed(ctx context.Context, documentID string, wait *ParsingWait, opts ...caremux.RequestOption) (*ParsedDocument, error) {
	rhythm := poll.Rhythm{Min: time.Second, Max: 10 * time.Second, Limit: 5 * time.Minute}
	progress := func(*ParsingResult) {}
	if wait != nil {
		for into, given := range map[*time.Duration]time.Duration{&rhythm.Min: wait.MinWait, &rhythm.Max: wait.MaxWait, &rhythm.Limit: wait.Limit} {
			if given > 0 {
				*into = given
			}
		}
		if wait.Progress != nil {
			progress = wait.Progress
		}
	}
	document := &ParsedDocument{DocumentID: documentID}
	var failed error // as it came, of a look
	err := poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		result, err := s.GetParsingResult(ctx, documentID, opts...)
		if err != nil {
			failed = err
			return false, err
		}
		document.Result = result
		progress(result)
		switch result.Status {
		case ProcessingStatusCompleted:
			return true, nil
		case ProcessingStatusDeleted, ProcessingStatusError:
			failed = &DocumentParsingError{DocumentID: documentID, Status: result.Status, Result: result}
			return false, failed
		}
		return false, nil
	})
	if err != nil && failed == nil {
		err = caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "Records.WaitParsed", Attempts: 1}, nil, err, "the document was not parsed in time", false)
	}
	return document, err
}

// FHIR returns the FHIR bundle of the document as JSON. The vendor sends it as base64; nothing is decoded before this is called.
// It is nil if there is none, such as before the parsing is complete. What is no base64 of JSON is an error that matches
// [caremux.ErrUnreadable].
func (r *ParsingResult) FHIR() (json.RawMessage, error) {
	if r == nil || r.Data == nil {
		return nil, nil
	}
	return decodeFHIR(r.Data.FHIR)
}

// Bundle is [ParsingResult.FHIR], decoded; nil if there is none.
func (r *ParsingResult) Bundle() (*FHIRBundle, error) {
	raw, err := r.FHIR()
	if raw == nil || err != nil {
		return nil, err
	}
	bundle := new(FHIRBundle)
	if err := transport.Decode(raw, bundle); err != nil {
		return nil, unreadableFHIR(err)
	}
	return bundle, nil
}

func decodeFHIR(sent string) (json.RawMessage, error) {
	data := []byte(strings.TrimSpace(sent))
	if len(data) == 0 {
		return nil, nil
	}
	if data[0] != '{' { // what is JSON already is taken as it is
		text := strings.NewReplacer("\n", "", "\r", "", "-", "+", "_", "/").Replace(strings.TrimRight(string(data), "="))
		decoded, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil {
			return nil, unreadableFHIR(err)
		}
		data = decoded
	}
	if !json.Valid(data) {
		return nil, unreadableFHIR(nil)
	}
	return data, nil
}

func unreadableFHIR(cause error) error {
	return caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "Records.GetParsingResult", Attempts: 1, Kind: caremux.ErrUnreadable},
		nil, cause, "the FHIR of the answer is not JSON in base64", false)
}
