package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// functions are the functions of the templates.
func (s *spec) functions() map[string]any {
	return map[string]any{
		"services": s.services,
		"models":   s.models,
		"pagings":  func() []paging { return s.pagings },
		"comment":  func(text string) string { return comment(s.goNames(text), "") },
		"inner":    func(text string) string { return comment(s.goNames(text), "\t") },
		"lower":    lowerFirst,
		"strings":  goStrings,
		"vendor":   func() string { return s.doc.Info.Title },
		"package":  func() string { return s.pkg },
		"state":    func() string { return extension[string](s.doc.Extensions, "x-client-state") },
	}
}

func goStrings(list []string) string {
	if len(list) == 0 {
		return "nil"
	}
	return fmt.Sprintf("[]string{%s}", strings.Join(quoted(list), ", "))
}

func quoted(list []string) []string {
	var q []string
	for _, e := range list {
		q = append(q, fmt.Sprintf("%q", e))
	}
	return q
}

// service is one tag.
type service struct {
	Name, File, Doc string
	Methods         []method
	Deprecated      bool
}

// allDeprecated reports whether there is no method to use.
func allDeprecated(methods []method) bool {
	return !slices.ContainsFunc(methods, func(m method) bool { return !m.Deprecated })
}

// method is one Go method. An operation with two kinds of body has two.
type method struct {
	Service, Name, Doc     string
	Deprecated             bool
	Var                    string // of the operation
	Owner                  bool   // declares Var
	ID, HTTP, Path         string
	Idempotent, Anonymous  bool
	OptionalBody           bool
	PathArgs               []pathArg
	Params                 string // type, "" without
	ParamFields            []field
	SecretParams           bool
	Body, BodyCall         string // Go type and constructor of package content
	Accept, Envelope, Auth string
	OneOfList              bool
	CreatedID              string // field of a created record without which it may not have been created
	MayBeEmpty             bool   // a response without a record is a success too
	NullLists              bool   // null may stand for a list, or for an element to pass over
	MaxBody                int
	Result                 string // Go type of a record or an item
	Kind                   string // Call, List, Page, Stream or Exec
	Iterator, IteratorDoc  string
	Pages, PagesDoc        string
	PagingVar              string
}

type field struct {
	Name, Type, Tag, Doc string
}

// property is the field's name in JSON.
func (f field) property() string {
	tag, _, _ := strings.Cut(strings.TrimPrefix(f.Tag, `json:"`), `"`)
	name, _, _ := strings.Cut(tag, ",")
	return name
}

// Signature is the parameter list.
func (m method) Signature() string {
	var b strings.Builder
	b.WriteString("ctx context.Context")
	for _, p := range m.PathArgs {
		b.WriteString(", " + p.Name + " " + p.Type)
	}
	if m.Params != "" {
		b.WriteString(", params *" + m.Params)
	}
	if m.Body != "" {
		b.WriteString(", body " + m.Body)
	}
	return b.String() + ", opts ...caremux.RequestOption"
}

// Input is the transport.Input literal.
func (m method) Input() string {
	var parts []string
	if len(m.PathArgs) > 0 {
		var values []string
		for _, p := range m.PathArgs {
			values = append(values, p.text())
		}
		parts = append(parts, "Path: []string{"+strings.Join(values, ", ")+"}")
	}
	if m.Params != "" {
		parts = append(parts, "Query: params")
	}
	if m.Body != "" {
		parts = append(parts, "Body: content."+m.BodyCall)
	}
	return "transport.Input{" + strings.Join(parts, ", ") + "}"
}

// services turns the operations into methods, by tag in the spec's order.
func (s *spec) services(ops []codegen.OperationDefinition) ([]service, error) {
	fixed := fixedPlaceholders(s.doc)
	var services []service
	for _, tag := range s.doc.Tags {
		svc := service{Name: tag.Name, File: fileName(tag.Name), Doc: tag.Name + "Service " + tag.Description}
		old := extension[string](tag.Extensions, "x-deprecated")
		if old != "" {
			svc.Doc += "\n\nDeprecated: " + old
		}
		for _, op := range ops {
			if op.Spec.Tags[0] != tag.Name {
				continue
			}
			methods, err := s.methods(tag.Name, op, fixed)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", op.SpecOperationId, err)
			}
			svc.Methods = append(svc.Methods, methods...)
		}
		slices.SortStableFunc(svc.Methods, func(a, b method) int { return methodRank(a.Name) - methodRank(b.Name) })
		if old == "" && allDeprecated(svc.Methods) {
			return nil, fmt.Errorf("all methods of %s are deprecated: say so with x-deprecated on the tag", tag.Name)
		}
		svc.Deprecated = old != ""
		services = append(services, svc)
	}
	slices.SortStableFunc(services, func(a, b service) int { // what is deprecated comes last
		return cmp.Compare(strconv.FormatBool(a.Deprecated), strconv.FormatBool(b.Deprecated))
	})
	s.made = services
	return services, nil
}

// methodRank puts the common verbs first; the rest keeps the order of the paths.
func methodRank(name string) int {
	if i := slices.Index([]string{"List", "Search", "Get", "Create", "Update", "Replace", "Delete"}, name); i >= 0 {
		return i
	}
	return 100
}

// fixedPlaceholders are the path parameters that the client fills.
func fixedPlaceholders(doc *openapi3.T) []string {
	var names []string
	list, _ := doc.Extensions["x-client-parameters"].([]any)
	for _, name := range list {
		names = append(names, fmt.Sprint(name))
	}
	return names
}

func (s *spec) methods(tag string, op codegen.OperationDefinition, fixed []string) ([]method, error) {
	name := strings.TrimPrefix(op.SpecOperationId, tag+"_")
	extensions := op.Spec.Extensions
	m := method{
		Service: tag, Name: name, Var: lowerFirst(tag) + name, Owner: true, ID: tag + "." + name, HTTP: op.Method, Path: op.Path,
		Idempotent:   extension[bool](extensions, "x-idempotent"),
		Anonymous:    op.Spec.Security != nil && len(*op.Spec.Security) == 0 || extension[bool](extensions, "x-anonymous"),
		Auth:         extension[string](extensions, "x-auth"),
		OptionalBody: len(op.Bodies) > 0 && !op.BodyRequired,
		Deprecated:   op.Spec.Deprecated,
	}
	for _, p := range op.PathParams {
		if !slices.Contains(fixed, p.ParamName) {
			m.PathArgs = append(m.PathArgs, pathArgument(p))
		}
	}
	if err := s.setParams(&m, op); err != nil {
		return nil, err
	}
	if err := s.setResult(&m, op); err != nil {
		return nil, err
	}
	m.Doc = s.methodDoc(m, op)

	methods := []method{m}
	for i, body := range op.Bodies {
		if i > 0 {
			second := m
			second.Owner = false
			second.Name = extension[string](extensions, "x-multipart-method")
			if second.Name == "" {
				return nil, fmt.Errorf("two kinds of body: x-multipart-method must name the method of the second")
			}
			second.Doc = second.Name + " is [" + tag + "Service." + name + "] with files, sent as a multipart form.\n\n" + httpLine(op)
			methods = append(methods, second)
		}
		last := &methods[len(methods)-1]
		last.MaxBody = s.maxBody(op.Spec)
		last.setBody(body)
	}
	return methods, checkVerb(name, op, methods)
}

// setParams sets the fields of the params of a method that has some.
func (s *spec) setParams(m *method, op codegen.OperationDefinition) error {
	for _, p := range append(slices.Clone(op.QueryParams), op.HeaderParams...) {
		if extension[bool](p.Spec.Extensions, "x-client-header") {
			continue // the client or a request option sets it
		}
		m.Params = m.Service + m.Name + "Params"
		m.ParamFields = append(m.ParamFields, s.paramField(p))
		m.SecretParams = m.SecretParams || holdsSecret(p.Spec.Schema, map[*openapi3.Schema]bool{})
	}
	if !m.SecretParams {
		return nil
	}
	return checkSecret(m.ParamFields)
}

// setBody sets the Go type of a body and the constructor for its media type.
func (m *method) setBody(body codegen.RequestBodyDefinition) {
	m.Body, m.BodyCall = bodyType(body), "JSON(body)"
	switch {
	case strings.HasPrefix(body.ContentType, "multipart/"):
		m.BodyCall = "Multipart(body)"
	case body.ContentType == "application/x-www-form-urlencoded":
		m.BodyCall = "Form(body)"
	case body.ContentType == "application/octet-stream":
		m.Body, m.BodyCall = "caremux.File", fmt.Sprintf("Raw(%q, body)", body.ContentType)
	case body.ContentType != plainJSON:
		m.BodyCall = fmt.Sprintf("JSONAs(%q, body)", body.ContentType)
	}
}

// maxBody is the operation's x-max-body, or the document's.
func (s *spec) maxBody(op *openapi3.Operation) int {
	for _, extensions := range []map[string]any{op.Extensions, s.doc.Extensions} {
		if n, ok := extensions["x-max-body"].(float64); ok {
			return int(n)
		}
	}
	return 0
}

func bodyType(body codegen.RequestBodyDefinition) string {
	t := body.Schema.TypeDecl()
	v := body.Schema.OAPISchema
	if v != nil && isStruct(v) && len(v.Properties) > 0 {
		return "*" + t
	}
	return anyType(t)
}

// pathArg is an argument that fills a placeholder of the path.
type pathArg struct{ Name, Type string }

// text is the Go expression of the argument as a string.
func (p pathArg) text() string {
	switch p.Type {
	case "string":
		return p.Name
	case "int":
		return "strconv.Itoa(" + p.Name + ")"
	case "int64":
		return "strconv.FormatInt(" + p.Name + ", 10)"
	}
	return "transport.PathText(" + p.Name + ")"
}

func pathArgument(p codegen.ParameterDefinition) pathArg {
	name := p.GoVariableName()
	if name == "body" || name == "params" || name == "opts" || name == "type" {
		name += "Value"
	}
	return pathArg{name, p.TypeDef()}
}

func (s *spec) setResult(m *method, op codegen.OperationDefinition) error {
	r, err := s.result(op.Spec)
	if err != nil {
		return err
	}
	m.Kind, m.Envelope, m.OneOfList = r.kind, r.envelope, r.oneOfList
	m.CreatedID = extension[string](op.Spec.Extensions, "x-created-id")
	m.MayBeEmpty = r.kind == "Call" && (op.Spec.Responses.Value("204") != nil || extension[bool](op.Spec.Extensions, "x-may-be-empty"))
	m.NullLists = (r.kind == "Page" || r.kind == "List") && (extension[bool](s.doc.Extensions, "x-null-lists") ||
		extension[bool](op.Spec.Extensions, "x-null-lists"))
	if m.CreatedID != "" && bare(r.item).Value.Properties[m.CreatedID] == nil {
		return fmt.Errorf("x-created-id: the record has no %s", m.CreatedID)
	}
	if r.mediaType != plainJSON && r.mediaType != "*/*" {
		m.Accept = r.mediaType
	}
	if r.item == nil {
		return nil
	}
	if r.kind == "Scalar" {
		m.Result = scalarResult(bare(r.item))
		return nil
	}
	name := refName(r.item)
	if name == "" {
		return fmt.Errorf("the response needs a named schema")
	}
	m.Result = codegen.SchemaNameToTypeName(name)
	if r.paging == nil {
		return nil
	}
	return m.setPaging(r.paging)
}

// setPaging names the methods that range over all of a list, and describes them.
func (m *method) setPaging(p *paging) (err error) {
	m.PagingVar = p.Var
	if m.Iterator, err = iteratorName(m.Name); err != nil {
		return err
	}
	m.Pages = pagesName(m.Iterator)
	m.PagesDoc = fmt.Sprintf("%s ranges over the pages of [%sService.%s], as %s ranges over their items. "+
		"[caremux.StartAt] resumes at the NextCursor of a page.", m.Pages, m.Service, m.Name, m.Iterator)
	m.IteratorDoc = fmt.Sprintf(
		"%s ranges over the items of all pages of [%sService.%s]. It begins at the page that params name and fetches the "+
			"following ones when the loop reaches them. An error is yielded once and ends the loop.", m.Iterator, m.Service, m.Name)
	if p.Style == "none" {
		m.IteratorDoc = fmt.Sprintf("%s returns an iterator over the items of [%sService.%s], which has a single page.",
			m.Iterator, m.Service, m.Name)
	}
	return nil
}

// pagesName is the name of the iterator with Pages in place of All: AllByUser → PagesByUser, SearchAllByName → SearchPagesByName.
func pagesName(iterator string) string { return strings.Replace(iterator, "All", "Pages", 1) }

// scalarResult is the Go type of a single value: that of a code has a name.
func scalarResult(item *openapi3.SchemaRef) string {
	if name := refName(item); name != "" && item.Value.Type.Is("integer") && len(item.Value.Enum) > 0 {
		return codegen.SchemaNameToTypeName(name)
	}
	return scalarType(item.Value)
}

func scalarType(v *openapi3.Schema) string {
	switch {
	case v.Type.Is("boolean"):
		return "bool"
	case v.Type.Is("integer"):
		return "int64"
	case v.Type.Is("number"):
		return "float64"
	}
	return "string"
}

func (s *spec) methodDoc(m method, op codegen.OperationDefinition) string {
	paragraphs := []string{op.Spec.Summary}
	if op.Spec.Description != "" {
		paragraphs = append(paragraphs, op.Spec.Description)
	}
	for _, p := range op.Spec.Parameters {
		if text := extension[string](p.Value.Extensions, "x-method-doc"); text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	paragraphs = append(paragraphs, httpLine(op))
	if op.Spec.Deprecated {
		paragraphs = append(paragraphs, "Deprecated: "+extension[string](op.Spec.Extensions, "x-deprecated"))
	}
	return strings.Join(paragraphs, "\n\n")
}

func httpLine(op codegen.OperationDefinition) string {
	line := op.Method + " " + op.Path
	if source := extension[string](op.Spec.Extensions, "x-source"); source != "" {
		line += " (" + source + ")"
	}
	return line
}

func (s *spec) paramField(p codegen.ParameterDefinition) field {
	t := anyType(p.TypeDef())
	list := strings.HasPrefix(t, "[]")
	var options string
	if list && p.Spec.Explode != nil && !*p.Spec.Explode {
		options = ",comma"
	}
	if !p.Required {
		options += ",omitempty"
		if !list {
			t = "*" + t
		}
	}
	tag := fmt.Sprintf("url:%q", p.ParamName+options)
	if p.In == "header" {
		tag = fmt.Sprintf("url:\"-\" header:%q", p.ParamName)
	}
	if also := extension[string](p.Spec.Extensions, "x-also-as"); also != "" {
		tag += fmt.Sprintf(" also:%q", also)
	}
	if check := checks(p.Spec.Schema.Value, p.Required && !p.Spec.AllowEmptyValue); check != "" {
		tag += fmt.Sprintf(" check:%q", check)
	}
	doc := p.Spec.Description
	if p.Required {
		doc = strings.TrimSuffix(doc, ".") + ". Required."
	}
	return field{Name: p.GoName(), Type: t, Tag: tag, Doc: doc}
}

// checks are the rules that internal/wire checks requests against.
func checks(v *openapi3.Schema, required bool) string {
	var rules []string
	number := v.Type.Is("integer") || v.Type.Is("number")
	if required && !number && !v.Type.Is("boolean") {
		rules = append(rules, "required")
	}
	if v.Min != nil {
		rules = append(rules, fmt.Sprintf("min=%v", *v.Min))
	}
	if v.Max != nil {
		rules = append(rules, fmt.Sprintf("max=%v", *v.Max))
	}
	if v.MaxLength != nil {
		rules = append(rules, fmt.Sprintf("maxlen=%d", *v.MaxLength))
	}
	if v.MinItems > 0 {
		rules = append(rules, fmt.Sprintf("minlen=%d", v.MinItems))
	}
	if v.MaxItems != nil {
		rules = append(rules, fmt.Sprintf("maxlen=%d", *v.MaxItems))
	}
	return strings.Join(rules, ",")
}

func anyType(t string) string { return strings.ReplaceAll(t, "interface{}", "any") }

// model is one Go type.
type model struct {
	Name, Doc    string
	Kind         string // struct, enum or other
	Decl         string // of other
	Record       bool
	Open         bool          // a request object with additional members
	Secret       bool          // its values are kept out of prints and logs
	LoginBody    bool          // and out of its JSON
	ID           string        // Go expression of the record's id, "" if it has none
	IDField      string        // the field that has it
	Replacements []replacement // bodies that replace it
	Days         []string      // its fields that are calendar days and are sent as midnight UTC
	Fields       []field
	Values       []field
	Names        []string // of the values of a code, as they travel
	Others       []field  // further names of the values, by their Tag
	File         string   // begins with this model
	schema       string   // in the spec
	file         string   // that it belongs to
	Event        bool     // only webhooks bring it
	Types        []string // Go expressions of the event types that arrive as it
	AllTypes     bool     // every event type does
}

// models turns the components into types, in the order of their names.
func (s *spec) models(types []codegen.TypeDefinition) ([]model, error) {
	var models []model
	for _, t := range types {
		if !s.sent[t.JsonName] && !s.received[t.JsonName] {
			continue // envelopes, which the transport reads
		}
		ref := s.doc.Components.Schemas[t.JsonName]
		if ref == nil || extension[string](ref.Value.Extensions, "x-go-type") != "" {
			continue // hand-written
		}
		m, err := s.model(t, ref.Value)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", t.JsonName, err)
		}
		models = append(models, m)
	}
	goNames := map[string]map[string]string{} // of the fields by their properties, by model
	for _, m := range models {
		goNames[m.Name] = map[string]string{}
		for _, f := range m.Fields {
			goNames[m.Name][f.property()] = f.Name
		}
	}
	for _, t := range types {
		if ref := s.doc.Components.Schemas[t.JsonName]; ref != nil {
			if i := slices.IndexFunc(models, func(m model) bool { return m.Name == t.TypeName }); i >= 0 {
				s.setReplacements(&models[i], t.JsonName, ref.Value, func(body string) map[string]string { return goNames[body] })
			}
		}
	}
	s.place(models)
	s.types = models
	return models, nil
}

func (s *spec) model(t codegen.TypeDefinition, v *openapi3.Schema) (model, error) {
	received := s.received[t.JsonName]
	m := model{schema: t.JsonName, Name: t.TypeName, Doc: t.TypeName + " " + v.Description, Event: s.events[t.JsonName]}
	m.Types, m.AllTypes = s.eventTypes(v), v.Extensions["x-event"] == "*"
	switch {
	case len(v.Enum) > 0:
		m.setValues(v)
	case isStruct(v) && (len(v.Properties) > 0 || received):
		if err := s.setFields(&m, t, v, received); err != nil {
			return m, err
		}
	default:
		m.Kind, m.Decl = "other", anyType(t.Schema.TypeDecl())
	}
	return m, m.markSecret(v)
}

// recordNames are what caremux.Record brings into a model.
var recordNames = []string{"Record", "RawJSON", "Extra", "Mismatch"}

// setValues sets the values of an enum.
func (m *model) setValues(v *openapi3.Schema) {
	m.Kind = "enum"
	if v.Type.Is("integer") {
		m.Kind = "code"
	}
	prefix := m.Name
	if extension[bool](v.Extensions, "x-event-names") {
		m.Kind, prefix = "events", "Event"
	}
	wire, _ := v.Extensions["x-enum-wire-names"].([]any)
	others, _ := v.Extensions["x-enum-other-names"].(map[string]any)
	docs, _ := v.Extensions["x-enum-descriptions"].(map[string]any)
	names, _ := v.Extensions["x-enum-varnames"].([]any)
	for i, e := range v.Enum {
		value := fmt.Sprint(e)
		name := goName(value)
		if i < len(names) {
			name = fmt.Sprint(names[i])
		}
		m.Values = append(m.Values, field{Name: prefix + name, Type: m.Name, Tag: value, Doc: fmt.Sprint(docs[value])})
		if i < len(wire) {
			name = fmt.Sprint(wire[i])
		}
		m.Names = append(m.Names, name)
		for _, other := range slices.Sorted(maps.Keys(others)) {
			if fmt.Sprint(others[other]) == value {
				m.Others = append(m.Others, field{Name: m.Values[i].Name, Tag: other})
			}
		}
	}
	m.Doc += "\n\nOther values, which the vendor may add later, are kept unchanged."
}

// setFields sets the fields of a struct, in the order of the file.
func (s *spec) setFields(m *model, t codegen.TypeDefinition, v *openapi3.Schema, received bool) error {
	m.Kind = "struct"
	m.Record = received
	m.Open = !received && (v.AdditionalProperties.Has != nil && *v.AdditionalProperties.Has || v.AdditionalProperties.Schema != nil)
	order := s.order[t.JsonName]
	slices.SortFunc(t.Schema.Properties, func(a, b codegen.Property) int {
		return slices.Index(order, a.JsonFieldName) - slices.Index(order, b.JsonFieldName)
	})
	goNames := map[string]string{} // by the names of the properties
	for _, p := range t.Schema.Properties {
		f := s.modelField(p, v.Properties[p.JsonFieldName], v, received)
		if m.Record && slices.Contains(recordNames, f.Name) {
			f.Name += "Data"
		}
		m.Fields = append(m.Fields, f)
		goNames[p.JsonFieldName] = f.Name
		if !received && strings.TrimPrefix(f.Type, "*") == "caremux.Date" && v.Properties[p.JsonFieldName].Value.Format == "date-time" {
			m.Days = append(m.Days, f.Name)
		}
	}
	return s.setID(m, t.JsonName, v, goNames)
}

func (s *spec) modelField(p codegen.Property, ref *openapi3.SchemaRef, parent *openapi3.Schema, received bool) field {
	v := ref.Value
	nullable := v.Nullable
	target := v
	for len(target.AllOf) == 1 {
		target = target.AllOf[0].Value
	}
	required := slices.Contains(parent.Required, p.JsonFieldName)
	t := anyType(p.Schema.TypeDecl())
	tag := p.JsonFieldName
	if received || !required {
		tag += ",omitzero"
	}
	f := field{Name: p.GoFieldName(), Tag: fmt.Sprintf("json:%q", tag), Doc: fieldDoc(ref, !received && required)}
	if received {
		f.Type = receivedType(target, t)
		return f
	}
	f.Type = sentType(t, required, nullable)
	if check := checks(target, required && !nullable && !emptyAllowed(target, parent, t)); check != "" {
		f.Tag += fmt.Sprintf(" check:%q", check)
	}
	return f
}

// isReference reports whether a Go type has a value of its own for absent.
func isReference(t string) bool {
	return strings.HasPrefix(t, "[]") || strings.HasPrefix(t, "map[") || t == "any"
}

// isObject reports whether a schema's Go type is a struct.
func isObject(target *openapi3.Schema, t string) bool { return isStruct(target) && !isReference(t) }

// receivedType is the type of a field of a response: a pointer where zero may have been sent.
func receivedType(target *openapi3.Schema, t string) string {
	ours := extension[string](target.Extensions, "x-go-type") != "" // a type of ours knows by itself whether a value was sent
	scalar := !ours && (target.Type.Is("integer") || target.Type.Is("number") || target.Type.Is("boolean"))
	if scalar && t != "json.Number" || isObject(target, t) {
		return "*" + t
	}
	return t
}

// sentType is the type of a field of a request.
func sentType(t string, required, nullable bool) string {
	switch {
	case nullable:
		return "nullable.Nullable[" + t + "]"
	case !required && !isReference(t) && t != "caremux.File":
		return "*" + t
	}
	return t
}

// emptyAllowed reports whether a required field may be sent empty.
func emptyAllowed(target, parent *openapi3.Schema, t string) bool {
	return extension[bool](parent.Extensions, "x-allow-empty") && target.Type.Is("string") ||
		extension[bool](target.Extensions, "x-allow-empty") && isObject(target, t)
}

func fieldDoc(ref *openapi3.SchemaRef, required bool) string {
	v := ref.Value
	doc := v.Description
	if ref.Ref != "" {
		doc = ""
	}
	if v.Deprecated {
		doc = strings.TrimSpace(doc + "\n\nDeprecated: " +
			cmp.Or(extension[string](v.Extensions, "x-deprecated"), "the vendor has deprecated this field."))
	}
	if required {
		doc = strings.TrimSpace(strings.TrimSuffix(doc, ".") + ". Required.")
		doc = strings.TrimPrefix(doc, ". ")
	}
	return doc
}
