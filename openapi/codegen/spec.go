package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/util"
	"go.yaml.in/yaml/v3"
)

// spec is the vendor's document with what it means for Go.
type spec struct {
	doc      *openapi3.T
	pkg      string                    // name of the Go package
	sent     map[string]bool           // schemas that travel in requests
	received map[string]bool           // schemas that travel in responses
	records  map[string]bool           // schemas that a method returns or an iterator yields
	keep     map[string]bool           // schemas that no operation names but users need
	events   map[string]bool           // schemas that only webhooks bring
	names    map[string]string         // the Go constants of the events' names
	order    map[string][]string       // the members of each schema as the file lists them
	created  map[string][]string       // the fields by which x-created-id knows that a record was created
	replaced map[string][]*replacement // the bodies that replace a record
	pagings  []paging
	goFields map[string]string          // the Go names of fields and parameters by their wire names
	reached  map[string]map[string]bool // by service: the schemas that its operations lead to
	made     []service                  // what services returned, for the reference
	types    []model                    // what models returned
}

const schemaPrefix = "#/components/schemas/"

func readSpec(file, pkg string) (*spec, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := checkFile(data); err != nil {
		return nil, err
	}
	doc, err := util.LoadSwagger(file)
	if err != nil {
		return nil, err
	}
	s := &spec{
		doc:      doc,
		pkg:      pkg,
		sent:     map[string]bool{},
		received: map[string]bool{},
		records:  map[string]bool{},
		keep:     map[string]bool{},
		reached:  map[string]map[string]bool{},
	}
	s.events, s.names, s.created = map[string]bool{}, map[string]string{}, map[string][]string{}
	s.replaced = map[string][]*replacement{}
	if s.order, err = memberOrder(data); err != nil {
		return nil, err
	}
	if err := s.readOperations(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		schema := doc.Components.Schemas[name]
		event := schema.Value.Extensions["x-event"] != nil
		if !event && extension[bool](schema.Value.Extensions, "x-keep") {
			s.keep[name] = true
			s.reach(&openapi3.SchemaRef{Ref: schemaPrefix + name, Value: schema.Value}, s.received)
		}
	}
	if err := s.readEvents(); err != nil {
		return nil, err
	}
	for name := range s.sent {
		if s.received[name] && isStruct(doc.Components.Schemas[name].Value) {
			return nil, fmt.Errorf("schema %s is used in requests and in answers: give requests one of their own", name)
		}
	}
	return s, nil
}

// readOperations reads the operations in the order of their paths.
func (s *spec) readOperations() error {
	paths, taken := s.doc.Paths.Map(), map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		operations := paths[path].Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			op, place := operations[method], method+" "+path
			if err := s.checkOperation(op, place, taken); err != nil {
				return fmt.Errorf("%s: %w", place, err)
			}
			if err := s.readOperation(op); err != nil {
				return fmt.Errorf("%s: %w", place, err)
			}
		}
	}
	return nil
}

// memberOrder reads from the file what the loaded document has lost.
func memberOrder(data []byte) (map[string][]string, error) {
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties yaml.Node
			}
		}
	}
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	order := map[string][]string{}
	for name, schema := range doc.Components.Schemas {
		for i := 0; i < len(schema.Properties.Content); i += 2 {
			order[name] = append(order[name], schema.Properties.Content[i].Value)
		}
	}
	return order, nil
}

func (s *spec) readOperation(op *openapi3.Operation) error {
	own := s.reached[op.Tags[0]]
	if own == nil {
		own = map[string]bool{}
		s.reached[op.Tags[0]] = own
	}
	for _, p := range op.Parameters {
		s.reach(p.Value.Schema, s.sent)
		s.reach(p.Value.Schema, own)
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Value.Content {
			s.reach(media.Schema, s.sent)
			s.reach(media.Schema, own)
		}
	}
	r, err := s.result(op)
	if err == nil {
		err = s.readReplacement(op, r)
	}
	if err != nil || r.item == nil {
		return err
	}
	if name := refName(r.item); name != "" {
		s.records[name] = true
		if id := extension[string](op.Extensions, "x-created-id"); id != "" && !slices.Contains(s.created[name], id) {
			s.created[name] = append(s.created[name], id)
		}
	}
	s.reach(r.item, s.received)
	s.reach(r.item, own)
	return nil
}

// result is what a method makes of an operation's success.
type result struct {
	kind      string              // the function of internal/transport: Call, List, Page, Stream or Exec
	item      *openapi3.SchemaRef // the record, or the element of a list
	mediaType string
	envelope  string // member of the response that contains the record
	oneOfList bool   // and contains it as a list of one
	paging    *paging
}

func (s *spec) result(op *openapi3.Operation) (result, error) {
	r := result{kind: "Exec"}
	if r.mediaType = streams(op); r.mediaType != "" {
		r.kind = "Stream"
		return r, nil
	}
	if r.item, r.mediaType = successSchema(op); r.item == nil {
		return r, nil
	}
	r.kind = "Call"
	var err error
	if r.paging, err = s.readPaging(op, r.item); err != nil {
		return r, err
	}
	if r.paging != nil {
		r.kind = "Page"
		r.item, err = itemOf(r.item, r.paging.Items)
		return r, err
	}
	r.envelope = extension[string](s.doc.Extensions, "x-envelope")
	if _, ok := op.Extensions["x-envelope"]; ok {
		r.envelope = extension[string](op.Extensions, "x-envelope")
	}
	if r.envelope != "" {
		inner := r.item.Value.Properties[r.envelope]
		if inner == nil {
			return r, fmt.Errorf("the answer has no member %s", r.envelope)
		}
		r.item = inner
	}
	if extension[string](op.Extensions, "x-envelope-list") == "one" {
		r.oneOfList = true
		if r.item.Value.Type.Is("array") {
			r.item = r.item.Value.Items
		}
	}
	switch v := bare(r.item).Value; {
	case v.Type.Is("array"):
		r.kind, r.item = "List", v.Items
	case v.Type.Is("string"), v.Type.Is("boolean"), v.Type.Is("integer"), v.Type.Is("number"):
		r.kind = "Scalar"
	}
	return r, nil
}

// bare is the schema inside an allOf that only describes it.
func bare(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	for len(ref.Value.AllOf) == 1 {
		ref = ref.Value.AllOf[0]
	}
	return ref
}

// reach adds the schemas that ref leads to.
func (s *spec) reach(ref *openapi3.SchemaRef, set map[string]bool) {
	if ref == nil {
		return
	}
	if name, ok := strings.CutPrefix(ref.Ref, schemaPrefix); ok {
		if set[name] {
			return
		}
		set[name] = true
	}
	v := ref.Value
	for _, p := range v.Properties {
		s.reach(p, set)
	}
	for _, p := range v.AllOf {
		s.reach(p, set)
	}
	s.reach(v.Items, set)
	s.reach(v.AdditionalProperties.Schema, set)
}

// successSchema is the schema of an operation's JSON success and its media type, nil if there is none.
func successSchema(op *openapi3.Operation) (*openapi3.SchemaRef, string) {
	for _, status := range []string{"200", "201", "202", "203"} {
		if r := op.Responses.Value(status); r != nil {
			for _, mediaType := range slices.Sorted(maps.Keys(r.Value.Content)) {
				if media := r.Value.Content[mediaType]; isJSON(mediaType) && media.Schema != nil {
					return media.Schema, mediaType
				}
			}
		}
	}
	return nil, ""
}

// isJSON reports whether a response is decoded; plain text is decoded into a string.
func isJSON(mediaType string) bool {
	return mediaType == plainJSON || strings.HasSuffix(mediaType, "+json") || mediaType == "text/plain"
}

const plainJSON = "application/json"

// streams is the media type of the file that an operation responds with, "" if it responds with none.
func streams(op *openapi3.Operation) string {
	r := op.Responses.Value("200")
	if r == nil {
		return ""
	}
	for _, mediaType := range slices.Sorted(maps.Keys(r.Value.Content)) {
		if media := r.Value.Content[mediaType]; media.Schema != nil && media.Schema.Value.Format == "binary" {
			return mediaType
		}
	}
	return ""
}

func refName(ref *openapi3.SchemaRef) string {
	if ref == nil {
		return ""
	}
	if name, ok := strings.CutPrefix(ref.Ref, schemaPrefix); ok {
		return name
	}
	if ref.Value != nil && len(ref.Value.AllOf) == 1 {
		return refName(ref.Value.AllOf[0])
	}
	return ""
}

func isStruct(v *openapi3.Schema) bool { return v.Type.Is("object") }

// paging is an operation's x-pagination.
type paging struct {
	Style                string
	Items                []string
	PageParam, SizeParam string
	First, DefaultSize   int
	Number, Last, Total  []string
	TokenParam, End      string
	Next, More           []string
	Exclusive, Skip      bool
	UntilEmpty           bool
	Var                  string // the Go variable that holds it
}

func (s *spec) readPaging(op *openapi3.Operation, schema *openapi3.SchemaRef) (*paging, error) {
	raw, ok := op.Extensions["x-pagination"].(map[string]any)
	if !ok {
		return nil, nil
	}
	p := pagingOf(raw)
	if p.Style == "" || len(p.Items) == 0 {
		return nil, fmt.Errorf("x-pagination needs style and items")
	}
	if err := checkPaging(raw, &p, op, schema); err != nil {
		return nil, err
	}
	return s.shared(p), nil
}

// pagingOf reads an x-pagination.
func pagingOf(raw map[string]any) paging {
	text := func(key string) string { v, _ := raw[key].(string); return v }
	list := func(key string) []string { return texts(raw[key]) }
	p := paging{
		Style: text("style"), Items: list("items"), PageParam: text("pageParam"), SizeParam: text("sizeParam"),
		Number: list("number"), Last: list("last"), Total: list("total"), TokenParam: text("tokenParam"),
		Next: list("next"), More: list("more"),
	}
	if start := text("startParam"); start != "" {
		p.TokenParam = start
	}
	p.Exclusive, _ = raw["exclusive"].(bool)
	p.End = text("end")
	if skip := text("skipParam"); skip != "" {
		p.Skip, p.PageParam, p.SizeParam = true, skip, text("takeParam")
	}
	if size, ok := raw["takeDefault"].(float64); ok {
		p.DefaultSize = int(size)
	}
	if p.PageParam != "" && !p.Skip && p.Next != nil {
		p.TokenParam, p.PageParam = p.PageParam, "" // the vendor names the next page
	}
	p.UntilEmpty = p.PageParam != "" && !p.Skip && p.Last == nil
	if first, ok := raw["firstPage"].(float64); ok {
		p.First = int(first)
	}
	return p
}

// texts is a value that may be a string or a list of them.
func texts(value any) (list []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			list = append(list, fmt.Sprint(e))
		}
	}
	return list
}

// shared returns the Go variable of a way of paging, which all lists of that way have in common.
func (s *spec) shared(p paging) *paging {
	for _, known := range s.pagings {
		if same(known, p) {
			p.Var = known.Var
			return &p
		}
	}
	p.Var = p.Style + "Paging"
	for n := 2; ; n++ {
		taken := false
		for _, known := range s.pagings {
			taken = taken || known.Var == p.Var
		}
		if !taken {
			break
		}
		p.Var = fmt.Sprintf("%sPaging%d", p.Style, n)
	}
	s.pagings = append(s.pagings, p)
	return &p
}

func same(a, b paging) bool {
	a.Var, b.Var = "", ""
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// itemOf follows the first path that the response documents to a list's items.
func itemOf(schema *openapi3.SchemaRef, paths []string) (*openapi3.SchemaRef, error) {
	var list *openapi3.SchemaRef
	for _, path := range paths {
		if list = member(schema, path); list != nil {
			break
		}
	}
	switch {
	case list == nil:
		return nil, fmt.Errorf("x-pagination: the answer has no %s", paths[0])
	case !list.Value.Type.Is("array"):
		return nil, fmt.Errorf("x-pagination: %s is no list", paths[0])
	}
	return list.Value.Items, nil
}

// member follows a path into a response, nil if it ends nowhere.
func member(schema *openapi3.SchemaRef, path string) *openapi3.SchemaRef {
	schema = bare(schema)
	for step := range strings.SplitSeq(path, ".") {
		if step == "$" {
			break
		}
		next := schema.Value.Properties[step]
		if step == "0" && schema.Value.Type.Is("array") {
			next = schema.Value.Items // the list is in the first of a list's elements
		}
		if next == nil {
			return nil
		}
		schema = bare(next)
	}
	return schema
}

// extension reads a spec extension, zero if absent or of another type.
func extension[T any](extensions map[string]any, name string) T {
	v, _ := extensions[name].(T)
	return v
}
