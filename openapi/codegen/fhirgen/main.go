// Command fhirgen writes the generated files of package fhir: a file for each type, with its fields, the lists of
// codes, and the names of the resources.
//
//	fhirgen -definitions ../fhir/r4.json.gz -out ../../fhir
//
// What a definition means for Go is worked out in types.go, codes.go and names.go; how it looks is in file.tmpl.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"text/template"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

//go:embed file.tmpl
var fileTemplate string

func main() {
	log.SetFlags(0)
	definitions := flag.String("definitions", "", "reduced `file` of HL7's definitions")
	out := flag.String("out", "", "`folder` of package fhir")
	flag.Parse()
	if err := run(*definitions, *out); err != nil {
		log.Fatal(err)
	}
}

func run(definitions, out string) error {
	d, err := fhirdef.Read(definitions)
	if err != nil {
		return err
	}
	files, err := generate(d)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(out, "*_gen.go"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	for name, code := range files {
		if err := os.WriteFile(filepath.Join(out, name), code, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// file is what one generated file contains.
type file struct {
	Types     []typeView
	Codes     []codeView
	Resources []string // the names of all resources, in the file that lists them
}

// Imports lists what the file needs beyond package fhir.
func (f file) Imports() []string {
	for _, t := range f.Types {
		for _, field := range t.Fields {
			if bytes.Contains([]byte(field.Type), []byte("json.")) {
				return []string{"encoding/json"}
			}
		}
	}
	return nil
}

// generate returns the files by name.
func generate(d *fhirdef.Definitions) (map[string][]byte, error) {
	g, err := newGenerator(d)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New("file").Funcs(template.FuncMap{"comment": comment}).Parse(fileTemplate)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, f := range g.files() {
		var text bytes.Buffer
		if err := parsed.Execute(&text, f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		formatted, err := format.Source(text.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, text.Bytes())
		}
		files[name] = formatted
	}
	return files, nil
}
