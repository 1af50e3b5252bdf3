package welkintest

import "slices"

func (s *Server) handleEncounters() {
	s.handle("Encounters_Create", func(c *call) (any, error) {
		patient, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		fields := merged(object{"status": "DRAFT"}, c.object())
		if err := s.makeAppointment(fields); err != nil {
			return nil, err
		}
		row := s.newRecord("EncounterBody", str(patient, "id"), "encounter", fields)
		s.showEvent(row)
		return s.encounters.add(row), nil
	})
	s.handle("Encounters_Get", func(c *call) (any, error) { return s.encounter(c) })
	s.handle("Encounters_GetFull", func(c *call) (any, error) {
		row, err := s.encounter(c)
		if err != nil {
			return nil, err
		}
		return s.fullEncounter(row), nil
	})
	s.handle("Encounters_Update", func(c *call) (any, error) {
		row, err := s.encounter(c)
		if err != nil {
			return nil, err
		}
		s.changeRecord(row, c.object())
		s.showEvent(row)
		return row, nil
	})
	s.handle("Encounters_Delete", func(c *call) (any, error) {
		row, err := s.encounter(c)
		if err != nil {
			return nil, err
		}
		s.encounters.remove(object{"id": row["id"]})
		return nil, nil
	})
	for _, id := range []string{"Encounters_List", "Encounters_ListByUser", "Encounters_ListInInstance"} {
		s.handle(id, func(c *call) (any, error) {
			rows, err := s.encountersOf(c)
			return metaInfo(rows, c.Query), err
		})
	}
	for _, id := range []string{"Encounters_ListFull", "Encounters_ListFullByUser", "Encounters_ListFullInInstance"} {
		s.handle(id, func(c *call) (any, error) {
			rows, err := s.encountersOf(c)
			list := metaInfo(rows, c.Query)
			full := []object{}
			for _, row := range list["data"].([]object) {
				full = append(full, s.fullEncounter(row))
			}
			list["data"] = full
			return list, err
		})
	}
}

func (s *Server) encounter(c *call) (object, error) {
	row := s.encounters.find(object{"id": c.Path["encounterId"], "patientId": c.Path["patientId"]})
	if row == nil {
		return nil, notFound("Encounter")
	}
	return row, nil
}

// encountersOf returns the encounters of the patient or the user that the path names, if it names one.
func (s *Server) encountersOf(c *call) ([]object, error) {
	patientID, ofPatient := c.Path["patientId"]
	userID, ofUser := c.Path["userId"]
	if ofPatient {
		if _, err := s.patient(c); err != nil {
			return nil, err
		}
	}
	statuses := c.list("statuses")
	return s.encounters.where(func(row object) bool {
		status, _ := field(row, "status").(string)
		event := s.eventOf(row)
		return (!ofPatient || row["patientId"] == patientID) &&
			(!ofUser || field(row, "activeUserId") == userID || event != nil && event["hostId"] == userID) &&
			(statuses == nil || slices.Contains(statuses, status)) &&
			(c.param("onlyWithCalendarEvent") != "true" || event != nil)
	}), nil
}

// makeAppointment creates the calendar event that comes with a new encounter, and puts its id among the encounter's fields.
func (s *Server) makeAppointment(fields object) error {
	wanted, ok := fields["currentScheduledAppointment"].(object)
	delete(fields, "currentScheduledAppointment")
	if !ok {
		return nil
	}
	event, err := s.makeEvent(nil, wanted)
	if err != nil {
		return err
	}
	fields["calendarEventId"] = s.events.add(event)["id"]
	return nil
}

// showEvent puts the linked calendar event into the body of an encounter, as live responses have it.
func (s *Server) showEvent(row object) {
	body := row["jsonBody"].(object)
	for _, name := range []string{
		"calendarEvent", "currentScheduledAppointment", "calendarEventStartDatetime", "localCalendarEventStartDatetime",
	} {
		body[name] = nil
	}
	if event := s.eventOf(row); event != nil {
		body["calendarEvent"], body["currentScheduledAppointment"] = event, event
		body["calendarEventStartDatetime"], body["localCalendarEventStartDatetime"] = event["startDateTime"], event["localStartDateTime"]
	}
}

// eventOf returns the calendar event that an encounter is linked to, nil if there is none.
func (s *Server) eventOf(encounter object) object {
	id, _ := field(encounter, "calendarEventId").(string)
	return s.events.find(id)
}

func (s *Server) fullEncounter(row object) object {
	full := object{
		"encounter": row, "disposition": nil, "calendarEvent": nil, "userRelatedToCalendarEvent": nil,
		"assessmentLinks": []object{}, "comments": []object{},
	}
	if event := s.eventOf(row); event != nil {
		full["calendarEvent"] = event
		if user := s.users.find(object{"id": event["hostId"]}); user != nil {
			full["userRelatedToCalendarEvent"] = user
		}
	}
	return full
}
