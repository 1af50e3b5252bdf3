// Command coverage writes the table of what the clients cover, from the specs that they are generated from.
//
//	coverage -out ../COVERAGE.md ekacare=../ekacare.yaml welkin=../welkin.yaml
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// row is a line of the table: the operations of a service that are known in the same way.
type row struct {
	service, known string
	operations     []string
	sources        map[string]bool
}

// How an operation is known.
const (
	documented = "documented"
	live       = "live"
	fromSDK    = "from an SDK"
	unverified = "not verified"
)

// known says how an operation is known, from what its document says of it.
func known(op *openapi3.Operation) string {
	source, _ := op.Extensions["x-source"].(string)
	verified, said := op.Extensions["x-response-verified"].(bool)
	seen, _ := op.Extensions["x-live"].(bool)
	switch {
	case said && !verified:
		return unverified
	case seen:
		return live
	case strings.Contains(source, "SDK") || strings.Contains(source, "community"):
		return fromSDK
	}
	return documented
}

func main() {
	log.SetFlags(0)
	out := flag.String("out", "", "`file` to write")
	flag.Parse()
	var rows bytes.Buffer
	var counts []string
	total := 0
	for _, arg := range flag.Args() {
		vendor, file, _ := strings.Cut(arg, "=")
		n, err := table(&rows, vendor, file)
		if err != nil {
			log.Fatal(err)
		}
		counts = append(counts, fmt.Sprintf("%s %d", vendor, n))
		total += n
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What the clients cover\n\nWritten by `go generate ./...` from the documents in this folder; do not edit.\n\n")
	fmt.Fprintf(&b,
		"Each operation is a method of its service: `Patients.Get` is `client.Patients.Get`. A list that comes in pages has its\n")
	fmt.Fprintf(&b, "`All` beside it, which is not counted.\n\n"+
		"An operation is *documented* by the vendor, *live*: documented or not, its responses were seen in recorded traffic, *from an\n"+
		"SDK*: the vendor's documents do not name it, or *not verified*: the shape of its response is a guess.\n\n**Total: %d operations** (%s).\n",
		total, strings.Join(counts, ", "))
	b.Write(rows.Bytes())
	if err := os.WriteFile(*out, b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

func table(w *bytes.Buffer, vendor, file string) (int, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return 0, err
	}
	rows, services, ways := map[string]*row{}, map[string]bool{}, map[string]int{}
	count := 0
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, op := range doc.Paths.Value(path).Operations() {
			name, method, ok := strings.Cut(op.OperationID, "_")
			if !ok {
				return 0, fmt.Errorf("%s: operationId %q has no service", file, op.OperationID)
			}
			way := known(op)
			s := rows[name+" "+way]
			if s == nil {
				s = &row{service: name, known: way, sources: map[string]bool{}}
				rows[name+" "+way] = s
			}
			services[name] = true
			ways[way]++
			if op.Deprecated {
				method += " (deprecated)"
			}
			s.operations = append(s.operations, method)
			if source, ok := op.Extensions["x-source"].(string); ok {
				s.sources[source] = true
			}
			count++
		}
	}
	var summary []string
	for _, way := range []string{documented, live, fromSDK, unverified} {
		if ways[way] > 0 {
			summary = append(summary, fmt.Sprintf("%d %s", ways[way], way))
		}
	}
	fmt.Fprintf(w, "\n## %s: %d operations in %d services\n\n%s.\n\n", vendor, count, len(services), strings.Join(summary, ", "))
	fmt.Fprint(w, "| vendor | service | operations | | known | source |\n|---|---|---|---|---|---|\n")
	order := func(a, b *row) int { return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.known, b.known)) }
	for _, s := range slices.SortedFunc(maps.Values(rows), order) {
		slices.Sort(s.operations)
		fmt.Fprintf(w, "| %s | %s | %d | %s | %s | %s |\n", vendor, s.service, len(s.operations), strings.Join(s.operations, ", "), s.known,
			strings.Join(slices.Sorted(maps.Keys(s.sources)), "; "))
	}
	return count, nil
}
