package clinik

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// vet refuses what cannot be the record that was requested. The vendor has two shapes of records, flat ones and FHIR
// resources, which have a resourceType: one decoded as the other would be blanks that look like data.
func vet(op *transport.Operation, path []string, raw []byte) error {
	switch {
	case op.Paging != nil && op.Paging.Link != nil:
		return vetResource(raw, "Bundle", "")
	case strings.HasPrefix(op.Path, "/v1/fhir"):
		return vetFHIR(op, path, raw)
	case op.Accept != "":
		return nil // the capability statement
	}
	return vetFlat(op, raw)
}

// vetFlat refuses a resource in place of a flat record.
func vetFlat(op *transport.Operation, raw []byte) error {
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
	return &transport.ShapeError{Reason: "the response is a FHIR resource instead of a record", Kind: ErrFHIRShape, Details: resourceType}
}

// vetFHIR refuses a response of the raw FHIR routes that is not the resource of the path.
func vetFHIR(op *transport.Operation, path []string, raw []byte) error {
	last := path[max(0, len(path)-1):]
	switch {
	case strings.HasSuffix(op.Path, "{operation}"), op.Path == "/v1/fhir/{resourceType}/{id}" && op.Method == "POST":
		return vetResult(last[0], raw)
	case len(path) == 0, strings.HasSuffix(op.Path, "_history"), len(path) == 1 && op.Method == "GET":
		return vetResource(raw, "Bundle", "")
	case len(path) == 1: // a create, whose id nobody knows yet
		return vetCreated(raw, path[0])
	}
	if err := vetResource(raw, path[0], path[1]); err != nil || len(path) == 2 {
		return err
	}
	if version, ok := scan.Lookup(raw, "meta.versionId"); ok && textOf(version) != path[2] {
		return anotherShape("the response is another version of the resource")
	}
	return nil
}

// vetResult refuses what cannot be the result of a FHIR operation, which may be a resource of any type. An OperationOutcome of
// errors is a result of $validate alone.
func vetResult(operation string, raw []byte) error {
	seen := lookAt(raw)
	switch {
	case operation == "$everything":
		return vetResource(raw, "Bundle", "")
	case !seen.whole:
		return nil // the decoder says so
	case operation != "$validate" && transport.FailedOutcome(raw):
		return errOutcome
	case seen.resourceType == "":
		return anotherShape("the response is not a FHIR resource")
	}
	return nil
}

// vetResource refuses a resource of another type or with another id; any will do for an empty id.
func vetResource(raw []byte, resourceType, id string) error {
	switch seen := lookAt(raw); {
	case !seen.whole:
		return nil // the decoder says so
	case seen.resourceType == "OperationOutcome" && resourceType != "OperationOutcome":
		return errOutcome
	case seen.resourceType == "":
		return anotherShape("the response is not a FHIR resource")
	case seen.resourceType != resourceType:
		return anotherShape("the response is a resource of another type")
	case id != "" && seen.id != id:
		return anotherShape("the response is another resource of the type")
	case resourceType == "Bundle" && seen.twoLists:
		return anotherShape("the response has two lists of entries or of links")
	}
	return nil
}

func vetCreated(raw []byte, resourceType string) error {
	if err := vetResource(raw, resourceType, ""); err != nil {
		return err
	}
	if seen := lookAt(raw); seen.whole && seen.id == "" {
		return anotherShape("the response has no id, so that the record may not have been created")
	}
	return nil
}

var errOutcome = anotherShape("the response is an OperationOutcome in place of the resource")

// anotherShape is the refusal of a response, in which the vendor's code and message may be found.
func anotherShape(reason string) error {
	return &transport.ShapeError{Reason: reason, Kind: caremux.ErrUnreadable, Explain: true}
}

// look is what a resource shows of itself.
type look struct {
	whole        bool // it is an object that does not end in the middle
	resourceType string
	id           string
	twoLists     bool // of entries or of links
}

// lookAt looks at a resource. A type or an id that occurs twice, in any spelling, counts as none: which one a decoder takes
// is its own affair.
func lookAt(raw []byte) (l look) {
	types, ids, entries, links := 0, 0, 0, 0
	l.whole = scan.Members(raw, func(name, value []byte) bool {
		switch {
		case strings.EqualFold(string(name), "resourceType"):
			_ = json.Unmarshal(value, &l.resourceType) // anything but a string is none
			types++
		case strings.EqualFold(string(name), "id"):
			l.id = textOf(value)
			ids++
		case strings.EqualFold(string(name), "entry"):
			entries++
		case strings.EqualFold(string(name), "link"):
			links++
		}
		return true
	})
	if types > 1 {
		l.resourceType = ""
	}
	if ids > 1 {
		l.id = ""
	}
	l.twoLists = entries > 1 || links > 1
	return l
}

// textOf is a string, or a number as a string: some servers write ids so.
func textOf(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	if _, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		return string(value)
	}
	return ""
}
