package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestStrangersTextIsOnlyText(t *testing.T) {
	const hostile = "<script>alert(1)</script>\"' onload=x\t\x1b[2J\u202e"
	a := &agenda{
		Clinician: hostile, From: now, To: now,
		Appointments: []appointment{{Start: now, System: "Welkin", Patient: hostile, Reason: hostile, How: hostile}},
		Failures:     []failure{{"Welkin", errors.New(hostile)}},
	}
	var html, table strings.Builder
	if err := errors.Join(writePage(&html, a), writeTable(&table, &agenda{From: now, To: now, Appointments: a.Appointments})); err != nil {
		t.Fatal(err)
	}
	n := strings.Count(html.String(), "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39; onload")
	if n != 6 || strings.Contains(html.String(), "<script") {
		t.Errorf("escaped %d times:\n%s", n, html.String())
	}
	line := table.String()[strings.Index(table.String(), "20:00"):]
	if strings.ContainsAny(line, "\x1b\u202e\t") {
		t.Errorf("%q", line)
	}
}

func TestAgendaWithoutAppointmentsSaysSo(t *testing.T) {
	var html, table strings.Builder
	a := &agenda{From: now, To: now.AddDate(0, 0, 7)}
	if err := errors.Join(writePage(&html, a), writeTable(&table, a)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), "No appointments.") ||
		!strings.Contains(html.String(), "No appointments from Thu Mar 7 to Thu Mar 14.") {
		t.Errorf("%s\n%s", table.String(), html.String())
	}
}

func TestTimesNameTheZoneWhereClocksChange(t *testing.T) {
	ny := zone(t, "America/New_York")
	at := func(day, hour int) time.Time { return time.Date(2030, time.March, day, hour, 30, 0, 0, ny) }
	for want, a := range map[string]appointment{
		"09:30":               {Start: at(8, 9)},
		"09:30–10:30":         {Start: at(8, 9), End: at(8, 10)},
		"01:30 EST–03:30 EDT": {Start: at(10, 1), End: at(10, 3)},
	} {
		if got := a.Time(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
