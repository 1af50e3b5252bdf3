package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestStrangersTextIsOnlyText(t *testing.T) {
	const hostile = "<script>alert(1)</script>\"' onload=x\t\x1b[2J\u202e"
	a := &agenda{
		Clinician: hostile, From: now, To: now,
		Failures: []failure{{"Welkin", errors.New(hostile)}},
	}
	a.fill([]appointment{{Start: now, System: "Welkin", Patient: hostile, Reason: hostile, How: "Video"}})
	var html, table strings.Builder
	if err := errors.Join(writePage(&html, a), writeTable(&table, &agenda{From: now, To: now, Days: a.Days})); err != nil {
		t.Fatal(err)
	}
	n := strings.Count(html.String(), "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39; onload")
	if n != 6 || strings.Contains(html.String(), "<script") {
		t.Errorf("escaped %d times:\n%s", n, html.String())
	}
	if file := os.Getenv("CAREMUX_AGENDA_HOSTILE"); file != "" { // for the test with a browser
		if err := os.WriteFile(file, []byte(html.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := table.String()[strings.Index(table.String(), "Next:"):]
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
		!strings.Contains(html.String(), "No appointments.") {
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

func TestZonesHaveTheNamesOfTheirCities(t *testing.T) {
	for name, want := range map[string]string{
		"America/New_York": "New York time (EST, then EDT)", "America/Argentina/Buenos_Aires": "Buenos Aires time (UTC-03)", "UTC": "UTC",
		"Asia/Kolkata": "Kolkata time (IST)",
	} {
		from := now.In(zone(t, name))
		if got := (&agenda{From: from, To: from.AddDate(0, 0, 7)}).Zone(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestCodesBecomeWords(t *testing.T) {
	for code, want := range map[string]string{"followup": "follow-up", "WALKIN": "walk-in", "new_patient": "new patient", "": ""} {
		if got := kind(code); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
	if got := title("another"); got != "another" {
		t.Errorf("got %s", got)
	}
}
