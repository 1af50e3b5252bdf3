package welkintest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// object is a JSON object. Records are kept in the form in which they are sent.
type object = map[string]any

// table holds the records of one kind in the order in which they came.
type table struct{ rows []object }

func (t *table) add(row object) object {
	t.rows = append(t.rows, row)
	return row
}

// find returns the first row that has all the given members, nil if there is none.
func (t *table) find(members object) object {
	for _, row := range t.rows {
		if has(row, members) {
			return row
		}
	}
	return nil
}

// where returns the rows that keep lets through.
func (t *table) where(keep func(object) bool) []object {
	rows := []object{}
	for _, row := range t.rows {
		if keep(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// remove takes out the first row that has all the given members, and reports whether there was one.
func (t *table) remove(members object) bool {
	i := slices.IndexFunc(t.rows, func(row object) bool { return has(row, members) })
	if i >= 0 {
		t.rows = slices.Delete(t.rows, i, i+1)
	}
	return i >= 0
}

// has reports whether a row has all the given members, which are texts.
func has(row, members object) bool {
	for name, want := range members {
		if row[name] != want {
			return false
		}
	}
	return true
}

// field gives a member of a record, or of the body of a record that has one.
func field(row object, name string) any {
	if value, ok := row[name]; ok {
		return value
	}
	body, _ := row["jsonBody"].(object)
	return body[name]
}

func str(row object, name string) string {
	text, _ := row[name].(string)
	return text
}

// newID gives the next id: the same in every run, and different from any other of this server.
func (s *Server) newID() string {
	s.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.ids)
}

// blank gives a record of a schema as live answers carry it: fields that are not set are null, lists that may not be are empty.
func (s *Server) blank(schema string) object {
	row := object{}
	for name, property := range s.core.Spec.Doc.Components.Schemas[schema].Value.Properties {
		row[name] = nil
		if p := property.Value; p.Type.Is(openapi3.TypeArray) && !p.Nullable {
			row[name] = []any{}
		}
	}
	return row
}

// stamp writes who made a record, when it is new, and who changed it last.
func (s *Server) stamp(row object, isNew bool) {
	now := timestamp(s.clock.Now())
	if isNew {
		row["id"], row["createdAt"], row["createdBy"] = s.newID(), now, s.clientID
	}
	row["updatedAt"], row["updatedBy"] = now, s.clientID
}

func (s *Server) clientName() string { return "API_CLIENT:" + s.credentials.ClientName }

// systemFields are the members of a jsonBody that callers cannot set.
var systemFields = []string{"id", "created_at", "created_by", "created_by_name", "updated_at", "updated_by", "updated_by_name",
	"source_type", "source_name", "source_id"}

// newRecord gives a record with a jsonBody, the form of CDT records and of all that Welkin builds on them.
func (s *Server) newRecord(bodySchema, patientID, cdtName string, fields object) object {
	id := s.newID()
	body := s.blank(bodySchema)
	now := timestamp(s.clock.Now())
	body["id"], body["created_at"], body["created_by"], body["created_by_name"] = id, now, s.clientID, s.clientName()
	row := object{"id": id, "patientId": patientID, "cdtId": cdtID(cdtName), "cdtName": cdtName, "version": 0, "jsonBody": body}
	s.changeRecord(row, fields)
	return row
}

// changeRecord sets fields of a record with a jsonBody.
func (s *Server) changeRecord(row, fields object) {
	body := row["jsonBody"].(object)
	for name, value := range fields {
		if !slices.Contains(systemFields, name) {
			body[name] = value
		}
	}
	row["version"] = row["version"].(int) + 1
	body["updated_at"], body["updated_by"], body["updated_by_name"] = timestamp(s.clock.Now()), s.clientID, s.clientName()
}

// cdtID gives the id of a custom data type, which depends on its name alone.
func cdtID(name string) string {
	var sum uint64 = 14695981039346656037 // FNV-1a
	for i := range len(name) {
		sum = (sum ^ uint64(name[i])) * 1099511628211
	}
	return fmt.Sprintf("00000000-0000-4000-9000-%012x", sum>>16)
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// parseTime reads a time that the check has found to be one.
func parseTime(text string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, text)
	return t
}

// timeOf gives a member that holds a time.
func timeOf(row object, name string) time.Time { return parseTime(str(row, name)) }

// merged gives a record with changes to it.
func merged(row, changes object) object {
	next := object{}
	maps.Copy(next, row)
	maps.Copy(next, changes)
	return next
}
