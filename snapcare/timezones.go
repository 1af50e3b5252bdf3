package snapcare

import (
	"context"
	"strings"
	"time"

	"github.com/caremux/caremux"
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
	name := ianaName(z.Name)
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
	if zone, ok := windowsWords[key]; ok {
		return windowsZones[zone]
	}
	if key == "etc/utc" {
		return "UTC"
	}
	if area, city, ok := strings.Cut(name, "/"); ok && area != "" && city != "" && !strings.ContainsAny(name, " ,;()&") {
		return name
	}
	return ""
}

// windowsWords holds the names that Windows gives zones by the words in which it describes them, all in small letters. Vendors that keep
// the DisplayName of a .NET TimeZoneInfo send these.
var windowsWords = map[string]string{
	"international date line west":         "dateline standard time",
	"coordinated universal time-11":        "utc-11",
	"aleutian islands":                     "aleutian standard time",
	"hawaii":                               "hawaiian standard time",
	"marquesas islands":                    "marquesas standard time",
	"alaska":                               "alaskan standard time",
	"coordinated universal time-09":        "utc-09",
	"coordinated universal time-9":         "utc-09",
	"baja california":                      "pacific standard time (mexico)",
	"coordinated universal time-08":        "utc-08",
	"coordinated universal time-8":         "utc-08",
	"pacific time (us & canada)":           "pacific standard time",
	"arizona":                              "us mountain standard time",
	"chihuahua, la paz, mazatlan":          "mountain standard time (mexico)",
	"la paz, mazatlan":                     "mountain standard time (mexico)",
	"mountain time (us & canada)":          "mountain standard time",
	"yukon":                                "yukon standard time",
	"central america":                      "central america standard time",
	"central time (us & canada)":           "central standard time",
	"easter island":                        "easter island standard time",
	"guadalajara, mexico city, monterrey":  "central standard time (mexico)",
	"saskatchewan":                         "canada central standard time",
	"bogota, lima, quito":                  "sa pacific standard time",
	"bogota, lima, quito, rio branco":      "sa pacific standard time",
	"chetumal":                             "eastern standard time (mexico)",
	"eastern time (us & canada)":           "eastern standard time",
	"haiti":                                "haiti standard time",
	"havana":                               "cuba standard time",
	"indiana (east)":                       "us eastern standard time",
	"turks and caicos":                     "turks and caicos standard time",
	"asuncion":                             "paraguay standard time",
	"atlantic time (canada)":               "atlantic standard time",
	"caracas":                              "venezuela standard time",
	"cuiaba":                               "central brazilian standard time",
	"georgetown, la paz, manaus, san juan": "sa western standard time",
	"santiago":                             "pacific sa standard time",
	"newfoundland":                         "newfoundland standard time",
	"araguaina":                            "tocantins standard time",
	"brasilia":                             "e. south america standard time",
	"cayenne, fortaleza":                   "sa eastern standard time",
	"city of buenos aires":                 "argentina standard time",
	"buenos aires":                         "argentina standard time",
	"greenland":                            "greenland standard time",
	"montevideo":                           "montevideo standard time",
	"punta arenas":                         "magallanes standard time",
	"saint pierre and miquelon":            "saint pierre standard time",
	"salvador":                             "bahia standard time",
	"coordinated universal time-02":        "utc-02",
	"coordinated universal time-2":         "utc-02",
	"azores":                               "azores standard time",
	"cabo verde is.":                       "cape verde standard time",
	"cape verde is.":                       "cape verde standard time",
	"coordinated universal time":           "utc",
	"dublin, edinburgh, lisbon, london":    "gmt standard time",
	"monrovia, reykjavik":                  "greenwich standard time",
	"sao tome":                             "sao tome standard time",
	"casablanca":                           "morocco standard time",
	"amsterdam, berlin, bern, rome, stockholm, vienna":  "w. europe standard time",
	"belgrade, bratislava, budapest, ljubljana, prague": "central europe standard time",
	"brussels, copenhagen, madrid, paris":               "romance standard time",
	"sarajevo, skopje, warsaw, zagreb":                  "central european standard time",
	"west central africa":                               "w. central africa standard time",
	"amman":                                             "jordan standard time",
	"athens, bucharest":                                 "gtb standard time",
	"beirut":                                            "middle east standard time",
	"cairo":                                             "egypt standard time",
	"chisinau":                                          "e. europe standard time",
	"damascus":                                          "syria standard time",
	"gaza, hebron":                                      "west bank standard time",
	"harare, pretoria":                                  "south africa standard time",
	"helsinki, kyiv, riga, sofia, tallinn, vilnius": "fle standard time",
	"jerusalem":                             "israel standard time",
	"juba":                                  "south sudan standard time",
	"kaliningrad":                           "kaliningrad standard time",
	"khartoum":                              "sudan standard time",
	"tripoli":                               "libya standard time",
	"windhoek":                              "namibia standard time",
	"baghdad":                               "arabic standard time",
	"istanbul":                              "turkey standard time",
	"kuwait, riyadh":                        "arab standard time",
	"minsk":                                 "belarus standard time",
	"moscow, st. petersburg":                "russian standard time",
	"moscow, st. petersburg, volgograd":     "russian standard time",
	"nairobi":                               "e. africa standard time",
	"volgograd":                             "volgograd standard time",
	"tehran":                                "iran standard time",
	"abu dhabi, muscat":                     "arabian standard time",
	"astrakhan, ulyanovsk":                  "astrakhan standard time",
	"baku":                                  "azerbaijan standard time",
	"izhevsk, samara":                       "russia time zone 3",
	"port louis":                            "mauritius standard time",
	"saratov":                               "saratov standard time",
	"tbilisi":                               "georgian standard time",
	"yerevan":                               "caucasus standard time",
	"kabul":                                 "afghanistan standard time",
	"ashgabat, tashkent":                    "west asia standard time",
	"ekaterinburg":                          "ekaterinburg standard time",
	"islamabad, karachi":                    "pakistan standard time",
	"qyzylorda":                             "qyzylorda standard time",
	"chennai, kolkata, mumbai, new delhi":   "india standard time",
	"sri jayawardenepura":                   "sri lanka standard time",
	"kathmandu":                             "nepal standard time",
	"bishkek":                               "central asia standard time",
	"dhaka":                                 "bangladesh standard time",
	"omsk":                                  "omsk standard time",
	"yangon (rangoon)":                      "myanmar standard time",
	"bangkok, hanoi, jakarta":               "se asia standard time",
	"barnaul, gorno-altaysk":                "altai standard time",
	"hovd":                                  "w. mongolia standard time",
	"krasnoyarsk":                           "north asia standard time",
	"novosibirsk":                           "n. central asia standard time",
	"tomsk":                                 "tomsk standard time",
	"beijing, chongqing, hong kong, urumqi": "china standard time",
	"irkutsk":                               "north asia east standard time",
	"kuala lumpur, singapore":               "singapore standard time",
	"perth":                                 "w. australia standard time",
	"taipei":                                "taipei standard time",
	"ulaanbaatar":                           "ulaanbaatar standard time",
	"eucla":                                 "aus central w. standard time",
	"chita":                                 "transbaikal standard time",
	"osaka, sapporo, tokyo":                 "tokyo standard time",
	"pyongyang":                             "north korea standard time",
	"seoul":                                 "korea standard time",
	"yakutsk":                               "yakutsk standard time",
	"adelaide":                              "cen. australia standard time",
	"darwin":                                "aus central standard time",
	"brisbane":                              "e. australia standard time",
	"canberra, melbourne, sydney":           "aus eastern standard time",
	"guam, port moresby":                    "west pacific standard time",
	"hobart":                                "tasmania standard time",
	"vladivostok":                           "vladivostok standard time",
	"lord howe island":                      "lord howe standard time",
	"bougainville island":                   "bougainville standard time",
	"chokurdakh":                            "russia time zone 10",
	"magadan":                               "magadan standard time",
	"norfolk island":                        "norfolk standard time",
	"sakhalin":                              "sakhalin standard time",
	"solomon is., new caledonia":            "central pacific standard time",
	"anadyr, petropavlovsk-kamchatsky":      "russia time zone 11",
	"auckland, wellington":                  "new zealand standard time",
	"coordinated universal time+12":         "utc+12",
	"fiji":                                  "fiji standard time",
	"chatham islands":                       "chatham islands standard time",
	"coordinated universal time+13":         "utc+13",
	"nuku'alofa":                            "tonga standard time",
	"samoa":                                 "samoa standard time",
	"kiritimati island":                     "line islands standard time",
}
