package wire

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

func TestMidnightOfADayIsInUTCAndADayThatCameStaysAsItCame(t *testing.T) {
	t.Parallel()
	read := func(text string) (d caremux.Date) {
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		name string
		day  caremux.Date
		want string
	}{
		{"made", caremux.NewDate(2012, time.March, 12), `"2012-03-12T00:00:00.000Z"`},
		{"read as a day", read(`"2012-03-12"`), `"2012-03-12T00:00:00.000Z"`},
		{"read as midnight", read(`"2012-03-12T00:00:00Z"`), `"2012-03-12T00:00:00Z"`},
		{"read as another time", read(`"2012-03-12T23:59:00+05:30"`), `"2012-03-12T23:59:00+05:30"`},
		{"unreadable", read(`"12 March"`), `"12 March"`},
		{"a number", read(`20120312`), `20120312`},
		{"none", caremux.Date{}, `null`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := tt.day
			for _, got := range []any{Midnight(tt.day), Midnight(&tt.day)} {
				if text, err := json.Marshal(got); err != nil || string(text) != tt.want {
					t.Errorf("%s, %v, want %s", text, err, tt.want)
				}
			}
			if tt.day != before {
				t.Error("the caller's day was changed")
			}
		})
	}
	if got := Midnight[*caremux.Date](nil); got != nil {
		t.Errorf("of no day %v", got)
	}
}
