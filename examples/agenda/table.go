package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// writeTable writes the agenda in columns that are aligned over all days.
func writeTable(out io.Writer, a *agenda) error {
	var rows, text bytes.Buffer
	w := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	for _, d := range a.Days {
		for _, one := range d.Appointments {
			fmt.Fprintln(w, strings.Join([]string{one.Time(), plain(one.Patient), plain(one.Reason), one.How, one.System}, "\t"))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, "%s, %s to %s, %s\n", plain(a.Clinician), dayOf(a.From), dayOf(a.To), a.Zone())
	if next := a.Next(); next != nil {
		fmt.Fprintf(&text, "Next: %s at %s, %s\n", a.Day(next.Start), next.Start.Format("15:04"), plain(next.Patient))
	} else {
		fmt.Fprintln(&text, "No appointments.")
	}
	for _, d := range a.Days {
		fmt.Fprintf(&text, "\n%s\n", dayOf(d.Date))
		for range d.Appointments {
			line, _ := rows.ReadString('\n')
			text.WriteString("  " + line)
		}
	}
	for _, f := range a.Failures {
		fmt.Fprintf(&text, "\n%s is missing: %v\n", f.System, f.Err)
	}
	_, err := out.Write(text.Bytes())
	return err
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
