package main

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// wireName matches a word of a description that can only be a name on the wire: patientId, skip_state.
var wireName = regexp.MustCompile(`(^|[\s(])([a-z]+(?:[A-Z_][A-Za-z0-9]*)+)`)

// requiredFields matches the sentence that lists the fields of a body without which a call fails.
var requiredFields = regexp.MustCompile(`Required: [^.]*\.`)

var anyName = regexp.MustCompile(`[A-Za-z]\w*`)

// goNames replaces the wire names of fields and parameters in a description by their Go names. The specs are written for
// readers of JSON, comments for readers of Go. Lines such as "GET /patients/{patientId}" keep the wire names, and so does a
// name that has several Go names.
func (s *spec) goNames(text string) string {
	if s.goFields == nil {
		s.readGoFields()
	}
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if !httpParagraph.MatchString(p) {
			p = requiredFields.ReplaceAllStringFunc(p, func(list string) string {
				return "Required: " + anyName.ReplaceAllStringFunc(strings.TrimPrefix(list, "Required: "), func(word string) string {
					return cmp.Or(s.goFields[word], word)
				})
			})
			paragraphs[i] = wireName.ReplaceAllStringFunc(p, func(match string) string {
				parts := wireName.FindStringSubmatch(match)
				if name := s.goFields[parts[2]]; name != "" {
					return parts[1] + name
				}
				return match
			})
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

var httpParagraph = regexp.MustCompile(`^[A-Z]+ /`)

// readGoFields collects the Go names of all fields and parameters, "" for a wire name that has several.
func (s *spec) readGoFields() {
	s.goFields = map[string]string{}
	add := func(wire string, extensions ...map[string]any) {
		name := codegen.SchemaNameToTypeName(wire)
		for _, e := range extensions {
			if renamed := extension[string](e, "x-go-name"); renamed != "" {
				name = renamed
			}
		}
		if old, ok := s.goFields[wire]; ok && old != name {
			name = ""
		}
		s.goFields[wire] = name
	}
	for _, schema := range s.doc.Components.Schemas {
		for wire, p := range schema.Value.Properties {
			add(wire, p.Extensions, p.Value.Extensions)
		}
	}
	for _, item := range s.doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				if p.Value.In == openapi3.ParameterInQuery {
					add(p.Value.Name, p.Value.Extensions)
				}
			}
		}
	}
}
