package ekacare_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func TestTimesAreWrittenAsTheirFieldsDocument(t *testing.T) {
	at := time.Date(2024, 10, 29, 13, 43, 6, 789e6, time.FixedZone("IST", 5*3600+1800))
	for _, tc := range []struct {
		value interface {
			EncodeValues(string, *url.Values) error
		}
		json, query string
	}{
		{ekacare.NewEpochSeconds(at), `1730189586`, "1730189586"},
		{ekacare.NewEpochMillis(at), `1730189586789`, "1730189586789"},
		{ekacare.NewSlashDate(1999, time.January, 2), `"02/01/1999"`, "02/01/1999"},
		{ekacare.SlashDate{Date: caremux.NewDate(1999, time.January, 2)}, `"02/01/1999"`, "02/01/1999"},
		{ekacare.SlashDateOf(time.Date(1999, time.January, 2, 1, 0, 0, 0, ekacare.IST)), `"02/01/1999"`, "02/01/1999"},
		// a number would be milliseconds
		{ekacare.NewEpochSeconds(time.Date(7000, 10, 1, 0, 0, 0, 0, time.UTC)), `"7000-10-01T00:00:00.000Z"`, "158755075200"},
		{ekacare.NewEpochMillis(time.Date(1972, 1, 1, 0, 0, 0, 0, time.UTC)), `"1972-01-01T00:00:00.000Z"`, "63072000000"}, // or seconds
		{ekacare.EpochSeconds{}, `null`, ""}, {ekacare.EpochMillis{}, `null`, ""}, {ekacare.SlashDate{}, `null`, ""},
	} {
		got, err := json.Marshal(tc.value)
		values := url.Values{}
		_ = tc.value.EncodeValues("k", &values)
		if err != nil || string(got) != tc.json || values.Get("k") != tc.query {
			t.Errorf("%T is written as %s and %q, want %s and %q; error %v", tc.value, got, values.Get("k"), tc.json, tc.query, err)
		}
	}
}

func TestTheNumber0StandsForNoTime(t *testing.T) {
	for _, value := range []interface {
		json.Unmarshaler
		IsZero() bool
		Known() bool
		Misread() bool
	}{&ekacare.EpochSeconds{}, &ekacare.EpochMillis{}} {
		if err := json.Unmarshal([]byte("0"), value); err != nil || !value.IsZero() || value.Known() || value.Misread() {
			t.Errorf("%T: %v, %v", value, value, err)
		}
		if written, err := json.Marshal(value); err != nil || string(written) != "0" {
			t.Errorf("%T is written as %s, %v", value, written, err)
		}
	}
}

func TestTimesAreReadInEveryForm(t *testing.T) {
	want := time.Date(2024, 10, 29, 8, 13, 6, 0, time.UTC)
	for _, text := range []string{
		`1730189586`, `"1730189586"`, `1730189586000`, `1730189586.0`, `"2024-10-29T08:13:06Z"`, `"2024-10-29T08:13:06.000+0000"`,
		`"2024-10-29 08:13:06.000000+00:00"`, `"2024-10-29T13:43:06+05:30"`, `"2024-10-29 08:13:06"`,
	} {
		var s ekacare.EpochSeconds
		var m ekacare.EpochMillis
		if err := json.Unmarshal([]byte(text), &s); err != nil || !s.Equal(want) {
			t.Errorf("seconds %s: %v, %v", text, s, err)
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil || !m.Equal(want) {
			t.Errorf("milliseconds %s: %v, %v", text, m, err)
		}
	}
	for text, day := range map[string]caremux.Date{
		`"31/12/1999"`: caremux.NewDate(1999, 12, 31), `"1/2/2003"`: caremux.NewDate(2003, 2, 1),
		`"01-02-2003"`:        caremux.NewDate(2003, 2, 1),
		`" 01/02/2003 10:30"`: caremux.NewDate(2003, 2, 1), `"2003-02-01"`: caremux.NewDate(2003, 2, 1),
		`"2003-02-01T10:00:00Z"`: caremux.NewDate(2003, 2, 1),
		`" 1/2/2003T10:30"`:      {}, `"1/2/2003."`: caremux.NewDate(2003, 2, 1), `"1/2/20034"`: {}, `"1/2/203"`: {},
		`"001/2/2003"`: {}, `"1/2"`: {}, `"1/"`: {},
		`"31/02/2003"`: {}, `"12/31/1999"`: {}, `"unknown"`: {}, `""`: {}, `null`: {}, `{}`: {},
	} {
		var d ekacare.SlashDate
		if err := json.Unmarshal([]byte(text), &d); err != nil || d.Year != day.Year || d.Month != day.Month || d.Day != day.Day {
			t.Errorf("date %s: %v, %v", text, d, err)
		}
	}
}

func TestTimesPrintForPeople(t *testing.T) {
	for text, into := range map[string]any{
		`1730189586`: &ekacare.EpochSeconds{}, `1730189586000`: &ekacare.EpochMillis{},
		`"29/10/2024"`: &ekacare.SlashDate{}, `"soon"`: &ekacare.SlashDate{},
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{`"29/10/2024"`: "2024-10-29", `"soon"`: "soon"}[text]
		if got := fmt.Sprint(into); got != cmp.Or(want, "2024-10-29T08:13:06.000Z") {
			t.Errorf("%s prints as %s", text, got)
		}
	}
}

func TestSlashDateIsWrittenBackAsItCameUntilItIsChanged(t *testing.T) {
	for _, text := range []string{`"31/12/1999"`, `"1/2/2003"`, `"01/02/2003 10:30"`, `"2003-02-01T10:00:00Z"`, `"unknown"`} {
		var d ekacare.SlashDate
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(d); err != nil || string(got) != text {
			t.Errorf("%s came back as %s, %v", text, got, err)
		}
	}
	var d ekacare.SlashDate
	_ = json.Unmarshal([]byte(`"1/2/2003"`), &d)
	d.Date = caremux.NewDate(2004, time.May, 6)
	if d.Text() != "06/05/2004" || d.String() != "2004-05-06" {
		t.Errorf("changed to %s", d)
	}
	d.Date = caremux.Date{}
	if got, _ := json.Marshal(d); !d.IsZero() || string(got) != "null" || d.Text() != "" {
		t.Errorf("emptied to %s", got)
	}
}

func FuzzTimes(f *testing.F) {
	for _, text := range []string{`"31/12/1999"`, `1730189586`, `"2024-10-29 08:13:06.000000+00:00"`, `null`,
		`"99/99/9999"`, `-1`, `1e300`, `{"a":1}`, `""`, `"1/2/2003\n"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		var d, again ekacare.SlashDate
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out, err := json.Marshal(d)
		if err != nil || json.Unmarshal(out, &again) != nil || again.Year != d.Year || again.Month != d.Month || again.Day != d.Day {
			t.Errorf("%s became %s, which is %v and not %v (%v)", text, out, again, d, err)
		}
		if d.Known() && !d.Valid() {
			t.Errorf("%s is %v, which is no day", text, d)
		}
		var s, same ekacare.EpochSeconds
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if out, err = json.Marshal(s); err != nil || json.Unmarshal(out, &same) != nil || !same.Equal(s.Time.Time) {
			t.Errorf("%s became %s, which is %v and not %v (%v)", text, out, same, s, err)
		}
	})
}
