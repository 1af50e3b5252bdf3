package main

import (
	"strings"
	"testing"
)

func TestEachAppointmentIsSeenByOneReplica(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "seen visit-1\nseen visit-2\n" {
		t.Errorf("got %s", &out)
	}
}
