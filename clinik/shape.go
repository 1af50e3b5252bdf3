package clinik

import (
	"encoding/json"

	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// vet tells the two shapes of answers apart: flat records, and FHIR resources, which have a resourceType. A resource decoded
// as a record would be blanks that look like data.
func vet(op *transport.Operation, _ []string, raw []byte) error {
	if op.Accept != "" {
		return nil // the raw FHIR routes and the capability statement
	}
	value, ok := scan.Lookup(raw, "resourceType")
	if !ok {
		return nil
	}
	var resourceType string
	if json.Unmarshal(value, &resourceType) != nil || resourceType == "" {
		return nil
	}
	if resourceType == "OperationOutcome" && op.Paging != nil {
		return transport.ErrSkip // a remark of the vendor's index among the rows of a search
	}
	return &transport.ShapeError{Reason: "a FHIR resource came instead of a record", Kind: ErrFHIRShape, Details: resourceType}
}
