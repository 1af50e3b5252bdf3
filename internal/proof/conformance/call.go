package conformance

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/specserver"
)

// Call calls an operation's method with every argument filled from the spec, and returns its result, the zero Value if it has none or
// failed.
func Call(t *testing.T, v Vendor, client any, op *specserver.Operation, opts ...caremux.RequestOption) (reflect.Value, error) {
	t.Helper()
	c := &call{t: t, vendor: v, op: op, client: reflect.ValueOf(client).Elem()}
	for _, p := range op.Parameters {
		if filled, _ := p.Value.Extensions["x-client-header"].(bool); filled {
			opts = append(opts, caremux.WithHeader(p.Value.Name, "1"))
		}
	}
	service, name, _ := strings.Cut(op.ID, "_")
	method := c.method(service, name)
	results := method.Call(c.arguments(method, opts))
	err, _ := results[len(results)-1].Interface().(error)
	if err != nil || len(results) == 1 {
		return reflect.Value{}, err
	}
	return results[0], nil
}

// Answer returns the response to a call of an operation as the spec has it.
func Answer(v Vendor, op *specserver.Operation) (status int, contentType string, body []byte) {
	status, contentType, body = v.Spec.Answer(op)
	var object map[string]any
	if v.Answer == nil || !strings.Contains(contentType, "json") || json.Unmarshal(body, &object) != nil {
		return status, contentType, body
	}
	path := make([]string, strings.Count(op.Path, "{"))
	for i := range path {
		path[i] = pathArgument(i)
	}
	v.Answer(op, path, object)
	body, _ = json.Marshal(object) // made of what json.Unmarshal gives
	return status, contentType, body
}
