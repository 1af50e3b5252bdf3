package fhir_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/fhir"
)

// element is an element of HL7's definitions, as openapi/fhir/r4.json.gz has it.
type element struct {
	Path   string
	List   bool
	Types  []string
	SameAs string
}

type definition struct {
	Name     string
	Resource bool
	Elements []element
}

func definitions(t *testing.T) []definition {
	t.Helper()
	file, err := os.Open("../openapi/fhir/r4.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Types []definition }
	if err := json.NewDecoder(unpacked).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all.Types
}

// goFields are the fields of a Go type by their JSON name.
func goFields(of reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for f := range of.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[name] = f
	}
	return fields
}

// inner is the type of one value of a field.
func inner(of reflect.Type) reflect.Type {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	return of
}

// kinds are the Go kinds of FHIR's primitive types; dates, codes and decimals are strings that keep what was read.
func kindOf(primitive string) reflect.Kind {
	switch primitive {
	case "boolean":
		return reflect.Bool
	case "integer", "positiveInt", "unsignedInt":
		return reflect.Int
	}
	return reflect.String
}

// goTypes finds the Go types of all definitions, beginning with the resources.
func goTypes(t *testing.T, all []definition) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	var visit func(reflect.Type)
	visit = func(of reflect.Type) {
		if of.Kind() != reflect.Struct || types[of.Name()] == of {
			return
		}
		types[of.Name()] = of
		for f := range of.Fields() {
			visit(inner(f.Type))
		}
	}
	for _, d := range all {
		if !d.Resource {
			continue
		}
		var r fhir.Resource
		if err := fhir.Unmarshal([]byte(`{"resourceType":"`+d.Name+`"}`), &r); err != nil ||
			r.ResourceType() != d.Name {
			t.Fatalf("%s: %v", d.Name, err)
		}
		visit(reflect.TypeOf(r).Elem())
	}
	return types
}

func TestEveryElementOfR4HasAField(t *testing.T) {
	all := definitions(t)
	types := goTypes(t, all)
	elements, fields := 0, 0
	for _, d := range all {
		byPath := map[string]reflect.Type{d.Name: types[d.Name]}
		if byPath[d.Name] == nil {
			t.Errorf("%s has no Go type", d.Name)
			continue
		}
		sameAs := map[string]reflect.Type{}
		for _, e := range d.Elements {
			elements++
			parent, name := e.Path[:strings.LastIndexByte(e.Path, '.')], e.Path[strings.LastIndexByte(e.Path, '.')+1:]
			base, isChoice := strings.CutSuffix(name, "[x]")
			of := byPath[parent]
			if of == nil {
				t.Errorf("%s: nothing for its parent", e.Path)
				continue
			}
			if e.SameAs != "" {
				e.Types = []string{""}
			}
			for _, alternative := range e.Types {
				wire := base
				if isChoice {
					wire += strings.ToUpper(alternative[:1]) + alternative[1:]
				}
				f, ok := goFields(of)[wire]
				if !ok {
					t.Errorf("%s: %s has no field %s", e.Path, of.Name(), wire)
					continue
				}
				fields++
				checkField(t, e, f, alternative, isChoice)
				if e.SameAs != "" {
					sameAs[e.SameAs] = inner(f.Type)
				} else if alternative == "BackboneElement" || alternative == "Element" {
					byPath[e.Path] = inner(f.Type)
				}
			}
		}
		for path, of := range sameAs {
			if byPath[path] != of {
				t.Errorf("%s: %v where %s is meant", d.Name, of, path)
			}
		}
		checkNothingElse(t, d, byPath)
	}
	t.Logf("%d elements of %d types, %d fields", elements, len(all), fields)
	if elements < 7_000 || fields < 8_000 {
		t.Errorf("%d elements, %d fields: the definitions are not whole", elements, fields)
	}
}

// checkField holds a field against the element's cardinality and type.
func checkField(t *testing.T, e element, f reflect.StructField, of string, isChoice bool) {
	t.Helper()
	if isList := f.Type.Kind() == reflect.Slice; isList != e.List {
		t.Errorf("%s: %v, but the element is a list: %t", e.Path, f.Type, e.List)
	}
	if (f.Tag.Get("choice") != "") != isChoice {
		t.Errorf("%s: choice %q", e.Path, f.Tag.Get("choice"))
	}
	one := f.Type
	if one.Kind() == reflect.Slice {
		one = one.Elem()
	}
	switch {
	case of == "" || of == "BackboneElement" || of == "Element":
	case of == "Resource":
		if one != reflect.TypeFor[fhir.Resource]() {
			t.Errorf("%s: %v for a resource", e.Path, f.Type)
		}
	case of[0] >= 'a': // primitive types have small letters
		if inner(one).Kind() != kindOf(of) {
			t.Errorf("%s: %v for %s", e.Path, f.Type, of)
		}
		if of == "decimal" && one != reflect.TypeFor[json.Number]() {
			t.Errorf("%s: %v for a decimal", e.Path, f.Type)
		}
	default:
		if inner(one).Name() != of {
			t.Errorf("%s: %v for %s", e.Path, f.Type, of)
		}
	}
	// What can be absent must be told from what is zero: a list and a string by their length, all else by a pointer.
	if k := f.Type.Kind(); k != reflect.Slice && k != reflect.String && k != reflect.Pointer && k != reflect.Interface {
		t.Errorf("%s: %v cannot be absent", e.Path, f.Type)
	}
}

// checkNothingElse finds fields that are in no definition.
func checkNothingElse(t *testing.T, d definition, byPath map[string]reflect.Type) {
	t.Helper()
	for path, of := range byPath {
		for name := range goFields(of) {
			known := name == "" || slices.ContainsFunc(d.Elements, func(e element) bool {
				base, isChoice := strings.CutSuffix(e.Path, "[x]")
				return base == path+"."+name || isChoice && strings.HasPrefix(path+"."+name, base)
			})
			if !known {
				t.Errorf("%s: R4 has no %s", path, name)
			}
		}
	}
}
