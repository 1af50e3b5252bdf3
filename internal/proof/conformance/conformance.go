// Package conformance compares a vendor client with its spec: every operation is called through its Go method, and what was
// sent and what came back is compared with the spec, field by field.
package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/specserver"
)

// Vendor is what the test needs to know of a vendor.
type Vendor struct {
	Spec *specserver.Spec
	// Client makes a client that calls baseURL with a ready token.
	Client func(baseURL string, op *specserver.Operation) (any, error)
	// CredentialHeader carries the client's right to call.
	CredentialHeader string
	// Prepare changes params and bodies, after they were filled from the spec, to follow rules that the spec cannot say.
	Prepare func(argument any)
	// Answer changes a response that was made from the spec, if not nil, to follow rules that the spec cannot say. path are the
	// path arguments of the call.
	Answer func(op *specserver.Operation, path []string, body map[string]any)
	// Fixed are the path parameters that the client fills, with the values it must send.
	Fixed map[string]string
}

// Run tests every operation of the spec.
func Run(t *testing.T, v Vendor) {
	operations := v.Spec.Operations()
	if len(operations) == 0 {
		t.Fatal("the spec has no operations")
	}
	for _, op := range operations {
		t.Run(op.ID, func(t *testing.T) {
			t.Parallel()
			server := specserver.NewServer(v.Spec)
			http := httptest.NewServer(server)
			defer http.Close()
			client, err := v.Client(http.URL, op)
			if err != nil {
				t.Fatal(err)
			}
			c := &call{t: t, vendor: v, server: server, op: op}
			c.client = reflect.ValueOf(client).Elem()
			c.run()
		})
	}
}

// call is the test of one operation.
type call struct {
	t      *testing.T
	vendor Vendor
	server *specserver.Server
	op     *specserver.Operation
	client reflect.Value

	pathArgs []string
	query    map[string]any        // by wire name, what the params were filled with
	also     map[string]string     // second names of query parameters, with the first
	body     any                   // what the body was filled with
	form     reflect.Value         // what a form was filled with
	files    map[string][]sentFile // of the form, by wire name
	headers  map[string]string     // that the client would fill
	raw      string                // a body sent as it is
	answer   []byte
}

func (c *call) run() {
	status, contentType, answer := Answer(c.vendor, c.op)
	if strings.Contains(contentType, "json") {
		answer = withUnknown(c.t, answer, c.schema())
	}
	c.answer = answer
	c.server.Handle(c.op.ID, func(*specserver.Call) specserver.Reply {
		return specserver.Reply{Status: status, Header: map[string][]string{"Content-Type": {contentType}}, Body: answer}
	})

	var response caremux.Response
	service, name, _ := strings.Cut(c.op.ID, "_")
	c.headers = map[string]string{}
	opts := []caremux.RequestOption{caremux.WithResponse(&response)}
	for _, p := range c.op.Parameters {
		if filled, _ := p.Value.Extensions["x-client-header"].(bool); filled {
			value := fmt.Sprint(c.vendor.Spec.Value(p.Value.Schema, p.Value.Name))
			c.headers[p.Value.Name] = value
			opts = append(opts, caremux.WithHeader(p.Value.Name, value))
		}
	}
	results := c.invoke(service, name, opts...)
	c.checkRequest(1)
	if response.Status != status || response.Attempts != 1 {
		c.t.Errorf("Response has status %d after %d attempts, want %d after 1", response.Status, response.Attempts, status)
	}
	if len(results) == 2 {
		c.checkResult(results[0])
	}
	if pagination, ok := c.op.Op.Extensions["x-pagination"].(map[string]any); ok {
		c.checkIterator(service, iterators.Replace(name), pagination, results[0], opts)
	}
	if form, ok := c.op.Op.Extensions["x-multipart-method"].(string); ok {
		c.invoke(service, form, opts...)
		c.checkRequest(2)
	}
}

// schema is that of the operation's successful answer.
func (c *call) schema() *openapi3.SchemaRef {
	for _, status := range []string{"200", "201", "202"} {
		if r := c.op.Op.Responses.Value(status); r != nil {
			for contentType, media := range r.Value.Content {
				if strings.Contains(contentType, "json") {
					return media.Schema
				}
			}
		}
	}
	return nil
}

// invoke calls the Go method of an operation with every argument filled from the spec.
func (c *call) invoke(service, name string, opts ...caremux.RequestOption) []reflect.Value {
	c.t.Helper()
	method := c.method(service, name)
	results := method.Call(c.arguments(method, opts))
	if err, _ := results[len(results)-1].Interface().(error); err != nil {
		c.t.Fatalf("%s.%s: %v (%v)", service, name, err, c.server.Problems())
	}
	return results
}

func (c *call) method(service, name string) reflect.Value {
	c.t.Helper()
	field := c.client.FieldByName(service)
	if !field.IsValid() {
		c.t.Fatalf("the client has no service %s", service)
	}
	method := field.MethodByName(name)
	if !method.IsValid() {
		c.t.Fatalf("%s has no method %s", service, name)
	}
	return method
}

func (c *call) arguments(method reflect.Value, opts []caremux.RequestOption) []reflect.Value {
	t := method.Type()
	free := c.freePathParameters()
	args := []reflect.Value{reflect.ValueOf(context.Background())}
	c.pathArgs, c.query, c.also = nil, map[string]any{}, map[string]string{}
	c.body, c.form, c.raw = nil, reflect.Value{}, ""
	for i := 1; i < t.NumIn()-1; i++ {
		in := t.In(i)
		switch {
		case len(free) > 0:
			value := pathArgument(i - 1)
			if p := free[0]; len(p.Schema.Value.Enum) > 0 || in.Kind() != reflect.String {
				value = fmt.Sprint(c.vendor.Spec.Value(p.Schema, p.Name))
			}
			free = free[1:]
			c.pathArgs = append(c.pathArgs, value)
			argument := reflect.New(in).Elem()
			if in.Kind() == reflect.String {
				argument.SetString(value)
			} else {
				decodeInto(c.t, argument, json.Number(value))
			}
			args = append(args, argument)
		case in.Kind() == reflect.Pointer && strings.HasSuffix(in.Elem().Name(), "Params"):
			args = append(args, c.params(in))
		case in == reflect.TypeFor[caremux.File]():
			c.raw = "bytes as they are"
			args = append(args, reflect.ValueOf(caremux.File{Content: strings.NewReader(c.raw)}))
		case isForm(in):
			args = append(args, c.formValue(in))
		default:
			args = append(args, c.bodyValue(in))
		}
	}
	for _, opt := range opts {
		args = append(args, reflect.ValueOf(opt))
	}
	return args
}

// pathArgument is the nth path argument, a value that needs escaping.
func pathArgument(n int) string { return fmt.Sprintf("id %d+é", n+1) }

// freePathParameters are those that the caller fills, in the order of the path.
func (c *call) freePathParameters() []*openapi3.Parameter {
	var free []*openapi3.Parameter
	for segment := range strings.SplitSeq(c.op.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			if _, fixed := c.vendor.Fixed[name]; !fixed {
				free = append(free, c.op.Parameters.GetByInAndName("path", name))
			}
		}
	}
	return free
}

// params fills every field of a Params struct with the spec's value of its parameter.
func (c *call) params(t reflect.Type) reflect.Value {
	params := reflect.New(t.Elem())
	for i := range t.Elem().NumField() {
		f := t.Elem().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("url"), ",")
		in := "query"
		if header := f.Tag.Get("header"); header != "" {
			name, in = header, "header"
		}
		p := c.op.Parameters.GetByInAndName(in, name)
		if p == nil {
			c.t.Errorf("params field %s: the spec has no %s parameter %q", f.Name, in, name)
			continue
		}
		value := c.vendor.Spec.Value(p.Schema, name)
		if pagination, ok := c.op.Op.Extensions["x-pagination"].(map[string]any); ok && pagination["pageParam"] == name {
			value = pagination["firstPage"] // the page that the response says it is
		}
		if in == "query" {
			c.query[name] = value
		}
		if second, ok := p.Extensions["x-also-as"].(string); ok {
			c.also[second] = name
		}
		decodeInto(c.t, params.Elem().Field(i), value)
	}
	for _, p := range c.op.Parameters {
		if _, ok := c.query[p.Value.Name]; p.Value.In == "query" && !ok {
			c.t.Errorf("the Go params lack the query parameter %q", p.Value.Name)
		}
	}
	if c.vendor.Prepare != nil {
		c.vendor.Prepare(params.Interface())
		c.queryAsPrepared(params.Elem())
	}
	return params
}

// queryAsPrepared notes what has become of the params.
func (c *call) queryAsPrepared(params reflect.Value) {
	for i := range params.NumField() {
		name, _, _ := strings.Cut(params.Type().Field(i).Tag.Get("url"), ",")
		field := params.Field(i)
		if kind := field.Kind(); (kind == reflect.Pointer || kind == reflect.Slice) && field.IsNil() {
			delete(c.query, name)
		} else if field = reflect.Indirect(field); field.Kind() == reflect.String && name != "-" {
			c.query[name] = field.String()
		}
	}
}

// bodyValue fills a body with the spec's value of its schema.
func (c *call) bodyValue(t reflect.Type) reflect.Value {
	body := reflect.New(t)
	for contentType, media := range c.op.Op.RequestBody.Value.Content {
		if strings.HasPrefix(contentType, "multipart/") {
			continue // the body of another method
		}
		c.body = c.vendor.Spec.Value(media.Schema, "body")
		decodeInto(c.t, body.Elem(), c.body)
		if c.vendor.Prepare != nil {
			if diff := cmp.Diff(plain(c.t, c.body), plain(c.t, body.Interface())); diff != "" {
				c.t.Errorf("the body's Go type, encoded again, is not the spec's value (-want +got):\n%s", diff)
			}
			c.vendor.Prepare(body.Interface())
			c.body = plain(c.t, body.Interface())
		}
	}
	return body.Elem()
}

// decodeInto sets a field to a value of the spec.
func decodeInto(t *testing.T, field reflect.Value, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, field.Addr().Interface()); err != nil {
		t.Errorf("the Go type %s does not take the spec's value: %v", field.Type(), err)
	}
}
