// Package conformance compares a vendor client with its spec: every operation is called through its Go method, and what was
// sent and what came back is compared with the spec, field by field.
package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
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
	query    map[string]any    // by wire name, what the params were filled with
	also     map[string]string // second names of query parameters, with the first
	body     any               // what the body was filled with
	files    map[string]string
	headers  map[string]string // that the client would fill
	raw      string            // a body sent as it is
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
	c.checkRequest()
	if response.Status != status || response.Attempts != 1 {
		c.t.Errorf("Response has status %d after %d attempts, want %d after 1", response.Status, response.Attempts, status)
	}
	if len(results) == 2 {
		c.checkResult(results[0])
	}
	if pagination, ok := c.op.Op.Extensions["x-pagination"].(map[string]any); ok {
		c.checkIterator(service, name, pagination, results[0], opts)
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
	c.pathArgs, c.query, c.also, c.body, c.files, c.raw = nil, map[string]any{}, map[string]string{}, nil, nil, ""
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
				fill(c.t, argument, json.Number(value))
			}
			args = append(args, argument)
		case in.Kind() == reflect.Pointer && strings.HasSuffix(in.Elem().Name(), "Params"):
			args = append(args, c.params(in))
		case in == reflect.TypeFor[caremux.File]():
			c.raw = "bytes as they are"
			args = append(args, reflect.ValueOf(caremux.File{Content: strings.NewReader(c.raw)}))
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
		fill(c.t, params.Elem().Field(i), value)
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
			if len(c.op.Op.RequestBody.Value.Content) == 1 {
				body.Elem().Set(reflect.New(t.Elem()))
				c.fillForm(body.Elem().Elem())
			}
			continue
		}
		c.body = c.vendor.Spec.Value(media.Schema, "body")
		fill(c.t, body.Elem(), c.body)
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

// fillForm sets a name and content for every file of a form.
func (c *call) fillForm(form reflect.Value) {
	c.files = map[string]string{}
	for i := range form.NumField() {
		content := fmt.Sprintf("content of file %d", i)
		file := caremux.File{Name: fmt.Sprintf("file%d.pdf", i), Content: strings.NewReader(content)}
		switch form.Field(i).Interface().(type) {
		case caremux.File:
			form.Field(i).Set(reflect.ValueOf(file))
		case []caremux.File:
			form.Field(i).Set(reflect.ValueOf([]caremux.File{file}))
		default:
			continue
		}
		c.files[file.Name] = content
	}
}

func fill(t *testing.T, field reflect.Value, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, field.Addr().Interface()); err != nil {
		t.Errorf("the Go type %s does not take the spec's value: %v", field.Type(), err)
	}
}

// checkRequest compares the request that arrived with the arguments.
func (c *call) checkRequest() {
	c.t.Helper()
	if problems := c.server.Problems(); len(problems) > 0 {
		c.t.Fatalf("the request does not follow the spec: %v", problems)
	}
	calls := c.server.Calls()
	if len(calls) != 1 {
		c.t.Fatalf("the server saw %d requests, want 1", len(calls))
	}
	got := calls[0]
	if got.Operation.ID != c.op.ID {
		c.t.Fatalf("the request went to %s", got.Operation.ID)
	}
	args := c.pathArgs
	for segment := range strings.SplitSeq(c.op.Path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		want, fixed := c.vendor.Fixed[name]
		if !fixed {
			if len(args) == 0 {
				c.t.Fatalf("the method takes no argument for {%s}", name)
			}
			want, args = args[0], args[1:]
		}
		if got.Path[name] != want {
			c.t.Errorf("path parameter %s = %q, want %q", name, got.Path[name], want)
		}
	}
	if len(args) > 0 {
		c.t.Errorf("%d path arguments too many", len(args))
	}
	if len(got.Query) != len(c.query)+len(c.also) {
		c.t.Errorf("query has %d names, want %d: %v", len(got.Query), len(c.query)+len(c.also), got.Query)
	}
	for second, name := range c.also {
		if diff := cmp.Diff([]string(got.Query[name]), []string(got.Query[second])); diff != "" {
			c.t.Errorf("query parameter %s is not what %s is (-%[2]s +%[1]s):\n%[3]s", second, name, diff)
		}
	}
	for name, value := range c.query {
		explode := c.op.Parameters.GetByInAndName("query", name).Explode
		if diff := cmp.Diff(queryText(value, explode == nil || *explode), []string(got.Query[name])); diff != "" {
			c.t.Errorf("query parameter %s (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range c.headers {
		if got.Header.Get(name) != want {
			c.t.Errorf("header %s = %q, want %q", name, got.Header.Get(name), want)
		}
	}
	switch {
	case c.raw != "":
		if string(got.Body) != c.raw {
			c.t.Errorf("body %q, want %q", got.Body, c.raw)
		}
	case strings.HasPrefix(got.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		form, err := url.ParseQuery(string(got.Body))
		if err != nil {
			c.t.Fatal(err)
		}
		for name, want := range c.body.(map[string]any) {
			if form.Get(name) != fmt.Sprint(want) {
				c.t.Errorf("form value %s = %q, want %v", name, form.Get(name), want)
			}
		}
	case c.files != nil:
		for name, content := range c.files {
			if !strings.Contains(string(got.Body), name) || !strings.Contains(string(got.Body), content) {
				c.t.Errorf("file %s did not arrive", name)
			}
		}
	case c.body != nil:
		if diff := cmp.Diff(plain(c.t, c.body), decode(c.t, got.Body)); diff != "" {
			c.t.Errorf("body (-want +got):\n%s", diff)
		}
	}
	marked, _ := c.op.Op.Extensions["x-anonymous"].(bool)
	if got.Header.Get("X-Agent-Id") != "" {
		return // the agent's own credential
	}
	anonymous := marked || c.op.Op.Security != nil && len(*c.op.Op.Security) == 0
	if got.Header.Get(c.vendor.CredentialHeader) == "" != anonymous {
		c.t.Errorf("anonymous is %v, and %s is %q", anonymous, c.vendor.CredentialHeader, got.Header.Get(c.vendor.CredentialHeader))
	}
}

// queryText is how a value must appear in the query.
func queryText(value any, explode bool) []string {
	list, ok := value.([]any)
	if !ok {
		return []string{scalarText(value)}
	}
	var texts []string
	for _, e := range list {
		texts = append(texts, scalarText(e))
	}
	if explode {
		return texts
	}
	return []string{strings.Join(texts, ",")}
}

func scalarText(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// checkResult compares what the caller received with the response.
func (c *call) checkResult(result reflect.Value) {
	c.t.Helper()
	if download, ok := result.Interface().(*caremux.Download); ok {
		defer download.Close()
		got, err := io.ReadAll(download)
		if err != nil || string(got) != string(c.answer) {
			c.t.Errorf("downloaded %q (%v), want %q", got, err, c.answer)
		}
		return
	}
	answer := decode(c.t, c.answer)
	if page := result; page.Kind() == reflect.Pointer && page.Elem().FieldByName("NextCursor").IsValid() {
		raw := page.MethodByName("RawJSON").Call(nil)[0].Bytes()
		if diff := cmp.Diff(answer, decode(c.t, raw)); diff != "" {
			c.t.Errorf("the page's RawJSON (-want +got):\n%s", diff)
		}
		answer = c.itemsOf(answer)
		result = page.Elem().FieldByName("Items")
	} else if envelope := c.envelope(); envelope != "" {
		answer = answer.(map[string]any)[envelope]
		if list, ok := answer.([]any); ok && c.op.Op.Extensions["x-envelope-list"] == "one" {
			answer = list[0]
		}
	}
	switch result.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		if diff := cmp.Diff(answer, plain(c.t, result.Interface())); diff != "" {
			c.t.Errorf("the result (-want +got):\n%s", diff)
		}
		return
	}
	encoded, err := json.Marshal(result.Interface())
	if err != nil {
		c.t.Fatal(err)
	}
	if diff := cmp.Diff(asTyped(answer, result.Type()), decode(c.t, encoded)); diff != "" {
		c.t.Errorf("the result, encoded again, is not what was answered (-want +got):\n%s", diff)
	}
	checkRecords(c.t, result, answer, result.Type().String())
	if records := countRecords(result); records == 0 && result.Type().Elem().Kind() == reflect.Struct {
		c.t.Errorf("%s keeps no JSON", result.Type())
	}
}

// envelope is the field that contains the record, if the vendor wraps it.
func (c *call) envelope() string {
	if own, ok := c.op.Op.Extensions["x-envelope"]; ok {
		return own.(string)
	}
	envelope, _ := c.vendor.Spec.Doc.Extensions["x-envelope"].(string)
	return envelope
}

// itemsOf finds the list in a page.
func (c *call) itemsOf(answer any) any {
	c.t.Helper()
	pagination := c.op.Op.Extensions["x-pagination"].(map[string]any)
	paths, ok := pagination["items"].([]any)
	if !ok {
		paths = []any{pagination["items"]}
	}
	for _, path := range paths {
		if path == "$" {
			return answer
		}
		found := answer
		for name := range strings.SplitSeq(path.(string), ".") {
			if list, ok := found.([]any); ok && name == "0" && len(list) > 0 {
				found = list[0]
				continue
			}
			object, _ := found.(map[string]any)
			found = object[name]
		}
		if found != nil {
			return found
		}
	}
	c.t.Fatalf("the answer has no items at %v", paths)
	return nil
}

// endless reports whether a list ends at a page without items, which the generated answer never is.
func endless(pagination map[string]any) bool {
	for _, key := range []string{"last", "next", "more"} {
		if pagination[key] != nil {
			return false
		}
	}
	return pagination["style"] != "none"
}

// checkIterator ranges over the same list and expects the same items.
func (c *call) checkIterator(service, name string, pagination map[string]any, page reflect.Value, opts []caremux.RequestOption) {
	c.t.Helper()
	iterator, _ := pagination["iterator"].(string)
	if iterator == "" {
		if iterator = strings.Replace(name, "List", "All", 1); iterator == name {
			iterator += "All"
		}
	}
	method := c.method(service, iterator)
	want := page.Elem().FieldByName("Items")
	n := 0
	for item, err := range method.Call(c.arguments(method, opts))[0].Seq2() {
		if !err.IsNil() {
			c.t.Fatalf("%s: %v", iterator, err)
		}
		if n < want.Len() && !reflect.DeepEqual(item.Interface(), want.Index(n).Interface()) {
			c.t.Errorf("%s: item %d differs from List's", iterator, n)
		}
		if n++; n == want.Len() && endless(pagination) {
			break
		}
	}
	if n != want.Len() || n == 0 {
		c.t.Errorf("%s gave %d items, List %d", iterator, n, want.Len())
	}
}
