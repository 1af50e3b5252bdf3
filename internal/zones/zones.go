// Package zones knows the time zones that Windows names: zones.go tells names apart, words.go has the words in which Windows describes a
// zone, windows_gen.go the names.
package zones

import "strings"

// IANA returns the IANA name of a zone: its own, that of the Windows zone of this name, or of the one that Windows describes like this,
// such as (UTC-05:00) Eastern Time (US & Canada). Of anything else it returns nothing. A name that only looks like one is for
// time.LoadLocation to refuse.
func IANA(name string) string {
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
