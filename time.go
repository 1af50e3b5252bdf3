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

// Time is a moment as a vendor writes it. It reads RFC 3339 and the deviations seen in live answers, and never fails a
// whole answer: a text that it cannot read leaves the embedded time zero, and [Time.Text] still gives what was sent.
//
// A Time that came from a vendor is written back as it was sent. A Time made with [NewTime] is written in UTC with
// milliseconds (2006-01-02T15:04:05.000Z). Make a new Time to change one; do not assign to the embedded field.
type Time struct {
	time.Time
	// text is what was sent, kept only where formatting the time would not give the same.
	text string
	// number says that text was sent as a JSON number, without quotes.
	number bool
	// digits is one more than the number of fraction digits of a UTC text that formatting reproduces; 0 means ours.
	digits uint8
}

// NewTime returns t as a Time, to be sent in UTC with milliseconds.
func NewTime(t time.Time) Time { return Time{Time: t} }

// ParseTime reads a moment as leniently as answers are read. A text without a zone is taken as UTC; see [Time.Zoned].
func ParseTime(s string) (Time, error) {
	t := parseTimeText(s)
	if !t.Known() {
		return t, &ArgumentError{Field: "time", Rule: "must be a date and time such as 2006-01-02T15:04:05.000Z"}
	}
	return t, nil
}

const milliseconds = "2006-01-02T15:04:05.000Z"

// timeLayouts are the forms beyond RFC 3339, most likely first.
var timeLayouts = [...]string{
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-1-2T15:04:05.999999999Z07:00",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02",
}

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
	for _, layout := range timeLayouts {
		if parsed, err := time.Parse(layout, s); err == nil {
			t.Time = parsed
			break
		}
	}
	return t
}

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

// Known reports whether the moment is known: something was sent and it could be read.
func (t Time) Known() bool { return !t.Time.IsZero() }

// Zoned reports whether the text named its zone. A text without one is read as UTC, which may not be what the vendor meant.
func (t Time) Zoned() bool {
	if t.text == "" {
		return t.Known()
	}
	if !t.Known() {
		return false
	}
	if isNumber(t.text) {
		return true
	}
	clock := strings.IndexAny(t.text, "T ")
	return clock > 0 && strings.ContainsAny(t.text[clock:], "Z+-z")
}

// Text returns what the vendor sent, or what would be sent for a Time made here.
func (t Time) Text() string {
	if t.text != "" {
		if same := parseAny(t.text); same.Time.Equal(t.Time) {
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

// String returns [Time.Text] for people to read; of a moment that came as a number it is 2006-01-02T15:04:05.000Z.
func (t Time) String() string {
	if t.Known() && isNumber(t.text) {
		return t.UTC().Format(milliseconds)
	}
	return t.Text()
}

// IsZero reports whether nothing was sent. A text that could not be read is not zero; see [Time.Known].
func (t Time) IsZero() bool {
	return t.Time.IsZero() && (t.text == "" || parseAny(t.text).Known()) // a text that could be read is stale: the zero was assigned
}

// MarshalJSON writes [Time.Text], or null for a zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	text := t.Text()
	if t.number && text == t.text {
		return []byte(text), nil
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads any JSON value; see [Time].
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
	text, ok := scalarText(data)
	if !ok {
		*t = Time{}
		return nil
	}
	*t = parseAny(text)
	t.number = data[0] != '"'
	return nil
}

// MarshalText writes [Time.Text].
func (t Time) MarshalText() ([]byte, error) { return []byte(t.Text()), nil }

// UnmarshalText reads any text; see [Time].
func (t *Time) UnmarshalText(data []byte) error {
	*t = parseAny(string(data))
	return nil
}

// EncodeValues writes the moment as a query parameter.
func (t Time) EncodeValues(key string, v *url.Values) error {
	if !t.IsZero() {
		v.Set(key, t.Text())
	}
	return nil
}

func parseAny(text string) Time {
	if isNumber(text) {
		return parseEpoch(text)
	}
	return parseTimeText(text)
}

// parseEpoch reads seconds since 1970, or milliseconds when seconds would lie beyond the year 5000.
func parseEpoch(text string) Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f || f > 1e17 || f < -1e17 {
			return Time{text: text}
		}
		if f < 1e11 && f > -1e11 {
			return Time{Time: time.UnixMilli(int64(math.Round(f * 1e3))).UTC(), text: text}
		}
		n = int64(f)
	}
	if n < 1e11 && n > -1e11 {
		return Time{Time: time.Unix(n, 0).UTC(), text: text}
	}
	return Time{Time: time.UnixMilli(n).UTC(), text: text}
}

// isNumber reports whether s is a JSON number.
func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || strings.ContainsAny(s, " \t\r\n") {
		return false
	}
	return json.Valid([]byte(s))
}

// scalarText gives the text of a JSON string, or the literal of a number. Anything else is no text.
func scalarText(data []byte) (string, bool) {
	if len(data) == 0 {
		return "", false
	}
	if data[0] == '"' {
		var s string
		if json.Unmarshal(data, &s) != nil {
			return "", false
		}
		return s, s != ""
	}
	return string(data), isNumber(string(data))
}
