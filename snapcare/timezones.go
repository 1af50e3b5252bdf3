package snapcare

import (
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/zones"
)

// TimeZones maps the vendor's ids of time zones to locations and back. [LoadTimeZones] requests the list once; keep the
// result and share it, as it does not change and is safe for use by several goroutines.
type TimeZones struct {
	zones []TimeZone
	byID  map[int]zoneEntry
}

type zoneEntry struct {
	zone TimeZone
	loc  *time.Location
	err  error
}

// LoadTimeZones reads the vendor's list of time zones with [UtilityService.ListTimeZones]. A zone whose name is not known
// is not an error before its id is requested.
func LoadTimeZones(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*TimeZones, error) {
	z := &TimeZones{byID: map[int]zoneEntry{}}
	for zone, err := range c.Utility.AllTimeZones(ctx, opts...) {
		if err != nil {
			return nil, err
		}
		if zone.ID == nil {
			continue
		}
		loc, err := zone.Location()
		if _, taken := z.byID[*zone.ID]; !taken {
			z.zones = append(z.zones, zone)
			z.byID[*zone.ID] = zoneEntry{zone, loc, err}
		}
	}
	return z, nil
}

// ByID returns the location that a vendor's id stands for.
func (z *TimeZones) ByID(id int) (*time.Location, error) {
	entry, err := z.entry(id)
	if err != nil {
		return nil, err
	}
	return entry.loc, entry.err
}

func (z *TimeZones) entry(id int) (zoneEntry, error) {
	entry, ok := z.byID[id]
	if !ok {
		return entry, &caremux.ArgumentError{Field: "timeZoneId", Rule: "must be an id of the vendor's list of time zones"}
	}
	return entry, nil
}

// ByLocation returns the vendor's id of loc: that of the zone of the same name, or the first zone whose clocks show the same
// from a year ago to five years ahead, which finds other names of a zone, such as US/Eastern.
func (z *TimeZones) ByLocation(loc *time.Location) (int, error) {
	if loc == nil {
		return 0, &caremux.ArgumentError{Field: "location", Rule: "is required"}
	}
	for _, zone := range z.zones {
		if entry := z.byID[*zone.ID]; entry.err == nil && entry.loc.String() == loc.String() {
			return *zone.ID, nil
		}
	}
	now := time.Now()
	for _, zone := range z.zones {
		if entry := z.byID[*zone.ID]; entry.err == nil && sameClocks(entry.loc, loc, now.AddDate(-1, 0, 0), now.AddDate(5, 0, 0)) {
			return *zone.ID, nil
		}
	}
	return 0, &caremux.ArgumentError{Field: "location", Rule: "must be in the vendor's list of time zones"}
}

// sameClocks reports whether clocks of both locations show the same at every hour of a time range.
func sameClocks(a, b *time.Location, from, to time.Time) bool {
	for at := from.Truncate(time.Hour); !at.After(to); at = at.Add(time.Hour) {
		if !sameOffset(at.In(a), b) {
			return false
		}
	}
	return true
}

// ZonedTime is [NewZonedTime] for the time zone with this id.
func (z *TimeZones) ZonedTime(start, end time.Time, id int) (*ZonedTimeInput, error) {
	entry, err := z.entry(id)
	if err != nil {
		return nil, err
	}
	return NewZonedTime(start, end, entry.zone)
}

// NewZonedTime returns start and end as local times of zone, which is one of the vendor's list, whichever locations they
// are in themselves. This is the only way to make a ZonedTimeInput that a call accepts, so that its id and its times
// always agree. It is sent as local times, so a local time that occurs twice is ambiguous here too; see [LocalTime].
func NewZonedTime(start, end time.Time, zone TimeZone) (*ZonedTimeInput, error) {
	if zone.ID == nil {
		return nil, &caremux.ArgumentError{Field: "timeZoneId", Rule: "is required"}
	}
	loc, err := zone.Location()
	if err != nil {
		return nil, err
	}
	id := *zone.ID
	z := &ZonedTimeInput{TimeZoneID: &id, StartTime: NewLocalTime(start, loc), EndTime: NewLocalTime(end, loc)}
	z.StartTime.zone, z.EndTime.zone = new(id), new(id)
	return z, nil
}

// Location returns the location that the name of the time zone stands for: an IANA name such as America/New_York, the
// name of a Windows zone, such as Eastern Standard Time, or its description in Windows, such as (UTC-05:00) Eastern Time
// (US & Canada). Any other name is an ArgumentError.
//
// It needs the time-zone database of the system, or an import of time/tzdata in the program.
func (z TimeZone) Location() (*time.Location, error) {
	name := zones.IANA(z.Name)
	if name == "" {
		return nil, &caremux.ArgumentError{Field: "time zone", Rule: "must be the name of an IANA or Windows zone"}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &caremux.ArgumentError{
			Field: "time zone", Rule: "must be in the time-zone database, of the system or from an import of time/tzdata",
		}
	}
	return loc, nil
}
