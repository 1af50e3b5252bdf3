package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/caremux/caremux"
)

// stage is where the day is played, and shown.
type stage struct {
	out     io.Writer
	verbose bool
	long    bool // one vendor only, and more of it

	live  bool // the present chapter has real credentials
	write bool // it may write

	steps int
	calls callLog
	made  []made   // what is to be removed from a real service
	stops []func() // closes the fakes

	booking ekacareBooking // what the webhook is about
}

// made is something that was made in a real service.
type made struct {
	what   string
	remove func(context.Context) error
}

// play runs a chapter, and removes from a real service what it has made there, whatever happened.
func (s *stage) play(ctx context.Context, c chapter, write bool) error {
	s.live = os.Getenv(c.env) != ""
	s.write = !s.live || write
	place := ""
	switch {
	case s.live && s.write:
		place = " (the real service)"
	case s.live:
		place = " (the real service, reading only)"
	}
	fmt.Fprintf(s.out, "\n%s%s\n", c.title, place)
	err := c.run(ctx, s)
	err = errors.Join(err, s.removeMade(ctx))
	s.calls.flush(s.out, s.verbose)
	return err
}

// step shows what was done and what came of it, and the calls that it took.
func (s *stage) step(what, result string, args ...any) {
	s.steps++
	fmt.Fprintf(s.out, "  %2d  %-25s %s\n", s.steps, what, fit(fmt.Sprintf(result, args...), 68))
	s.calls.flush(s.out, s.verbose)
}

// options are those of every client.
func (s *stage) options() []caremux.Option {
	return []caremux.Option{caremux.WithObserver(s.calls.observe)}
}

// hasMade remembers how to remove something. Fakes go as a whole.
func (s *stage) hasMade(what string, remove func(context.Context) error) {
	if s.live {
		s.made = append(s.made, made{what, remove})
	}
}

// removeMade removes the latest first, and goes on after a failure. A user who interrupts the program waits for it.
func (s *stage) removeMade(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var errs []error
	for len(s.made) > 0 {
		last := s.made[len(s.made)-1]
		s.made = s.made[:len(s.made)-1]
		if err := last.remove(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s is still there: %w", last.what, err))
			continue
		}
		s.step("clean up", "%s removed", last.what)
	}
	return errors.Join(errs...)
}

// atEnd runs stop when the day is over.
func (s *stage) atEnd(stop func()) { s.stops = append(s.stops, stop) }

func (s *stage) close() {
	for _, stop := range s.stops {
		stop()
	}
}

// noID is the id of nothing.
const noID = "00000000-0000-0000-0000-000000000000"

// notThere shows the error of a record that does not exist.
func (s *stage) notThere(err error) error {
	var e *caremux.Error
	if !errors.Is(err, caremux.ErrNotFound) || !errors.As(err, &e) {
		return errors.Join(errors.New("a record that does not exist was not reported as such"), err)
	}
	s.step("read what is not there", "status %d, found by errors.Is(err, caremux.ErrNotFound)", e.Status)
	return nil
}
