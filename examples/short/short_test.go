// Package short_test runs the short examples.
package short_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestEachShortExampleRunsOffline(t *testing.T) {
	t.Parallel()
	for vendor, want := range map[string]string{
		"welkin": "Charlie Taylor\n", "clinik": "assess_1 completed\n", "ekacare": "booked ", "snapcare": "open for 4h0m0s\n",
	} {
		source, err := os.ReadFile(vendor + "/main.go")
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), "\n"); n > 40 {
			t.Errorf("%s has %d lines, want at most 40", vendor, n)
		}
		out, err := exec.CommandContext(t.Context(), "go", "run", "./"+vendor).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%s: %v\n%s", vendor, err, out)
		}
	}
}
