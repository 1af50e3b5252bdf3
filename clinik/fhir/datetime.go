package fhir

import (
	"time"

	"github.com/caremux/caremux"
)

// DateTime is a FHIR date or dateTime as it is written: 2024, 2024-05, 2024-05-17 or 2024-05-17T10:30:00+02:00.
type DateTime string

// NewDateTime is the moment t with its offset.
func NewDateTime(t time.Time) DateTime { return DateTime(t.Format(time.RFC3339Nano)) }

// NewDate is a day.
func NewDate(year int, month time.Month, day int) DateTime {
	return DateTime(caremux.NewDate(year, month, day).Text())
}

var layouts = [...]string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006"}

// Time gives the moment, or the start in UTC of the day, month or year.
func (d DateTime) Time() (time.Time, error) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(d)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, &caremux.ArgumentError{Field: "DateTime", Rule: "must be a FHIR date or dateTime"}
}

// Partial reports whether the text is a date of less than a day's precision.
func (d DateTime) Partial() bool { return len(d) < len(time.DateOnly) }
