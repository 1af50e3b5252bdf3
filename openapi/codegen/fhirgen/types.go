package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

// typeView is a Go struct: a resource, a data type, or the elements inside one.
type typeView struct {
	Name, Doc string
	Resource  string // the resource type, empty for others
	Fields    []fieldView
	Choices   []choiceView
}

type fieldView struct{ Name, Type, Tag, Doc string }

// choiceView is a method that returns the one field of a choice that is set.
type choiceView struct{ Owner, Name, Wire, Doc string }

// primitives are the Go types of FHIR's primitive types.
var primitives = map[string]string{
	"boolean": "bool",
	"integer": "int", "positiveInt": "int", "unsignedInt": "int",
	"decimal": "json.Number",
	"date":    "DateTime", "dateTime": "DateTime", "instant": "DateTime",
	"base64Binary": "string", "code": "string", "markdown": "string", "string": "string", "time": "string", "xhtml": "string",
	"canonical": "string", "id": "string", "oid": "string", "uri": "string", "url": "string", "uuid": "string",
}

// plain are the primitive types that a field's Go type says enough about.
var plain = []string{"boolean", "code", "dateTime", "decimal", "integer", "string"}

type generator struct {
	definitions *fhirdef.Definitions
	codes       map[string]*codeView // by URL of the value set
	types       map[string][]typeView
	names       map[string]string // Go name of the package → what it is, to find two of a kind
}

func newGenerator(d *fhirdef.Definitions) (*generator, error) {
	g := &generator{
		definitions: d,
		codes:       map[string]*codeView{},
		types:       map[string][]typeView{},
		names:       map[string]string{},
	}
	if err := g.nameCodes(); err != nil {
		return nil, err
	}
	for _, t := range d.Types {
		if err := g.addType(t); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// claim refuses a second use of a name.
func (g *generator) claim(name, what string) error {
	if other, ok := g.names[name]; ok {
		return fmt.Errorf("%s is both %s and %s", name, other, what)
	}
	g.names[name] = what
	return nil
}

// files sorts what is generated into files.
func (g *generator) files() map[string]file {
	files := map[string]file{}
	var resources []string
	for _, t := range g.definitions.Types {
		if t.Resource {
			resources = append(resources, t.Name)
		}
		files[fileName(t.Name)] = file{Types: g.types[t.Name]}
	}
	for _, c := range g.sortedCodes() {
		f := files[c.file]
		f.Codes = append(f.Codes, *c)
		files[c.file] = f
	}
	files["resources_gen.go"] = file{Resources: resources}
	return files
}

// addType makes the struct of a type and those of the elements inside it.
func (g *generator) addType(t fhirdef.Type) error {
	root := typeView{Name: goName(t.Name), Doc: goName(t.Name) + " is a FHIR data type: " + sentence(t.Short)}
	if t.Resource {
		root.Resource = t.Name
		root.Doc = goName(t.Name) + " is a FHIR resource: " + sentence(t.Short) +
			"\n\nhttps://hl7.org/fhir/R4/" + strings.ToLower(t.Name) + ".html"
	}
	views := []*typeView{&root}
	byPath := map[string]*typeView{t.Name: &root}
	for _, e := range t.Elements {
		parent, _ := splitPath(e.Path)
		if byPath[parent] == nil {
			return fmt.Errorf("%s comes before its parent", e.Path)
		}
		if err := g.addFields(byPath[parent], e); err != nil {
			return err
		}
		if isBackbone(e) {
			name := typeName(e.Path)
			inner := &typeView{Name: name, Doc: name + " is " + e.Path + ": " + sentence(e.Short)}
			byPath[e.Path] = inner
			views = append(views, inner)
		}
	}
	for _, v := range views {
		if err := g.claim(v.Name, "a type of "+t.Name); err != nil {
			return err
		}
		if err := checkFields(*v); err != nil {
			return err
		}
		g.types[t.Name] = append(g.types[t.Name], *v)
	}
	return nil
}

// checkFields refuses two fields or methods of one name.
func checkFields(t typeView) error {
	seen := map[string]bool{"Unnamed": true, "Kept": true, "MarshalJSON": true, "UnmarshalJSON": true}
	seen["ResourceType"] = t.Resource != ""
	for _, name := range slices.Concat(fieldNames(t.Fields), choiceNames(t.Choices)) {
		if seen[name] {
			return fmt.Errorf("%s has two fields or methods %s", t.Name, name)
		}
		seen[name] = true
	}
	return nil
}

func fieldNames(fields []fieldView) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

func choiceNames(choices []choiceView) []string {
	var names []string
	for _, c := range choices {
		names = append(names, c.Name)
	}
	return names
}

// isBackbone reports whether the element has elements of its own in the same definition.
func isBackbone(e fhirdef.Element) bool {
	return slices.Equal(e.Types, []string{"BackboneElement"}) || slices.Equal(e.Types, []string{"Element"})
}

func splitPath(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '.')
	return path[:i], path[i+1:]
}

// addFields adds the field of an element, or the fields of a choice.
func (g *generator) addFields(t *typeView, e fhirdef.Element) error {
	_, name := splitPath(e.Path)
	base, isChoice := strings.CutSuffix(name, "[x]")
	if !isChoice {
		f, err := g.field(e, name, "")
		t.Fields = append(t.Fields, f)
		return err
	}
	if e.List {
		return fmt.Errorf("%s is a list of choices", e.Path)
	}
	method := choiceView{Owner: t.Name, Name: goName(base), Wire: base}
	var types []string
	for _, alternative := range e.Types {
		one := e
		one.Types = []string{alternative}
		f, err := g.field(one, base+strings.ToUpper(alternative[:1])+alternative[1:], base)
		if err != nil {
			return err
		}
		t.Fields = append(t.Fields, f)
		if !slices.Contains(types, f.Type) {
			types = append(types, f.Type)
		}
	}
	if len(types) > 10 {
		types = []string{"any of the types that Extension.value[x] has"}
	}
	method.Doc = method.Name + " returns the one field of " + name + " that is set, nil if none is: " +
		"a value of type " + list(types) + "."
	t.Choices = append(t.Choices, method)
	return nil
}

// field is the Go field of an element of one type.
func (g *generator) field(e fhirdef.Element, wire, choice string) (fieldView, error) {
	f := fieldView{Name: goName(wire), Doc: g.fieldDoc(e, choice), Tag: `json:"` + wire + `,omitzero"`}
	if choice != "" {
		f.Tag += ` choice:"` + choice + `"`
	}
	element, pointer, err := g.goType(e)
	if err != nil {
		return f, err
	}
	switch {
	case e.List:
		f.Type = "[]" + element
	case pointer:
		f.Type = "*" + element
	default:
		f.Type = element
	}
	return f, nil
}

// goType is the Go type of one value of the element; pointer says that its zero value is not the absent one.
func (g *generator) goType(e fhirdef.Element) (name string, pointer bool, err error) {
	if e.SameAs != "" {
		return typeName(e.SameAs), true, nil
	}
	if len(e.Types) != 1 {
		return "", false, fmt.Errorf("%s has %d types", e.Path, len(e.Types))
	}
	of := e.Types[0]
	if isBackbone(e) {
		return typeName(e.Path), true, nil
	}
	if c, ok := g.codes[e.ValueSet]; ok && of == "code" {
		return c.Name, false, nil
	}
	if p, ok := primitives[of]; ok {
		return p, p == "bool" || p == "int", nil
	}
	if of == "Resource" {
		return "Resource", false, nil
	}
	if !slices.ContainsFunc(g.definitions.Types, func(t fhirdef.Type) bool { return t.Name == of }) {
		return "", false, fmt.Errorf("%s has the unknown type %s", e.Path, of)
	}
	return goName(of), true, nil
}

// fieldDoc is the definition's short text, with what the Go type does not say.
func (g *generator) fieldDoc(e fhirdef.Element, choice string) string {
	doc := sentence(e.Short)
	if len(e.Types) == 1 {
		of := e.Types[0]
		if _, isPrimitive := primitives[of]; isPrimitive && !slices.Contains(plain, of) {
			doc += " (" + of + ")"
		}
		if of == "Reference" && len(e.Targets) > 0 {
			doc += " Refers to " + list(e.Targets) + "."
		}
	}
	switch {
	case e.Min > 0 && choice != "":
		doc += " One field of " + choice + "[x] is required."
	case e.Min > 0:
		doc += " Required."
	}
	return doc
}
