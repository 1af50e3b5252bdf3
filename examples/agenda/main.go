// Command agenda merges the coming appointments of one clinician, who is in all four systems, by time.
//
//	go run ./examples/agenda
//	go run ./examples/agenda -zone Asia/Kolkata -html agenda.html
//
// It runs offline, against fakes in this process that are given some appointments. The four systems are read at once, as FHIR;
// one that fails is named and hides none of the others. With -html the agenda is written as a page, too, readable by its owner alone,
// since it names patients.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"time"
	_ "time/tzdata" // so that zones are known everywhere

	"github.com/caremux/caremux/internal/demo"
)

func main() {
	page := flag.String("html", "", "write the agenda as a page to this file")
	zone := flag.String("zone", "America/New_York", "time zone of the clinician")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, time.Now(), *zone, *page); err != nil {
		fmt.Fprintln(os.Stderr, "agenda:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, now time.Time, zoneName, page string) error {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return err
	}
	systems, err := demo.Start(ctx, now.In(zone))
	if err != nil {
		return err
	}
	defer systems.Close()
	a, err := collect(ctx, systems.Sources, systems.Clinician, now.In(zone), now.In(zone).AddDate(0, 0, 7))
	if err != nil {
		return err
	}
	a.Clinician = "Dr. Dana Jones"
	if err := writeTable(out, a); err != nil || page == "" {
		return err
	}
	var html bytes.Buffer
	if err := writePage(&html, a); err != nil {
		return err
	}
	// A new file, as one that is there may be open to others.
	if err := os.Remove(page); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(page, html.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe page is in %s.\n", page)
	return nil
}
