package caremux

import (
	"fmt"
	"net/url"
	"time"
)

// Date is a calendar day without a time zone, such as a date of birth. It reads 2006-01-02 and any date and time, whose day it uses
// as written. If a value cannot be decoded, the day is zero, [Date.Misread] returns true, and [Date.Text] returns what was sent.
type Date struct {
	Year  int
	Month time.Month
	Day   int
	text  string
	// bare says that text was sent without quotes: a number, or JSON that is not a date at all.
	bare bool
}

// NewDate returns the given day.
func NewDate(year int, month time.Month, day int) Date {
	return Date{Year: year, Month: month, Day: day}
}

// DateOf returns the day that t falls on in t's own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return NewDate(year, month, day)
}

// ParseDate parses a day as leniently as responses are decoded.
func ParseDate(s string) (Date, error) {
	d := parseDateText(s)
	if !d.Known() {
		return d, &ArgumentError{Field: "date", Rule: "must be a date such as 2006-01-02"}
	}
	return d, nil
}

func parseDateText(s string) Date {
	d := Date{text: s}
	if t := parseTimeText(s); t.Known() {
		d.Year, d.Month, d.Day = t.Date()
	}
	if d.Known() && d.text == d.iso() {
		d.text = ""
	}
	return d
}

func (d Date) iso() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// Known reports whether a day was sent and could be decoded.
func (d Date) Known() bool { return d.Month != 0 && d.Day != 0 }

// Misread reports whether a value was sent that could not be decoded as a day; [Date.Text] returns it. The value that databases
// use for no date (0000-00-00) does not count; see [Time.Misread].
func (d Date) Misread() bool { return !d.Known() && !d.IsZero() && !standsForNone(d.text) }

// Valid reports whether the day exists in the calendar.
func (d Date) Valid() bool {
	year, month, day := d.In(time.UTC).Date()
	return year == d.Year && month == d.Month && day == d.Day
}

// Validate returns an error for an incomplete day or one that does not exist, such as 30 February. Calls validate their
// arguments before they send a request.
func (d Date) Validate() error {
	if d.Year == 0 && d.Month == 0 && d.Day == 0 || d.Known() && d.Valid() && d.Year > 1 && d.Year <= 9999 {
		return nil
	}
	return &ArgumentError{Rule: "must be a day of the calendar"}
}

// IsZero reports whether no value was sent.
func (d Date) IsZero() bool {
	return !d.Known() && (d.text == "" || parseDateText(d.text).Known()) // a string that could be read is stale: the zero was assigned
}

// In returns the start of the day in loc.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// Text returns what the vendor sent, or 2006-01-02 for a day made here. For JSON that is not a date it returns that
// JSON.
func (d Date) Text() string {
	if d.text != "" {
		if same := parseDateText(d.text); same.Year == d.Year && same.Month == d.Month && same.Day == d.Day {
			return d.text
		}
	}
	if !d.Known() {
		return ""
	}
	return d.iso()
}

// String returns 2006-01-02 for people to read, whatever the layout of the response; for a string that could not be
// decoded it returns that string.
func (d Date) String() string {
	if d.Known() {
		return d.iso()
	}
	return d.Text()
}

// MarshalJSON writes [Date.Text], or null for a zero Date.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	text := d.Text()
	return textJSON(text, d.bare && text == d.text)
}

// UnmarshalJSON decodes any JSON value; see [Date].
func (d *Date) UnmarshalJSON(data []byte) error {
	if day, ok := isoDay(data); ok {
		*d = day
		return nil
	}
	text, bare := sentText(data)
	*d = parseDateText(text)
	d.bare = bare
	return nil
}

// isoDay reads the usual "2006-01-02", quotes included, without the detours of [parseDateText].
func isoDay(data []byte) (d Date, ok bool) {
	if len(data) != len(`"2006-01-02"`) || data[0] != '"' || data[5] != '-' || data[8] != '-' || data[11] != '"' {
		return d, false
	}
	number := func(digits []byte) (n int) {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	d = NewDate(number(data[1:5]), time.Month(number(data[6:8])), number(data[9:11]))
	return d, d.Year > 1 && d.Known() && d.Valid()
}

// EncodeValues writes the day as a query parameter.
func (d Date) EncodeValues(key string, v *url.Values) error {
	if !d.IsZero() {
		v.Set(key, d.Text())
	}
	return nil
}
