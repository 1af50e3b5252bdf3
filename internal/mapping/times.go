package mapping

import (
	"fmt"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// Instant returns a time as FHIR writes it: as the vendor sent it where that is an instant of FHIR. A time without a
// zone is none, as it would be a guess.
func Instant(t caremux.Time) fhir.DateTime {
	switch {
	case !t.Known() || !t.Zoned():
		return ""
	case isInstant(t.Text()):
		return fhir.DateTime(t.Text())
	}
	return Moment(t.Time)
}

// isInstant reports whether text has the format of FHIR's instants: 2030-03-04T09:00:00.5+05:30, or Z for the offset.
func isInstant(text string) bool {
	const seconds, offset = "0000-00-00T00:00:00", "+00:00"
	if len(text) <= len(seconds) || !like(text[:len(seconds)], seconds) || text[11:13] == "24" {
		return false
	}
	rest := text[len(seconds):]
	if rest[0] == '.' {
		digits := 1
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		if digits == 1 {
			return false
		}
		rest = rest[digits:]
	}
	return rest == "Z" || rest != "" && (rest[0] == '+' || rest[0] == '-') && like(rest[1:], offset[1:])
}

// like reports whether text has digits where the pattern has 0, and is the pattern elsewhere.
func like(text, pattern string) bool {
	if len(text) != len(pattern) {
		return false
	}
	for i := range len(text) {
		if digit := text[i] >= '0' && text[i] <= '9'; pattern[i] == '0' && !digit || pattern[i] != '0' && text[i] != pattern[i] {
			return false
		}
	}
	return true
}

// Moment returns an instant as FHIR writes it, empty for the zero time.
func Moment(t time.Time) fhir.DateTime {
	if t.IsZero() || t.Year() > 9999 || t.Year() < 1 {
		return ""
	}
	return fhir.NewDateTime(t)
}

// Time returns the vendor's time for an instant that was written with its offset, the zero time for other text.
func Time(d fhir.DateTime) caremux.Time {
	if !d.Zoned() {
		return caremux.Time{}
	}
	t, err := d.Time()
	if err != nil {
		return caremux.Time{}
	}
	return caremux.NewTime(t)
}

// Absent marks a required time of a resource that the vendor does not have.
func Absent(element fhir.Element, value *fhir.DateTime) error {
	return fhir.SetPrimitive(element, value, fhir.Primitive{Extension: Unknown()})
}

// AsSent returns a time that is written as the resource has it, for a vendor's field that keeps its offset.
func AsSent(d fhir.DateTime) caremux.Time {
	if !d.Zoned() {
		return caremux.Time{}
	}
	t, err := caremux.ParseTime(string(d))
	if err != nil {
		return caremux.Time{}
	}
	return t
}

// Changed returns when the record was changed.
func Changed(m *fhir.Meta) caremux.Time {
	if m == nil {
		return caremux.Time{}
	}
	return AsSent(m.LastUpdated)
}

// Date returns a day as FHIR writes it, nothing for what is no day.
func Date(d caremux.Date) fhir.DateTime {
	text := fhir.DateTime(fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day))
	if t, err := text.Time(); err != nil || t.Year() != d.Year || t.Day() != d.Day {
		return ""
	}
	return text
}

// Day returns the day of a full date, nothing for other text.
func Day(d fhir.DateTime) caremux.Date {
	t, err := d.Time()
	if err != nil || len(d) != len(time.DateOnly) {
		return caremux.Date{}
	}
	return caremux.NewDate(t.Date())
}

// At returns an element of a list, empty if it has none there.
func At(list []string, i int) string {
	if i >= len(list) {
		return ""
	}
	return list[i]
}
