package cliniktest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/specserver"
)

// tenant is the tag that ClinikAPI adds to every resource.
var tenant = []any{object{"system": "https://clinikapi.com/tenant", "code": "org_cliniktest"}}

// toFHIR returns the least of a FHIR resource that stands for a record: type, id, status and patient, and who a patient is.
func (ns *namespace) toFHIR(row object) object {
	resource := object{"resourceType": ns.fhir, "id": row["id"], "meta": object{"tag": tenant}}
	if status := str(row, "status"); status != "" {
		resource["status"] = status
	}
	if id := str(row, "patientId"); id != "" {
		patient := object{"reference": "Patient/" + id}
		switch ns.subject {
		case "":
		case "subject[]":
			resource["subject"] = []any{patient}
		case "participant[].actor":
			resource["participant"] = []any{object{"actor": patient, "status": "accepted"}}
		default:
			resource[ns.subject] = patient
		}
	}
	if ns.fhir == "Patient" {
		name := object{"family": row["lastName"], "given": []any{row["firstName"]}, "text": row["fullName"]}
		resource["name"] = []any{name}
		for _, member := range []string{"gender", "birthDate", "active"} {
			if row[member] != nil {
				resource[member] = row[member]
			}
		}
	}
	return resource
}

// resources returns all resources of a type: those of the raw routes, and the records that they do not hide. indexed says whether
// as searches know them.
func (s *Server) resources(resourceType string, indexed bool) []*record {
	side := func(c *collection) *table {
		if indexed {
			return &c.indexed
		}
		return &c.stored
	}
	raw := side(in(s.raw, resourceType))
	var all []*record
	if ns := s.model.byFHIR[resourceType]; ns != nil {
		for _, r := range side(in(s.flat, ns.tag)).rows {
			if _, hidden := raw.byID[r.id]; hidden {
				continue
			}
			if r.fhir == nil {
				r.fhir = &record{id: r.id, body: ns.toFHIR(r.body), changed: r.changed}
			}
			all = append(all, r.fhir)
		}
	}
	return append(all, raw.rows...)
}

// resource returns one resource, nil if there is none.
func (s *Server) resource(resourceType, id string) object {
	if body := in(s.raw, resourceType).get(id); body != nil {
		return body
	}
	if ns := s.model.byFHIR[resourceType]; ns != nil {
		if row := in(s.flat, ns.tag).get(id); row != nil {
			return ns.toFHIR(row)
		}
	}
	return nil
}

// related returns the resources of a type that refer to a patient.
func (s *Server) related(resourceType, patientID string, indexed bool) []object {
	var found []object
	for _, r := range s.resources(resourceType, indexed) {
		if refers(r.body, "Patient/"+patientID) {
			found = append(found, r.body)
		}
	}
	return found
}

// refers reports whether a resource contains a reference.
func refers(v any, to string) bool {
	switch v := v.(type) {
	case object:
		if v["reference"] == to {
			return true
		}
		for _, member := range v {
			if refers(member, to) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(element any) bool { return refers(element, to) })
	}
	return false
}

// bundle makes a searchset.
func (s *Server) bundle(total int, matches, included []object) object {
	entries := []object{}
	for i, resource := range slices.Concat(matches, included) {
		mode := "match"
		if i >= len(matches) {
			mode = "include"
		}
		entries = append(entries, object{
			"fullUrl":  s.URL + "/v1/fhir/" + str(resource, "resourceType") + "/" + str(resource, "id"),
			"resource": resource, "search": object{"mode": mode},
		})
	}
	return object{"resourceType": "Bundle", "type": "searchset", "total": total, "entry": entries}
}

// chart answers a read of a patient with _revinclude. It is a search of the index: a patient that the index does not know gives an
// empty bundle.
func (s *Server) chart(id string, includes []string) object {
	patients := s.resources("Patient", true)
	i := slices.IndexFunc(patients, func(r *record) bool { return r.id == id })
	if i < 0 {
		return s.bundle(0, nil, nil)
	}
	types := map[string]bool{}
	for _, include := range includes {
		name, _, _ := strings.Cut(include, ":")
		types[name] = true
	}
	var included []object
	for _, name := range slices.Sorted(maps.Keys(types)) {
		included = append(included, s.related(name, id, true)...)
	}
	return s.bundle(1, []object{patients[i].body}, included)
}

// handleFHIR handles the raw FHIR routes.
func (s *Server) handleFHIR() {
	s.handle("FHIR_Search", s.searchFHIR)
	s.handle("FHIR_Get", func(c *call) (any, error) { return s.namedResource(c) })
	s.handle("FHIR_Create", s.createResource)
	s.handle("FHIR_Replace", s.replaceResource)
	s.handle("FHIR_Patch", s.patchResource)
	s.handle("FHIR_Delete", s.deleteResource)
	s.handle("FHIR_Transaction", s.transact)
	s.handle("FHIR_GetVersion", s.getVersion)
	s.handle("FHIR_History", s.resourceHistory)
	s.handle("FHIR_TypeHistory", func(c *call) (any, error) {
		return s.historyBundle(c, c.Path["resourceType"], s.typeHistory(c.Path["resourceType"])), nil
	})
	s.handle("FHIR_TypeOperation", func(c *call) (any, error) { return s.runOperation(c, c.Path["id"]) })
	for _, id := range []string{"FHIR_InstanceOperation", "FHIR_InstanceOperationGet"} {
		s.handle(id, func(c *call) (any, error) {
			if _, err := s.namedResource(c); err != nil {
				return nil, err
			}
			return s.runOperation(c, c.Path["operation"])
		})
	}
}

// createResource stores a new resource.
func (s *Server) createResource(c *call) (any, error) {
	body, err := sentResource(c)
	if err != nil {
		return nil, err
	}
	return s.putResource(c.Path["resourceType"], s.newResourceID(c.Path["resourceType"]), body), nil
}

// patchResource applies a JSON Patch to a resource.
func (s *Server) patchResource(c *call) (any, error) {
	old, err := s.namedResource(c)
	if err == nil {
		err = s.unchanged(c)
	}
	if err != nil {
		return nil, err
	}
	var ops []patchOp
	if err := c.Decode(&ops); err != nil {
		return nil, fhirFailure(http.StatusUnprocessableEntity, "invalid", "the body is not a JSON Patch")
	}
	body, err := patched(old, ops)
	if err != nil {
		return nil, fhirFailure(http.StatusUnprocessableEntity, "processing", err.Error())
	}
	return s.putResource(c.Path["resourceType"], c.Path["id"], body), nil
}

// deleteResource deletes a resource.
func (s *Server) deleteResource(c *call) (any, error) {
	resourceType, id := c.Path["resourceType"], c.Path["id"]
	if _, err := s.namedResource(c); err != nil {
		return nil, err
	}
	if err := s.unchanged(c); err != nil {
		return nil, err
	}
	s.removeResource(resourceType, id)
	return nil, nil
}

// resourceHistory returns the versions of a resource.
func (s *Server) resourceHistory(c *call) (any, error) {
	name := c.Path["resourceType"] + "/" + c.Path["id"]
	all := s.history(name)
	if len(all) == 0 {
		return nil, fhirFailure(http.StatusNotFound, "not-found", "there is no such resource")
	}
	return s.historyBundle(c, name, all), nil
}

// namedResource finds the resource of the path.
func (s *Server) namedResource(c *call) (object, error) {
	if resource := s.resource(c.Path["resourceType"], c.Path["id"]); resource != nil {
		return resource, nil
	}
	return nil, fhirFailure(http.StatusNotFound, "not-found", "there is no such resource")
}

// sentResource returns the resource that was sent, which must be of the type of the path.
func sentResource(c *call) (object, error) {
	body := c.object()
	if body == nil || body["resourceType"] != c.Path["resourceType"] {
		return nil, fhirFailure(http.StatusUnprocessableEntity, "invalid", "resourceType: must be that of the address")
	}
	return body, nil
}

func (s *Server) newResourceID(resourceType string) string {
	if ns := s.model.byFHIR[resourceType]; ns != nil {
		return s.newID(ns.prefix)
	}
	return s.newID(strings.ToLower(resourceType))
}

// putResource stores a resource as its next version.
func (s *Server) putResource(resourceType, id string, body object) object {
	method := http.MethodPut
	if s.resource(resourceType, id) == nil {
		method = http.MethodPost
	}
	number := len(s.history(resourceType+"/"+id)) + 1
	meta, _ := body["meta"].(object)
	meta = maps.Clone(meta)
	if meta == nil {
		meta = object{}
	}
	meta["versionId"], meta["lastUpdated"], meta["tag"] = strconv.Itoa(number), timestamp(s.clock.Now()), tenant
	body = maps.Clone(body)
	body["resourceType"], body["id"], body["meta"] = resourceType, id, meta
	s.put(in(s.raw, resourceType), id, body)
	s.note(resourceType+"/"+id, version{body, method, s.clock.Now()})
	return body
}

// removeResource removes a resource, and the flat record that it stands for.
func (s *Server) removeResource(resourceType, id string) {
	s.note(resourceType+"/"+id, version{nil, http.MethodDelete, s.clock.Now()})
	s.remove(in(s.raw, resourceType), id)
	if ns := s.model.byFHIR[resourceType]; ns != nil {
		s.remove(in(s.flat, ns.tag), id)
	}
}

// replaceResource stores a resource under the id of the path, and says 201 if it is new.
func (s *Server) replaceResource(c *call) (any, error) {
	resourceType, id := c.Path["resourceType"], c.Path["id"]
	body, err := sentResource(c)
	if err != nil {
		return nil, err
	}
	if sent, ok := body["id"]; ok && sent != id {
		return nil, fhirFailure(http.StatusBadRequest, "invalid", "id: must be that of the address")
	}
	if err := s.unchanged(c); err != nil {
		return nil, err
	}
	isNew := s.resource(resourceType, id) == nil
	body = s.putResource(resourceType, id, body)
	if !isNew {
		return body, nil
	}
	return specserver.Reply{Status: http.StatusCreated, Header: http.Header{"Content-Type": {fhirJSON}}, Body: body}, nil
}

// searchFHIR answers a search of one type, paged by links.
func (s *Server) searchFHIR(c *call) (any, error) {
	resourceType := c.Path["resourceType"]
	var found []object
	for _, r := range s.resources(resourceType, true) {
		found = append(found, r.body)
	}
	for name, values := range c.Query {
		found = filtered(found, name, values[0])
	}
	page, next := cut(found, c.Query, "_count", "_cursor")
	answer := s.bundle(len(found), page, nil)
	answer["link"] = s.links(c, next)
	return answer, nil
}

// links lead from a page to itself and to the next one, if next is its cursor.
func (s *Server) links(c *call, next string) []object {
	at := func(q url.Values) string { return s.URL + c.RawPath + "?" + q.Encode() }
	links := []object{{"relation": "self", "url": at(c.Query)}}
	if next != "" {
		q := maps.Clone(c.Query)
		q.Set("_cursor", next)
		links = append(links, object{"relation": "next", "url": at(q)})
	}
	return links
}

// filtered keeps the resources that one search parameter requests. It knows _id, patient, subject, and plain fields by their name;
// others have no effect.
func filtered(resources []object, name, want string) []object {
	var keep func(object) bool
	switch {
	case name == "_id":
		keep = func(r object) bool { return r["id"] == want }
	case name == "patient" || name == "subject":
		want = "Patient/" + strings.TrimPrefix(want, "Patient/")
		keep = func(r object) bool { return refers(r, want) }
	default:
		plain := func(r object) bool {
			switch r[name].(type) {
			case nil, object, []any:
				return false
			}
			return true
		}
		if !slices.ContainsFunc(resources, plain) {
			return resources
		}
		keep = func(r object) bool { return plain(r) && fmt.Sprint(r[name]) == want }
	}
	var kept []object
	for _, r := range resources {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// runOperation answers $everything of one resource, and gives back what any other operation was sent.
func (s *Server) runOperation(c *call, name string) (any, error) {
	if !strings.HasPrefix(name, "$") {
		return nil, fhirFailure(http.StatusNotFound, "not-supported", "the name of an operation begins with $")
	}
	if resource := s.resource(c.Path["resourceType"], c.Path["id"]); name == "$everything" && resource != nil {
		return s.everything(c, resource), nil
	}
	parameters := []object{{"name": "operation", "valueString": name}}
	if body := c.object(); body != nil {
		parameters = append(parameters, object{"name": "input", "resource": body})
	}
	return object{"resourceType": "Parameters", "parameter": parameters}, nil
}

// everything returns a resource and all that refers to it, paged by links.
func (s *Server) everything(c *call, resource object) object {
	types := map[string]bool{}
	for name := range s.raw {
		types[name] = true
	}
	for name := range s.model.byFHIR {
		types[name] = true
	}
	to := str(resource, "resourceType") + "/" + str(resource, "id")
	all := []object{resource}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		for _, r := range s.resources(name, false) {
			if refers(r.body, to) {
				all = append(all, r.body)
			}
		}
	}
	page, next := cut(all, c.Query, "_count", "_cursor")
	answer := s.bundle(len(all), page, nil)
	answer["link"] = s.links(c, next)
	return answer
}
