package welkin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestDayIsSentAsMidnightUnlessNoCalendarHasIt(t *testing.T) {
	t.Parallel()
	read := func(text string) (d caremux.Date) {
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	changed := read(`"12 March"`)
	changed.Year = 1980
	for _, tt := range []struct {
		name string
		day  caremux.Date
		sent string // "" if it is refused
	}{
		{"leap day", caremux.NewDate(2024, time.February, 29), `"2024-02-29T00:00:00.000Z"`},
		{"leap day of another year", caremux.NewDate(2023, time.February, 29), ""},
		{"30 February", caremux.NewDate(2023, time.February, 30), ""},
		{"month 13", caremux.NewDate(2023, 13, 1), ""},
		{"no month", caremux.NewDate(1980, 0, 12), ""},
		{"no day", caremux.NewDate(1980, time.May, 0), ""},
		{"negative day", caremux.NewDate(1980, time.May, -1), ""},
		{"no year", caremux.NewDate(0, time.May, 1), ""},
		{"year of five digits", caremux.NewDate(19800, time.May, 1), ""},
		{"of a time, in its own location", caremux.DateOf(time.Date(2012, time.March, 12, 23, 30, 0, 0, time.FixedZone("", -8*3600))),
			`"2012-03-12T00:00:00.000Z"`},
		{"read as a day", read(`"2012-03-12"`), `"2012-03-12T00:00:00.000Z"`},
		{"as it came", read(`"2012-03-12T00:00:00Z"`), `"2012-03-12T00:00:00Z"`},
		{"unreadable, as it came", read(`"12 March"`), `"12 March"`},
		{"half a change", changed, ""},
		{"none", caremux.Date{}, `null`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, `{"id":"1"}` }}
			c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")))
			_, err := c.Patients.Update(t.Context(), charlie, &welkin.PatientUpdate{BirthDate: &tt.day})
			if tt.sent == "" {
				var argument *caremux.ArgumentError
				if !errors.As(err, &argument) || argument.Field != "birthDate" || len(v.sent) != 0 {
					t.Errorf("got %v, sent %q", err, v.bodies)
				}
				return
			}
			want := `{"birthDate":` + tt.sent + `}`
			if tt.day.IsZero() {
				want = `{}`
			}
			if err != nil || v.bodies[0] != want {
				t.Errorf("sent %s, %v, want %s", v.bodies, err, want)
			}
		})
	}
}
