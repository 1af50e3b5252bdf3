package cliniktest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// patchOp is one operation of a JSON Patch (RFC 6902).
type patchOp struct {
	Op    string
	Path  string
	From  string
	Value any
}

var errNoValue = errors.New("there is nothing at the path")

// patched gives a resource after all operations of a patch. The resource itself stays as it is.
func patched(resource object, ops []patchOp) (object, error) {
	var doc any = clone(resource)
	for i, op := range ops {
		var err error
		if doc, err = op.apply(doc); err != nil {
			return nil, fmt.Errorf("operation %d (%s): %w", i, op.Op, err)
		}
	}
	body, ok := doc.(object)
	if !ok {
		return nil, errors.New("the result is not an object")
	}
	return body, nil
}

func (op patchOp) apply(doc any) (any, error) {
	switch op.Op {
	case "add", "replace", "remove":
		return edit(doc, pointer(op.Path), op.Op, op.Value)
	case "move", "copy":
		value, err := find(doc, pointer(op.From))
		if err != nil {
			return nil, err
		}
		if op.Op == "move" {
			if doc, err = edit(doc, pointer(op.From), "remove", nil); err != nil {
				return nil, err
			}
		}
		return edit(doc, pointer(op.Path), "add", clone(value))
	case "test":
		value, err := find(doc, pointer(op.Path))
		if err == nil && !reflect.DeepEqual(value, op.Value) {
			err = errors.New("the value is another")
		}
		return doc, err
	}
	return nil, errors.New("is not an operation")
}

// pointer splits a JSON Pointer.
func pointer(path string) []string {
	if path == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
	}
	return parts
}

func find(doc any, path []string) (any, error) {
	if len(path) == 0 {
		return doc, nil
	}
	switch doc := doc.(type) {
	case object:
		if value, ok := doc[path[0]]; ok {
			return find(value, path[1:])
		}
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(doc) {
			return find(doc[i], path[1:])
		}
	}
	return nil, errNoValue
}

// edit changes what is at a path, and returns the document with the change.
func edit(doc any, path []string, op string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch doc := doc.(type) {
	case object:
		return editMember(doc, path, op, value)
	case []any:
		return editElement(doc, path, op, value)
	}
	return nil, errNoValue
}

func editMember(doc object, path []string, op string, value any) (any, error) {
	name, last := path[0], len(path) == 1
	old, ok := doc[name]
	switch {
	case !ok && !(last && op == "add"):
		return nil, errNoValue
	case last && op == "remove":
		delete(doc, name)
		return doc, nil
	}
	next, err := edit(old, path[1:], op, value)
	doc[name] = next
	return doc, err
}

func editElement(doc []any, path []string, op string, value any) (any, error) {
	name, last := path[0], len(path) == 1
	i, err := strconv.Atoi(name)
	if name == "-" {
		i, err = len(doc), nil
	}
	isAdd := last && op == "add"
	switch {
	case err != nil || i < 0 || i > len(doc) || i == len(doc) && !isAdd:
		return nil, errNoValue
	case isAdd:
		return slices.Insert(doc, i, value), nil
	case last && op == "remove":
		return slices.Delete(doc, i, i+1), nil
	}
	doc[i], err = edit(doc[i], path[1:], op, value)
	return doc, err
}
