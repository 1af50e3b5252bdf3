package main

import (
	"cmp"
	"strings"
	"time"
)

// Words for what the systems write as codes.
var (
	titles = map[string]string{"ekacare": "Eka Care", "welkin": "Welkin", "clinik": "ClinikAPI", "snapcare": "SnapMD"}
	modes  = map[string]string{
		"PHYSICAL": "In person", "PHONE": "Phone", "VIDEOCONF": "Video", "REMOTE": "Remote", "ONLINEWRIT": "Chat",
	}
	kinds = map[string]string{"followup": "follow-up", "walkin": "walk-in", "checkup": "check-up"}
)

func title(source string) string { return cmp.Or(titles[source], source) }

func kind(code string) string {
	return cmp.Or(kinds[strings.ToLower(code)], strings.ReplaceAll(code, "_", " "))
}

// joined puts a comma between two texts, unless one of them is empty.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func dayOf(t time.Time) string { return t.Format("Monday, January 2") }

// Zone names the zone of the agenda, and what its clocks are called, which can change in a week.
func (a *agenda) Zone() string {
	name := a.From.Location().String()
	name = strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
	before, after := clock(a.From), clock(a.To)
	if name == before {
		return name
	}
	if before != after {
		before += ", then " + after
	}
	return name + " time (" + before + ")"
}

// clock is what a clock is called: EST, or UTC-03 where it has no name.
func clock(t time.Time) string {
	if name := t.Format("MST"); !strings.ContainsAny(name, "+-") {
		return name
	}
	return "UTC" + t.Format("-07")
}

// Next is the first appointment, nil if there is none.
func (a *agenda) Next() *appointment {
	if len(a.Days) == 0 {
		return nil
	}
	return &a.Days[0].Appointments[0]
}

// Day is the day of an appointment: today, tomorrow, or as people write it.
func (a *agenda) Day(t time.Time) string {
	switch dayOf(t) {
	case dayOf(a.From):
		return "today"
	case dayOf(a.From.AddDate(0, 0, 1)):
		return "tomorrow"
	}
	return dayOf(t)
}

// Time is when an appointment begins and ends. The zone is written out where clocks change in between.
func (a appointment) Time() string {
	layout := "15:04"
	if a.End.IsZero() {
		return a.Start.Format(layout)
	}
	if a.Start.Format("-07:00") != a.End.Format("-07:00") {
		layout = "15:04 MST"
	}
	return a.Start.Format(layout) + "–" + a.End.Format(layout)
}
