package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// readEvents adds the schemas with x-event, which webhooks bring, and what they lead to. An event and its data keep their JSON.
func (s *spec) readEvents() error {
	schemas := s.doc.Components.Schemas
	for name, schema := range schemas {
		if extension[bool](schema.Value.Extensions, "x-event-names") {
			s.readEventNames(name, schema.Value)
		}
	}
	brought, taken := map[string]bool{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		v := schemas[name].Value
		if v.Extensions["x-event"] == nil {
			continue
		}
		for _, event := range eventsOf(v) {
			if other := taken[event]; other != "" {
				return fmt.Errorf("schema %s: the event %s arrives as %s already", name, event, other)
			}
			if len(s.names) > 0 && s.names[event] == "" {
				return fmt.Errorf("schema %s: the event %s is not in x-event-names", name, event)
			}
			taken[event] = name
		}
		s.records[name] = true
		if data := v.Properties["data"]; data != nil && refName(data) != "" {
			s.records[refName(data)] = true
		}
		s.reach(&openapi3.SchemaRef{Ref: schemaPrefix + name, Value: v}, brought)
	}
	for name := range brought {
		if !s.sent[name] && !s.received[name] {
			s.events[name] = true
		}
		s.received[name] = true
	}
	return nil
}

// readEventNames gives each value of the enum with x-event-names its Go constant.
func (s *spec) readEventNames(name string, v *openapi3.Schema) {
	s.received[name], s.events[name] = true, true
	goNames, _ := v.Extensions["x-enum-varnames"].([]any)
	for i, e := range v.Enum {
		value := fmt.Sprint(e)
		if i < len(goNames) {
			s.names[value] = "Event" + fmt.Sprint(goNames[i])
		} else {
			s.names[value] = "Event" + goName(value)
		}
	}
}

// eventsOf lists what x-event lists.
func eventsOf(v *openapi3.Schema) []string {
	list, _ := v.Extensions["x-event"].([]any)
	var events []string
	for _, e := range list {
		events = append(events, fmt.Sprint(e))
	}
	return events
}

// eventTypes are the Go expressions of an event schema's names.
func (s *spec) eventTypes(v *openapi3.Schema) []string {
	var types []string
	for _, name := range eventsOf(v) {
		types = append(types, cmp.Or(s.names[name], fmt.Sprintf("%q", name)))
	}
	return types
}
