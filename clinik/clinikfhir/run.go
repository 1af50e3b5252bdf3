package clinikfhir

import (
	"context"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/transport"
)

// Run runs a FHIR operation, such as $validate, on one resource or, with an empty id, on the type. in is the
// input of the operation, usually [fhir.Parameters], nil for none. The result may be a resource of any type. One
// of errors, an OperationOutcome, makes the call fail, except as the result of $validate. For $everything see
// [Service.Everything].
//
// POST /v1/fhir/{resourceType}/{id}/{operation}
func (s *Service[T]) Run(
	ctx context.Context, id, operation string, in fhir.Resource, opts ...caremux.RequestOption,
) (fhir.Resource, error) {
	op, path := &opInstanceOperation, []string{s.resourceType, id, operation}
	if id == "" {
		op, path = &opTypeOperation, []string{s.resourceType, operation}
	}
	if err := s.check(op); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(operation, "$") {
		return nil, refuse(op, "operation", "must begin with $")
	}
	call := transport.Input{Path: path}
	if in != nil {
		data, err := marshal(op, "in", in)
		if err != nil {
			return nil, err
		}
		call.Body = bodyOf(data)
	}
	var out fhir.Resource
	err := transport.Read(ctx, s.core, op, call, func(raw []byte) (err error) {
		out, err = decode[fhir.Resource](raw)
		return err
	}, opts)
	if err != nil {
		return nil, err
	}
	return out, nil
}
