package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

// The parts of HL7's resources that the reduced form is made from.
type (
	structureDefinition struct {
		Name        string
		Kind        string
		Derivation  string
		Abstract    bool
		FHIRVersion string
		Snapshot    struct{ Element []elementDefinition }
	}
	elementDefinition struct {
		Path             string
		Short            string
		Min              int
		Max              string
		ContentReference string
		Type             []struct {
			Code          string
			TargetProfile []string
			Extension     []struct{ URL, ValueURL string }
		}
		Binding struct{ Strength, ValueSet string }
	}
	valueSet struct {
		URL, Name string
		Compose   struct {
			Include []struct {
				System   string
				Concept  []concept
				Filter   []json.RawMessage
				ValueSet []string
			}
			Exclude []json.RawMessage
		}
	}
	codeSystem struct {
		URL, Content string
		Concept      []concept
	}
	concept struct {
		Code, Display, Definition string
		Concept                   []concept
	}
)

// mostCodes is the size from which a value set is a catalogue (licences, resource types) rather than a list for a Go
// type.
const mostCodes = 100

// reduce writes the reduced definitions of a package.
func reduce(folder, out string) error {
	definitions, err := readAll[structureDefinition](folder, "StructureDefinition")
	if err != nil {
		return err
	}
	result := fhirdef.Definitions{ValueSets: map[string]fhirdef.ValueSet{}}
	for _, d := range definitions {
		// Profiles are constraints; abstract types have no instances.
		if d.Kind != "resource" && d.Kind != "complex-type" || d.Derivation == "constraint" || d.Abstract {
			continue
		}
		result.Version = d.FHIRVersion
		t := fhirdef.Type{Name: d.Name, Resource: d.Kind == "resource", Short: d.Snapshot.Element[0].Short}
		for _, e := range d.Snapshot.Element[1:] {
			t.Elements = append(t.Elements, reduceElement(e))
		}
		result.Types = append(result.Types, t)
	}
	if err := addValueSets(folder, &result); err != nil {
		return err
	}
	slices.SortFunc(result.Types, func(a, b fhirdef.Type) int { return strings.Compare(a.Name, b.Name) })
	return fhirdef.Write(out, &result)
}

func reduceElement(e elementDefinition) fhirdef.Element {
	reduced := fhirdef.Element{
		Path: e.Path, Short: e.Short, Min: e.Min, List: e.Max != "1",
		SameAs: strings.TrimPrefix(e.ContentReference, "#"),
	}
	for _, t := range e.Type {
		code := t.Code
		for _, x := range t.Extension { // ids and Extension.url have a type of FHIRPath, and their own in an extension
			if strings.HasSuffix(x.URL, "structuredefinition-fhir-type") {
				code = x.ValueURL
			}
		}
		reduced.Types = append(reduced.Types, code)
		for _, target := range t.TargetProfile {
			if code == "Reference" {
				reduced.Targets = append(reduced.Targets, path.Base(target))
			}
		}
	}
	if slices.Contains(reduced.Targets, "Resource") {
		reduced.Targets = nil // any
	}
	if e.Binding.Strength == "required" && slices.Contains(reduced.Types, "code") {
		reduced.ValueSet, _, _ = strings.Cut(e.Binding.ValueSet, "|")
	}
	return reduced
}

// addValueSets adds the lists that elements are bound to, and unbinds elements from what is not a closed list of
// moderate size.
func addValueSets(folder string, d *fhirdef.Definitions) error {
	sets, err := readAll[valueSet](folder, "ValueSet")
	if err != nil {
		return err
	}
	systems, err := readAll[codeSystem](folder, "CodeSystem")
	if err != nil {
		return err
	}
	known := map[string]codeSystem{}
	for _, s := range systems {
		known[s.URL] = s
	}
	lists := map[string]fhirdef.ValueSet{}
	for _, v := range sets {
		if codes, ok := v.codes(known); ok && len(codes) <= mostCodes {
			lists[v.URL] = fhirdef.ValueSet{Name: v.Name, Codes: codes}
		}
	}
	for _, t := range d.Types {
		for i := range t.Elements {
			e := &t.Elements[i]
			if list, ok := lists[e.ValueSet]; ok {
				d.ValueSets[e.ValueSet] = list
			} else {
				e.ValueSet = ""
			}
		}
	}
	return nil
}

// codes lists the codes of the set, false if it is not closed or not here.
func (v *valueSet) codes(known map[string]codeSystem) ([]fhirdef.Code, bool) {
	var codes []fhirdef.Code
	if len(v.Compose.Exclude) > 0 {
		return nil, false
	}
	for _, part := range v.Compose.Include {
		system, ok := known[part.System]
		switch {
		case len(part.Filter) > 0 || len(part.ValueSet) > 0:
			return nil, false
		case len(part.Concept) > 0:
			meanings := map[string]concept{}
			flatten(system.Concept, func(c concept) { meanings[c.Code] = c })
			for _, c := range part.Concept {
				meaning := meanings[c.Code]
				if c.Display != "" {
					meaning.Display = c.Display
				}
				known := fhirdef.Code{Code: c.Code, Display: meaning.Display, Definition: meaning.Definition}
				codes = append(codes, known)
			}
		case !ok || system.Content != "complete":
			return nil, false
		default:
			flatten(system.Concept, func(c concept) {
				codes = append(codes, fhirdef.Code{Code: c.Code, Display: c.Display, Definition: c.Definition})
			})
		}
	}
	return codes, true
}

func flatten(concepts []concept, add func(concept)) {
	for _, c := range concepts {
		add(c)
		flatten(c.Concept, add)
	}
}

// readAll reads the package's resources of a type, in the order of their file names.
func readAll[T any](folder, resourceType string) ([]T, error) {
	names, err := filepath.Glob(filepath.Join(folder, resourceType+"-*.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no %s", folder, resourceType)
	}
	var all []T
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var one T
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, one)
	}
	return all, nil
}
