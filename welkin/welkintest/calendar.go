package welkintest

import (
	"maps"
	"slices"
	"time"
)

// span is a stretch of time.
type span struct{ start, end time.Time }

func (s span) overlaps(other span) bool { return s.end.After(other.start) && s.start.Before(other.end) }

// spanOf returns the time of a record with a start and an end.
func spanOf(row object) span { return span{timeOf(row, "startDateTime"), timeOf(row, "endDateTime")} }

// span returns the range of a call: its parameters from and to.
func (c *call) span() span { return span{c.moment("from", time.Time{}), c.moment("to", endOfTime)} }

// calendar contains the events in the order in which they came. It knows their times, so that a page of a list costs no
// reading of the times of all events. Times and external ids change by replace alone.
type calendar struct {
	entries []*entry
	byID    map[string]*entry
}

type entry struct {
	span
	event object
}

func (c *calendar) add(event object) object {
	e := &entry{spanOf(event), event}
	if c.byID == nil {
		c.byID = map[string]*entry{}
	}
	c.entries, c.byID[str(event, "id")] = append(c.entries, e), e
	return event
}

// replace gives an event, which keeps its id, other fields.
func (c *calendar) replace(event, fields object) object {
	clear(event)
	maps.Copy(event, fields)
	c.byID[str(event, "id")].span = spanOf(event)
	return event
}

// find returns the event with an id, nil if there is none.
func (c *calendar) find(id string) object {
	if e := c.byID[id]; e != nil {
		return e.event
	}
	return nil
}

// findExternal returns the first event with an id of another system, nil if there is none.
func (c *calendar) findExternal(id string) object {
	i := slices.IndexFunc(c.entries, func(e *entry) bool { return e.event["externalId"] == id })
	if i < 0 {
		return nil
	}
	return c.entries[i].event
}

// within returns the events that fall into a range and that keep lets through.
func (c *calendar) within(in span, keep func(event object) bool) []object {
	events := []object{}
	for _, e := range c.entries {
		if e.overlaps(in) && keep(e.event) {
			events = append(events, e.event)
		}
	}
	return events
}
