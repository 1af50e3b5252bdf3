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

// service is a row: the operations of a vendor that have a tag in common.
type service struct {
	name       string
	operations []string
	sources    map[string]bool
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
	fmt.Fprintf(&b, "Each operation is a method of its service: `Patients.Get` is `client.Patients.Get`. A list that comes in pages has its\n")
	fmt.Fprintf(&b, "`All` beside it, which is not counted.\n\n**Total: %d operations** (%s).\n", total, strings.Join(counts, ", "))
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
	services := map[string]*service{}
	count := 0
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, op := range doc.Paths.Value(path).Operations() {
			name, method, ok := strings.Cut(op.OperationID, "_")
			if !ok {
				return 0, fmt.Errorf("%s: operationId %q has no service", file, op.OperationID)
			}
			s := services[name]
			if s == nil {
				s = &service{name: name, sources: map[string]bool{}}
				services[name] = s
			}
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
	fmt.Fprintf(w, "\n## %s: %d operations in %d services\n\n| vendor | service | operations | | source |\n|---|---|---|---|---|\n", vendor, count, len(services))
	for _, s := range slices.SortedFunc(maps.Values(services), func(a, b *service) int { return cmp.Compare(a.name, b.name) }) {
		slices.Sort(s.operations)
		fmt.Fprintf(w, "| %s | %s | %d | %s | %s |\n", vendor, s.name, len(s.operations), strings.Join(s.operations, ", "),
			strings.Join(slices.Sorted(maps.Keys(s.sources)), "; "))
	}
	return count, nil
}
