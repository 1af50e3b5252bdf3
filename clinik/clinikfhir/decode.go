package clinikfhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// decode decodes a resource that was received.
func decode[T fhir.Resource](raw []byte) (T, error) {
	var r T
	if string(bytes.TrimSpace(raw)) == "null" {
		return r, errors.New("null is not a resource")
	}
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer {
		r = reflect.New(t.Elem()).Interface().(T)
		return r, fhir.Unmarshal(raw, r)
	}
	return r, fhir.Unmarshal(raw, &r)
}

// readEntry decodes an entry of a bundle.
func readEntry(raw []byte) (*fhir.BundleEntry, error) {
	if raw[0] != '{' {
		return nil, errors.New("an entry is not an object")
	}
	e := new(fhir.BundleEntry)
	return e, fhir.Unmarshal(raw, e)
}

// matches returns what reads the entries of a search, and passes over those that are no matches.
func matches[T fhir.Resource](resourceType string) func(raw []byte) (T, error) {
	return func(raw []byte) (T, error) {
		var none T
		e, err := readEntry(raw)
		if err != nil {
			return none, err
		}
		if err := match(e, resourceType); err != nil {
			return none, err
		}
		r, err := fhir.As[T](e.Resource)
		if err != nil {
			// The error of As would say that an argument of the caller is wrong.
			return none, errors.New("an entry does not fit " + reflect.TypeFor[T]().String())
		}
		return r, nil
	}
}

// match returns [transport.ErrSkip] for an entry that is not a match of a search: what the server included, and its
// remarks.
func match(e *fhir.BundleEntry, resourceType string) error {
	var mode fhir.BundleEntrySearchMode
	if e.Search != nil {
		mode = e.Search.Mode
	}
	if err := remark(e, resourceType); err != nil {
		return err
	}
	if u, ok := e.Resource.(*fhir.Unknown); ok && u.Type == "" {
		return errNoResource
	}
	switch {
	case mode == fhir.BundleEntrySearchModeInclude || mode == fhir.BundleEntrySearchModeOutcome:
		return transport.ErrSkip
	case e.Resource != nil && e.Resource.ResourceType() == resourceType:
		return nil
	case mode == fhir.BundleEntrySearchModeMatch:
		return errors.New("a match is not a resource of the type that was searched for")
	}
	return transport.ErrSkip // some servers write no mode
}

var errNoResource = errors.New("an entry has no resource with a resourceType")

// remark returns an error for an entry by which the server says that the list is not whole.
func remark(e *fhir.BundleEntry, resourceType string) error {
	outcome, ok := e.Resource.(*fhir.OperationOutcome)
	if !ok || resourceType == outcome.ResourceType() || !failed(outcome) {
		return nil
	}
	return errors.New("an entry reports an error of the server, so that the list may not be complete")
}

// failed reports whether an outcome has an issue that is an error.
func failed(outcome *fhir.OperationOutcome) bool {
	for _, issue := range outcome.Issue {
		switch issue.Severity {
		case fhir.OperationOutcomeIssueSeverityError, fhir.OperationOutcomeIssueSeverityFatal:
			return true
		}
	}
	return false
}

// textAt is the string at a path, "" if there is none.
func textAt(raw []byte, path string) string {
	var text string
	if value, ok := scan.Lookup(raw, path); ok {
		_ = json.Unmarshal(value, &text)
	}
	return text
}
