package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/internal/specserver"
)

// The fields that live responses of Welkin have had and its documents do not name: schema and path, JSON types, operations.
//
//go:embed testdata/welkin.observed.tsv
var observed string

func TestEveryFieldSeenInLiveResponsesOfWelkinHasAGoField(t *testing.T) {
	t.Parallel()
	spec, err := vendors["welkin"].spec()
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]*specserver.Operation{} // by name without case: the list writes CDT as Cdt
	for _, op := range spec.Operations() {
		operations[strings.ToLower(op.ID)] = op
	}
	total, held := 0, 0
	for lines := bufio.NewScanner(strings.NewReader(observed)); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 3 {
			continue
		}
		total++
		schema, path, _ := strings.Cut(cells[0], ".")
		ok := true
		for name := range strings.SplitSeq(cells[2], ", ") {
			op := operations[strings.ToLower(name)]
			if op == nil {
				t.Errorf("there is no operation %s", name)
				continue
			}
			at := locate(response(op), schema, "", map[string]bool{})
			if len(at) == 0 {
				t.Errorf("%s: the response of %s has no %s", cells[0], name, schema)
				ok = false
				continue
			}
			for seen := range strings.SplitSeq(cells[1], ", ") {
				for _, place := range at {
					ok = holds(t, op.ID, join(place, path), seen) && ok
				}
			}
		}
		if ok {
			held++
		}
	}
	t.Logf("%d of %d", held, total)
	if total != 332 || held != total {
		t.Errorf("%d of %d fields have a Go field", held, total)
	}
}

// holds reports whether a document that has a value of the type at the path, and nothing else, is typed as a whole.
func holds(t *testing.T, op, path, jsonType string) bool {
	t.Helper()
	var value any
	switch kind, _, _ := strings.Cut(jsonType, " ("); kind {
	case "null":
	case "boolean":
		value = true
	case "integer":
		value = 7
	case "object":
		value = map[string]any{}
	case "array of nothing seen":
		value = []any{}
	case "array of object":
		value = []any{map[string]any{}}
	case "array of string", "array of string code":
		value = []any{"CODE"}
	case "string", "string code", "string uuid":
		value = "text"
	case "string date-time":
		value = "2026-11-28T09:30:00.000Z"
	default:
		t.Errorf("%s: no value of type %q", path, kind)
	}
	data, err := json.Marshal(nest(path, value))
	if err != nil {
		t.Fatal(err)
	}
	found, err := documentFields("welkin", op, data)
	if err != nil {
		t.Fatal(err)
	}
	for at, k := range found {
		if k > open {
			t.Errorf("%s: %s has no Go field for %s", op, at, jsonType)
			return false
		}
	}
	return len(found) > 0
}

// nest puts a value at a path.
func nest(path string, value any) any {
	if path == "" {
		return value
	}
	name, rest, _ := strings.Cut(path, ".")
	lists := strings.Count(name, "[]")
	inner := nest(rest, value)
	for range lists {
		inner = []any{inner}
	}
	if name = strings.ReplaceAll(name, "[]", ""); name == "" {
		return inner
	}
	return map[string]any{name: inner}
}

// locate returns the paths at which a response has a schema of the name.
func locate(schema *openapi3.SchemaRef, name, at string, seen map[string]bool) []string {
	if schema == nil || schema.Value == nil || schema.Ref != "" && seen[schema.Ref] {
		return nil
	}
	if strings.EqualFold(strings.TrimPrefix(schema.Ref, "#/components/schemas/"), name) {
		return []string{at}
	}
	if schema.Ref != "" {
		seen[schema.Ref] = true
		defer delete(seen, schema.Ref)
	}
	var paths []string
	for _, part := range schema.Value.AllOf {
		paths = append(paths, locate(part, name, at, seen)...)
	}
	for inner, p := range schema.Value.Properties {
		paths = append(paths, locate(p, name, join(at, inner), seen)...)
	}
	return append(paths, locate(schema.Value.Items, name, at+"[]", seen)...)
}
