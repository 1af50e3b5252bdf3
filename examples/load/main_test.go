package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

// stored is how many records the server has by each email.
func stored(t *testing.T, fake *cliniktest.Server) map[string]int {
	t.Helper()
	emails := map[string]int{}
	for p, err := range fake.Client().Patients.SearchAll(t.Context(), &clinik.PatientsSearchParams{Count: new(100)}) {
		if err != nil {
			t.Fatal(err)
		}
		emails[p.Email]++
	}
	return emails
}

func TestInterruptedLoadGoesOnAndDoublesNothing(t *testing.T) {
	fake := cliniktest.NewServer(t)
	fake.Limit(limit, time.Second)
	path := filepath.Join(t.TempDir(), "journal")
	var out strings.Builder
	once := func(ctx context.Context, done func(caremux.CallEvent)) error {
		pace := caremux.NewPace()
		c := fake.Client(caremux.WithPace(pace), caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) {
			if e.Done {
				done(e)
			}
		}))
		return load(ctx, &loader{client: c, pace: pace, out: &out, every: 20 * time.Millisecond}, path, 400)
	}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		calls := make(chan struct{}, 1000)
		go func() {
			for range 130 {
				<-calls
			}
			cancel()
		}()
		if err := once(ctx, func(caremux.CallEvent) { calls <- struct{}{} }); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
	}
	if err := once(t.Context(), func(e caremux.CallEvent) {
		if e.Err != nil {
			t.Error(e.Err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	fake.Limit(0, 0)
	emails := stored(t, fake)
	for email, n := range emails {
		if n != 1 {
			t.Errorf("%s is there %d times", email, n)
		}
	}
	if len(emails) != 400 || !strings.Contains(out.String(), "400 of 400 records are written") ||
		!strings.Contains(out.String(), " calls in 1s") {
		t.Errorf("%d records\n%s", len(emails), out.String())
	}
}

func TestOfflineLoadEndsWithNothingFailed(t *testing.T) {
	var out strings.Builder
	if err := offline(t.Context(), filepath.Join(t.TempDir(), "journal"), 250, time.Second, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "250 of 250 records are written, 250 of them now\n") {
		t.Error(out.String())
	}
}
