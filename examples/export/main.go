// Command export writes the patients of a Welkin instance, with their records of a custom data type, to a CSV file.
//
//	go run ./examples/export -o patients.csv
//
// Ctrl-C stops it. What is written until then stays in patients.csv.part, and the same command goes on from there; patients.csv
// itself is only replaced by a file that is complete. Without -o the file goes to a new temporary folder.
//
// Without credentials in the environment it runs offline, against a fake in this process. With WELKIN_TENANT, WELKIN_INSTANCE,
// WELKIN_CLIENT_NAME and WELKIN_SECRET set it reads the patients there, and needs -o. The file is readable for its owner only.
// Text that a spreadsheet would take for a formula gets an apostrophe in front, as do phone numbers such as +12025550123.
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

	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

// run exports, says on out what came of it, and on progress how far it is.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	path := flags.String("o", "", "`file` to write")
	cdt := flags.String("cdt", "vitals", "`name` of the custom data type")
	fresh := flags.Bool("fresh", false, "begin anew, even if a part is there")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, done, err := connect(ctx, out, *cdt)
	if err != nil {
		return err
	}
	defer done()
	if *path == "" {
		if os.Getenv("WELKIN_TENANT") != "" {
			return errors.New("-o is needed: patients' data should not lie in a temporary folder")
		}
		folder, err := os.MkdirTemp("", "welkin-export-")
		if err != nil {
			return err
		}
		*path = filepath.Join(folder, "patients.csv")
	}
	p, err := openPart(*path, header(*cdt), *fresh)
	if err != nil {
		return err
	}
	defer p.file.Close()
	if len(p.done) > 0 {
		fmt.Fprintf(out, "going on after %d patients that are in %s\n", len(p.done), p.file.Name())
	}
	total, err := export(ctx, c, *cdt, p, progress)
	if err != nil {
		return fmt.Errorf("%d patients are in %s; go on with -o %s: %w", len(p.done), p.file.Name(), *path, err)
	}
	if p.unfit > 0 {
		fmt.Fprintf(out, "%d records have fields that do not fit their columns: these cells are empty\n", p.unfit)
	}
	if err := p.finish(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d patients and %d records of %s are in %s\n", len(p.done), total, *cdt, *path)
	return nil
}

// connect makes a client, of the real service if there are credentials for it.
func connect(ctx context.Context, out io.Writer, cdt string) (*welkin.Client, func(), error) {
	if os.Getenv("WELKIN_TENANT") != "" {
		fmt.Fprintln(out, "against the real service, which is only read")
		c, err := welkin.NewFromEnv()
		return c, func() {}, err
	}
	fmt.Fprintln(out, "offline, against a fake in this process")
	fake, err := welkintest.Start()
	if err != nil {
		return nil, nil, err
	}
	c, err := fake.NewClient()
	if err == nil {
		err = fill(ctx, fake, c, cdt)
	}
	return c, fake.Close, err
}

// fill makes up patients: two of three have records, and one has a name that a spreadsheet would run.
func fill(ctx context.Context, fake *welkintest.Server, c *welkin.Client, cdt string) error {
	evil, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: `=HYPERLINK("https://example.com")`, LastName: "Taylor"})
	if err != nil {
		return err
	}
	for i, id := range append(fake.AddPatients(239), evil.ID) {
		for n := range i % 3 {
			reading := &vitals{Systolic: new(110 + n), Diastolic: new(70 + n)}
			if _, err := welkin.CDTRecords[vitals](c, cdt).Create(ctx, id, reading); err != nil {
				return err
			}
		}
	}
	return nil
}
