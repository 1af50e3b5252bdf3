package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

// terminology are the resources that make up most of a package and are all alike.
var terminology = []string{
	"CodeSystem", "ConceptMap", "DataElement", "NamingSystem", "SearchParameter", "StructureDefinition", "ValueSet",
}

// sample writes examples as lines of compact JSON, at most so many, spread evenly over the package.
func sample(folder, out string, largest int64, most int) error {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		resourceType, _, isExample := strings.Cut(filepath.Base(name), "-")
		info, err := os.Stat(name)
		return !isExample || err != nil || info.Size() >= largest || slices.Contains(terminology, resourceType)
	})
	step := max(1, (len(names)+most-1)/most)
	err = fhirdef.Gzip(out, func(w io.Writer) error {
		for i := 0; i < len(names); i += step {
			if err := line(w, names[i]); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Printf("%d of %d examples\n", (len(names)+step-1)/step, len(names))
	return err
}

func line(w io.Writer, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	compact.WriteByte('\n')
	_, err = compact.WriteTo(w)
	return err
}
