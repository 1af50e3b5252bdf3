package main

import (
	"embed"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/util"
)

//go:embed templates/*.tmpl
var templates embed.FS

// off switches a built-in template off; a blank text would bring the built-in back.
const off = "{{\"\"}}\n"

// fileMark begins each file in the output of the templates.
const fileMark = "//caremux:file "

func main() {
	log.SetFlags(0)
	specFile := flag.String("spec", "", "OpenAPI `file` of the vendor")
	out := flag.String("out", "", "`folder` of the vendor package")
	page := flag.String("reference", "", "`file` of the vendor's reference")
	flag.Parse()
	if err := run(*specFile, *out, *page); err != nil {
		log.Fatal(err)
	}
}

func run(specFile, out, page string) error {
	s, err := readSpec(specFile, filepath.Base(out))
	if err != nil {
		return fmt.Errorf("%s: %w", specFile, err)
	}
	files, err := generate(s, specFile)
	if err != nil {
		return fmt.Errorf("%s: %w", specFile, err)
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
	return os.WriteFile(page, s.reference(), 0o644)
}

// generate returns the files by name.
func generate(s *spec, specFile string) (map[string][]byte, error) {
	doc, err := util.LoadSwagger(specFile) // Generate changes the document it is given
	if err != nil {
		return nil, err
	}
	simplify(doc)
	for name, f := range s.functions() {
		codegen.TemplateFunctions[name] = f
	}
	code, err := codegen.Generate(doc, configuration(s.pkg))
	if err != nil {
		return nil, err
	}
	return split(code)
}

func configuration(pkg string) codegen.Configuration {
	var c codegen.Configuration
	c.PackageName = pkg
	c.Generate.Client = true
	c.Generate.Models = true
	c.Compatibility.AlwaysPrefixEnumValues = true
	c.OutputOptions.SkipFmt = true
	c.OutputOptions.SkipPrune = true
	c.OutputOptions.SkipEnumValidate = true
	c.OutputOptions.NameNormalizer = "ToCamelCaseWithInitialisms"
	c.OutputOptions.AdditionalInitialisms = initialisms
	plain := func(name string) codegen.SimpleTypeSpec { return codegen.SimpleTypeSpec{Type: name} }
	c.OutputOptions.TypeMapping = &codegen.TypeMapping{
		Number: codegen.FormatMapping{
			Default: plain("float64"),
			Formats: map[string]codegen.SimpleTypeSpec{"decimal": plain("json.Number"), "double": plain("float64")},
		},
		String: codegen.FormatMapping{
			Default: plain("string"),
			Formats: map[string]codegen.SimpleTypeSpec{
				"date-time":   plain("caremux.Time"),
				"date":        plain("caremux.Date"),
				"time-of-day": plain("caremux.TimeOfDay"),
				"binary":      plain("caremux.File"),
				"uuid":        plain("string"),
				"byte":        plain("string"),
				"email":       plain("string"),
				"password":    plain("string"),
				"uri":         plain("string"),
			},
		},
	}
	user := map[string]string{}
	for _, name := range []string{"constants", "param-types", "request-bodies", "client-with-responses",
		"additional-properties", "union", "union-and-additional-properties"} {
		user[name+".tmpl"] = off
	}
	for _, name := range []string{"imports", "client", "typedef"} {
		text, err := templates.ReadFile("templates/" + name + ".tmpl")
		if err != nil {
			panic(err) // embedded above
		}
		user[name+".tmpl"] = string(text)
	}
	c.OutputOptions.UserTemplates = user
	return c.UpdateDefaults()
}

// simplify replaces what stands around a reference, such as a description or nullable, by the reference alone: the
// generator would make a new type of it. The templates read such facts from the spec itself.
func simplify(doc *openapi3.T) {
	for _, schema := range doc.Components.Schemas {
		simplifySchema(schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				p.Ref = "" // a shared parameter needs no type of its own
			}
		}
	}
}

func simplifySchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	v := ref.Value
	if len(v.AllOf) == 1 && len(v.Properties) == 0 {
		name := v.Extensions["x-go-name"]
		*ref = *v.AllOf[0]
		if name != nil {
			ref.Extensions = map[string]any{"x-go-name": name}
		}
		return
	}
	v.Nullable = false
	v.AdditionalProperties.Has = keepOpen(v)
	for _, p := range v.Properties {
		simplifySchema(p)
	}
	simplifySchema(v.Items)
}

// keepOpen leaves additionalProperties to objects that are nothing but a map; on others the generator would write its own
// coding methods.
func keepOpen(v *openapi3.Schema) *bool {
	if len(v.Properties) > 0 {
		return nil
	}
	return v.AdditionalProperties.Has
}
