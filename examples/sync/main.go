// Command sync keeps a copy of the patients of a Welkin instance in a file, as a job that runs each night. The first run
// copies all of them, page by page; later runs copy what has changed.
//
//	go run ./examples/sync -o patients.ndjson
//
// However the program ends, the next run goes on where it stopped: a page of patients and the cursor of the next page
// are one line of the file, so that neither is there without the other.
//
// Without credentials in the environment it runs offline, against a fake in this process. With WELKIN_TENANT,
// WELKIN_INSTANCE, WELKIN_CLIENT_NAME and WELKIN_SECRET set it reads the patients there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "sync:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sync", flag.ContinueOnError)
	path := flags.String("o", "", "`file` of the copy")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := welkin.NewFromEnv()
	if os.Getenv("WELKIN_TENANT") == "" {
		srv, startErr := welkintest.Start()
		if startErr != nil {
			return startErr
		}
		defer srv.Close()
		srv.AddPatients(250)
		c, err = srv.NewClient()
	}
	if err != nil {
		return err
	}
	if *path == "" {
		folder, err := os.MkdirTemp("", "welkin-sync-")
		if err != nil {
			return err
		}
		*path = filepath.Join(folder, "patients.ndjson")
	}
	j, err := openJournal(*path)
	if err != nil {
		return err
	}
	defer j.Close()
	if err := nightly(ctx, c, j); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d patients in %s\n", len(j.patients), *path)
	return nil
}

// nightly copies all patients if that has not been done, and otherwise what has changed since the last run.
func nightly(ctx context.Context, c *welkin.Client, j *journal) error {
	if j.last.Sync == nil { // what changes from here on is for the next run
		if err := j.add(line{Sync: &caremux.SyncCursor{Since: time.Now()}}); err != nil {
			return err
		}
	}
	if j.last.Copied {
		return update(ctx, c, j)
	}
	oldestFirst := &welkin.PatientsListParams{Sort: new("createdAt,asc"), Size: new(50)} // new ones come at the end
	for page, err := range c.Patients.Pages(ctx, oldestFirst, caremux.StartAt(j.last.Next)) {
		if err != nil {
			return err
		}
		if err := j.add(line{Patients: raw(page.Items), Next: page.NextCursor, Copied: !page.HasNext()}); err != nil {
			return err
		}
	}
	return nil
}

// update copies what has changed. A run that stops in the middle is repeated, which does no harm: the last copy counts.
func update(ctx context.Context, c *welkin.Client, j *journal) error {
	changes := c.Patients.Changes(*j.last.Sync)
	for p, err := range changes.All(ctx) {
		if err != nil {
			return err
		}
		if err := j.add(line{Patients: raw([]welkin.Patient{p})}); err != nil {
			return err
		}
	}
	cursor := changes.Cursor()
	return j.add(line{Sync: &cursor})
}
