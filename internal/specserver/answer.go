package specserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

type answer struct {
	status      int
	contentType string
	body        []byte
}

// Answer makes up the response of an operation: its lowest documented status of success with a value of its schema. A page of a
// list is the last one. Answers without a documented body are empty.
func (s *Spec) Answer(op *Operation) (status int, contentType string, body []byte) {
	kept, ok := s.answers.Load(op.ID)
	if !ok {
		kept, _ = s.answers.LoadOrStore(op.ID, s.makeAnswer(op))
	}
	a := kept.(answer)
	return a.status, a.contentType, bytes.Clone(a.body)
}

func (s *Spec) makeAnswer(op *Operation) answer {
	status, response := success(op.Op.Responses)
	a := answer{status: status}
	if response == nil || len(response.Content) == 0 {
		return a
	}
	var schema *openapi3.SchemaRef
	a.contentType, schema = preferred(response.Content)
	switch {
	case isJSON(a.contentType):
		value := s.Value(schema, "")
		if paging, ok := op.Op.Extensions["x-pagination"].(map[string]any); ok {
			lastPage(value, schema, paging)
		}
		if envelope := s.envelope(op); op.Op.Extensions["x-envelope-list"] == "one" {
			if parent, name := holder(value, envelope); parent != nil {
				if list, ok := parent[name].([]any); ok && len(list) > 1 {
					parent[name] = list[:1]
				}
			}
		}
		a.body, _ = json.Marshal(value) // made of what json.Unmarshal gives
	case strings.HasPrefix(a.contentType, "text/"):
		text, _ := s.Value(schema, "").(string)
		a.body = []byte(text)
	default:
		// Not UTF-8 and with a zero byte: whoever takes it for text breaks it.
		a.body = []byte("content of " + op.ID + "\x00\xff\xfe\r\n")
	}
	return a
}

// envelope is the field of an operation's answer that contains the record.
func (s *Spec) envelope(op *Operation) string {
	if own, ok := op.Op.Extensions["x-envelope"].(string); ok {
		return own
	}
	envelope, _ := s.Doc.Extensions["x-envelope"].(string)
	return envelope
}

// success finds the lowest documented 2xx status. A document with a default answer only means 200.
func success(responses *openapi3.Responses) (int, *openapi3.Response) {
	status, response := 0, (*openapi3.Response)(nil)
	for code, ref := range responses.Map() {
		n, err := strconv.Atoi(code)
		if strings.EqualFold(code, "2XX") {
			n, err = 299, nil
		}
		if err == nil && n >= 200 && n < 300 && (status == 0 || n < status) {
			status, response = n, ref.Value
		}
	}
	if status == 0 || status == 299 {
		status = http.StatusOK
	}
	return status, response
}

// preferred takes JSON where there is a choice.
func preferred(content openapi3.Content) (string, *openapi3.SchemaRef) {
	kinds := slices.Sorted(maps.Keys(content))
	kind := kinds[0]
	if i := slices.IndexFunc(kinds, isJSON); i >= 0 {
		kind = kinds[i]
	}
	schema := content[kind].Schema
	if strings.Contains(kind, "*") {
		kind = "application/octet-stream"
	}
	return kind, schema
}

// lastPage makes the envelope around a list say that there is no further page.
func lastPage(value any, schema *openapi3.SchemaRef, paging map[string]any) {
	set := func(key string, to any) {
		for _, path := range alternatives(paging[key]) {
			if parent, name := holder(value, path); parent != nil {
				parent[name] = to
				return
			}
		}
	}
	first, _ := paging["firstPage"].(float64)
	set("last", true)
	set("more", false)
	set("number", first)
	for _, path := range alternatives(paging["items"]) {
		if parent, name := holder(value, path); parent != nil {
			items, _ := parent[name].([]any)
			set("total", float64(len(items)))
			break
		}
	}
	for _, path := range alternatives(paging["next"]) {
		if parent, name := holder(value, path); parent != nil {
			end, hasEnd := paging["end"].(string)
			switch _, isText := parent[name].(string); {
			case hasEnd:
				parent[name] = json.RawMessage(end)
			case nullable(schema, path):
				parent[name] = nil
			case isText:
				parent[name] = ""
			default:
				delete(parent, name)
			}
			break
		}
	}
}

// alternatives reads a dotted path or a list of them.
func alternatives(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var paths []string
		for _, path := range v {
			if path, ok := path.(string); ok {
				paths = append(paths, path)
			}
		}
		return paths
	}
	return nil
}

// holder finds the object that has the field at the end of a dotted path, nil if there is no such member.
func holder(value any, path string) (map[string]any, string) {
	name, rest, deeper := strings.Cut(path, ".")
	if list, ok := value.([]any); ok && name == "0" && deeper && len(list) > 0 {
		return holder(list[0], rest)
	}
	object, _ := value.(map[string]any)
	member, ok := object[name]
	switch {
	case !ok:
		return nil, ""
	case deeper:
		return holder(member, rest)
	}
	return object, name
}

func nullable(ref *openapi3.SchemaRef, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		schema := flatten(ref)
		if schema == nil {
			return false
		}
		ref = schema.Properties[name]
	}
	schema := flatten(ref)
	return schema != nil && schema.PermitsNull()
}
