// Command load writes 400 records to ClinikAPI with 20 goroutines, behind the vendor's limit of 100 calls a minute.
//
//	go run ./examples/load -journal load.journal
//
// It shows how far it is, the pace that the client has learned, and the time that is left: about three minutes. No call fails because
// of the limit: refused ones wait in line, outside the timeout of the call. Ctrl-C stops it. Started again with the same journal it goes
// on, and writes nothing twice: what was begun and not finished is looked for first.
//
// It runs offline, against a fake in this process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

const (
	limit   = 100 // calls in a period, of ClinikAPI's smallest plan
	workers = 20
	// lag is how far the vendor's index may be behind its records, with something to spare.
	lag = 15 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	path := flags.String("journal", "load.journal", "`file` that remembers what was written")
	records := flags.Int("records", 400, "how many records to write")
	period := flags.Duration("period", time.Minute, "the period of the limit")
	_ = flags.Parse(os.Args[1:])
	if err := offline(ctx, *path, *records, *period, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// offline writes to a fake.
func offline(ctx context.Context, path string, records int, period time.Duration, out io.Writer) error {
	fake, err := cliniktest.Start()
	if err != nil {
		return err
	}
	defer fake.Close()
	fake.Limit(limit, period)
	pace := caremux.NewPace()
	c, err := fake.NewClient(caremux.WithPace(pace))
	if err != nil {
		return err
	}
	return load(ctx, &loader{client: c, pace: pace, out: out, every: time.Second, lag: lag}, path, records)
}

// loader writes records.
type loader struct {
	client  *clinik.Client
	pace    *caremux.Pace
	journal *journal
	out     io.Writer
	every   time.Duration // between two lines of progress
	lag     time.Duration
}

// load writes the records that the journal lacks.
func load(ctx context.Context, l *loader, path string, records int) error {
	var err error
	if l.journal, err = openJournal(path); err != nil {
		return err
	}
	defer l.journal.close()
	before := l.journal.count()
	numbers := make(chan int)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for n := range numbers {
				if err := l.write(ctx, n); err != nil {
					cancel(fmt.Errorf("record %d: %w", n, err)) // the rest would fail too
				}
			}
		})
	}
	done := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() { l.show(records, done) })
feed:
	for n := range records {
		if l.journal.state(n) == written {
			continue
		}
		select {
		case numbers <- n:
		case <-ctx.Done():
			break feed
		}
	}
	close(numbers)
	all.Wait()
	close(done)
	shown.Wait()
	fmt.Fprintf(l.out, "%d of %d records are written, %d of them now\n", l.journal.count(), records, l.journal.count()-before)
	if ctx.Err() != nil {
		return fmt.Errorf("start again with the same journal to go on: %w", context.Cause(ctx))
	}
	return nil
}

// write writes one record, unless an earlier run did.
func (l *loader) write(ctx context.Context, n int) error {
	email := fmt.Sprintf("load-%04d@example.com", n)
	if l.journal.state(n) == begun {
		id, err := l.find(ctx, n, email)
		if err != nil {
			return err
		}
		if id != "" {
			return l.journal.done(n, id)
		}
	}
	if err := l.journal.begin(n); err != nil {
		return err
	}
	p, err := l.client.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "Load", LastName: fmt.Sprintf("Number %d", n), Email: &email})
	if err != nil {
		if e := new(caremux.Error); errors.As(err, &e) && !e.MaybeApplied() {
			return errors.Join(err, l.journal.drop(n)) // so that nobody has to look for it
		}
		return err
	}
	return l.journal.done(n, p.ID)
}

// find looks for a record that an earlier run has begun, once the vendor's index must have it.
func (l *loader) find(ctx context.Context, n int, email string) (id string, err error) {
	select {
	case <-time.After(time.Until(l.journal.since(n).Add(l.lag))):
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	page, err := l.client.Patients.Search(ctx, &clinik.PatientsSearchParams{Email: &email})
	if err != nil || len(page.Items) == 0 {
		return "", err
	}
	return page.Items[0].ID, nil
}

// show says how far the load is until it is done.
func (l *loader) show(records int, done <-chan struct{}) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		n := l.journal.count()
		line := fmt.Sprintf("%d of %d", n, records)
		for _, s := range l.pace.State() {
			if s.Limit == 0 {
				continue
			}
			left := time.Duration((records-n)/s.Limit) * s.Window // whole windows; the present one is under way
			line += fmt.Sprintf(", %d calls in %v, about %v left, %d in line", s.Limit, s.Window, left.Round(time.Second), s.Waiting)
			if !s.Until.IsZero() {
				line += fmt.Sprintf(", paused for %v", time.Until(s.Until).Round(time.Second))
			}
		}
		fmt.Fprintln(l.out, line)
	}
}
