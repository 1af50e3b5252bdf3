package mapping

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// instant is FHIR's format; compiled when it is first needed, so that importing the package costs nothing.
var instant = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
})

// Instant returns a time as FHIR writes it: as the vendor sent it where that is an instant of FHIR. A time without a
// zone is none, as it would be a guess.
func Instant(t caremux.Time) fhir.DateTime {
	switch {
	case !t.Known() || !t.Zoned():
		return ""
	case instant().MatchString(t.Text()) && !strings.Contains(t.Text(), "T24:"):
		return fhir.DateTime(t.Text())
	}
	return Moment(t.Time)
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

// Absent marks a required element of a resource that the vendor does not have: FHIR says so in an extension.
func Absent(element fhir.Element, value *fhir.DateTime) error {
	reason := fhir.Extension{URL: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", ValueCode: "unknown"}
	return fhir.SetPrimitive(element, value, fhir.Primitive{Extension: []fhir.Extension{reason}})
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

// Date returns a day as FHIR writes it, nothing for what is not a day.
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
