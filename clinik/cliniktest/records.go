package cliniktest

import (
	"fmt"
	"maps"
	"strings"
)

// handleRecords handles the operations on flat records, the same for all kinds.
func (s *Server) handleRecords() {
	for tag, ns := range s.model.namespaces {
		records := in(s.flat, tag)
		s.handle(tag+"_Create", func(c *call) (any, error) {
			return s.shape(c, ns, s.create(ns, c.object())), nil
		})
		s.handle(tag+"_Get", func(c *call) (any, error) {
			if tag == "Patients" && c.Query.Has("_revinclude") {
				return s.chart(c.Path["id"], c.Query["_revinclude"]), nil
			}
			row := records.get(c.Path["id"])
			if row == nil {
				return nil, notFound(ns.fhir)
			}
			return s.shape(c, ns, row), nil
		})
		if s.model.spec.Operation(tag+"_Update") != nil {
			s.handle(tag+"_Update", func(c *call) (any, error) {
				row := records.get(c.Path["id"])
				if row == nil {
					return nil, notFound(ns.fhir)
				}
				row = ns.merged(row, c.object())
				s.put(records, c.Path["id"], row)
				return s.shape(c, ns, row), nil
			})
		}
		s.handle(tag+"_Delete", func(c *call) (any, error) {
			if records.get(c.Path["id"]) == nil {
				return nil, notFound(ns.fhir)
			}
			s.remove(records, c.Path["id"])
			return nil, nil
		})
		s.handle(tag+"_Search", func(c *call) (any, error) { return s.search(c, ns), nil })
	}
}

// shape returns a record as the operation is set to answer.
func (s *Server) shape(c *call, ns *namespace, row object) object {
	if s.fhirShape[c.Operation.ID] {
		return ns.toFHIR(row)
	}
	return row
}

// create stores a new record.
func (s *Server) create(ns *namespace, fields object) object {
	row := object{}
	for name, value := range ns.defaults {
		if value == now {
			value = timestamp(s.clock.Now())
		}
		row[name] = value
	}
	row["id"] = s.newID(ns.prefix)
	row = ns.merged(row, fields)
	s.put(in(s.flat, ns.tag), str(row, "id"), row)
	return row
}

// merged returns a record with changes to it. null clears a field.
func (ns *namespace) merged(row, changes object) object {
	next := maps.Clone(row)
	for name, value := range changes {
		if value == nil {
			delete(next, name)
		} else {
			next[name] = value
		}
	}
	next["id"] = row["id"]
	if ns.tag == "Patients" {
		next["fullName"] = strings.TrimSpace(str(next, "firstName") + " " + str(next, "lastName"))
	}
	return next
}

// AddPatients adds n patients, named "Patient 0001" and so on, and returns their ids. Searches find them at once.
func (s *Server) AddPatients(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ns, patients := s.model.namespaces["Patients"], in(s.flat, "Patients")
	ids := make([]string, n)
	for i := range ids {
		id := s.newID(ns.prefix)
		number := fmt.Sprintf("%04d", s.ids[ns.prefix])
		r := &record{id: id, changed: s.clock.Now(), body: ns.merged(object{"id": id}, object{
			"firstName": "Patient", "lastName": number, "email": "patient." + number + "@example.com", "phone": "+1555555" + number,
			"birthDate": "1980-01-01", "active": true,
		})}
		patients.stored.put(r)
		patients.indexed.put(r)
		ids[i] = id
	}
	return ids
}
