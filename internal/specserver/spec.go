package specserver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Spec is an OpenAPI document, ready to be served. It is safe for concurrent use.
type Spec struct {
	Doc *openapi3.T

	operations []*Operation
	byID       map[string]*Operation
	routes     map[int][]route // by number of segments
	answers    sync.Map        // operation id to answer
}

// Operation is one operation of a document.
type Operation struct {
	ID     string
	Method string
	Path   string // template with {placeholders}
	// Parameters are those of the operation and those of its path that it does not replace, references resolved.
	Parameters openapi3.Parameters
	Op         *openapi3.Operation
}

// Name is the operation as caremux.Error names it, "Patients.Create", where the document has the id "Patients_Create".
func (op *Operation) Name() string { return strings.Replace(op.ID, "_", ".", 1) }

// Load reads a document and validates it. That takes a good part of a second for a large one: keep the Spec.
func Load(data []byte) (*Spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("specserver: load: %w", err)
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("specserver: validate: %w", err)
	}
	s := &Spec{Doc: doc, byID: map[string]*Operation{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" {
				return nil, fmt.Errorf("specserver: %s %s has no operationId", method, path)
			}
			o := &Operation{ID: op.OperationID, Method: method, Path: path, Op: op,
				Parameters: mergeParameters(op.Parameters, item.Parameters)}
			s.operations = append(s.operations, o)
			s.byID[o.ID] = o
		}
	}
	slices.SortFunc(s.operations, func(a, b *Operation) int { return strings.Compare(a.ID, b.ID) })
	s.routes = makeRoutes(s.operations)
	return s, nil
}

func mergeParameters(own, ofPath openapi3.Parameters) openapi3.Parameters {
	var merged openapi3.Parameters
	for _, p := range own {
		merged = append(merged, &openapi3.ParameterRef{Value: p.Value})
	}
	for _, p := range ofPath {
		if own.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			merged = append(merged, &openapi3.ParameterRef{Value: p.Value})
		}
	}
	return merged
}

// Operations returns all operations, sorted by id.
func (s *Spec) Operations() []*Operation { return slices.Clone(s.operations) }

// Operation returns the operation with an id, nil if there is none.
func (s *Spec) Operation(id string) *Operation { return s.byID[id] }

// maxBody is how many bytes the body of an operation can have; op may be nil.
func (s *Spec) maxBody(op *Operation) int64 {
	for _, extensions := range []map[string]any{op.extensions(), s.Doc.Extensions} {
		switch size, ok := extensions["x-max-body"].(float64); {
		case !ok:
		case size == 0:
			return hugeBody
		default:
			return int64(size)
		}
	}
	return maxBody
}

func (op *Operation) extensions() map[string]any {
	if op == nil {
		return nil
	}
	return op.Op.Extensions
}
