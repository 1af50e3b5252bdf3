package caremux

import (
	"fmt"
	"net/url"
	"time"
)

// TimeOfDay is a time on the clock without a day or a zone, such as the start of working hours. It reads 15:04:05 and
// 15:04; if a value cannot be decoded, it is zero, [TimeOfDay.Misread] returns true, and [TimeOfDay.Text] returns what
// was sent.
type TimeOfDay struct {
	Hour, Minute, Second int
	text                 string
	set                  bool
	bare                 bool // text was sent without quotes: a number, or JSON that is not a time at all
}

// NewTimeOfDay returns the given time on a 24-hour clock.
func NewTimeOfDay(hour, minute, second int) TimeOfDay {
	return TimeOfDay{Hour: hour, Minute: minute, Second: second, set: true}
}

// ParseTimeOfDay parses a time of day as leniently as responses are decoded.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	t := parseTimeOfDay(s)
	if !t.Known() {
		return t, &ArgumentError{Field: "time of day", Rule: "must be a time such as 15:04:05"}
	}
	return t, nil
}

func parseTimeOfDay(s string) TimeOfDay {
	t := TimeOfDay{text: s}
	for _, layout := range [...]string{time.TimeOnly, "15:04", "3:04 PM", "3:04PM"} {
		if parsed, err := time.Parse(layout, s); err == nil {
			t.Hour, t.Minute, t.Second, t.set = parsed.Hour(), parsed.Minute(), parsed.Second(), true
			break
		}
	}
	if t.text == t.clock() {
		t.text = ""
	}
	return t
}

func (t TimeOfDay) clock() string { return fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second) }

// Known reports whether a time was sent, midnight included.
func (t TimeOfDay) Known() bool { return t.set || t.Hour != 0 || t.Minute != 0 || t.Second != 0 }

// Misread reports whether a value was sent that could not be decoded as a time of day; [TimeOfDay.Text] returns it.
func (t TimeOfDay) Misread() bool { return !t.Known() && !t.IsZero() }

// IsZero reports whether no value was sent. Midnight made with [NewTimeOfDay] is not zero.
func (t TimeOfDay) IsZero() bool { return t.text == "" && !t.Known() }

// Text returns what the vendor sent, or 15:04:05 for a time made here.
func (t TimeOfDay) Text() string {
	if t.text != "" {
		if same := parseTimeOfDay(t.text); same.clock() == t.clock() {
			return t.text
		}
	}
	if !t.Known() {
		return ""
	}
	return t.clock()
}

// String is [TimeOfDay.Text].
func (t TimeOfDay) String() string { return t.Text() }

// MarshalJSON writes [TimeOfDay.Text], or null for a zero TimeOfDay.
func (t TimeOfDay) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	text := t.Text()
	return textJSON(text, t.bare && text == t.text)
}

// UnmarshalJSON decodes any JSON value; see [TimeOfDay].
func (t *TimeOfDay) UnmarshalJSON(data []byte) error {
	text, bare := sentText(data)
	*t = parseTimeOfDay(text)
	t.bare = bare
	return nil
}

// EncodeValues writes the time as a query parameter.
func (t TimeOfDay) EncodeValues(key string, v *url.Values) error {
	if !t.IsZero() {
		v.Set(key, t.Text())
	}
	return nil
}
