package welkin

import (
	"encoding/json"
	"time"

	"github.com/caremux/caremux"
)

// Date is a calendar day, such as a date of birth. Welkin wants it as midnight UTC, 2012-03-12T00:00:00.000Z, and so it is sent;
// a Date from Welkin is sent as received. A call with a day that does not exist returns an error and sends no request.
type Date struct{ caremux.Date }

// NewDate returns the given day.
func NewDate(year int, month time.Month, day int) Date {
	return Date{caremux.NewDate(year, month, day)}
}

// DateOf returns the day that t falls on in t's own location.
func DateOf(t time.Time) Date { return Date{caremux.DateOf(t)} }

// Validate refuses a day that no calendar has, such as 30 February: its midnight would be that of another day.
func (d Date) Validate() error {
	if d.Year == 0 && d.Month == 0 && d.Day == 0 || d.Known() && d.Valid() && d.Year > 1 && d.Year <= 9999 {
		return nil
	}
	return &caremux.ArgumentError{Rule: "must be a day of the calendar"}
}

// MarshalJSON writes midnight UTC of the day, or null for a zero Date.
func (d Date) MarshalJSON() ([]byte, error) {
	if text := d.Text(); !d.Known() || len(text) != len(time.DateOnly) {
		return d.Date.MarshalJSON()
	}
	return json.Marshal(caremux.NewTime(d.In(time.UTC)))
}
