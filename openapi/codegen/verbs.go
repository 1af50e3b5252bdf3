package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// iteratorName is the method that ranges over all pages of a list: ListFiles → AllFiles, SearchByName → SearchAllByName.
func iteratorName(method string) (string, error) {
	switch {
	case strings.Contains(method, "List"):
		return strings.Replace(method, "List", "All", 1), nil
	case strings.HasPrefix(method, "Search"):
		return strings.Replace(method, "Search", "SearchAll", 1), nil
	}
	return "", fmt.Errorf("x-pagination: the name of a list has List in it or begins with Search")
}

// verb is the word of a method that says what becomes of a record.
var verb = regexp.MustCompile(`Create|Update|Replace`)

// version ends the names of what the vendor has in several versions.
var version = regexp.MustCompile(`V\d+$`)

// checkVerb wants the method of a PUT that replaces a record whole to be named Replace…, that of a call which changes the fields
// sent to be named Update…, and the bodies of both, and of Create…, to end in the same word.
func checkVerb(name string, op codegen.OperationDefinition, bodies []method) error {
	word := verb.FindString(name)
	partial := extension[bool](op.Spec.Extensions, "x-partial")
	switch {
	case word == "Update" && op.Method == "PUT" && !partial:
		return fmt.Errorf("a PUT replaces the record: name it Replace…, or say x-partial where the vendor documents that other fields stay")
	case word == "Replace" && (op.Method == "PATCH" || partial):
		return fmt.Errorf("it changes the fields that are sent: name it Update…")
	}
	if word == "" || !strings.HasPrefix(name, word) {
		return nil
	}
	for _, m := range bodies {
		body, isStruct := strings.CutPrefix(m.Body, "*")
		if isStruct && !strings.HasSuffix(version.ReplaceAllString(body, ""), word) {
			return fmt.Errorf("the body %s must be named …%s", body, word)
		}
	}
	return nil
}
