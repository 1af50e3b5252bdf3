package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// knownExtensions are those of README.md with the kind of their values, "" for several kinds.
var knownExtensions = map[string]string{
	"x-allow-empty": "!!bool", "x-also-as": "!!str", "x-alternatives": "!!seq", "x-anonymous": "!!bool",
	"x-auth": "!!str", "x-client-header": "!!bool", "x-client-parameters": "!!seq", "x-created-id": "!!str",
	"x-deprecated": "!!str", "x-enum-descriptions": "!!map", "x-enum-other-names": "!!map", "x-enum-varnames": "!!seq",
	"x-enum-wire-names": "!!seq", "x-client-state": "!!str", "x-envelope": "!!str", "x-envelope-list": "!!str",
	"x-event": "", "x-event-names": "!!bool", "x-go-name": "!!str", "x-go-type": "!!str", "x-id": "!!str",
	"x-idempotent": "!!bool", "x-keep": "!!bool", "x-live": "!!bool", "x-login-body": "!!bool",
	"x-max-body": "!!int", "x-may-be-empty": "!!bool", "x-null-lists": "!!bool", "x-method-doc": "!!str",
	"x-multipart-method": "!!str", "x-pagination": "!!map", "x-source": "!!str", "x-partial": "!!bool",
	"x-replaces": "!!str", "x-response-verified": "!!bool", "x-two-way": "!!bool",
}

// checkFile looks for what the loader passes over or names without its place: extensions that nobody reads, and references that
// lead nowhere.
func checkFile(data []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return err
	}
	if len(doc.Content) == 0 {
		return fmt.Errorf("the document is empty")
	}
	return checkNode(doc.Content[0], doc.Content[0], "")
}

// checkNode checks a node that belongs to the key.
func checkNode(root, n *yaml.Node, key string) error {
	if key == "example" || key == "examples" {
		return nil
	}
	named := key == "properties" || key == "headers" || strings.HasPrefix(key, "x-") // the keys are names
	for i, child := range n.Content {
		name := key
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			if name = n.Content[i-1].Value; named {
				name = ""
			} else if err := checkEntry(root, n.Content[i-1], child); err != nil {
				return err
			}
		}
		if err := checkNode(root, child, name); err != nil {
			return err
		}
	}
	return nil
}

// checkEntry checks a key that is no name, and its value.
func checkEntry(root, key, value *yaml.Node) error {
	kind, known := knownExtensions[key.Value]
	switch {
	case strings.HasPrefix(key.Value, "x-") && !known:
		return fmt.Errorf("line %d: %s is no extension of README.md", key.Line, key.Value)
	case known && kind != "" && value.Tag != kind:
		return fmt.Errorf("line %d: %s must be a %s", value.Line, key.Value, strings.TrimPrefix(kind, "!!"))
	case key.Value == "$ref" && !leads(root, value.Value):
		return fmt.Errorf("line %d: %s leads nowhere", value.Line, value.Value)
	}
	return nil
}

// leads reports whether a reference within the document has a target.
func leads(n *yaml.Node, ref string) bool {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return false
	}
	for step := range strings.SplitSeq(path, "/") {
		at := -1
		if n.Kind == yaml.MappingNode {
			at = slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == step })
		}
		if at < 0 || at%2 == 1 {
			return false
		}
		n = n.Content[at+1]
	}
	return true
}

// checkOperation wants the names that a service's method is made of; taken are those of the operations before.
func (s *spec) checkOperation(op *openapi3.Operation, place string, taken map[string]string) error {
	switch {
	case op.OperationID == "":
		return fmt.Errorf("operationId is missing")
	case taken[op.OperationID] != "":
		return fmt.Errorf("operationId %s belongs to %s already", op.OperationID, taken[op.OperationID])
	case len(op.Tags) != 1:
		return fmt.Errorf("%s needs one tag and has %d", op.OperationID, len(op.Tags))
	case s.doc.Tags.Get(op.Tags[0]) == nil:
		return fmt.Errorf("the tag %s is not among the document's tags", op.Tags[0])
	case !strings.HasPrefix(op.OperationID, op.Tags[0]+"_"):
		return fmt.Errorf("operationId %s must begin with %s_", op.OperationID, op.Tags[0])
	}
	taken[op.OperationID] = place
	return nil
}

// pagingKeys are the fields of x-pagination.
var pagingKeys = []string{"style", "items", "pageParam", "sizeParam", "skipParam", "takeParam", "takeDefault", "startParam", "tokenParam",
	"firstPage", "number", "last", "total", "next", "more", "end", "exclusive"}

// checkPaging compares x-pagination with the parameters and the response of its operation.
func checkPaging(raw map[string]any, p *paging, op *openapi3.Operation, schema *openapi3.SchemaRef) error {
	for key, value := range raw {
		if !slices.Contains(pagingKeys, key) {
			return fmt.Errorf("x-pagination: %s is no member of it", key)
		}
		if strings.HasSuffix(key, "Param") && op.Parameters.GetByInAndName("query", fmt.Sprint(value)) == nil {
			return fmt.Errorf("x-pagination: the query has no %s", value)
		}
	}
	if bare(schema).Value.Type.Is("array") {
		return nil // other forms of the response have what counts and leads on
	}
	for _, paths := range [][]string{p.Number, p.Last, p.Total, p.Next, p.More} {
		if len(paths) > 0 && member(schema, paths[0]) == nil {
			return fmt.Errorf("x-pagination: the answer has no %s", paths[0])
		}
	}
	return nil
}
