package welkintest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/internal/specserver"
)

const cancelled = "CANCELLED"

func (s *Server) handleEvents() {
	s.handle("CalendarEvents_Create", func(c *call) (any, error) {
		event, err := s.makeEvent(nil, c.object())
		if err != nil {
			return nil, err
		}
		return s.events.add(event), nil
	})
	s.handle("CalendarEvents_Get", func(c *call) (any, error) {
		if c.param("type") == "EXTERNAL_ID" {
			return s.event("externalId", c.Path["eventId"])
		}
		return s.event("id", c.Path["eventId"])
	})
	s.handle("CalendarEvents_Replace", func(c *call) (any, error) { return s.changeEvent(c, nil) })
	s.handle("CalendarEvents_Update", func(c *call) (any, error) {
		before, err := s.event("id", c.Path["eventId"])
		if err != nil {
			return nil, err
		}
		return s.changeEvent(c, before)
	})
	s.handle("CalendarEvents_Delete", func(c *call) (any, error) {
		event, err := s.event("id", c.Path["eventId"])
		if err != nil {
			return nil, err
		}
		if !timeOf(event, "startDateTime").After(s.clock.Now()) {
			return nil, badRequest("CALENDAR", "EVENT_NOT_IN_FUTURE", "only future events can be deleted")
		}
		event["eventStatus"] = cancelled
		s.stamp(event, false)
		return specserver.Reply{Status: http.StatusNoContent}, nil // as live, whatever the documents say
	})
	s.handle("CalendarEvents_UpdateInvitation", s.answerInvitation)
	s.handle("CalendarEvents_List", func(c *call) (any, error) {
		return pageable(s.eventsBetween(c, eventFilter{
			participants: c.list("participantIds"), kind: c.param("eventType"), cancelledToo: c.param("includeCancelled") == "true",
		}), c.Query), nil
	})
	s.handle("CalendarEvents_GetSummary", s.summarise)
}

func (s *Server) event(key, value string) (object, error) {
	find := s.events.find
	if key == "externalId" {
		find = s.events.findExternal
	}
	if event := find(value); event != nil {
		return event, nil
	}
	return nil, notFound("Calendar event")
}

// changeEvent replaces the event of the path by the body, merged with the previous event if that is to be kept.
func (s *Server) changeEvent(c *call, keep object) (any, error) {
	event, err := s.event("id", c.Path["eventId"])
	if err != nil {
		return nil, err
	}
	next, err := s.makeEvent(event, merged(keep, c.object()))
	if err != nil {
		return nil, err
	}
	return s.events.replace(event, next), nil
}

// makeEvent checks an event and works out what Welkin adds to it. before is the event as it was, nil for a new one.
func (s *Server) makeEvent(before, fields object) (object, error) {
	event := s.blank("CalendarEvent")
	event["eventStatus"], event["allDayEvent"], event["additionalInfo"] = "SCHEDULED", false, object{}
	maps.Copy(event, fields)
	start, end := timeOf(event, "startDateTime"), timeOf(event, "endDateTime")
	if end.Before(start) {
		return nil, badRequest("CALENDAR", "INVALID_EVENT_TIME", "the event ends before it starts")
	}
	if takesPart(event, str(event, "hostId")) == nil {
		return nil, badRequest("CALENDAR", "HOST_NOT_IN_PARTICIPANTS", "the host must be among the participants")
	}
	if external := str(event, "externalId"); external != str(before, "externalId") {
		if external != "" && s.events.findExternal(external) != nil {
			return nil, badRequest("CALENDAR", "EXTERNAL_ID_TAKEN", "another event has this external id")
		}
		event["externalIdUpdatedAt"] = timestamp(s.clock.Now())
	}
	s.stamp(event, before == nil)
	if by := str(fields, "createdBy"); before == nil && by != "" {
		event["createdBy"] = by
	} else if before != nil {
		event["id"], event["createdAt"], event["createdBy"] = before["id"], before["createdAt"], before["createdBy"]
	}
	setTimes(event)
	event["duration"] = int(end.Sub(start).Seconds())
	for _, p := range participants(event) {
		// Whoever took part before keeps the answer to the invitation.
		kept := merged(object{"participationStatus": "", "attended": false}, takesPart(before, str(p, "participantId")))
		if kept["id"] == nil {
			kept["id"] = s.newID()
		}
		maps.Copy(p, merged(kept, p))
	}
	return event, nil
}

// setTimes writes start and end as Welkin does: in UTC, and with an offset.
func setTimes(row object) {
	for name, local := range map[string]string{"startDateTime": "localStartDateTime", "endDateTime": "localEndDateTime"} {
		at := timeOf(row, name)
		row[name], row[local] = timestamp(at), at.UTC().Format("2006-01-02T15:04:05.000-07:00")
	}
}

func participants(event object) []object {
	list, _ := event["participants"].([]any)
	var found []object
	for _, p := range list {
		if p, ok := p.(object); ok {
			found = append(found, p)
		}
	}
	return found
}

// takesPart returns the participation of a person in an event, nil if there is none.
func takesPart(event object, id string) object {
	for _, p := range participants(event) {
		if p["participantId"] == id {
			return p
		}
	}
	return nil
}

func (s *Server) answerInvitation(c *call) (any, error) {
	event, err := s.event("id", c.Path["eventId"])
	if err != nil {
		return nil, err
	}
	body := c.object()
	p := takesPart(event, str(body, "participantId"))
	if p == nil {
		return nil, badRequest("CALENDAR", "NOT_A_PARTICIPANT", "this person does not take part in the event")
	}
	p["participationStatus"] = body["participationStatus"]
	s.stamp(event, false)
	return nil, nil
}

// eventFilter says which events are meant.
type eventFilter struct {
	participants []string // one of them takes part; empty for all events
	kind         string   // "" for all
	cancelledToo bool
}

// eventsBetween returns the events that fall into the range of a call.
func (s *Server) eventsBetween(c *call, f eventFilter) []object {
	return s.events.within(c.span(), func(event object) bool {
		return (f.cancelledToo || str(event, "eventStatus") != cancelled) &&
			(f.kind == "" || str(event, "eventType") == f.kind) &&
			(len(f.participants) == 0 ||
				slices.ContainsFunc(f.participants, func(id string) bool { return takesPart(event, id) != nil }))
	})
}

// summarise counts the events of users and sets them against their work hours.
func (s *Server) summarise(c *call) (any, error) {
	span := c.span()
	items := []object{}
	for _, id := range s.psmIDs(c) {
		var created, occurred, future int
		var busy, working time.Duration
		statuses := map[string]int{}
		for _, event := range s.eventsBetween(c, eventFilter{participants: []string{id}, cancelledToo: true}) {
			created++
			statuses[str(event, "eventStatus")]++
			if str(event, "eventStatus") == cancelled {
				continue
			}
			busy += timeOf(event, "endDateTime").Sub(timeOf(event, "startDateTime"))
			if timeOf(event, "endDateTime").After(s.clock.Now()) {
				future++
			} else {
				occurred++
			}
		}
		for _, row := range s.workHoursOf(c, id) {
			working += workingTime(row, span.start, span.end)
		}
		occupancy := 0.0
		if working > 0 {
			occupancy = 100 * float64(busy) / float64(working)
		}
		items = append(items, object{
			"psmId": id, "totalCreatedEvents": created, "totalOccurredEvents": occurred, "totalFutureEvents": future,
			"eventStatusCount":  statuses,
			"totalWorkingHours": fmt.Sprintf("%.1f hours", working.Hours()),
			"totalEventHours":   fmt.Sprintf("%.1f hours", busy.Hours()),
			"occupancy":         fmt.Sprintf("%.1f%%", occupancy),
		})
	}
	return object{"startDateTime": timestamp(span.start), "endDateTime": timestamp(span.end), "summary": items}, nil
}
