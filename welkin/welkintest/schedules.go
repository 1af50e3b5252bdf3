package welkintest

import "slices"

func (s *Server) handleSchedules() {
	all := func(c *call) (any, error) { return s.schedules(c, false), nil }
	s.handle("Schedules_List", all)
	s.handle("Schedules_ListFull", all)
	s.handle("Schedules_ListAvailable", func(c *call) (any, error) { return s.schedules(c, true), nil })
}

// schedules puts the work hours and the events of users side by side. Available are users who work in the range.
func (s *Server) schedules(c *call, available bool) []object {
	list := []object{}
	for _, id := range s.psmIDs(c) {
		hours := s.workHoursOf(c, id)
		if available && len(hours) == 0 {
			continue
		}
		details := []object{}
		for _, group := range groupedWorkHours(hours) {
			details = append(details, group["details"].([]object)...)
		}
		events := []object{}
		for _, event := range s.eventsBetween(c, eventFilter{
			participants: []string{id}, cancelledToo: c.param("includeCancelled") == "true",
		}) {
			entry := object{"eventId": event["id"]}
			for _, name := range []string{"id", "eventTitle", "eventType", "eventColor", "allDayEvent",
				"startDateTime", "localStartDateTime", "endDateTime", "localEndDateTime"} {
				entry[name] = event[name]
			}
			events = append(events, entry)
		}
		list = append(list, object{"psmId": id, "workHours": details, "events": events})
	}
	return list
}

// psmIDs returns the users that a call requests; without a word from it, all who have work hours or host events.
func (s *Server) psmIDs(c *call) []string {
	ids := c.list("psmIds")
	if ids != nil {
		return ids
	}
	add := func(id string) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, row := range s.workHours.rows {
		add(str(row, "psmId"))
	}
	for _, e := range s.events.entries {
		add(str(e.event, "hostId"))
	}
	return ids
}
