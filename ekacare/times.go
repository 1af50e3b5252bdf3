package ekacare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// EpochSeconds is a time that is sent as whole seconds since 1970. It reads every form that [caremux.Time] reads, and has the methods
// of [time.Time]; the value itself is t.Time.Time.
type EpochSeconds struct{ caremux.Time }

// NewEpochSeconds returns t, to the second.
func NewEpochSeconds(t time.Time) EpochSeconds { return EpochSeconds{caremux.NewTime(t)} }

// UnmarshalJSON reads a number as seconds since 1970, or as milliseconds if seconds would lie beyond the year 5000. The number 0 is sent
// in place of none: the time is not known, and is written as 0.
func (t *EpochSeconds) UnmarshalJSON(data []byte) error {
	if isNone(data) {
		return t.Time.UnmarshalJSON(data)
	}
	return t.Time.UnmarshalEpochJSON(data)
}

// MarshalJSON writes a number, text for a time after the year 5000, or null for a zero time.
func (t EpochSeconds) MarshalJSON() ([]byte, error) { return epochJSON(t.Time, time.Time.Unix) }

// EncodeValues encodes the time as a query parameter.
func (t EpochSeconds) EncodeValues(key string, v *url.Values) error {
	if t.Known() {
		v.Set(key, strconv.FormatInt(t.Unix(), 10))
	}
	return nil
}

// EpochMillis is [EpochSeconds] in milliseconds.
type EpochMillis struct{ caremux.Time }

// NewEpochMillis returns t, to the millisecond.
func NewEpochMillis(t time.Time) EpochMillis { return EpochMillis{caremux.NewTime(t)} }

// UnmarshalJSON reads a number as [EpochSeconds.UnmarshalJSON] does.
func (t *EpochMillis) UnmarshalJSON(data []byte) error {
	if isNone(data) {
		return t.Time.UnmarshalJSON(data)
	}
	return t.Time.UnmarshalEpochJSON(data)
}

// MarshalJSON writes a number, text for a time before 1974, or null for a zero time.
func (t EpochMillis) MarshalJSON() ([]byte, error) { return epochJSON(t.Time, time.Time.UnixMilli) }

// EncodeValues encodes the time as a query parameter.
func (t EpochMillis) EncodeValues(key string, v *url.Values) error {
	if t.Known() {
		v.Set(key, strconv.FormatInt(t.UnixMilli(), 10))
	}
	return nil
}

// IsZero reports whether no time was sent, or 0 in its place.
func (t EpochSeconds) IsZero() bool { return !t.Known() && !t.Misread() }

// IsZero is as that of [EpochSeconds].
func (t EpochMillis) IsZero() bool { return !t.Known() && !t.Misread() }

// isNone reports whether a time is the number 0, which some events send in place of none.
func isNone(data []byte) bool { return string(bytes.TrimSpace(data)) == "0" }

// epochJSON encodes a value as it was received if it came in another format or could not be decoded, and as a string a time whose
// number would be decoded as another time: seconds after the year 5000, milliseconds before 1974.
func epochJSON(t caremux.Time, epoch func(time.Time) int64) ([]byte, error) {
	if text := t.Text(); !t.Known() || text != caremux.NewTime(t.Time).Text() {
		return t.MarshalJSON()
	}
	number := strconv.AppendInt(nil, epoch(t.Time), 10)
	var again caremux.Time
	if err := again.UnmarshalEpochJSON(number); err != nil || epoch(again.Time) != epoch(t.Time) {
		return t.MarshalJSON()
	}
	return number, nil
}

// SlashDate is a calendar day that travels as 31/12/1999. It reads that form, day first, and every form that [caremux.Date]
// reads; values from the vendor are encoded as received.
type SlashDate struct {
	caremux.Date
	sent string // what was sent, if it had slashes
}

// NewSlashDate returns the given day.
func NewSlashDate(year int, month time.Month, day int) SlashDate {
	return SlashDate{Date: caremux.NewDate(year, month, day)}
}

// SlashDateOf returns the day that t falls on in t's own location.
func SlashDateOf(t time.Time) SlashDate { return SlashDate{Date: caremux.DateOf(t)} }

// readSlashDate reads a day written as 31/12/1999, or 31-12-1999, with whatever comes behind it.
func readSlashDate(text string) (caremux.Date, bool) {
	day, rest, ok := readDatePart(strings.TrimLeft(text, " \t\r\n\f"))
	month, rest, okMonth := readDatePart(rest)
	year, count := leadingNumber(rest)
	if rest = rest[count:]; !ok || !okMonth || count != 4 || rest != "" && wordRune(rune(rest[0])) {
		return caremux.Date{}, false
	}
	date := caremux.NewDate(year, time.Month(month), day)
	return date, date.Known() && date.Valid()
}

// readDatePart reads a day or a month, and skips the slash or hyphen behind it.
func readDatePart(text string) (n int, rest string, ok bool) {
	n, count := leadingNumber(text)
	if rest = text[count:]; count == 0 || count > 2 || rest == "" || rest[0] != '/' && rest[0] != '-' {
		return 0, "", false
	}
	return n, rest[1:], true
}

// leadingNumber reads the digits at the start of a text, five at most, and counts them.
func leadingNumber(text string) (n, count int) {
	for ; count < len(text) && count < 5 && text[count] >= '0' && text[count] <= '9'; count++ {
		n = n*10 + int(text[count]-'0')
	}
	return n, count
}

// Text returns what the vendor sent, or 31/12/1999 for a day made here.
func (d SlashDate) Text() string {
	if d.sent != "" {
		if same, ok := readSlashDate(d.sent); ok && same == caremux.NewDate(d.Year, d.Month, d.Day) {
			return d.sent
		}
	}
	if d.made() {
		return d.slashed()
	}
	return d.Date.Text()
}

// made reports whether the day has no text of its own.
func (d SlashDate) made() bool {
	return d.Known() && d.Date == caremux.NewDate(d.Year, d.Month, d.Day)
}

func (d SlashDate) slashed() string {
	return fmt.Sprintf("%02d/%02d/%04d", d.Day, int(d.Month), d.Year)
}

// MarshalJSON writes [SlashDate.Text], or null for a zero date.
func (d SlashDate) MarshalJSON() ([]byte, error) {
	if d.made() {
		return json.Marshal(d.Text())
	}
	return d.Date.MarshalJSON()
}

// UnmarshalJSON reads any JSON value.
func (d *SlashDate) UnmarshalJSON(data []byte) error {
	*d = SlashDate{}
	if s := jsonString(data); s != "" {
		if date, ok := readSlashDate(s); ok {
			*d = SlashDate{Date: date, sent: s}
			return nil
		}
	}
	return d.Date.UnmarshalJSON(data)
}

// EncodeValues writes the day as a query parameter.
func (d SlashDate) EncodeValues(key string, v *url.Values) error {
	if !d.IsZero() {
		v.Set(key, d.Text())
	}
	return nil
}
