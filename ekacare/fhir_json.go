package ekacare

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// Documents that are FHIR are JSON here, so that programs without FHIR do not link it. Package ekafhir decodes them.

// FHIRJSON returns the FHIR bundle of the document as JSON; ekafhir.Bundle decodes it. The vendor sends it as base64;
// no body is decoded before this is called. It is nil if there is none, such as before the parsing is complete. A value
// that is not base64 of JSON is an error that matches [caremux.ErrUnreadable].
func (r *ParsingResult) FHIRJSON() (json.RawMessage, error) {
	if r == nil || r.Data == nil {
		return nil, nil
	}
	return decodeFHIR("Records.GetParsingResult", r.Data.FHIR)
}

// FHIRJSON returns the FHIR bundle of the note as JSON, as [ParsingResult.FHIRJSON] does. It is nil if there is none,
// such as before the note is made.
func (s *ScribeVoiceStatus) FHIRJSON() (json.RawMessage, error) {
	if s == nil || s.Data == nil || s.Data.Output == nil {
		return nil, nil
	}
	return decodeFHIR("ScribeVoice.GetStatus", s.Data.Output.FHIR)
}

// FHIRJSON returns the FHIR bundle of the report as JSON, as [ParsingResult.FHIRJSON] does. It is nil if there is none,
// such as of a report that could not be read.
func (e *RecordSmartReportEvent) FHIRJSON() (json.RawMessage, error) {
	if e == nil || e.Data == nil || e.Data.Data == nil {
		return nil, nil
	}
	return decodeFHIR(EventRecordSmartReport, e.Data.Data.FHIR)
}

// FHIRJSON returns the bundle as it was sent; ekafhir.Bundle decodes it.
func (d *FHIRDocument) FHIRJSON() (json.RawMessage, error) {
	if d == nil {
		return nil, nil
	}
	return d.RawJSON(), nil
}

func decodeFHIR(operation, sent string) (json.RawMessage, error) {
	data := []byte(strings.TrimSpace(sent))
	if len(data) == 0 {
		return nil, nil
	}
	if data[0] != '{' { // what is JSON already is taken as it is
		text := strings.TrimRight(string(data), "=")
		text = strings.NewReplacer("\n", "", "\r", "", "-", "+", "_", "/").Replace(text)
		decoded, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil {
			return nil, unreadableFHIR(operation, err)
		}
		data = decoded
	}
	if !json.Valid(scan.TrimBOM(data)) {
		return nil, unreadableFHIR(operation, nil)
	}
	return scan.TrimBOM(data), nil
}

func unreadableFHIR(operation string, cause error) error {
	e := caremux.Error{Vendor: "ekacare", Operation: operation, Attempts: 1, Kind: caremux.ErrUnreadable}
	return caremux.NewError(e, caremux.ErrorParts{Cause: cause, Reason: "the FHIR of the response is not JSON in base64"})
}

// vet refuses another document in the place of a FHIR bundle.
func vet(op *transport.Operation, _ []string, raw []byte) error {
	if !strings.HasSuffix(op.Path, "/fhir/retrieve") || !json.Valid(raw) {
		return nil // the decoder says so
	}
	if resourceType, _ := scan.Lookup(raw, "resourceType"); string(resourceType) != `"Bundle"` {
		return &transport.ShapeError{
			Reason: "the response is not a FHIR bundle", Kind: caremux.ErrUnreadable, Explain: true,
		}
	}
	return nil
}
