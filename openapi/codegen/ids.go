package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// numberID is the name of a property that identifies something, and of one that says who did it: neither is a number with decimals.
var numberID = regexp.MustCompile(`(^id|Id|ID|_id|[a-z]By)$`)

// idProperty is the property of a record that contains its id: x-id, or the first of what vendors call it; "" if there is none.
func (s *spec) idProperty(schema string, v *openapi3.Schema) (string, error) {
	if name := extension[string](v.Extensions, "x-id"); name != "" {
		if v.Properties[name] == nil {
			return "", fmt.Errorf("x-id: there is no %s", name)
		}
		return name, nil
	}
	if !s.records[schema] || v.Extensions["x-event"] != nil {
		return "", nil // the id of an event is not that of the record that it is about
	}
	own := strings.ToLower(schema[:1]) + schema[1:] + "Id"
	candidates := slices.Concat([]string{"id", "_id"}, s.created[schema], []string{own, snake(own), "oid"})
	for _, name := range candidates {
		if p := v.Properties[name]; p != nil && (p.Value.Type.Is("string") || p.Value.Type.Is("integer")) {
			return name, nil
		}
	}
	return "", nil
}

// snake writes appointmentId as appointment_id.
func snake(name string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "${1}_${2}"))
}

// setID finds the Go expression of the record's id.
func (s *spec) setID(m *model, schema string, v *openapi3.Schema, wire map[string]string) error {
	for name, p := range v.Properties {
		if p.Value.Type.Is("number") && numberID.MatchString(name) {
			return fmt.Errorf("%s is an id and must be an integer or a string", name)
		}
	}
	if !m.Record {
		return nil
	}
	property, err := s.idProperty(schema, v)
	if err != nil || property == "" {
		return err
	}
	i := slices.IndexFunc(m.Fields, func(f field) bool { return f.Name == wire[property] })
	switch f := m.Fields[i]; f.Type {
	case "string":
		m.IDField, m.ID = f.Name, "r."+f.Name
	case "json.Number":
		m.IDField, m.ID = f.Name, "r."+f.Name+".String()"
	case "*int", "*int64":
		m.IDField, m.ID = f.Name, "wire.NumberID(r."+f.Name+")"
	default:
		return fmt.Errorf("the id %s is a %s", property, f.Type)
	}
	if slices.ContainsFunc(m.Fields, func(f field) bool { return f.Name == "RecordID" }) {
		return fmt.Errorf("a field is named RecordID, as the method: give it another x-go-name")
	}
	return nil
}
