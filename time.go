package caremux

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Time is an instant as a vendor writes it. It reads RFC 3339 and the deviations seen in live responses, seconds and milliseconds since
// 1970 among them, and never fails a whole response: if a value cannot be decoded, the embedded time is zero, [Time.Misread] returns
// true, and [Time.Text] returns what was sent. A string of digits is a date if it looks like one (20260131, 20260131093000), and
// seconds or milliseconds since 1970 only if the result is after 1973; 2015 is neither.
//
// A Time from a vendor is encoded as it was received. A Time made with [NewTime] is written in UTC with
// milliseconds (2006-01-02T15:04:05.000Z). Create a new Time to change one; do not assign to the embedded field.
type Time struct {
	time.Time
	// text is what was sent, kept only where formatting the time would not return the same.
	text string
	// bare says that text was sent without quotes: a number, or JSON that is not a time at all.
	bare bool
	// epoch says that a bare number is seconds or milliseconds since 1970, whatever it looks like.
	epoch bool
	// digits is one more than the number of fraction digits of a UTC text that formatting reproduces; 0 means ours.
	digits uint8
}

// NewTime returns t as a Time, to be sent in UTC with milliseconds.
func NewTime(t time.Time) Time { return Time{Time: t} }

// ParseTime parses an instant as leniently as responses are decoded. A string without a zone is read as UTC; see
// [Time.Zoned].
func ParseTime(s string) (Time, error) {
	t := parseTimeText(s)
	if !t.Known() {
		return t, &ArgumentError{Field: "time", Rule: "must be a date and time such as 2006-01-02T15:04:05.000Z"}
	}
	return t, nil
}

const milliseconds = "2006-01-02T15:04:05.000Z"

// timeLayouts are the layouts beyond RFC 3339, most likely first.
var timeLayouts = [...]string{
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-1-2T15:04:05.999999999Z07:00",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02",
	"20060102T150405Z07:00",
	"20060102T150405",
	compactTime,
	compactDate,
}

const (
	compactTime = "20060102150405"
	compactDate = "20060102"
)

func parseTimeText(s string) Time {
	var t Time
	if t.Time.UnmarshalText([]byte(s)) == nil {
		if digits, ok := utcDigits(s); ok && t.Known() {
			t.digits = digits
			return t
		}
		t.text = s
		return t
	}
	t = Time{text: s}
	trimmed := strings.TrimSpace(s)
	for _, layout := range timeLayouts {
		if parsed, err := time.Parse(layout, trimmed); err == nil && (layout[4] == '-' || likelyYear(parsed)) {
			t.Time = parsed
			break
		}
	}
	return t
}

// likelyYear reports whether digits alone that were read as a date can be meant as one.
func likelyYear(t time.Time) bool { return t.Year() >= 1800 && t.Year() < 2200 }

// utcDigits says whether s, known to be RFC 3339, is a UTC text that formatting with that many digits reproduces.
func utcDigits[S string | []byte](s S) (uint8, bool) {
	n := len(s)
	if n < len("2006-01-02T15:04:05Z") || s[10] != 'T' || s[n-1] != 'Z' {
		return 0, false
	}
	if n == len("2006-01-02T15:04:05Z") {
		return 1, true
	}
	fraction := n - len("2006-01-02T15:04:05.Z")
	return uint8(fraction) + 1, s[19] == '.' && fraction <= 9
}

// Known reports whether the time is known: a value was sent and could be decoded.
func (t Time) Known() bool { return !t.Time.IsZero() }

// Misread reports whether a value was sent that could not be decoded as a time; [Time.Text] returns it. The values that databases
// and .NET use for no time (0, 0001-01-01, 0000-00-00) do not count.
func (t Time) Misread() bool { return !t.Known() && !t.IsZero() && !standsForNone(t.text) }

func standsForNone(text string) bool {
	return text == "0" || strings.HasPrefix(text, "0001-01-01") || strings.HasPrefix(text, "0000-00-00")
}

// Zoned reports whether the string contained a zone. A string without one is read as UTC, which may not be what the
// vendor meant.
func (t Time) Zoned() bool {
	if t.text == "" {
		return t.Known()
	}
	if !t.Known() {
		return false
	}
	if isNumber(t.text) {
		return !parseTimeText(t.text).Known() // digits that read like a date
	}
	text := strings.TrimSpace(t.text)
	clock := strings.IndexAny(text, "T ")
	return clock > 0 && strings.ContainsAny(text[clock:], "Z+-z")
}

// Text returns what the vendor sent, or what would be sent for a Time made here. For JSON that is not a time it returns
// that JSON.
func (t Time) Text() string {
	if t.text != "" {
		if same := t.reread(); same.Time.Equal(t.Time) {
			return t.text
		}
	}
	if t.Time.IsZero() {
		return ""
	}
	if t.digits > 0 {
		layout := "2006-01-02T15:04:05Z"
		if t.digits > 1 {
			layout = "2006-01-02T15:04:05." + strings.Repeat("0", int(t.digits)-1) + "Z"
		}
		if text := t.UTC().Format(layout); parseTimeText(text).Equal(t.Time) {
			return text
		}
	}
	return t.UTC().Format(milliseconds)
}

// reread is the time that the text was read as.
func (t Time) reread() Time {
	if t.bare && t.epoch && isNumber(t.text) {
		return parseEpoch(t.text)
	}
	return parseAny(t.text)
}

// String returns [Time.Text] for people to read; for a time that was sent as a number it returns
// 2006-01-02T15:04:05.000Z.
func (t Time) String() string {
	if t.Known() && isNumber(t.text) {
		return t.UTC().Format(milliseconds)
	}
	return t.Text()
}

// IsZero reports whether no value was sent. A value that could not be decoded is not zero; see [Time.Misread].
func (t Time) IsZero() bool {
	return t.Time.IsZero() && (t.text == "" || t.reread().Known()) // a string that could be read is stale: the zero was assigned
}

// MarshalJSON writes [Time.Text], or null for a zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	text := t.Text()
	return textJSON(text, t.bare && text == t.text)
}

// UnmarshalJSON decodes any JSON value; see [Time].
func (t *Time) UnmarshalJSON(data []byte) error {
	if n := len(data); n > 2 && data[0] == '"' {
		if body := data[1 : n-1]; bytes.IndexByte(body, '\\') < 0 {
			var parsed time.Time
			if digits, ok := utcDigits(body); ok && parsed.UnmarshalText(body) == nil && !parsed.IsZero() {
				*t = Time{Time: parsed, digits: digits}
				return nil
			}
		}
	}
	text, bare := sentText(data)
	*t = parseAny(text)
	t.bare = bare
	return nil
}

// UnmarshalEpochJSON is [Time.UnmarshalJSON] of a field that is documented as seconds or milliseconds since 1970: a JSON number is read as
// such even where it is small or looks like a date.
func (t *Time) UnmarshalEpochJSON(data []byte) error {
	text, bare := sentText(data)
	if !bare || !isNumber(text) {
		return t.UnmarshalJSON(data)
	}
	*t = parseEpoch(text)
	t.bare, t.epoch = true, true
	return nil
}

// MarshalText writes [Time.Text].
func (t Time) MarshalText() ([]byte, error) { return []byte(t.Text()), nil }

// UnmarshalText decodes any string; see [Time].
func (t *Time) UnmarshalText(data []byte) error {
	*t = parseAny(string(data))
	return nil
}

// EncodeValues writes the time as a query parameter.
func (t Time) EncodeValues(key string, v *url.Values) error {
	if !t.IsZero() {
		v.Set(key, t.Text())
	}
	return nil
}

func parseAny(text string) Time {
	if t := parseTimeText(text); t.Known() || !likelyEpoch(text) {
		return t
	}
	return parseEpoch(text)
}

// likelyEpoch reports whether a number without a meaning of its own can be seconds or milliseconds since 1970: after 1973, or before 1970.
func likelyEpoch(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && isNumber(text) && (f < 0 || f >= 1e8 && f < 1e10 || f >= 1e11 && f < 1e13)
}

// parseEpoch reads seconds since 1970, or milliseconds when seconds would lie beyond the year 5000.
func parseEpoch(text string) Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f || f > 1e14 || f < -1e14 {
			return Time{text: text}
		}
		if f < 1e11 && f > -1e11 {
			return Time{Time: time.UnixMilli(int64(math.Round(f * 1e3))).UTC(), text: text}
		}
		n = int64(f)
	}
	switch {
	case n < 1e11 && n > -1e11:
		return Time{Time: time.Unix(n, 0).UTC(), text: text}
	case n < 1e13 && n > -1e14:
		return Time{Time: time.UnixMilli(n).UTC(), text: text}
	}
	return parseTimeText(text) // as milliseconds it would lie after the year 2286
}

// isNumber reports whether s is a JSON number.
func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || strings.ContainsAny(s, " \t\r\n") {
		return false
	}
	return json.Valid([]byte(s))
}
