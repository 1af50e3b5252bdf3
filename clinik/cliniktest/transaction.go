package cliniktest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/specserver"
)

// part is an entry of a transaction or a batch.
type part struct {
	method, name string // name is a type, or a type and an id
	fullURL      string
	resource     object
	match        string
	id           string // of a resource that the entry makes
}

// transact acts on a bundle of requests: a transaction that is refused in part is refused as a whole.
func (s *Server) transact(c *call) (any, error) {
	bundle := c.object()
	kind := str(bundle, "type")
	if str(bundle, "resourceType") != "Bundle" || kind != "transaction" && kind != "batch" {
		return nil, fhirFailure(http.StatusBadRequest, "invalid", "type: must be a Bundle of type transaction or batch")
	}
	entries, _ := bundle["entry"].([]any)
	parts, names := make([]part, len(entries)), map[string]string{}
	for i, entry := range entries {
		parts[i] = s.partOf(entry)
		if p := parts[i]; p.id != "" && p.fullURL != "" {
			names[p.fullURL] = p.name + "/" + p.id
		}
	}
	if kind == "transaction" {
		for i := range parts {
			if err := s.refused(&parts[i]); err != nil {
				return nil, err
			}
		}
	}
	done := make([]object, len(parts))
	for i := range parts {
		p := &parts[i]
		if p.resource != nil {
			p.resource, _ = renamed(p.resource, names).(object)
		}
		done[i] = s.do(p)
	}
	return object{"resourceType": "Bundle", "type": kind + "-response", "entry": done}, nil
}

func (s *Server) partOf(entry any) part {
	e, _ := entry.(object)
	request, _ := e["request"].(object)
	p := part{
		method: str(request, "method"), name: str(request, "url"), match: str(request, "ifMatch"), fullURL: str(e, "fullUrl"),
	}
	p.resource, _ = e["resource"].(object)
	if p.method == http.MethodPost {
		p.id = s.newResourceID(p.name)
	}
	return p
}

// call is the call that a part stands for.
func (p *part) call() *call {
	resourceType, id, _ := strings.Cut(p.name, "/")
	body, _ := json.Marshal(p.resource) // what came in as JSON
	path := map[string]string{"resourceType": resourceType, "id": id}
	c := &specserver.Call{Method: p.method, Path: path, Header: http.Header{}, Body: body}
	if p.match != "" {
		c.Header.Set("If-Match", p.match)
	}
	return &call{c}
}

// refused is why a part cannot be done, nil if it can.
func (s *Server) refused(p *part) error {
	c := p.call()
	unknown := fhirFailure(http.StatusBadRequest, "not-supported", "request: the method is not one of this address")
	switch isType := !strings.Contains(p.name, "/"); {
	case p.name == "" || strings.Contains(p.name, "?") || isType != (p.method == http.MethodPost):
		return unknown
	}
	switch p.method {
	case http.MethodPost:
		_, err := sentResource(c)
		return err
	case http.MethodPut:
		body, err := sentResource(c)
		if err == nil && body["id"] != c.Path["id"] {
			err = fhirFailure(http.StatusBadRequest, "invalid", "id: must be that of the address")
		}
		if err != nil {
			return err
		}
		return s.unchanged(c)
	case http.MethodGet:
		_, err := s.namedResource(c)
		return err
	case http.MethodDelete:
		if _, err := s.namedResource(c); err != nil {
			return err
		}
		return s.unchanged(c)
	}
	return unknown
}

// do does a part, and returns the entry that tells of it.
func (s *Server) do(p *part) object {
	if err := s.refused(p); err != nil {
		f := new(failure)
		if !errors.As(err, &f) {
			f = &failure{status: http.StatusInternalServerError}
		}
		return object{"response": object{"status": strconv.Itoa(f.status), "outcome": outcome(f.issues...)}}
	}
	resourceType, id, _ := strings.Cut(p.name, "/")
	var body object
	status := http.StatusOK
	switch p.method {
	case http.MethodPost:
		body, status = s.putResource(resourceType, p.id, p.resource), http.StatusCreated
	case http.MethodPut:
		if s.resource(resourceType, id) == nil {
			status = http.StatusCreated
		}
		body = s.putResource(resourceType, id, p.resource)
	case http.MethodDelete:
		s.removeResource(resourceType, id)
		return object{"response": object{"status": "204"}}
	default:
		body = s.resource(resourceType, id)
	}
	meta, _ := body["meta"].(object)
	name := resourceType + "/" + str(body, "id")
	response := object{"status": strconv.Itoa(status), "location": name + "/_history/" + str(meta, "versionId")}
	return object{"fullUrl": s.URL + "/v1/fhir/" + name, "resource": body, "response": response}
}

// renamed is a JSON value with the references to new resources of a transaction replaced by their ids.
func renamed(v any, names map[string]string) any {
	switch v := v.(type) {
	case object:
		o := object{}
		for name, value := range v {
			text, _ := value.(string)
			if to, ok := names[text]; ok && name == "reference" {
				o[name] = to
				continue
			}
			o[name] = renamed(value, names)
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = renamed(element, names)
		}
		return list
	}
	return v
}
