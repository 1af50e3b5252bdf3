package zones

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// "all 139 names that Windows gives to time zones", with what the vendor calls them: the words in which Windows describes a zone.
func TestEveryZoneOfWindowsIsKnownByNameAndByWords(t *testing.T) {
	t.Parallel()
	if len(windowsZones) != 139 {
		t.Errorf("%d zones, want 139", len(windowsZones))
	}
	described := map[string]bool{}
	for words, zone := range windowsWords {
		described[zone] = true
		if loc, err := time.LoadLocation(IANA("(UTC+00:00) " + words)); err != nil || loc.String() != windowsZones[zone] {
			t.Errorf("%q is %v (%v), want %s", words, loc, err, windowsZones[zone])
		}
	}
	for name, iana := range windowsZones {
		if loc, err := time.LoadLocation(IANA(name)); err != nil || loc.String() != iana {
			t.Errorf("%q is %v (%v), want %s", name, loc, err, iana)
		}
		if !described[name] {
			t.Errorf("%q is known by its name alone", name)
		}
	}
}

// Names that say the offset themselves hold the table to account, and so does the zone that Kazakhstan has left.
func TestZonesOfWindowsHaveTheirOffsets(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for name, hours := range map[string]int{"UTC-11": -11, "UTC-09": -9, "UTC-08": -8, "UTC-02": -2, "UTC": 0, "UTC+12": 12, "UTC+13": 13,
		"Central Asia Standard Time": 6, "Qyzylorda Standard Time": 5, "Dateline Standard Time": -12, "Line Islands Standard Time": 14} {
		loc, err := time.LoadLocation(IANA(name))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, offset := at.In(loc).Zone(); offset != hours*3600 {
			t.Errorf("%s is UTC%+d seconds, want %d hours", name, offset, hours)
		}
	}
}
