package cliniktest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// version is one of a resource of the raw routes. A deletion has no body.
type version struct {
	body   object
	method string
	at     time.Time
}

// history returns the versions of a resource, the oldest first. A flat record that was never written here has one.
func (s *Server) history(name string) []version {
	resourceType, id, _ := strings.Cut(name, "/")
	all := s.versions[name]
	if len(all) == 0 {
		if body := s.resource(resourceType, id); body != nil {
			all = []version{{body, http.MethodPost, s.clock.Now()}}
		}
	}
	return all
}

// note adds a version to the history of a resource, behind the flat record that it stands for.
func (s *Server) note(name string, v version) {
	resourceType, id, _ := strings.Cut(name, "/")
	before := s.versions[name]
	if ns := s.model.byFHIR[resourceType]; ns != nil && len(before) == 0 {
		if row := in(s.flat, ns.tag).get(id); row != nil {
			before = []version{{ns.toFHIR(row), http.MethodPost, v.at}}
		}
	}
	s.versions[name] = append(before, v)
}

// typeHistory returns the versions of all resources of a type.
func (s *Server) typeHistory(resourceType string) []version {
	var all []version
	known := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.versions)) {
		if strings.HasPrefix(name, resourceType+"/") {
			known[name] = true
			all = append(all, s.versions[name]...)
		}
	}
	for _, r := range s.resources(resourceType, false) {
		if name := resourceType + "/" + str(r.body, "id"); !known[name] {
			all = append(all, version{r.body, http.MethodPost, r.changed})
		}
	}
	slices.SortStableFunc(all, func(a, b version) int { return a.at.Compare(b.at) })
	return all
}

// historyBundle is a page of versions, the newest first.
func (s *Server) historyBundle(c *call, name string, all []version) object {
	all = slices.Clone(all)
	slices.Reverse(all)
	page, next := cut(all, c.Query, "_count", "_cursor")
	entries := []object{}
	for _, v := range page {
		entry := object{
			"request":  object{"method": v.method, "url": name},
			"response": object{"status": "200", "lastModified": timestamp(v.at)},
		}
		if v.body != nil {
			entry["resource"] = v.body
			entry["fullUrl"] = s.URL + "/v1/fhir/" + str(v.body, "resourceType") + "/" + str(v.body, "id")
		}
		entries = append(entries, entry)
	}
	return object{
		"resourceType": "Bundle", "type": "history", "total": len(all), "link": s.links(c, next), "entry": entries,
	}
}

func (s *Server) getVersion(c *call) (any, error) {
	all := s.history(c.Path["resourceType"] + "/" + c.Path["id"])
	n, err := strconv.Atoi(c.Path["versionId"])
	switch {
	case err != nil || n < 1 || n > len(all):
		return nil, fhirFailure(http.StatusNotFound, "not-found", "there is no such version")
	case all[n-1].body == nil:
		return nil, fhirFailure(http.StatusGone, "deleted", "the version is a deletion")
	}
	return all[n-1].body, nil
}

// unchanged refuses a write that depends on another version than the one that is stored.
func (s *Server) unchanged(c *call) error {
	want := c.Header.Get("If-Match")
	if want == "" {
		return nil
	}
	number := len(s.history(c.Path["resourceType"] + "/" + c.Path["id"]))
	if want != `W/"`+strconv.Itoa(number)+`"` {
		return fhirFailure(http.StatusPreconditionFailed, "conflict", "the resource has another version")
	}
	return nil
}
