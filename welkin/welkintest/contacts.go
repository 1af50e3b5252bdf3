package welkintest

import "maps"

func (s *Server) handleContacts() {
	s.handle("Contacts_Create", func(c *call) (any, error) {
		patient, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		row := merged(s.blank("Contact"), c.object())
		row["patientId"] = patient["id"]
		s.stampContact(row, true)
		s.onePrimary(row)
		return object{"data": s.contacts.add(row)}, nil
	})
	s.handle("Contacts_Get", func(c *call) (any, error) {
		row, err := s.contact(c)
		return object{"data": row}, err
	})
	s.handle("Contacts_Update", func(c *call) (any, error) {
		row, err := s.contact(c)
		if err != nil {
			return nil, err
		}
		maps.Copy(row, c.object())
		s.stampContact(row, false)
		s.onePrimary(row)
		return object{"data": row}, nil
	})
	s.handle("Contacts_List", func(c *call) (any, error) {
		if _, err := s.patient(c); err != nil {
			return nil, err
		}
		return metaInfo(s.contacts.where(func(row object) bool { return row["patientId"] == c.Path["patientId"] }), c.Query), nil
	})
}

func (s *Server) contact(c *call) (object, error) {
	row := s.contacts.find(object{"id": c.Path["contactId"], "patientId": c.Path["patientId"]})
	if row == nil {
		return nil, notFound("Contact")
	}
	return row, nil
}

// stampContact writes when a contact was made and changed. Who did it is not documented.
func (s *Server) stampContact(row object, isNew bool) {
	s.stamp(row, isNew)
	delete(row, "createdBy")
	delete(row, "updatedBy")
}

// onePrimary takes the mark of the primary contact from the patient's other contacts.
func (s *Server) onePrimary(primary object) {
	if primary["isPrimary"] != true {
		return
	}
	for _, row := range s.contacts.rows {
		if row["patientId"] == primary["patientId"] && row["id"] != primary["id"] {
			row["isPrimary"] = false
		}
	}
}
