package snapcare

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// LocalTime is a wall-clock time that travels without a zone, as 2006-01-02T15:04:05. Version 3 of the API reads such
// times in the zone of the current user, and those in ZonedTimeInput in the zone that it names. A LocalTime therefore
// only comes with its location: [NewLocalTime] converts an instant to it, and [ParseLocalTime] parses a string in it.
//
// A LocalTime that was decoded from JSON has no location, and a call with one returns an error and sends no request;
// say which zone was meant with [LocalTime.In]. The zero value means that no time is given.
//
// When clocks are set back an hour occurs twice, and each of its local times means two instants. The format cannot distinguish
// them. Such a time is sent, and .NET, which the vendor uses, reads it as the later one. [LocalTime.Ambiguous] finds it. The
// earlier one is booked by [NewZonedTime] in a zone whose clocks are not set back at that time, such as UTC.
//
// Locations come from [time.LoadLocation], which needs the time-zone database of the system or an import of time/tzdata.
// [time.Local] is the zone of the machine that the program runs on, which is seldom that of the user.
type LocalTime struct {
	at   time.Time      // the instant, in loc; only the wall clock of it counts while loc is nil
	loc  *time.Location // nil: not known
	text string         // what was read from JSON and could not be understood
	zone *int           // the vendor's id of loc, for a time of NewZonedTime
}

const (
	firstYear = 2 // so that no zone makes it the zero time
	lastYear  = 9999

	localLayout = "2006-01-02T15:04:05"
	localRule   = "must be a time without a zone, such as 2006-01-02T15:04:05"
	zoneRule    = "must come with the time zone of the hospital or user: make it with NewLocalTime or ParseLocalTime"
)

// NewLocalTime returns what clocks in loc show at t, whichever location t itself is in. Fractions of a second are dropped:
// the vendor's form has none. A call with a LocalTime of a nil location returns an error and sends no request.
func NewLocalTime(t time.Time, loc *time.Location) *LocalTime {
	if loc == nil {
		return &LocalTime{at: asWall(t)}
	}
	return &LocalTime{at: t.Truncate(time.Second).In(loc), loc: loc}
}

// ParseLocalTime reads what clocks in loc show, such as 2006-01-02T15:04:05 or 2006-01-02T15:04. A string with an offset is
// refused, as is a time that clocks in loc skip when they are set forward. If a local time occurs twice it uses the first;
// see [LocalTime.Ambiguous].
func ParseLocalTime(text string, loc *time.Location) (*LocalTime, error) {
	wall, ok := parseWall(text)
	if !ok {
		return nil, &caremux.ArgumentError{Field: "local time", Rule: localRule}
	}
	return localTime(wall, loc)
}

// localTime finds the first instant at which clocks in loc show wall, a UTC time that stands for the wall clock.
func localTime(wall time.Time, loc *time.Location) (*LocalTime, error) {
	if loc == nil {
		return nil, &caremux.ArgumentError{Field: "location", Rule: "is required: set the time zone of the hospital or user"}
	}
	moments := momentsOf(wall, loc)
	if len(moments) == 0 {
		return nil, &caremux.ArgumentError{Field: "local time", Rule: "must exist: clocks in that time zone are set forward past it"}
	}
	return &LocalTime{at: moments[0].In(loc), loc: loc}, nil
}

// parseWall reads text as a UTC time that stands for the wall clock. It is stricter than time.Parse, which lets an hour of
// one digit pass.
func parseWall(text string) (time.Time, bool) {
	for _, layout := range [...]string{localLayout, "2006-01-02T15:04"} {
		wall, err := time.Parse(layout, text)
		if err == nil && strings.HasPrefix(text, wall.Format(layout)) && !strings.ContainsRune(text, ',') {
			return wall.Truncate(time.Second), wall.Year() >= firstYear
		}
	}
	return time.Time{}, false
}

// asWall returns a UTC time that shows what t shows.
func asWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// momentsOf returns the instants at which clocks in loc show wall, in order: none in a gap, two in an overlap. It tries
// every offset in use within the day and two hours around wall, as no zone is further from UTC than that. It does not use
// [time.Time.ZoneBounds], whose end is too early on the last day of leap years.
func momentsOf(wall time.Time, loc *time.Location) []time.Time {
	var moments []time.Time
	tried := map[int]bool{}
	for hours := -26; hours <= 26; hours++ {
		_, offset := wall.Add(time.Duration(hours) * time.Hour).In(loc).Zone()
		if tried[offset] {
			continue
		}
		tried[offset] = true
		moment := wall.Add(-time.Duration(offset) * time.Second)
		if _, holds := moment.In(loc).Zone(); holds == offset {
			moments = append(moments, moment)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return moments
}

// IsZero reports whether no time is given.
func (t LocalTime) IsZero() bool { return t.at.IsZero() && t.text == "" }

// Time returns the instant, in the location that the time was created with. Without a location it is not known, and
// the result is the zero time.
func (t LocalTime) Time() time.Time {
	if t.loc == nil {
		return time.Time{}
	}
	return t.at
}

// instant is Time of a time that may not be given.
func (t *LocalTime) instant() time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time()
}

// Location returns the location that the time was made with, or nil.
func (t LocalTime) Location() *time.Location { return t.loc }

// In says that the wall-clock time, such as one read from JSON, is one of loc. It does not convert: a time that has a
// location keeps its wall clock, and becomes another instant. The error is that of [ParseLocalTime].
func (t LocalTime) In(loc *time.Location) (*LocalTime, error) {
	return ParseLocalTime(t.String(), loc)
}

// Ambiguous reports whether clocks show this time twice, because they are set back. The vendor decides then which is meant; see
// [LocalTime] for a way around it.
func (t LocalTime) Ambiguous() bool {
	return t.loc != nil && !t.IsZero() && len(momentsOf(asWall(t.at), t.loc)) > 1
}

// String returns the time as it is sent, or "" if none is set.
func (t LocalTime) String() string {
	if t.at.IsZero() {
		return t.text
	}
	return t.at.Format(localLayout)
}

// Misread reports whether something was sent that could not be read as a time. String returns it.
func (t LocalTime) Misread() bool { return t.at.IsZero() && t.text != "" }

// Validate returns an [*caremux.ArgumentError] if the time has no location or is not one. Calls validate their
// arguments before they send a request, and the error names the field.
func (t LocalTime) Validate() error {
	switch {
	case t.IsZero():
		return nil
	case t.at.IsZero(), t.at.Year() < firstYear, t.at.Year() > lastYear:
		return &caremux.ArgumentError{Rule: localRule}
	case t.loc == nil:
		return &caremux.ArgumentError{Rule: zoneRule}
	}
	return nil
}

// MarshalJSON writes the time without a zone, or null if none is given.
func (t LocalTime) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.String())
}

// sameLocation reports whether the times come from one location, or from two of the same name that agree at both times.
func (t LocalTime) sameLocation(other LocalTime) bool {
	if t.loc == nil || other.loc == nil || t.loc == other.loc {
		return t.loc == other.loc
	}
	return t.loc.String() == other.loc.String() && sameOffset(t.at, other.loc) && sameOffset(other.at, t.loc)
}

// sameOffset reports whether clocks in loc show at t what they show in the location of t.
func sameOffset(t time.Time, loc *time.Location) bool {
	_, own := t.Zone()
	_, other := t.In(loc).Zone()
	return own == other
}

// UnmarshalJSON reads a time without a zone. The result has no location; see [LocalTime.In].
func (t *LocalTime) UnmarshalJSON(data []byte) error {
	*t = LocalTime{}
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data) // no time, but not to be lost
	}
	if wall, ok := parseWall(text); ok {
		t.at = wall
	} else {
		t.text = text
	}
	return nil
}

// EncodeValues writes the time as a query parameter.
func (t LocalTime) EncodeValues(key string, v *url.Values) error {
	if !t.IsZero() {
		v.Set(key, t.String())
	}
	return nil
}
