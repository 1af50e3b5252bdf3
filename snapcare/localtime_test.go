package snapcare_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, wherever they run

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func local(t testing.TB, text string, loc *time.Location) *snapcare.LocalTime {
	t.Helper()
	at, err := snapcare.ParseLocalTime(text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestLocalTimesThroughClockChanges goes both ways. New York's clocks went forward on 10 March and back on 3 November
// 2019; Kolkata's did neither.
func TestLocalTimesThroughClockChanges(t *testing.T) {
	for _, tt := range []struct {
		name      string
		zone      string
		moment    string // as given, in whichever zone
		local     string
		ambiguous bool
		back      string // the moment that the text means, "" for the same
	}{
		{name: "New York, winter", zone: "America/New_York", moment: "2019-03-09T17:48:00Z", local: "2019-03-09T12:48:00"},
		{name: "New York, the seed's", zone: "America/New_York", moment: "2019-03-14T21:48:00Z", local: "2019-03-14T17:48:00"},
		{name: "New York, from Kolkata", zone: "America/New_York", moment: "2019-03-15T03:18:00+05:30", local: "2019-03-14T17:48:00"},
		{name: "New York, last second before the gap", zone: "America/New_York", moment: "2019-03-10T06:59:59Z",
			local: "2019-03-10T01:59:59"},
		{name: "New York, first second after the gap", zone: "America/New_York", moment: "2019-03-10T07:00:00Z",
			local: "2019-03-10T03:00:00"},
		{name: "New York, last second before the overlap", zone: "America/New_York", moment: "2019-11-03T04:59:59Z",
			local: "2019-11-03T00:59:59"},
		{name: "New York, overlap, first start", zone: "America/New_York", moment: "2019-11-03T05:00:00Z",
			local: "2019-11-03T01:00:00", ambiguous: true},
		{name: "New York, overlap, first time", zone: "America/New_York", moment: "2019-11-03T05:30:00Z",
			local: "2019-11-03T01:30:00", ambiguous: true},
		{name: "New York, overlap, second time", zone: "America/New_York", moment: "2019-11-03T06:30:00Z",
			local: "2019-11-03T01:30:00", ambiguous: true, back: "2019-11-03T05:30:00Z"},
		{name: "New York, first second after the overlap", zone: "America/New_York", moment: "2019-11-03T07:00:00Z",
			local: "2019-11-03T02:00:00"},
		{name: "New York, another day by UTC", zone: "America/New_York", moment: "2020-01-01T04:59:59Z", local: "2019-12-31T23:59:59"},
		{name: "New York, last day of a leap year", zone: "America/New_York", moment: "2028-12-31T22:48:00Z", local: "2028-12-31T17:48:00"},
		{name: "Kolkata, New York's gap", zone: "Asia/Kolkata", moment: "2019-03-10T07:00:00Z", local: "2019-03-10T12:30:00"},
		{name: "Kolkata, clock time of New York's gap", zone: "Asia/Kolkata", moment: "2019-03-09T21:00:00Z", local: "2019-03-10T02:30:00"},
		{name: "Kolkata, New York's overlap", zone: "Asia/Kolkata", moment: "2019-11-03T06:30:00Z", local: "2019-11-03T12:00:00"},
		{name: "Kolkata, clock time of New York's overlap", zone: "Asia/Kolkata", moment: "2019-11-02T20:00:00Z",
			local: "2019-11-03T01:30:00"},
		{name: "Kolkata, from New York", zone: "Asia/Kolkata", moment: "2019-07-01T10:00:00-04:00", local: "2019-07-01T19:30:00"},
		{name: "Lord Howe, whose clocks change by half an hour", zone: "Australia/Lord_Howe", moment: "2019-04-06T15:15:00Z",
			local: "2019-04-07T01:45:00", ambiguous: true, back: "2019-04-06T14:45:00Z"},
		{name: "Apia, after the day that was left out", zone: "Pacific/Apia", moment: "2011-12-30T10:00:00Z", local: "2011-12-31T00:00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			loc, at := location(t, tt.zone), moment(t, tt.moment)
			made := snapcare.NewLocalTime(at, loc)
			if made.String() != tt.local || made.Ambiguous() != tt.ambiguous {
				t.Errorf("NewLocalTime gives %s, ambiguous %v, want %s, %v", made, made.Ambiguous(), tt.local, tt.ambiguous)
			}
			if !made.Time().Equal(at) || made.Location() != loc || made.Validate() != nil {
				t.Errorf("NewLocalTime gives %v in %v, %v", made.Time(), made.Location(), made.Validate())
			}
			want := at
			if tt.back != "" {
				want = moment(t, tt.back)
			}
			read := local(t, tt.local, loc)
			if !read.Time().Equal(want) || read.String() != tt.local || read.Ambiguous() != tt.ambiguous {
				t.Errorf("ParseLocalTime gives %v (%s, ambiguous %v), want %v", read.Time(), read, read.Ambiguous(), want)
			}
			if same := snapcare.NewLocalTime(read.Time(), loc); same.String() != tt.local {
				t.Errorf("the moment shows %s, want %s", same, tt.local)
			}
		})
	}
}

func TestLocalTimesThatAreRefused(t *testing.T) {
	newYork := location(t, "America/New_York")
	for name, tt := range map[string]struct {
		text string
		loc  *time.Location
	}{
		"in the gap":               {"2019-03-10T02:30:00", newYork},
		"first second of the gap":  {"2019-03-10T02:00:00", newYork},
		"last second of the gap":   {"2019-03-10T02:59:59", newYork},
		"in a day that is missing": {"2011-12-30T12:00:00", location(t, "Pacific/Apia")},
		"without a location":       {"2019-03-14T17:48:00", nil},
		"with an offset":           {"2019-03-14T17:48:00-04:00", newYork},
		"in UTC":                   {"2019-03-14T17:48:00Z", newYork},
		"a day":                    {"2019-03-14", newYork},
		"an hour of one digit":     {"2019-03-14T7:48:00", newYork},
		"a comma":                  {"2019-03-14T17:48:00,5", newYork},
		"a day that does not come": {"2019-02-30T17:48:00", newYork},
		"the year 1":               {"0001-01-01T00:00:00", time.UTC},
		"nothing":                  {"", newYork},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := snapcare.ParseLocalTime(tt.text, tt.loc)
			if argument, ok := errors.AsType[*caremux.ArgumentError](err); !ok || got != nil {
				t.Errorf("got %v, %v; want an ArgumentError", got, argument)
			}
		})
	}
	for text, want := range map[string]string{"2019-03-14T17:48": "2019-03-14T17:48:00", "2019-03-14T17:48:01.75": "2019-03-14T17:48:01"} {
		if got := local(t, text, newYork); got.String() != want {
			t.Errorf("%s reads as %s, want %s", text, got, want)
		}
	}
}

func TestLocalTimeOnTheWire(t *testing.T) {
	type body struct {
		At   *snapcare.LocalTime `json:"at,omitzero"`
		Then *snapcare.LocalTime `json:"then,omitzero"`
	}
	newYork := location(t, "America/New_York")
	data, err := json.Marshal(body{At: snapcare.NewLocalTime(moment(t, "2019-03-14T21:48:00.9Z"), newYork), Then: new(snapcare.LocalTime)})
	if err != nil || string(data) != `{"at":"2019-03-14T17:48:00"}` {
		t.Errorf("got %s, %v", data, err)
	}
	if data, err := json.Marshal(snapcare.LocalTime{}); err != nil || string(data) != "null" {
		t.Errorf("the zero value gives %s, %v", data, err)
	}
	values := url.Values{}
	_ = snapcare.LocalTime{}.EncodeValues("none", &values)
	_ = local(t, "2019-03-14T17:48:00", newYork).EncodeValues("at", &values)
	if got := values.Encode(); got != "at=2019-03-14T17%3A48%3A00" {
		t.Errorf("the query is %s", got)
	}

	var read body
	if err := json.Unmarshal([]byte(`{"at": "2019-03-14T17:48:00", "then": "2019-03-14T17:48:00-04:00"}`), &read); err != nil {
		t.Fatal(err)
	}
	if read.At.String() != "2019-03-14T17:48:00" || read.At.Location() != nil || !read.At.Time().IsZero() || read.At.Ambiguous() {
		t.Errorf("read %v in %v, %v", read.At, read.At.Location(), read.At.Time())
	}
	if read.Then.String() != "2019-03-14T17:48:00-04:00" {
		t.Errorf("the text is not kept: %s", read.Then)
	}
	for name, at := range map[string]*snapcare.LocalTime{"naive": read.At, "with an offset": read.Then,
		"made without a location": snapcare.NewLocalTime(time.Now(), nil),
		"in the year 12000":       snapcare.NewLocalTime(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), newYork)} {
		if err := at.Validate(); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: Validate gives %v", name, err)
		}
	}
	if at, err := read.At.In(newYork); err != nil || !at.Time().Equal(moment(t, "2019-03-14T17:48:00-04:00")) || at.Validate() != nil {
		t.Errorf("In New York: %v, %v", at, err)
	}
	if at, err := read.Then.In(newYork); err == nil {
		t.Errorf("a text with an offset is taken as %v", at)
	}
	if err := (snapcare.LocalTime{}).Validate(); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(`{"at": 5}`), &read); err != nil || !read.At.Misread() ||
		read.At.String() != "5" || read.At.Validate() == nil {
		t.Errorf("a number is read as %v (%v)", read.At, err)
	}
}

func FuzzParseLocalTime(f *testing.F) {
	zones := []*time.Location{location(f, "America/New_York"), location(f, "Asia/Kolkata"), location(f, "Australia/Lord_Howe"),
		location(f, "Pacific/Apia"), location(f, "Africa/Monrovia"), time.UTC}
	for _, seed := range []string{"2019-03-14T17:48:00", "2019-03-10T02:30:00", "2019-11-03T01:30:00", "2011-12-30T12:00:00",
		"0002-01-01T00:00:00", "9999-12-31T23:59:59", "2019-03-14T17:48", "2019-03-14T17:48:00Z", "1972-01-07T00:10:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, loc := range zones {
			at, err := snapcare.ParseLocalTime(text, loc)
			if err != nil {
				if !errors.Is(err, caremux.ErrInvalid) {
					t.Errorf("%q in %s: %v", text, loc, err)
				}
				continue
			}
			if at.IsZero() || at.Validate() != nil {
				t.Errorf("%q in %s is zero or not valid: %v", text, loc, at.Validate())
			}
			if again := snapcare.NewLocalTime(at.Time(), loc); again.String() != at.String() || len(text) == 19 && at.String() != text {
				t.Errorf("%q in %s is %s, and its moment shows %s", text, loc, at, again)
			}
			if read, err := snapcare.ParseLocalTime(at.String(), loc); err != nil || !read.Time().Equal(at.Time()) {
				t.Errorf("%q in %s is %s, which reads as %v, %v", text, loc, at, read, err)
			}
		}
	})
}
