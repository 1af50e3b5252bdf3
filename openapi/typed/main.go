// Command typed says which fields of a JSON document have a Go field, at every depth, when an operation returns it:
//
//	go run ./openapi/typed welkin Patients_Get < response.json
//
// It prints a figure and the fields that have none, and ends with status 1 if there are any. With -v it lists all fields.
// An event of webhooks stands in place of an operation as "event:" and its name.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/internal/specserver"
)

func main() {
	log.SetFlags(0)
	verbose := flag.Bool("v", false, "list all fields")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("usage: typed [-v] vendor operation < document.json")
	}
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	found, err := documentFields(flag.Arg(0), flag.Arg(1), data)
	if err != nil {
		log.Fatal(err)
	}
	if report(os.Stdout, found, *verbose) > 0 {
		os.Exit(1)
	}
}

// documentFields returns the fields of a document that an operation returns, by path.
func documentFields(vendorName, opName string, data []byte) (map[string]kind, error) {
	v, err := vendorNamed(vendorName)
	if err != nil {
		return nil, err
	}
	spec, err := v.spec()
	if err != nil {
		return nil, err
	}
	document, err := decode(data)
	if err != nil {
		return nil, err
	}
	w := walker{found: map[string]kind{}}
	if schema := eventSchema(spec, opName); schema != nil {
		w.around(document, schema, "")
		return w.found, nil
	}
	op := spec.Operation(opName)
	if op == nil {
		return nil, fmt.Errorf("%s has no operation and no event %q", vendorName, opName)
	}
	if t, ok := v.record(opName); ok {
		w.record, w.places = t, places(spec, op)
	}
	w.around(document, response(op), "")
	return w.found, nil
}

// eventSchema returns the schema of a webhook event, nil if the name is not that of one.
func eventSchema(spec *specserver.Spec, name string) *openapi3.SchemaRef {
	event, ok := strings.CutPrefix(name, "event:")
	if !ok {
		return nil
	}
	for _, schema := range spec.Doc.Components.Schemas {
		if events := texts(schema.Value.Extensions["x-event"]); slices.Contains(events, event) || slices.Contains(events, "*") {
			return schema
		}
	}
	return nil
}

func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var document any
	if err := d.Decode(&document); err != nil {
		return nil, fmt.Errorf("the document: %w", err)
	}
	return document, nil
}

// report prints the figure and the fields, and returns how many have no Go field that contains them.
func report(w io.Writer, found map[string]kind, all bool) int {
	counts := map[kind]int{}
	for _, k := range found {
		counts[k]++
	}
	lost := counts[untyped] + counts[misfit]
	fmt.Fprintf(w, "%d of %d fields have a Go field", counts[typed], counts[typed]+lost)
	if counts[open] > 0 {
		fmt.Fprintf(w, ", and %d are keys of maps", counts[open])
	}
	fmt.Fprintln(w)
	for _, path := range slices.Sorted(maps.Keys(found)) {
		if k := found[path]; all || k > open {
			fmt.Fprintf(w, "%-8s %s\n", [...]string{"typed", "map", "misfit", "untyped"}[k], path)
		}
	}
	return lost
}
