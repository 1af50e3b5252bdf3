package welkin_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

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
