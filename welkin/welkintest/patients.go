package welkintest

import (
	"reflect"
	"slices"
	"strings"
)

func (s *Server) handlePatients() {
	s.handle("Patients_Create", func(c *call) (any, error) {
		return s.patients.add(s.newPatient(c.object())), nil
	})
	s.handle("Patients_Get", func(c *call) (any, error) {
		key := map[string]string{"": "id", "EID": "externalId", "EGUID": "externalGuid", "MRN": "mrn"}[c.param("type")]
		return s.findPatient(key, c.Path["patientId"])
	})
	s.handle("Patients_Update", func(c *call) (any, error) {
		row, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		s.changePatient(row, c.object())
		return row, nil
	})
	s.handle("Patients_Delete", func(c *call) (any, error) {
		if !s.patients.remove(object{"id": c.Path["patientId"]}) {
			return nil, notFound("Patient")
		}
		return nil, nil
	})
	s.handle("Patients_List", func(c *call) (any, error) {
		return pageable(s.patients.where(func(row object) bool { return patientListed(row, c) }), c.Query), nil
	})
	s.handle("Patients_Search", func(c *call) (any, error) {
		filter := c.object()
		return pageable(s.patients.where(func(row object) bool {
			for name, want := range filter {
				if !reflect.DeepEqual(row[name], want) {
					return false
				}
			}
			return true
		}), c.Query), nil
	})
}

func patientListed(row object, c *call) bool {
	if want := c.param("email"); want != "" && !strings.EqualFold(str(row, "email"), want) {
		return false
	}
	if want := c.param("query"); want != "" && !contains(row, want, "email", "firstName", "lastName", "phone") {
		return false
	}
	for param, member := range map[string]string{"timezone": "timezone", "territories": "patientTerritories", "cadence": "cadence"} {
		if c.Query.Has(param) && !isOrHolds(row[member], c.param(param)) {
			return false
		}
	}
	return true
}

// isOrHolds reports whether a field is a string or a list with it. The empty string finds fields that are not set.
func isOrHolds(member any, want string) bool {
	switch member := member.(type) {
	case string:
		return member == want
	case []any:
		return want == "" && len(member) == 0 || slices.Contains(member, any(want))
	}
	return want == ""
}

// contains reports whether one of the fields contains a string, whatever the case.
func contains(row object, text string, members ...string) bool {
	for _, name := range members {
		if strings.Contains(strings.ToLower(str(row, name)), strings.ToLower(text)) {
			return true
		}
	}
	return false
}

func (s *Server) newPatient(fields object) object {
	row := s.blank("Patient")
	s.stamp(row, true)
	row["createdByName"] = s.clientName()
	s.changePatient(row, fields)
	return row
}

func (s *Server) changePatient(row, fields object) {
	id := row["id"]
	for name, value := range fields {
		row[name] = value
	}
	row["id"] = id
	s.stamp(row, false)
	row["updatedByName"] = s.clientName()
	appointContact(row)
}

// appointContact makes the first member of the care team the point of contact if none is.
func appointContact(row object) {
	team, _ := row["careTeam"].([]any)
	for _, member := range team {
		if member, ok := member.(object); ok && member["pointOfContact"] == true {
			return
		}
	}
	if len(team) > 0 {
		if first, ok := team[0].(object); ok {
			first["pointOfContact"] = true
		}
	}
}

// patient finds the patient that the path names.
func (s *Server) patient(c *call) (object, error) { return s.findPatient("id", c.Path["patientId"]) }

func (s *Server) findPatient(key, value string) (object, error) {
	if row := s.patients.find(object{key: value}); row != nil {
		return row, nil
	}
	return nil, notFound("Patient")
}
