package wire

import (
	"time"

	"github.com/caremux/caremux"
)

// Midnight is the day, or the day that the pointer leads to, as the time at which it begins in UTC,
// 2012-03-12T00:00:00.000Z: it is sent so to a vendor who writes days as times. A day that came from a vendor is
// sent as it came.
func Midnight[T caremux.Date | *caremux.Date](day T) T {
	switch d := any(day).(type) {
	case caremux.Date:
		return any(midnight(d)).(T)
	case *caremux.Date:
		if d != nil {
			m := midnight(*d)
			return any(&m).(T)
		}
	}
	return day
}

func midnight(d caremux.Date) caremux.Date {
	text := d.Text()
	if !d.Known() || len(text) != len(time.DateOnly) {
		return d
	}
	var m caremux.Date
	if err := m.UnmarshalJSON([]byte(`"` + text + `T00:00:00.000Z"`)); err != nil || !m.Known() {
		return d
	}
	return m
}
