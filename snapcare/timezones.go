package snapcare

import (
	"context"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// TimeZones maps the vendor's ids of time zones to locations and back. [LoadTimeZones] asks for the list once; keep the
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
// is no error before its id is asked for.
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

// ByLocation returns the vendor's id of loc: that of the zone of the same name, or else of the first zone whose clocks show
// the same from a year ago to five years ahead, which finds other names of a zone, such as US/Eastern.
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

// sameClocks reports whether clocks of both locations show the same at every hour from one moment to another.
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
// always agree. It travels as local times, so those that clocks show twice mean two moments here too; see [LocalTime].
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

// Location returns the location that the name of the time zone stands for: an IANA name such as America/New_York, a name
// that Windows gives a zone, such as Eastern Standard Time, or the words in which Windows describes it, such as
// (UTC-05:00) Eastern Time (US & Canada). An ArgumentError says that the name is none of these.
//
// It needs the time-zone database of the system, or an import of time/tzdata in the program.
func (z TimeZone) Location() (*time.Location, error) {
	name := ianaName(z.Name)
	if name == "" {
		return nil, &caremux.ArgumentError{Field: "time zone", Rule: "must have a name that IANA or Windows gives a zone"}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &caremux.ArgumentError{Field: "time zone", Rule: "must be in the time-zone database, of the system or from an import of time/tzdata"}
	}
	return loc, nil
}

// ianaName returns the IANA name of a zone, or nothing. A name that only looks like one is for time.LoadLocation to refuse.
func ianaName(name string) string {
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, "(UTC") || strings.HasPrefix(name, "(GMT") {
		if _, words, ok := strings.Cut(name, ")"); ok {
			name = strings.TrimSpace(words)
		}
	}
	key := strings.ToLower(name)
	if iana, ok := windowsZones[key]; ok {
		return iana
	}
	if iana, ok := windowsZones[strings.Replace(key, " daylight time", " standard time", 1)]; ok {
		return iana
	}
	if iana, ok := windowsWords[key]; ok {
		return iana
	}
	if area, city, ok := strings.Cut(name, "/"); ok && area != "" && city != "" && !strings.ContainsAny(name, " ,;()&") {
		return name
	}
	return ""
}

// windowsZones holds the IANA name of the zones of Windows, by their names there in small letters.
var windowsZones = map[string]string{
	"utc":                             "UTC",
	"coordinated universal time":      "UTC",
	"etc/utc":                         "UTC",
	"dateline standard time":          "Etc/GMT+12",
	"utc-11":                          "Etc/GMT+11",
	"aleutian standard time":          "America/Adak",
	"hawaiian standard time":          "Pacific/Honolulu",
	"alaskan standard time":           "America/Anchorage",
	"pacific standard time (mexico)":  "America/Tijuana",
	"pacific standard time":           "America/Los_Angeles",
	"us mountain standard time":       "America/Phoenix",
	"mountain standard time (mexico)": "America/Mazatlan",
	"mountain standard time":          "America/Denver",
	"central america standard time":   "America/Guatemala",
	"central standard time":           "America/Chicago",
	"central standard time (mexico)":  "America/Mexico_City",
	"canada central standard time":    "America/Regina",
	"sa pacific standard time":        "America/Bogota",
	"eastern standard time (mexico)":  "America/Cancun",
	"eastern standard time":           "America/New_York",
	"haiti standard time":             "America/Port-au-Prince",
	"cuba standard time":              "America/Havana",
	"us eastern standard time":        "America/Indiana/Indianapolis",
	"paraguay standard time":          "America/Asuncion",
	"atlantic standard time":          "America/Halifax",
	"venezuela standard time":         "America/Caracas",
	"central brazilian standard time": "America/Cuiaba",
	"sa western standard time":        "America/La_Paz",
	"pacific sa standard time":        "America/Santiago",
	"newfoundland standard time":      "America/St_Johns",
	"e. south america standard time":  "America/Sao_Paulo",
	"sa eastern standard time":        "America/Cayenne",
	"argentina standard time":         "America/Argentina/Buenos_Aires",
	"greenland standard time":         "America/Nuuk",
	"montevideo standard time":        "America/Montevideo",
	"bahia standard time":             "America/Bahia",
	"azores standard time":            "Atlantic/Azores",
	"cape verde standard time":        "Atlantic/Cape_Verde",
	"gmt standard time":               "Europe/London",
	"greenwich standard time":         "Atlantic/Reykjavik",
	"morocco standard time":           "Africa/Casablanca",
	"w. europe standard time":         "Europe/Berlin",
	"central europe standard time":    "Europe/Budapest",
	"romance standard time":           "Europe/Paris",
	"central european standard time":  "Europe/Warsaw",
	"w. central africa standard time": "Africa/Lagos",
	"jordan standard time":            "Asia/Amman",
	"gtb standard time":               "Europe/Bucharest",
	"middle east standard time":       "Asia/Beirut",
	"egypt standard time":             "Africa/Cairo",
	"e. europe standard time":         "Europe/Chisinau",
	"south africa standard time":      "Africa/Johannesburg",
	"fle standard time":               "Europe/Kyiv",
	"israel standard time":            "Asia/Jerusalem",
	"kaliningrad standard time":       "Europe/Kaliningrad",
	"arabic standard time":            "Asia/Baghdad",
	"turkey standard time":            "Europe/Istanbul",
	"arab standard time":              "Asia/Riyadh",
	"belarus standard time":           "Europe/Minsk",
	"russian standard time":           "Europe/Moscow",
	"e. africa standard time":         "Africa/Nairobi",
	"iran standard time":              "Asia/Tehran",
	"arabian standard time":           "Asia/Dubai",
	"azerbaijan standard time":        "Asia/Baku",
	"mauritius standard time":         "Indian/Mauritius",
	"georgian standard time":          "Asia/Tbilisi",
	"caucasus standard time":          "Asia/Yerevan",
	"afghanistan standard time":       "Asia/Kabul",
	"west asia standard time":         "Asia/Tashkent",
	"ekaterinburg standard time":      "Asia/Yekaterinburg",
	"pakistan standard time":          "Asia/Karachi",
	"india standard time":             "Asia/Kolkata",
	"sri lanka standard time":         "Asia/Colombo",
	"nepal standard time":             "Asia/Kathmandu",
	"bangladesh standard time":        "Asia/Dhaka",
	"n. central asia standard time":   "Asia/Novosibirsk",
	"myanmar standard time":           "Asia/Yangon",
	"se asia standard time":           "Asia/Bangkok",
	"north asia standard time":        "Asia/Krasnoyarsk",
	"china standard time":             "Asia/Shanghai",
	"north asia east standard time":   "Asia/Irkutsk",
	"singapore standard time":         "Asia/Singapore",
	"w. australia standard time":      "Australia/Perth",
	"taipei standard time":            "Asia/Taipei",
	"ulaanbaatar standard time":       "Asia/Ulaanbaatar",
	"tokyo standard time":             "Asia/Tokyo",
	"korea standard time":             "Asia/Seoul",
	"yakutsk standard time":           "Asia/Yakutsk",
	"cen. australia standard time":    "Australia/Adelaide",
	"aus central standard time":       "Australia/Darwin",
	"e. australia standard time":      "Australia/Brisbane",
	"aus eastern standard time":       "Australia/Sydney",
	"west pacific standard time":      "Pacific/Port_Moresby",
	"tasmania standard time":          "Australia/Hobart",
	"vladivostok standard time":       "Asia/Vladivostok",
	"central pacific standard time":   "Pacific/Guadalcanal",
	"new zealand standard time":       "Pacific/Auckland",
	"fiji standard time":              "Pacific/Fiji",
	"tonga standard time":             "Pacific/Tongatapu",
	"samoa standard time":             "Pacific/Apia",
}

// windowsWords holds the IANA name of zones by the words in which Windows describes them, in small letters.
var windowsWords = map[string]string{
	"hawaii":                            "Pacific/Honolulu",
	"alaska":                            "America/Anchorage",
	"baja california":                   "America/Tijuana",
	"pacific time (us & canada)":        "America/Los_Angeles",
	"arizona":                           "America/Phoenix",
	"mountain time (us & canada)":       "America/Denver",
	"central america":                   "America/Guatemala",
	"central time (us & canada)":        "America/Chicago",
	"saskatchewan":                      "America/Regina",
	"bogota, lima, quito":               "America/Bogota",
	"bogota, lima, quito, rio branco":   "America/Bogota",
	"eastern time (us & canada)":        "America/New_York",
	"indiana (east)":                    "America/Indiana/Indianapolis",
	"atlantic time (canada)":            "America/Halifax",
	"caracas":                           "America/Caracas",
	"santiago":                          "America/Santiago",
	"newfoundland":                      "America/St_Johns",
	"brasilia":                          "America/Sao_Paulo",
	"city of buenos aires":              "America/Argentina/Buenos_Aires",
	"buenos aires":                      "America/Argentina/Buenos_Aires",
	"dublin, edinburgh, lisbon, london": "Europe/London",
	"amsterdam, berlin, bern, rome, stockholm, vienna": "Europe/Berlin",
	"brussels, copenhagen, madrid, paris":              "Europe/Paris",
	"athens, bucharest":                                "Europe/Bucharest",
	"helsinki, kyiv, riga, sofia, tallinn, vilnius":    "Europe/Kyiv",
	"jerusalem":                             "Asia/Jerusalem",
	"istanbul":                              "Europe/Istanbul",
	"kuwait, riyadh":                        "Asia/Riyadh",
	"minsk":                                 "Europe/Minsk",
	"nairobi":                               "Africa/Nairobi",
	"abu dhabi, muscat":                     "Asia/Dubai",
	"islamabad, karachi":                    "Asia/Karachi",
	"chennai, kolkata, mumbai, new delhi":   "Asia/Kolkata",
	"dhaka":                                 "Asia/Dhaka",
	"bangkok, hanoi, jakarta":               "Asia/Bangkok",
	"beijing, chongqing, hong kong, urumqi": "Asia/Shanghai",
	"kuala lumpur, singapore":               "Asia/Singapore",
	"perth":                                 "Australia/Perth",
	"osaka, sapporo, tokyo":                 "Asia/Tokyo",
	"seoul":                                 "Asia/Seoul",
	"adelaide":                              "Australia/Adelaide",
	"darwin":                                "Australia/Darwin",
	"brisbane":                              "Australia/Brisbane",
	"canberra, melbourne, sydney":           "Australia/Sydney",
	"hobart":                                "Australia/Hobart",
	"auckland, wellington":                  "Pacific/Auckland",
}
