package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestEventsRunFromTheTopic(t *testing.T) {
	var out strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := run(ctx, &out, ""); err != nil {
		t.Fatal(err)
	}
	want := `the vendor has 200 queued
the vendor has 200 queued
the vendor has 200 queued
the database is away
appointment a-1 in attempt 2
the last event
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}
