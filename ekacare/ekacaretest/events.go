package ekacaretest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/ekacare"
)

// EventNames returns the names of all events that the vendor documents, sorted.
func (s *Server) EventNames() []string {
	var names []string
	for _, name := range s.core.Spec.Doc.Components.Schemas["EventName"].Value.Enum {
		if text, ok := name.(string); ok {
			names = append(names, text)
		}
	}
	slices.Sort(names)
	return names
}

// Sample returns the body of an event with every documented member, its own transaction id, and the server's clock as its
// time. Of an event that the vendor sends in two forms it is the first of [Server.Samples]. An unknown event ends the test, or
// panics on a server of [Start].
func (s *Server) Sample(event string) []byte {
	s.core.T.Helper()
	return s.Samples(event)[0]
}

// Samples returns the bodies of an event in all forms that the vendor documents: v2rx.completed has two. The content of
// user.delete is not documented, so its sample is an envelope without any. It fails as [Server.Sample] does.
func (s *Server) Samples(event string) [][]byte {
	s.core.T.Helper()
	if !slices.Contains(s.EventNames(), event) {
		s.core.Fatal("Eka Care has no event " + event)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var samples [][]byte
	schemas := s.core.Spec.Doc.Components.Schemas
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if ofEvent(schemas[name].Value, event) {
			samples = append(samples, s.forms(event, s.sample(schemas[name], event))...)
		}
	}
	if samples == nil {
		envelope := object{"service": "user", "event": event, "transaction_id": s.newID("transaction"), "data": object{},
			"event_time": s.clock().Unix(), "timestamp": s.clock().Unix(),
			"business_id": "business-own", "client_id": s.credentials.ClientID}
		data, _ := json.Marshal(envelope) // of texts and numbers only
		samples = append(samples, data)
	}
	return samples
}

// ofEvent reports whether a schema is the body of an event.
func ofEvent(schema *openapi3.Schema, event string) bool {
	names, _ := schema.Extensions["x-event"].([]any)
	return slices.Contains(names, any(event))
}

// forms takes apart what the documents of this module put together: the envelopes that v2rx.completed comes in.
func (s *Server) forms(event string, body object) [][]byte {
	bodies := []object{body}
	if event == ekacare.EventScribeCompleted {
		bodies = []object{
			{"event": event, "data": body["data"], "timestamp": body["timestamp"]},
			{"business_id": body["business_id"], "client_id": body["client_id"], "service_id": body["service"], "event_id": event,
				"payload": object{"service": body["service"], "event": event, "event_time": body["event_time"],
					"transaction_id": body["transaction_id"], "data": body["data"]}},
		}
	}
	var list [][]byte
	for _, body := range bodies {
		data, _ := json.Marshal(body) // of what json.Unmarshal gives, and numbers
		list = append(list, data)
	}
	return list
}

func (s *Server) sample(ref *openapi3.SchemaRef, event string) object {
	body, _ := s.core.Spec.Value(ref, "").(object)
	for name, property := range ref.Value.Properties {
		schema := property.Value
		switch name {
		case "event":
			body[name] = event
		case "transaction_id":
			body[name] = s.newID("transaction")
		case "client_id":
			body[name] = s.credentials.ClientID
		case "business_id":
			body[name] = "business-own"
		case "event_time", "timestamp":
			switch {
			case schema.Extensions["x-go-type"] == "EpochMillis":
				body[name] = s.clock().UnixMilli()
			case schema.Type.Is(openapi3.TypeInteger):
				body[name] = s.clock().Unix()
			default:
				body[name] = s.clock().UTC().Format(time.RFC3339)
			}
		}
	}
	return body
}
