package welkin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestDateTravelsAsMidnightAndPrintsAsADay(t *testing.T) {
	t.Parallel()
	late := time.Date(2012, time.March, 12, 23, 30, 0, 0, time.FixedZone("", -8*3600))
	read := func(text string) (d welkin.Date) {
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	tests := []struct {
		name       string
		day        welkin.Date
		json, text string
	}{
		{"made", welkin.NewDate(2012, time.March, 12), `"2012-03-12T00:00:00.000Z"`, "2012-03-12"},
		{"of a moment, in its own location", welkin.DateOf(late), `"2012-03-12T00:00:00.000Z"`, "2012-03-12"},
		{"read as midnight", read(`"2012-03-12T00:00:00Z"`), `"2012-03-12T00:00:00Z"`, "2012-03-12"},
		{"read as a day", read(`"2012-03-12"`), `"2012-03-12T00:00:00.000Z"`, "2012-03-12"},
		{"unreadable", read(`"12 March"`), `"12 March"`, "12 March"},
		{"none", welkin.Date{}, `null`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := json.Marshal(tt.day); err != nil || string(got) != tt.json {
				t.Errorf("travels as %s (%v), want %s", got, err, tt.json)
			}
			if got := fmt.Sprint(tt.day); got != tt.text {
				t.Errorf("prints as %q, want %q", got, tt.text)
			}
		})
	}
}

func TestDayThatNoCalendarHasIsNotSent(t *testing.T) {
	t.Parallel()
	read := func(text string) (d welkin.Date) {
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	changed := read(`"12 March"`)
	changed.Year = 1980
	for _, tt := range []struct {
		name string
		day  welkin.Date
		sent string // "" if it is refused
	}{
		{"leap day", welkin.NewDate(2024, time.February, 29), `"2024-02-29T00:00:00.000Z"`},
		{"leap day of another year", welkin.NewDate(2023, time.February, 29), ""},
		{"30 February", welkin.NewDate(2023, time.February, 30), ""},
		{"month 13", welkin.NewDate(2023, 13, 1), ""},
		{"no month", welkin.NewDate(1980, 0, 12), ""},
		{"no day", welkin.NewDate(1980, time.May, 0), ""},
		{"negative day", welkin.NewDate(1980, time.May, -1), ""},
		{"no year", welkin.NewDate(0, time.May, 1), ""},
		{"year of five digits", welkin.NewDate(19800, time.May, 1), ""},
		{"as it came", read(`"2012-03-12T00:00:00Z"`), `"2012-03-12T00:00:00Z"`},
		{"unreadable, as it came", read(`"12 March"`), `"12 March"`},
		{"half a change", changed, ""},
		{"none", welkin.Date{}, `null`},
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
