package ekafhir

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/argument"
)

// Document is what has a FHIR bundle as JSON: an [ekacare.ParsingResult], an [ekacare.RecordSmartReportEvent], an
// [ekacare.ScribeVoiceStatus] or an [ekacare.FHIRDocument], as pointers.
type Document interface {
	FHIRJSON() (json.RawMessage, error)
}

// Bundle returns the bundle of a document, nil if it has none, such as before it was parsed. What is not the JSON of a
// bundle is an error that matches [caremux.ErrUnreadable].
func Bundle(d Document) (*fhir.Bundle, error) {
	if d == nil {
		return nil, nil
	}
	data, err := d.FHIRJSON()
	if err != nil || len(data) == 0 {
		return nil, err
	}
	return Decode(data)
}

// Decode decodes a bundle, such as a health record of ABDM that was opened. What is not the JSON of a bundle is a
// [*fhir.DecodeError], which matches [caremux.ErrUnreadable].
func Decode(data []byte) (*fhir.Bundle, error) {
	if string(bytes.TrimSpace(data)) == "null" {
		// Unmarshal keeps null, as encoding/json passes it for elements of lists.
		return nil, &fhir.DecodeError{Rule: "must be a resource with resourceType Bundle"}
	}
	bundle := new(fhir.Bundle)
	if err := fhir.Unmarshal(data, bundle); err != nil {
		return nil, err
	}
	return bundle, nil
}

// Encode returns a bundle as the Data of an [ekacare.CareContextLinkItem]: its JSON in base64. A bundle that is nil,
// that is not of type document as ABDM requires, or that cannot be encoded without a loss is a
// [*caremux.ArgumentError].
func Encode(bundle *fhir.Bundle) (string, error) {
	const operation = "ekafhir.Encode"
	switch {
	case bundle == nil:
		return "", &caremux.ArgumentError{Operation: operation, Field: "bundle", Rule: "is required"}
	case bundle.Type != fhir.BundleTypeDocument:
		return "", &caremux.ArgumentError{Operation: operation, Field: "bundle.type", Rule: "must be document"}
	}
	data, err := fhir.Marshal(bundle)
	if refused, ok := errors.AsType[*caremux.ArgumentError](err); ok {
		return "", &caremux.ArgumentError{Operation: operation, Field: argument.Path("bundle", refused.Field), Rule: refused.Rule}
	}
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(data), nil
}
