package snapcaretest

import (
	"errors"
	"fmt"
	"time"
)

const (
	localLayout  = "2006-01-02T15:04:05"
	offsetLayout = "2006-01-02T15:04:05-07:00"
)

// timeZone is a row of the list of time zones.
type timeZone struct {
	id   int
	name string // as Windows calls it
	iana string
}

// timeZones are some zones under the names of Windows, which is what a .NET server has. The ids are this server's own.
var timeZones = []timeZone{
	{1, "UTC", "UTC"},
	{2, "Hawaiian Standard Time", "Pacific/Honolulu"},
	{3, "Alaskan Standard Time", "America/Anchorage"},
	{4, "Pacific Standard Time", "America/Los_Angeles"},
	{5, "US Mountain Standard Time", "America/Phoenix"},
	{6, "Mountain Standard Time", "America/Denver"},
	{7, "Central Standard Time", "America/Chicago"},
	{8, "Eastern Standard Time", "America/New_York"},
	{9, "Atlantic Standard Time", "America/Halifax"},
	{10, "GMT Standard Time", "Europe/London"},
	{11, "W. Europe Standard Time", "Europe/Berlin"},
	{12, "India Standard Time", "Asia/Kolkata"},
	{13, "AUS Eastern Standard Time", "Australia/Sydney"},
}

func (s *Server) handleZones() {
	s.handle("Utility_ListTimeZones", func(*call) (any, error) {
		var rows []any
		for _, zone := range timeZones {
			rows = append(rows, object{"id": zone.id, "name": zone.name})
		}
		return listEnvelope(rows...), nil
	})
}

// TimeZoneID returns the id that the server's list of time zones has for an IANA name, 0 for one that it does not have.
func (s *Server) TimeZoneID(iana string) int {
	for _, zone := range timeZones {
		if zone.iana == iana {
			return zone.id
		}
	}
	return 0
}

func location(id int) (*time.Location, error) {
	for _, zone := range timeZones {
		if zone.id == id {
			return time.LoadLocation(zone.iana)
		}
	}
	return nil, rejected(fmt.Sprintf("Time zone %d does not exist", id))
}

var errOffset = errors.New("has an offset; version 3 takes local times")

// readLocal reads a time without a zone as one of a location.
func (s *Server) readLocal(c *call, name, text string, zone *time.Location) (time.Time, error) {
	wall, err := time.Parse(localLayout, text)
	if err != nil {
		if _, withOffset := time.Parse(time.RFC3339Nano, text); withOffset == nil {
			s.problems = append(s.problems, fmt.Errorf("%s: %s %w", c.Operation.ID, name, errOffset))
		}
		return time.Time{}, rejected(name + " is not a local time")
	}
	var found time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if t.Format(localLayout) == wall.Format(localLayout) && (found.IsZero() || t.After(found)) {
			found = t
		}
	}
	if found.IsZero() {
		return found, rejected(name + " does not exist in the time zone")
	}
	return found, nil
}

// span is from when to when something lasts.
type span struct {
	start, end time.Time
	zoneID     int // of its zonedTime, 0 if it has none
}

// readSpan reads start and end of a body: a zonedTime wins. Without either it is fallback.
func (s *Server) readSpan(c *call, body object, fallback span, parse func(name, text string) (time.Time, error)) (span, error) {
	sp := fallback
	if zoned, ok := body["zonedTime"].(object); ok {
		id, _ := zoned["timeZoneId"].(float64)
		zone, err := location(int(id))
		if err != nil {
			return sp, err
		}
		sp.zoneID, body = int(id), zoned
		parse = func(name, text string) (time.Time, error) { return s.readLocal(c, "zonedTime."+name, text, zone) }
	} else if body["startTime"] != nil {
		sp.zoneID = 0
	}
	for _, part := range []struct {
		name string
		at   *time.Time
	}{{"startTime", &sp.start}, {"endTime", &sp.end}} {
		if text, ok := body[part.name].(string); ok {
			t, err := parse(part.name, text)
			if err != nil {
				return sp, err
			}
			*part.at = t
		}
	}
	switch {
	case sp.start.IsZero() || sp.end.IsZero():
		return sp, rejected("Start and end time are required")
	case !sp.end.After(sp.start):
		return sp, rejected("End time should be after start time")
	}
	return sp, nil
}

// show writes start, end and zonedTime into a response.
func (s *Server) show(row object, sp span) {
	row["startTime"], row["endTime"] = s.moment(sp.start), s.moment(sp.end)
	if zone, err := location(sp.zoneID); err == nil {
		row["zonedTime"] = object{"timeZoneId": sp.zoneID,
			"startTime": sp.start.In(zone).Format(offsetLayout), "endTime": sp.end.In(zone).Format(offsetLayout)}
	}
}

// moment writes a time with the offset of the user's zone.
func (s *Server) moment(t time.Time) string { return t.In(s.zone).Format(offsetLayout) }

// instant writes a time in UTC.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
