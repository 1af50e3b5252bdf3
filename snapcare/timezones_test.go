package snapcare_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

const timeZonesAnswer = `{"data": [
  {"id": 3, "name": "America/New_York"}, {"id": 4, "name": "Central Standard Time"},
  {"id": 5, "name": "(UTC-07:00) Mountain Time (US & Canada)"}, {"id": 6, "name": "(GMT+05:30) Chennai, Kolkata, Mumbai, New Delhi"},
  {"id": 7, "name": "Pacific Daylight Time"}, {"id": 8, "name": "Mars/Olympus"}, {"id": 9, "name": "Somewhere Standard Time"},
  {"id": 10, "name": " utc "}, {"id": 11}, {"name": "Asia/Tokyo"}, {"id": 3, "name": "Asia/Tokyo"}], "total": 11}`

func timeZones(t *testing.T) *snapcare.TimeZones {
	t.Helper()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || r.URL.Path != "/v2/timezones" {
			t.Errorf("got %s %s", r.Method, r.URL.Path)
		}
		asked.Add(1)
		_, _ = w.Write([]byte(timeZonesAnswer))
	}))
	t.Cleanup(func() {
		server.Close()
		if n := asked.Load(); n != 1 {
			t.Errorf("the list was asked for %d times", n)
		}
	})
	zones, err := snapcare.LoadTimeZones(context.Background(), newClient(t, server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return zones
}

func TestTimeZonesByID(t *testing.T) {
	zones := timeZones(t)
	for id, want := range map[int]string{3: "America/New_York", 4: "America/Chicago", 5: "America/Denver", 6: "Asia/Kolkata",
		7: "America/Los_Angeles", 10: "UTC"} {
		if loc, err := zones.ByID(id); err != nil || loc.String() != want {
			t.Errorf("id %d is %v (%v), want %s", id, loc, err, want)
		}
	}
	for id, want := range map[int]string{8: "must be in the time-zone database", 9: "must be the name",
		11: "must be the name", 99: "must be an id of the vendor's list"} {
		loc, err := zones.ByID(id)
		if !errors.Is(err, caremux.ErrInvalid) || !strings.Contains(err.Error(), want) || loc != nil {
			t.Errorf("id %d is %v (%v), want an error with %s", id, loc, err, want)
		}
		if strings.Contains(err.Error(), "Mars") || strings.Contains(err.Error(), "Somewhere") {
			t.Errorf("%v holds the value", err)
		}
		if _, err := zones.ZonedTime(time.Now(), time.Now(), id); err == nil {
			t.Errorf("a zoned time of id %d is made", id)
		}
	}
}

func TestTimeZonesByLocation(t *testing.T) {
	zones := timeZones(t)
	for name, want := range map[string]int{
		"America/New_York": 3, "US/Eastern": 3, "America/Chicago": 4, "Asia/Calcutta": 6, "Etc/UTC": 10,
	} {
		if id, err := zones.ByLocation(location(t, name)); err != nil || id != want {
			t.Errorf("%s is %d (%v), want %d", name, id, err, want)
		}
	}
	// Phoenix shows what Denver shows in winter only.
	for _, loc := range []*time.Location{location(t, "America/Phoenix"), location(t, "Asia/Tokyo"), time.FixedZone("EST", -5*3600), nil} {
		if id, err := zones.ByLocation(loc); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%v is %d (%v), want an ArgumentError", loc, id, err)
		}
	}
}

func TestLoadTimeZonesThatFails(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer server.Close()
	if zones, err := snapcare.LoadTimeZones(context.Background(), newClient(t, server.URL)); !errors.Is(err, caremux.ErrForbidden) ||
		zones != nil {
		t.Errorf("got %v, %v", zones, err)
	}
}

func TestNewZonedTime(t *testing.T) {
	start, end := moment(t, "2019-03-14T21:48:00Z"), moment(t, "2019-03-15T03:20:00+05:30")
	made, err := timeZones(t).ZonedTime(start, end, 6)
	if err != nil {
		t.Fatal(err)
	}
	if *made.TimeZoneID != 6 || made.StartTime.String() != "2019-03-15T03:18:00" || made.EndTime.String() != "2019-03-15T03:20:00" {
		t.Errorf("got id %d, %s to %s", *made.TimeZoneID, made.StartTime, made.EndTime)
	}
	if !made.StartTime.Time().Equal(start) || !made.EndTime.Time().Equal(end) || made.Validate() != nil {
		t.Errorf("got %v to %v, %v", made.StartTime.Time(), made.EndTime.Time(), made.Validate())
	}
	made.TimeZoneID = new(3)
	if err := made.Validate(); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("the times of one zone go with the id of another: %v", err)
	}
	for name, zone := range map[string]snapcare.TimeZone{"no id": {Name: "America/New_York"}, "no name": {ID: new(3)}} {
		if got, err := snapcare.NewZonedTime(start, end, zone); !errors.Is(err, caremux.ErrInvalid) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}
