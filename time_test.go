package caremux_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

func TestTimeReadsWhatVendorsWrite(t *testing.T) {
	t.Parallel()
	at := func(hour, minute, second, nano int) time.Time {
		return time.Date(2012, time.March, 12, hour, minute, second, nano, time.UTC)
	}
	tests := []struct {
		name  string
		json  string
		want  time.Time // zero: cannot be read
		zoned bool
		text  string
		again string // what it is written as, if not as it came
	}{
		{"RFC 3339 in UTC", `"2012-03-12T10:20:30Z"`, at(10, 20, 30, 0), true, "2012-03-12T10:20:30Z", ""},
		{"milliseconds", `"2012-03-12T10:20:30.120Z"`, at(10, 20, 30, 120e6), true, "2012-03-12T10:20:30.120Z", ""},
		{"trailing zeros", `"2012-03-12T10:20:30.1000000Z"`, at(10, 20, 30, 100e6), true, "2012-03-12T10:20:30.1000000Z", ""},
		{"nanoseconds", `"2012-03-12T10:20:30.123456789Z"`, at(10, 20, 30, 123456789), true, "2012-03-12T10:20:30.123456789Z", ""},
		{"more digits than a nanosecond has", `"2012-03-12T10:20:30.1234567891Z"`, at(10, 20, 30, 123456789),
			true, "2012-03-12T10:20:30.1234567891Z", ""},
		{"offset", `"2012-03-12T10:20:30+05:30"`, at(4, 50, 30, 0), true, "2012-03-12T10:20:30+05:30", ""},
		{"offset zero", `"2012-03-12T10:20:30+00:00"`, at(10, 20, 30, 0), true, "2012-03-12T10:20:30+00:00", ""},
		{"offset without colon", `"2012-03-12T10:20:30.000+0000"`, at(10, 20, 30, 0), true, "2012-03-12T10:20:30.000+0000", ""},
		{"negative offset without colon", `"2012-03-12T10:20:30-0700"`, at(17, 20, 30, 0), true, "2012-03-12T10:20:30-0700", ""},
		{"no zone", `"2012-03-12T10:20:30"`, at(10, 20, 30, 0), false, "2012-03-12T10:20:30", ""},
		{"no zone, fraction", `"2012-03-12T10:20:30.5"`, at(10, 20, 30, 500e6), false, "2012-03-12T10:20:30.5", ""},
		{"space instead of T", `"2012-03-12 10:20:30Z"`, at(10, 20, 30, 0), true, "2012-03-12 10:20:30Z", ""},
		{"space and no zone", `"2012-03-12 10:20:30"`, at(10, 20, 30, 0), false, "2012-03-12 10:20:30", ""},
		{"unpadded month", `"2012-3-12T00:00:00.000Z"`, at(0, 0, 0, 0), true, "2012-3-12T00:00:00.000Z", ""},
		{"no seconds", `"2012-03-12T10:20Z"`, at(10, 20, 0, 0), true, "2012-03-12T10:20Z", ""},
		{"no seconds and no zone", `"2012-03-12T10:20"`, at(10, 20, 0, 0), false, "2012-03-12T10:20", ""},
		{"a day", `"2012-03-12"`, at(0, 0, 0, 0), false, "2012-03-12", ""},
		{"escaped characters", `"2012-03-12T10:20:30\u005a"`, at(10, 20, 30, 0), true, "2012-03-12T10:20:30Z", `"2012-03-12T10:20:30Z"`},
		{"epoch seconds", `1331547630`, at(10, 20, 30, 0), true, "1331547630", ""},
		{"epoch milliseconds", `1331547630120`, at(10, 20, 30, 120e6), true, "1331547630120", ""},
		{"epoch seconds with a fraction", `1331547630.001`, at(10, 20, 30, 1e6), true, "1331547630.001", ""},
		{"epoch with a fraction that binary cannot hold", `1331547630.007`, at(10, 20, 30, 7e6), true, "1331547630.007", ""},
		{"epoch in scientific notation", `1.33154763e9`, at(10, 20, 30, 0), true, "1.33154763e9", ""},
		{"epoch as text stays text", `"1331547630"`, at(10, 20, 30, 0), true, "1331547630", ""},
		{"zero, which stands for none", `0`, time.Time{}, false, "0", ""},
		{"a year", `"2015"`, time.Time{}, false, "2015", ""},
		{"a year as a number", `2015`, time.Time{}, false, "2015", ""},
		{"a month of digits alone", `"202611"`, time.Time{}, false, "202611", ""},
		{"a day of digits alone", `"20120312"`, at(0, 0, 0, 0), false, "20120312", ""},
		{"a day as a number", `20120312`, at(0, 0, 0, 0), false, "20120312", ""},
		{"a time of digits alone", `"20120312102030"`, at(10, 20, 30, 0), false, "20120312102030", ""},
		{"a time as a number", `20120312102030`, at(10, 20, 30, 0), false, "20120312102030", ""},
		{"eight digits that are no day", `"20129912"`, time.Time{}, false, "20129912", ""},
		{"a year beyond all calendars", `99991231`, time.Time{}, false, "99991231", ""},
		{"compact ISO 8601", `"20120312T102030Z"`, at(10, 20, 30, 0), true, "20120312T102030Z", ""},
		{"spaces around", `" 2012-03-12T10:20:30Z "`, at(10, 20, 30, 0), true, " 2012-03-12T10:20:30Z ", ""},
		{"before 1970", `-86400`, time.Unix(-86400, 0).UTC(), true, "-86400", ""},
		{"a number beyond all times", `1e400`, time.Time{}, false, "1e400", ""},
		{"the null moment of .NET", `"0001-01-01T00:00:00Z"`, time.Time{}, false, "0001-01-01T00:00:00Z", ""},
		{"the null moment of .NET without zone", `"0001-01-01T00:00:00"`, time.Time{}, false, "0001-01-01T00:00:00", ""},
		{"garbage", `"next tuesday"`, time.Time{}, false, "next tuesday", ""},
		{"a day that does not exist", `"2012-02-30T00:00:00Z"`, time.Time{}, false, "2012-02-30T00:00:00Z", ""},
		{"a leap second", `"2016-12-31T23:59:60Z"`, time.Time{}, false, "2016-12-31T23:59:60Z", ""},
		{"empty text", `""`, time.Time{}, false, "", `null`},
		{"null", `null`, time.Time{}, false, "", ""},
		{"a boolean", `true`, time.Time{}, false, "true", ""},
		{"an object", `{"at":1}`, time.Time{}, false, `{"at":1}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got caremux.Time
			if err := json.Unmarshal([]byte(tt.json), &got); err != nil {
				t.Fatalf("Unmarshal: %v", err)
			}
			if !got.Time.Equal(tt.want) {
				t.Errorf("moment = %v, want %v", got.Time, tt.want)
			}
			if known := !tt.want.IsZero(); got.Known() != known {
				t.Errorf("Known = %v, want %v", got.Known(), known)
			}
			if got.Zoned() != tt.zoned {
				t.Errorf("Zoned = %v, want %v", got.Zoned(), tt.zoned)
			}
			if got.Text() != tt.text {
				t.Errorf("Text = %q, want %q", got.Text(), tt.text)
			}
			none := tt.text == "0" || strings.HasPrefix(tt.text, "0001-01-01")
			if misread := tt.want.IsZero() && tt.text != "" && !none; got.Misread() != misread {
				t.Errorf("Misread = %v, want %v", got.Misread(), misread)
			}
			if zero := tt.text == ""; got.IsZero() != zero {
				t.Errorf("IsZero = %v, want %v", got.IsZero(), zero)
			}
			again, err := json.Marshal(got)
			want := tt.again
			if want == "" {
				want = tt.json
			}
			if err != nil || string(again) != want {
				t.Errorf("written as %s (%v), want %s", again, err, want)
			}
			values := url.Values{}
			if err := got.EncodeValues("at", &values); err != nil {
				t.Fatal(err)
			}
			wantValues := url.Values{}
			if tt.text != "" {
				wantValues.Set("at", tt.text)
			}
			if diff := cmp.Diff(wantValues, values); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
			var text caremux.Time
			if err := text.UnmarshalText([]byte(tt.text)); err != nil || !text.Time.Equal(tt.want) {
				t.Errorf("UnmarshalText = %v, %v; want %v", text.Time, err, tt.want)
			}
			if out, err := text.MarshalText(); err != nil || string(out) != tt.text {
				t.Errorf("MarshalText = %q, %v; want %q", out, err, tt.text)
			}
		})
	}
}

func TestTimeMadeHereIsSentInUTCWithMilliseconds(t *testing.T) {
	t.Parallel()
	kolkata := time.FixedZone("IST", 5*3600+1800)
	made := caremux.NewTime(time.Date(2024, 5, 6, 7, 8, 9, 123456789, kolkata))
	const want = "2024-05-06T01:38:09.123Z"
	if got := made.Text(); got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
	if got, err := json.Marshal(made); err != nil || string(got) != `"`+want+`"` {
		t.Errorf("JSON = %s, %v", got, err)
	}
	if !made.Zoned() || !made.Known() {
		t.Errorf("Zoned, Known = %v, %v, want true", made.Zoned(), made.Known())
	}
	if zero := caremux.NewTime(time.Time{}); !zero.IsZero() || zero.Known() || zero.Zoned() || zero.Text() != "" {
		t.Errorf("zero time = %+v", zero)
	}
}

func TestTimeDoesNotSendStaleTextAfterAnAssignment(t *testing.T) {
	t.Parallel()
	moved := time.Date(2030, 1, 2, 3, 4, 5, 6e6, time.UTC)
	for _, came := range []string{
		`"2012-03-12T10:20:30+05:30"`, `"2012-03-12T10:20:30Z"`, `"2012-03-12T10:20:30.000000Z"`, `1331547630`,
		`"1331547630"`, `"garbage"`, `null`,
	} {
		t.Run(came, func(t *testing.T) {
			t.Parallel()
			var v caremux.Time
			if err := json.Unmarshal([]byte(came), &v); err != nil {
				t.Fatal(err)
			}
			v.Time = moved
			got, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var again time.Time
			if err := json.Unmarshal(got, &again); err != nil || !again.Equal(moved) {
				t.Errorf("written as %s, want the moment %v", got, moved)
			}
			if came != `"garbage"` && came != `null` {
				v.Time = time.Time{}
				if got, _ := json.Marshal(v); string(got) != "null" || !v.IsZero() || v.Text() != "" {
					t.Errorf("after clearing: written as %s, IsZero %v, Text %q; want null", got, v.IsZero(), v.Text())
				}
			}
		})
	}
}

func TestTimesAreOmittedOnlyWhenNothingWasSent(t *testing.T) {
	t.Parallel()
	type model struct {
		At    caremux.Time      `json:"at,omitzero"`
		On    caremux.Date      `json:"on,omitzero"`
		From  caremux.TimeOfDay `json:"from,omitzero"`
		Plain caremux.Time      `json:"plain"`
	}
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", `{}`, `{"plain":null}`},
		{"empty texts", `{"at":"","on":"","from":"","plain":""}`, `{"plain":null}`},
		{"nulls", `{"at":null,"on":null,"from":null}`, `{"plain":null}`},
		{"unreadable", `{"at":"x","on":"y","from":"z","plain":"?"}`, `{"at":"x","on":"y","from":"z","plain":"?"}`},
		{"zero-like values are values", `{"at":0,"on":"0000-00-00","from":"00:00:00","plain":"0001-01-01T00:00:00Z"}`,
			`{"at":0,"on":"0000-00-00","from":"00:00:00","plain":"0001-01-01T00:00:00Z"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var m model
			if err := json.Unmarshal([]byte(tt.in), &m); err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(m); err != nil || string(got) != tt.want {
				t.Errorf("written as %s (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func TestTimesAndDaysPrintForPeople(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json string
		into       any
		want       string
	}{
		{"a moment as sent", `"2012-03-12T10:20:30+05:30"`, &caremux.Time{}, "2012-03-12T10:20:30+05:30"},
		{"a moment without a zone names none", `"2012-03-12T10:20:30"`, &caremux.Time{}, "2012-03-12T10:20:30"},
		{"a moment that came as a number", `1331547630`, &caremux.Time{}, "2012-03-12T10:20:30.000Z"},
		{"a moment that came as digits", `"1331547630120"`, &caremux.Time{}, "2012-03-12T10:20:30.120Z"},
		{"a number that is no moment", `1e400`, &caremux.Time{}, "1e400"},
		{"no moment", `null`, &caremux.Time{}, ""},
		{"a day as sent", `"2012-03-12"`, &caremux.Date{}, "2012-03-12"},
		{"a day that came as midnight", `"2012-03-12T00:00:00.000Z"`, &caremux.Date{}, "2012-03-12"},
		{"a text that is no day", `"12 March"`, &caremux.Date{}, "12 March"},
		{"no day", `null`, &caremux.Date{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := json.Unmarshal([]byte(tt.json), tt.into); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(tt.into); got != tt.want {
				t.Errorf("prints as %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseTimeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	got, err := caremux.ParseTime("2012-3-12T00:00:00.000Z")
	if err != nil || !got.Equal(time.Date(2012, 3, 12, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("ParseTime = %v, %v", got, err)
	}
	for _, text := range []string{"", "tomorrow SECRET", "2012-13-01"} {
		_, err := caremux.ParseTime(text)
		wantArgument(t, err, "time")
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("error %q holds the value", err)
		}
	}
}

func TestDateReadsWhatVendorsWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json       string
		year, month, day int
		text, again      string
	}{
		{"a day", `"2012-03-12"`, 2012, 3, 12, "2012-03-12", ""},
		{"midnight UTC", `"2012-03-12T00:00:00.000Z"`, 2012, 3, 12, "2012-03-12T00:00:00.000Z", ""},
		{"unpadded month", `"2012-3-12T00:00:00.000Z"`, 2012, 3, 12, "2012-3-12T00:00:00.000Z", ""},
		{"the day as written, whatever the zone", `"2012-03-12T23:30:00-08:00"`, 2012, 3, 12, "2012-03-12T23:30:00-08:00", ""},
		{"a leap day", `"2012-02-29"`, 2012, 2, 29, "2012-02-29", ""},
		{"a day that does not exist", `"2013-02-29"`, 0, 0, 0, "2013-02-29", ""},
		{"the null day of databases", `"0000-00-00"`, 0, 0, 0, "0000-00-00", ""},
		{"garbage", `"12 March"`, 0, 0, 0, "12 March", ""},
		{"a number that reads like a day", `20120312`, 2012, 3, 12, "20120312", ""},
		{"another number", `1331547630`, 0, 0, 0, "1331547630", ""},
		{"empty text", `""`, 0, 0, 0, "", `null`},
		{"null", `null`, 0, 0, 0, "", ""},
		{"a list", `[2012,3,12]`, 0, 0, 0, "[2012,3,12]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got caremux.Date
			if err := json.Unmarshal([]byte(tt.json), &got); err != nil {
				t.Fatal(err)
			}
			if got.Year != tt.year || int(got.Month) != tt.month || got.Day != tt.day {
				t.Errorf("day = %d-%d-%d, want %d-%d-%d", got.Year, got.Month, got.Day, tt.year, tt.month, tt.day)
			}
			if got.Known() != (tt.day != 0) || got.Valid() != (tt.day != 0) || got.IsZero() != (tt.text == "") {
				t.Errorf("Known %v, Valid %v, IsZero %v", got.Known(), got.Valid(), got.IsZero())
			}
			if got.Text() != tt.text {
				t.Errorf("Text = %q, want %q", got.Text(), tt.text)
			}
			want := tt.again
			if want == "" {
				want = tt.json
			}
			if again, err := json.Marshal(got); err != nil || string(again) != want {
				t.Errorf("written as %s (%v), want %s", again, err, want)
			}
			values := url.Values{}
			_ = got.EncodeValues("on", &values)
			if values.Get("on") != tt.text || len(values) != min(len(tt.text), 1) {
				t.Errorf("query = %v, want %q", values, tt.text)
			}
		})
	}
}

func TestDateMadeHere(t *testing.T) {
	t.Parallel()
	d := caremux.NewDate(1987, time.June, 5)
	if got, err := json.Marshal(d); err != nil || string(got) != `"1987-06-05"` {
		t.Errorf("JSON = %s, %v", got, err)
	}
	kolkata := time.FixedZone("IST", 5*3600+1800)
	if got := caremux.DateOf(time.Date(2024, 1, 31, 23, 59, 0, 0, kolkata)); got != caremux.NewDate(2024, 1, 31) {
		t.Errorf("DateOf = %v, want the day in the time's own zone", got)
	}
	if got, want := d.In(kolkata), time.Date(1987, 6, 5, 0, 0, 0, 0, kolkata); !got.Equal(want) {
		t.Errorf("In = %v, want %v", got, want)
	}
	if caremux.NewDate(2023, 2, 29).Valid() || caremux.NewDate(2023, 13, 1).Valid() || (caremux.Date{}).Valid() {
		t.Error("a day that does not exist is valid")
	}
	parsed, err := caremux.ParseDate("1987-06-05T00:00:00Z")
	if err != nil || parsed.Year != 1987 {
		t.Fatalf("ParseDate = %v, %v", parsed, err)
	}
	parsed.Day = 6
	if got := parsed.Text(); got != "1987-06-06" {
		t.Errorf("after a change Text = %q, want the new day", got)
	}
	parsed.Year, parsed.Month, parsed.Day = 0, 0, 0
	if got, _ := json.Marshal(parsed); string(got) != "null" || !parsed.IsZero() {
		t.Errorf("after clearing written as %s, IsZero %v", got, parsed.IsZero())
	}
	_, err = caremux.ParseDate("yesterday")
	wantArgument(t, err, "date")
}

func TestDaysThatNoCalendarHasAreRefused(t *testing.T) {
	t.Parallel()
	unreadable, _ := caremux.ParseDate("30.2.")
	for _, tt := range []struct {
		name string
		date caremux.Date
		ok   bool
	}{
		{"not given", caremux.Date{}, true},
		{"a leap day", caremux.NewDate(2024, 2, 29), true},
		{"sent back as it came", unreadable, true},
		{"no such day", caremux.NewDate(2023, 2, 30), false},
		{"no such month", caremux.NewDate(2023, 13, 1), false},
		{"without a month", caremux.NewDate(1980, 0, 12), false},
		{"without a day", caremux.NewDate(1980, 1, 0), false},
		{"a year alone", caremux.NewDate(1980, 0, 0), false},
	} {
		if err := tt.date.Validate(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestTimeOfDayReadsWhatVendorsWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json           string
		hour, minute, second int
		known                bool
		text, again          string
	}{
		{"with seconds", `"09:30:15"`, 9, 30, 15, true, "09:30:15", ""},
		{"without seconds", `"09:30"`, 9, 30, 0, true, "09:30", ""},
		{"unpadded", `"9:30"`, 9, 30, 0, true, "9:30", ""},
		{"fraction", `"09:30:15.250"`, 9, 30, 15, true, "09:30:15.250", ""},
		{"midnight", `"00:00:00"`, 0, 0, 0, true, "00:00:00", ""},
		{"short midnight", `"00:00"`, 0, 0, 0, true, "00:00", ""},
		{"afternoon", `"3:04 PM"`, 15, 4, 0, true, "3:04 PM", ""},
		{"midnight on twelve hours", `"12:00AM"`, 0, 0, 0, true, "12:00AM", ""},
		{"too late", `"24:00"`, 0, 0, 0, false, "24:00", ""},
		{"garbage", `"noon"`, 0, 0, 0, false, "noon", ""},
		{"a number", `930`, 0, 0, 0, false, "930", ""},
		{"empty text", `""`, 0, 0, 0, false, "", `null`},
		{"null", `null`, 0, 0, 0, false, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got caremux.TimeOfDay
			if err := json.Unmarshal([]byte(tt.json), &got); err != nil {
				t.Fatal(err)
			}
			if got.Hour != tt.hour || got.Minute != tt.minute || got.Second != tt.second {
				t.Errorf("time = %d:%d:%d, want %d:%d:%d", got.Hour, got.Minute, got.Second, tt.hour, tt.minute, tt.second)
			}
			if got.Known() != tt.known || got.IsZero() != (tt.text == "") {
				t.Errorf("Known %v, IsZero %v", got.Known(), got.IsZero())
			}
			if got.Text() != tt.text || got.String() != tt.text {
				t.Errorf("Text = %q, want %q", got.Text(), tt.text)
			}
			want := tt.again
			if want == "" {
				want = tt.json
			}
			if again, err := json.Marshal(got); err != nil || string(again) != want {
				t.Errorf("written as %s (%v), want %s", again, err, want)
			}
			values := url.Values{}
			_ = got.EncodeValues("from", &values)
			if values.Get("from") != tt.text || len(values) != min(len(tt.text), 1) {
				t.Errorf("query = %v, want %q", values, tt.text)
			}
		})
	}
}

func TestTimeOfDayMadeHere(t *testing.T) {
	t.Parallel()
	if got, err := json.Marshal(caremux.NewTimeOfDay(0, 0, 0)); err != nil || string(got) != `"00:00:00"` {
		t.Errorf("midnight = %s, %v", got, err)
	}
	if got := (caremux.TimeOfDay{Hour: 7}).Text(); got != "07:00:00" {
		t.Errorf("literal = %q", got)
	}
	parsed, err := caremux.ParseTimeOfDay("9:30")
	if err != nil {
		t.Fatal(err)
	}
	parsed.Hour = 10
	if got := parsed.Text(); got != "10:30:00" {
		t.Errorf("after a change Text = %q, want the new time", got)
	}
	_, err = caremux.ParseTimeOfDay("late")
	wantArgument(t, err, "time of day")
}

// fuzzSeeds are texts that touch every way of reading.
var fuzzSeeds = []string{
	`"2012-03-12T10:20:30.120Z"`, `"2012-3-12T00:00:00.000Z"`, `"2012-03-12T10:20:30+0000"`, `"2012-03-12 10:20:30"`,
	`"2012-03-12"`, `1331547630`, `1331547630.5`, `-1e-5`, `1e400`, `9223372036854775807`, `-9223372036854775808`,
	`"1331547630"`, `""`, `"garbage"`, `null`, `true`, `{}`, `[1]`, `"09:30"`, `"3:04PM"`, `"0000-00-00"`,
	`"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`, `"2012-03-12T10:20:30.1234567891Z"`,
	`"\u0032012-03-12"`, `"`, `"Z`, `"2012-03-12T10:20:30Z`, "\"\xff\"", `"<script>"`,
}

// stable checks that a value decoded, encoded and decoded again stays the same and loses no text.
func stable[T interface {
	json.Marshaler
	Text() string
	Known() bool
	IsZero() bool
	Misread() bool
}](t *testing.T, data []byte, equal func(a, b T) bool) {
	var direct T
	_ = any(&direct).(json.Unmarshaler).UnmarshalJSON(data) // must not panic whatever it is given
	if !json.Valid(data) {
		return
	}
	var first, second T
	if err := json.Unmarshal(data, &first); err != nil {
		t.Fatalf("Unmarshal(%s): %v", data, err)
	}
	once, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("Marshal(%s): %v", data, err)
	}
	if err := json.Unmarshal(once, &second); err != nil {
		t.Fatalf("Unmarshal(%s): %v", once, err)
	}
	twice, err := json.Marshal(second)
	if err != nil || string(once) != string(twice) {
		t.Errorf("%s is written as %s, then as %s (%v)", data, once, twice, err)
	}
	if !equal(first, second) || first.Known() != second.Known() || first.IsZero() != second.IsZero() || first.Text() != second.Text() {
		t.Errorf("%s reads as %+v, then as %+v", data, first, second)
	}
	var sent any
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	if err := d.Decode(&sent); err != nil {
		t.Fatal(err)
	}
	switch v := sent.(type) {
	case string:
		if first.Text() != v {
			t.Errorf("text of %s = %q, want %q", data, first.Text(), v)
		}
	case json.Number:
		if first.Text() != v.String() || string(once) != v.String() {
			t.Errorf("number %s has text %q and is written as %s", v, first.Text(), once)
		}
	case nil:
		if !first.IsZero() {
			t.Errorf("%s is taken as %v", data, first)
		}
	default:
		if first.Known() || !first.Misread() {
			t.Errorf("%s is taken as %v", data, first)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(a, b caremux.Time) bool { return a.Time.Equal(b.Time) && a.Zoned() == b.Zoned() })
	})
}

func FuzzDate(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(a, b caremux.Date) bool { return a.Year == b.Year && a.Month == b.Month && a.Day == b.Day })
	})
}

func FuzzTimeOfDay(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(a, b caremux.TimeOfDay) bool {
			return a.Hour == b.Hour && a.Minute == b.Minute && a.Second == b.Second
		})
	})
}
