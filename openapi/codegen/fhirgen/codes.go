package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

// codeView is a type for the codes of a value set.
type codeView struct {
	Name, Doc string
	Values    []codeValue
	file      string
}

type codeValue struct{ Name, Code, Doc string }

// sharedNames are the names of value sets that say too little or too much.
var sharedNames = map[string]string{
	"Use":                          "ClaimUse",
	"FinancialResourceStatusCodes": "FinancialResourceStatus",
	"ClaimProcessingCodes":         "RemittanceOutcome",
	"TestScriptRequestMethodCode":  "TestScriptRequestMethod",
}

// nameCodes makes the types of codes. A value set of one element is named for the path of that element, since names
// of value sets are not unique; one that several elements share for its own name.
func (g *generator) nameCodes() error {
	paths := map[string][]string{}
	for _, t := range g.definitions.Types {
		for _, e := range t.Elements {
			if e.ValueSet != "" {
				paths[e.ValueSet] = append(paths[e.ValueSet], e.Path)
			}
		}
	}
	for _, url := range slices.Sorted(maps.Keys(paths)) {
		set, used := g.definitions.ValueSets[url], paths[url]
		c := &codeView{Name: typeName(used[0]), file: "codes_gen.go"}
		if len(used) > 1 {
			c.Name = cmp.Or(sharedNames[set.Name], set.Name)
		}
		if owner, shared := owner(used); !shared {
			c.file = fileName(owner)
		}
		what := "the code of " + used[0]
		if len(used) > 1 {
			what = fmt.Sprintf("a code that %d elements share, such as %s", len(used), used[0])
		}
		c.Doc = c.Name + " is " + what + ". Other codes than R4's are kept as they are."
		if err := g.addCodes(c, set); err != nil {
			return err
		}
		g.codes[url] = c
	}
	return nil
}

// owner returns the type that all the paths belong to, and whether there are several.
func owner(paths []string) (name string, shared bool) {
	name, _, _ = strings.Cut(paths[0], ".")
	for _, p := range paths {
		if !strings.HasPrefix(p, name+".") {
			return "", true
		}
	}
	return name, false
}

func (g *generator) addCodes(c *codeView, set fhirdef.ValueSet) error {
	if err := g.claim(c.Name, "a type of codes"); err != nil {
		return err
	}
	for _, code := range set.Codes {
		v := codeValue{Name: c.Name + codeName(code.Code), Code: code.Code, Doc: codeDoc(code)}
		if err := g.claim(v.Name, "a code of "+c.Name); err != nil {
			return err
		}
		c.Values = append(c.Values, v)
	}
	return nil
}

// codeDoc is the first sentence of the code's definition, or what it is displayed as if that is too long.
func codeDoc(c fhirdef.Code) string {
	text := sentence(c.Definition)
	first, _, _ := strings.Cut(text, ". ")
	if !strings.HasSuffix(first, "e.g") && !strings.HasSuffix(first, "i.e") {
		text = sentence(first)
	}
	if text == "" || len(text) > 220 {
		text = sentence(c.Display)
	}
	return cmp.Or(text, sentence(c.Code))
}

func (g *generator) sortedCodes() []*codeView {
	return slices.SortedFunc(maps.Values(g.codes), func(a, b *codeView) int { return strings.Compare(a.Name, b.Name) })
}
