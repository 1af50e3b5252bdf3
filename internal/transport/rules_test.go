package transport

import (
	"os"
	"strings"
	"testing"
)

// ruleTable is the table as the documentation shows it.
func ruleTable() string {
	mark := func(yes bool) string {
		if yes {
			return "yes"
		}
		return "no"
	}
	var b strings.Builder
	row := func(cells ...string) {
		line := ""
		for i, width := range []int{54, 14, 14, 0} {
			line += cells[i] + strings.Repeat(" ", max(0, width-len(cells[i])))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("", "GET, PUT …", "POST, PATCH", "may be applied")
	for _, r := range rules {
		row(r.what, mark(r.safe), mark(r.unsafe), mark(r.applied))
	}
	return b.String()
}

func TestDocumentationOfRetryPolicyHasTheTableOfFailures(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../retry.go")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for line := range strings.Lines(ruleTable()) {
		want.WriteString("//\t" + line)
	}
	if !strings.Contains(string(source), "//\n"+want.String()+"//\n") {
		t.Errorf("retry.go lacks this table:\n%s", want.String())
	}
}

func TestEveryFailureHasARule(t *testing.T) {
	t.Parallel()
	for status := range 1000 {
		r := ruleOf(failedByStatus, status, false)
		if r.unsafe && r.applied || r.unsafe && !r.safe {
			t.Errorf("%d: %+v would send a write twice that may have been applied", status, r)
		}
	}
	for kind := failedByStatus; kind <= failedPromise; kind++ {
		if r := ruleOf(kind, 0, false); r.unsafe && r.applied {
			t.Errorf("%d: %+v", kind, r)
		}
	}
}
