// Command bulk exports all records of some kinds from ClinikAPI to a file of NDJSON, one FHIR resource a line.
//
//	go run ./examples/bulk -types Patient,Observation -o clinik.ndjson
//
// The vendor makes the export in a job of its own, and allows five an hour. Ctrl-C stops the waiting or the download, not the
// job: the program tells how to go on with it, which is possible for an hour after it is done. Without -o the file goes to a new
// temporary folder. It has its name only when it is complete, and is readable for its owner only.
//
// Without credentials in the environment it runs offline, against a fake in this process. With CLINIKAPI_SECRET_KEY set it
// exports from there, which changes no record, and needs -o.
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
	"strings"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bulk:", err)
		os.Exit(1)
	}
}

// run exports, says on out what came of it, and on progress how far it is.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("bulk", flag.ContinueOnError)
	types := flags.String("types", "Patient,Observation,Appointment", "FHIR `types` to export, with commas")
	path := flags.String("o", "", "`file` to write")
	jobID := flags.String("job", "", "go on with this job, by its `id`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, wait, done, err := connect(ctx, out)
	if err != nil {
		return err
	}
	defer done()
	if *path == "" {
		if os.Getenv("CLINIKAPI_SECRET_KEY") != "" {
			return errors.New("-o is needed: patients' data should not lie in a temporary folder")
		}
		folder, err := os.MkdirTemp("", "clinik-bulk-")
		if err != nil {
			return err
		}
		*path = filepath.Join(folder, "clinik.ndjson")
	}
	var asked []string
	if *jobID == "" {
		asked = strings.Split(*types, ",")
		started, err := c.Bulk.Export(ctx, &clinik.BulkExportRequest{ResourceTypes: asked})
		if err != nil {
			return err
		}
		*jobID = started.JobID
		fmt.Fprintf(out, "job %s was accepted\n", *jobID)
	}
	wait.Progress = func(job *clinik.BulkJob) { fmt.Fprintln(progress, "job:", job.Status, share(job)) }
	job, err := c.Bulk.Wait(ctx, *jobID, wait)
	if err == nil {
		var counts map[string]int
		if counts, err = save(ctx, c, job, *path, progress); err == nil {
			for _, name := range asked {
				counts[name] += 0 // those without records are told too
			}
			return report(out, counts, *path)
		}
	}
	var failed *clinik.BulkJobError
	if errors.As(err, &failed) {
		return err
	}
	return fmt.Errorf("go on with -job %s: %w", *jobID, err)
}

func share(job *clinik.BulkJob) string {
	if job.TotalRecords == nil || job.ProcessedRecords == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d", *job.ProcessedRecords, *job.TotalRecords)
}

// connect makes a client, of the real service if there are credentials for it, and says how to wait for its jobs.
func connect(ctx context.Context, out io.Writer) (*clinik.Client, *clinik.BulkWait, func(), error) {
	if os.Getenv("CLINIKAPI_SECRET_KEY") != "" {
		fmt.Fprintln(out, "against the real service")
		c, err := clinik.NewFromEnv()
		return c, &clinik.BulkWait{}, func() {}, err
	}
	fmt.Fprintln(out, "offline, against a fake in this process")
	fake, err := cliniktest.Start()
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := fake.NewClient()
	if err == nil {
		err = fill(ctx, fake, c)
	}
	return c, &clinik.BulkWait{MinWait: 1}, fake.Close, err
}
