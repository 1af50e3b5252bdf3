package fhir

import (
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// DateTime is a FHIR date, dateTime or instant as it is written: 2024, 2024-05, 2024-05-17 or
// 2024-05-17T10:30:00+02:00. A field's comment says (date) or (instant) where FHIR does not allow all of these.
type DateTime string

// NewDateTime returns the instant t with its offset. FHIR has no offsets of less than a minute.
func NewDateTime(t time.Time) DateTime { return DateTime(t.Format(time.RFC3339Nano)) }

// NewDate returns a day.
func NewDate(year int, month time.Month, day int) DateTime {
	return DateTime(caremux.NewDate(year, month, day).Text())
}

// The layouts that are read, most likely first. Exporters leave the offset or the seconds out, which FHIR does not
// allow.
var (
	instantLayouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"}
	localLayouts   = [...]string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly, "2006-01", "2006"}
)

// Time returns the instant, or the start of the day, month or year. What names no offset is read as UTC; see
// [DateTime.TimeIn]. It returns a [*caremux.ArgumentError] for other text.
func (d DateTime) Time() (time.Time, error) { return d.TimeIn(time.UTC) }

// TimeIn is Time for a place: what names no offset, such as a day, is read in its time zone.
func (d DateTime) TimeIn(loc *time.Location) (time.Time, error) {
	text, later := string(d), time.Duration(0)
	if day, clock, ok := strings.Cut(text, "T"); ok { // other exporters write the end of a day, or a leap second
		if strings.HasPrefix(clock, "24:00") {
			text, later = day+"T00:00"+clock[len("24:00"):], 24*time.Hour
		} else if len(clock) >= 8 && clock[5:8] == ":60" {
			text, later = day+"T"+clock[:5]+":59"+clock[8:], time.Second
		}
	}
	for _, layout := range instantLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Add(later), nil
		}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			if later == 24*time.Hour {
				return t.AddDate(0, 0, 1), nil // also where the clocks change
			}
			return t.Add(later), nil
		}
	}
	return time.Time{}, &caremux.ArgumentError{Field: "DateTime", Rule: "must be a FHIR date or dateTime"}
}

// Zoned reports whether the text names an offset, so that it is an instant wherever it is read.
func (d DateTime) Zoned() bool {
	_, clock, _ := strings.Cut(string(d), "T")
	return strings.ContainsAny(clock, "Zz+-")
}

// Partial reports whether the text is a date of less than a day's precision.
func (d DateTime) Partial() bool { return len(d) < len(time.DateOnly) }
