package openapi_test

import (
	"bufio"
	"bytes"
	_ "embed"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/caremux/caremux/openapi"
)

//go:embed COVERAGE.md
var coverage string

// operation is a line of a document that names an operation. The table is made by a parser; this test counts without one.
var operation = regexp.MustCompile(`(?m)^ +operationId: `)

func TestCoverageTableCountsEveryOperation(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(openapi.Specs, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, file := range files {
		data, err := openapi.Specs.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want += len(operation.FindAll(data, -1))
	}
	if total := regexp.MustCompile(`Total: (\d+) operations`).FindStringSubmatch(coverage); total == nil || total[1] != strconv.Itoa(want) {
		t.Errorf("COVERAGE.md says %q; the documents have %d operations", total, want)
	}
	rows, listed, ways := 0, 0, map[string]int{}
	for lines := bufio.NewScanner(bytes.NewReader([]byte(coverage))); lines.Scan(); {
		cells := strings.Split(lines.Text(), " | ")
		if len(cells) != 6 {
			continue
		}
		n, err := strconv.Atoi(cells[2])
		if err != nil {
			continue // the head of a table
		}
		if names := strings.Split(cells[3], ", "); len(names) != n {
			t.Errorf("row %q counts %d operations and names %d", cells[1], n, len(names))
		}
		if strings.Trim(cells[5], " |") == "" {
			t.Errorf("row %q has no source", cells[1])
		}
		ways[cells[4]] += n
		rows, listed = rows+1, listed+n
	}
	if listed != want || rows == 0 {
		t.Errorf("the rows of COVERAGE.md hold %d operations of %d", listed, want)
	}
	for _, way := range []string{"documented", "live", "from an SDK", "not verified"} {
		if ways[way] == 0 {
			t.Errorf("no operation is said to be %s: %v", way, ways)
		}
		listed -= ways[way]
	}
	if listed != 0 {
		t.Errorf("COVERAGE.md does not say how %d operations are known: %v", listed, ways)
	}
}
