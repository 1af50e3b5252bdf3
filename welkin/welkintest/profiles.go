package welkintest

// handleProfiles plays profile records: as those of custom data types, one of each type and patient.
func (s *Server) handleProfiles() {
	s.handle("PDTs_Create", func(c *call) (any, error) {
		patient, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		name := c.Path["pdtName"]
		if s.profiles.find(object{"patientId": patient["id"], "cdtName": name}) != nil {
			return nil, badRequest("PDT", "PDT_RECORD_EXISTS", "the patient has a record of this type")
		}
		return object{"data": s.profiles.add(s.newRecord("CDTBody", str(patient, "id"), name, c.object()))}, nil
	})
	s.handle("PDTs_Get", func(c *call) (any, error) {
		row, err := s.profile(c)
		return object{"data": row}, err
	})
	s.handle("PDTs_Update", func(c *call) (any, error) {
		row, err := s.profile(c)
		if err != nil {
			return nil, err
		}
		s.changeRecord(row, c.object())
		return object{"data": row}, nil
	})
	s.handle("PDTs_Delete", func(c *call) (any, error) {
		row, err := s.profile(c)
		if err != nil {
			return nil, err
		}
		s.profiles.remove(object{"id": row["id"]})
		return nil, nil
	})
	s.handle("PDTs_List", func(c *call) (any, error) {
		if _, err := s.patient(c); err != nil {
			return nil, err
		}
		of := object{"patientId": c.Path["patientId"], "cdtName": c.Path["pdtName"]}
		return object{"data": s.profiles.where(func(row object) bool { return has(row, of) })}, nil
	})
	s.handle("PDTs_ListPatients", func(c *call) (any, error) {
		rows := []object{}
		for _, row := range s.profiles.where(func(row object) bool { return row["cdtName"] == c.Path["pdtName"] }) {
			found := object{"id": row["patientId"], "patientId": row["patientId"], "recordId": row["id"]}
			if patient := s.patients.find(object{"id": row["patientId"]}); patient != nil {
				found["firstName"], found["lastName"] = patient["firstName"], patient["lastName"]
			}
			rows = append(rows, found)
		}
		return metaInfo(rows, c.Query), nil
	})
}

// profile finds a profile record of the patient and the type that the path names.
func (s *Server) profile(c *call) (object, error) {
	row := s.profiles.find(object{"id": c.Path["recordId"], "patientId": c.Path["patientId"], "cdtName": c.Path["pdtName"]})
	if row == nil {
		return nil, notFound("PDT record")
	}
	return row, nil
}
