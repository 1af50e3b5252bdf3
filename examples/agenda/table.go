package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

const dayLayout = "Mon Jan 2"

// writeTable writes the agenda in aligned columns.
func writeTable(out io.Writer, a *agenda) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s, %s to %s, times of %s\n\n", a.Clinician, a.From.Format(dayLayout), a.To.Format(dayLayout), a.From.Location())
	fmt.Fprint(w, "DAY\tTIME\tSYSTEM\tPATIENT\tREASON\tHOW\n")
	day := ""
	for _, one := range a.Appointments {
		shown := one.Day()
		if shown == day {
			shown = ""
		}
		day = one.Day()
		cells := []string{shown, one.Time(), one.System, plain(one.Patient), plain(one.Reason), plain(one.How)}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	if len(a.Appointments) == 0 {
		fmt.Fprintln(w, "No appointments.")
	}
	for _, f := range a.Failures {
		// No tabs: an error must not widen the columns.
		fmt.Fprintf(w, "%s is missing: %v\n", f.System, f.Err)
	}
	return w.Flush()
}

// Day is the day of an appointment as people write it.
func (a appointment) Day() string { return a.Start.Format(dayLayout) }

// Time is when an appointment begins and ends. The zone is written out where clocks change in between.
func (a appointment) Time() string {
	layout := "15:04"
	if a.End.IsZero() {
		return a.Start.Format(layout)
	}
	if _, before := a.Start.Zone(); !sameOffset(a.End, before) {
		layout = "15:04 MST"
	}
	return a.Start.Format(layout) + "–" + a.End.Format(layout)
}

func sameOffset(t time.Time, offset int) bool {
	_, own := t.Zone()
	return own == offset
}

// plain keeps what strangers wrote from moving the cursor of a terminal, or from adding columns.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, text)
}
