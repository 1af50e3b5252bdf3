package specserver

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestValue(t *testing.T) {
	t.Parallel()
	spec := load(t, loadShop)
	schema := spec.Doc.Components.Schemas["Order"]
	value := spec.Value(schema, "order").(map[string]any)
	if again := spec.Value(schema, "order"); !reflect.DeepEqual(value, again) {
		t.Error("two values of one schema differ")
	}
	if err := schema.Value.VisitJSON(value, formats); err != nil {
		t.Error(err)
	}
	for name := range schema.Value.Properties {
		if _, ok := value[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	for name, want := range map[string]string{
		"kind": `^new$`, "placed": `^2024-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`, "born": `^2024-\d\d-\d\dT00:00:00\.000Z$`,
		"day": `^2024-\d\d-\d\d$`, "opens": `^\d\d:\d\d:\d\d$`, "mail": `^mail@example\.com$`, "phone": `^\+\d{10}$`,
		"code": `^codex{8}$`, "id": `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, "anything": `^anything$`,
		"extra": `^map\[known:known\]$`, "pet": `^map\[lives:\d+ type:cat\]$`, "who": `^map\[name:name\]$`,
		"payer": `^map\[amount:\d+ card:card\]$`,
		"lines": `^\[map\[note:note\]\]$`, "labels": `^map\[key:\d+\]$`, "step": `^(25|50|75|100)$`, "weekday": `^[2-7]$`,
	} {
		if got := fmt.Sprint(value[name]); !matches(want, got) {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if n := value["big"].(float64); n <= 1<<32 || n != float64(int64(n)) {
		t.Errorf("big is %v", n)
	}
	parent := value["parent"].(map[string]any)
	if _, deeper := parent["parent"]; deeper {
		t.Error("the recursion goes on")
	}
}

// Every schema in use must have a value that it accepts, complete and without anything that looks absent.
func TestValueOfEverySchema(t *testing.T) {
	t.Parallel()
	spec := load(t, loadWelkin)
	check := func(where string, ref *openapi3.SchemaRef) {
		value := spec.Value(ref, "name")
		if err := ref.Value.VisitJSON(value, formats, openapi3.DisableSchemaErrorDetails()); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		if err := unknownMember([]*openapi3.Schema{ref.Value}, value, ""); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%s: %v", where, err)
		}
		var back any
		if json.Unmarshal(data, &back); !reflect.DeepEqual(back, value) {
			t.Errorf("%s: the value changes on its way through JSON", where)
		}
		if path := absent(value, where); path != "" {
			t.Errorf("%s looks absent", path)
		}
	}
	for name, ref := range spec.Doc.Components.Schemas {
		check(name, ref)
	}
	for _, op := range spec.Operations() {
		for _, p := range op.Parameters {
			check(op.ID+" "+p.Value.Name, p.Value.Schema)
		}
		if body := op.Op.RequestBody; body != nil {
			for _, media := range body.Value.Content {
				check(op.ID, media.Schema)
			}
		}
	}
}

// absent finds a value that is null, zero, false or empty.
func absent(value any, path string) string {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if at := absent(member, path+"."+name); at != "" {
				return at
			}
		}
		if len(v) > 0 {
			return ""
		}
	case []any:
		for _, item := range v {
			if at := absent(item, path+"[]"); at != "" {
				return at
			}
		}
		if len(v) == 2 && (reflect.TypeOf(v[0]).Kind() == reflect.Bool || !reflect.DeepEqual(v[0], v[1]) || isEnum(v[0])) {
			return ""
		}
	case string:
		if v != "" {
			return ""
		}
	case float64:
		if v != 0 {
			return ""
		}
	case bool:
		if v {
			return ""
		}
	}
	return path
}

// isEnum: the two elements of an array of an enumeration are the same.
func isEnum(v any) bool {
	s, ok := v.(string)
	return ok && s == strings.ToUpper(s)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	spec := load(t, loadShop)
	for id, want := range map[string]struct {
		status      int
		contentType string
	}{
		"Orders_List": {200, "application/json"}, "Orders_Create": {201, "application/json"},
		"Orders_Delete": {204, ""}, "Photo_Get": {200, "application/octet-stream"},
	} {
		status, contentType, body := spec.Answer(spec.Operation(id))
		if status != want.status || contentType != want.contentType || (len(body) == 0) != (contentType == "") {
			t.Errorf("%s: %d %q, %d bytes", id, status, contentType, len(body))
		}
	}
	_, _, body := spec.Answer(spec.Operation("Orders_List"))
	var page struct {
		Items []map[string]any
		Last  bool
		Page  map[string]any
	}
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(len(page.Items), page.Last, page.Page), "2 true map[more:false next:<nil> number:1 total:2]"; got != want {
		t.Errorf("page %s, want %s", got, want)
	}
	body[0] = 'x'
	if _, _, again := spec.Answer(spec.Operation("Orders_List")); again[0] == 'x' {
		t.Error("the kept answer can be changed from outside")
	}
}

func TestAnswerOfEveryOperation(t *testing.T) {
	t.Parallel()
	spec := load(t, loadWelkin)
	if n := len(spec.Operations()); n != 191 {
		t.Errorf("%d operations", n)
	}
	for _, op := range spec.Operations() {
		status, contentType, body := spec.Answer(op)
		if status < 200 || status > 299 {
			t.Errorf("%s: status %d", op.ID, status)
		}
		documented := op.Op.Responses.Status(status)
		if documented == nil {
			t.Errorf("%s: status %d is not documented", op.ID, status)
			continue
		}
		if contentType != "application/json" {
			continue
		}
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			t.Errorf("%s: %v", op.ID, err)
		}
		schema := documented.Value.Content[contentType].Schema.Value
		if err := schema.VisitJSON(value, formats, openapi3.DisableSchemaErrorDetails()); err != nil {
			t.Errorf("%s: %v", op.ID, err)
		}
		if paging, ok := op.Op.Extensions["x-pagination"].(map[string]any); ok {
			for _, path := range alternatives(paging["last"]) {
				if parent, name := holder(value, path); parent != nil && parent[name] != true {
					t.Errorf("%s: not the last page", op.ID)
				}
			}
		}
	}
}
