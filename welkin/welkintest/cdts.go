package welkintest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func (s *Server) handleCDTs() {
	s.handle("CDTs_Create", func(c *call) (any, error) {
		patient, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		return s.cdts.add(s.newRecord("CDTBody", str(patient, "id"), c.Path["cdtName"], c.object())), nil
	})
	s.handle("CDTs_Get", func(c *call) (any, error) { return s.cdt(c, c.Path["cdtRecordId"]) })
	s.handle("CDTs_Update", func(c *call) (any, error) {
		row, err := s.cdt(c, c.Path["cdtRecordId"])
		if err != nil {
			return nil, err
		}
		s.changeRecord(row, c.object())
		return row, nil
	})
	s.handle("CDTs_Delete", func(c *call) (any, error) {
		row, err := s.cdt(c, c.Path["cdtRecordId"])
		if err != nil {
			return nil, err
		}
		s.cdts.remove(object{"id": row["id"]})
		return nil, nil
	})
	s.handle("CDTs_List", s.listCDTs)
	s.handle("CDTs_BulkUpdate", s.bulkUpdateCDTs)
}

// cdt finds a record of the patient and the type that the path names.
func (s *Server) cdt(c *call, id string) (object, error) {
	row := s.cdts.find(object{"id": id, "patientId": c.Path["patientId"], "cdtName": c.Path["cdtName"]})
	if row == nil {
		return nil, notFound("CDT record")
	}
	return row, nil
}

func (s *Server) listCDTs(c *call) (any, error) {
	if _, err := s.patient(c); err != nil {
		return nil, err
	}
	name, values, isFilter := strings.Cut(c.param("filters"), "=")
	if name != "" && !isFilter {
		return nil, badRequest("CDT", "INVALID_FILTER", "filters must look like name=v1,v2")
	}
	from, to := c.moment("dateStart", time.Time{}), c.moment("dateEnd", endOfTime)
	of := object{"patientId": c.Path["patientId"], "cdtName": c.Path["cdtName"]}
	rows := s.cdts.where(func(row object) bool {
		created := parseTime(fmt.Sprint(field(row, "created_at")))
		return has(row, of) && !created.Before(from) && !created.After(to) &&
			(!isFilter || slices.Contains(strings.Split(values, ","), fmt.Sprint(field(row, name))))
	})
	if fields := c.list("fields"); fields != nil {
		for i, row := range rows {
			rows[i] = merged(row, object{"jsonBody": onlyFields(row["jsonBody"].(object), fields)})
		}
	}
	return object{"name": c.Path["cdtName"], "data": pageable(rows, c.Query)}, nil
}

// onlyFields keeps the system's fields and those that were requested.
func onlyFields(body object, fields []string) object {
	body = maps.Clone(body)
	maps.DeleteFunc(body, func(name string, _ any) bool {
		return !slices.Contains(fields, name) && !slices.Contains(systemFields, name)
	})
	return body
}

func (s *Server) bulkUpdateCDTs(c *call) (any, error) {
	var request struct {
		Rows []struct {
			ID       string
			JSONBody object
		}
	}
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	results := []object{}
	for _, change := range request.Rows {
		result := object{"id": change.ID, "jsonBody": change.JSONBody, "result": object{"status": "OK", "content": nil}}
		if row, err := s.cdt(c, change.ID); err != nil {
			result["result"] = object{"status": "NOT_FOUND", "content": object{"message": err.Error()}}
		} else {
			s.changeRecord(row, change.JSONBody)
			result["jsonBody"] = row["jsonBody"]
		}
		results = append(results, result)
	}
	return object{"rows": results}, nil
}

// endOfTime stands for a range without an end.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
