package clinik

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// A line of NDJSON is decoded into whatever type the caller names. A record of another type would be decoded into
// blanks that look like data, or into half of its fields.

// recordKind is what a Go type takes.
type recordKind struct {
	fhirType string         // the only FHIR type that it takes, "" for any
	flat     bool           // a flat record of this package, which no FHIR resource is
	fields   *fields.Struct // of a struct, nil for other types
}

// tells reports whether the type has a field for the FHIR type, so that its user can see it.
func (k *recordKind) tells() bool {
	_, ok := k.fields.Named([]byte("resourceType"))
	return ok
}

var recordKinds sync.Map // reflect.Type → *recordKind

func kindOf(t reflect.Type) *recordKind {
	if k, ok := recordKinds.Load(t); ok {
		return k.(*recordKind)
	}
	k := newKind(t)
	recordKinds.Store(t, k)
	return k
}

func newKind(t reflect.Type) *recordKind {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := &recordKind{}
	if t.Kind() != reflect.Struct {
		return k
	}
	if typed, ok := reflect.New(t).Interface().(interface{ ResourceType() string }); ok {
		k.fhirType = typed.ResourceType()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return k
	}
	k.fields = fields.Of(t)
	k.flat = t.PkgPath() == ownPackage && !k.tells()
	return k
}

var ownPackage = reflect.TypeFor[FHIRResource]().PkgPath()

// checkLine reports what keeps a line from being a value of type t, nil if nothing does. What is not JSON is for the
// decoder to refuse.
func checkLine(t reflect.Type, line []byte) error {
	k := kindOf(t)
	if k.fhirType == "" && k.fields == nil || line[0] != '{' {
		return nil
	}
	if fault := k.faultOf(line); fault != nil && json.Valid(line) {
		return fault
	}
	return nil
}

// glimpse is what an object shows at a glance.
type glimpse struct {
	fhirType   string // its resourceType
	isResource bool
	known      bool // it has a field that the Go type names
	wrapped    bool // it has a field that envelopes and errors have
}

func (k *recordKind) glimpse(line []byte) (g glimpse) {
	scan.Members(line, func(name, value []byte) bool {
		switch strings.ToLower(string(name)) { // as the decoder takes it
		case "resourcetype":
			g.fhirType = ""
			g.isResource = json.Unmarshal(value, &g.fhirType) == nil && g.fhirType != ""
		case "data", "error", "issue", "issues":
			g.wrapped = true
		}
		if k.fields != nil && !g.known {
			_, g.known = k.fields.Named(name)
		}
		return true
	})
	return g
}

// faultOf is why an object is not a record of the kind, nil if it is one.
func (k *recordKind) faultOf(line []byte) *lineFault {
	g := k.glimpse(line)
	found := typeName(g.fhirType)
	is := "is a resource of another type"
	if found != "" {
		is = "is a resource of type " + found
	}
	switch {
	case k.fhirType == "":
		return k.unlessOpen(g, is)
	case !g.isResource:
		return &lineFault{text: "is not a resource of type " + k.fhirType}
	case g.fhirType != k.fhirType:
		return &lineFault{text: is + ", not " + k.fhirType, found: found}
	}
	return nil
}

// unlessOpen is faultOf for a type that is not bound to a FHIR type.
func (k *recordKind) unlessOpen(g glimpse, is string) *lineFault {
	switch {
	case k.flat && g.isResource:
		return &lineFault{text: is + ", not a flat record", found: typeName(g.fhirType), cause: ErrFHIRShape}
	case g.fhirType == "OperationOutcome" && !k.tells():
		return &lineFault{text: is + ", not a record", found: g.fhirType}
	case !g.known && !g.isResource && (k.flat || g.wrapped):
		return &lineFault{text: "contains an envelope or an error, not a record"}
	}
	return nil
}

// typeName is the name of a FHIR type, "" for what cannot be one: it goes into errors, and the line may contain
// anything.
func typeName(name string) string {
	noLetter := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }
	if len(name) > 64 || strings.ContainsFunc(name, noLetter) {
		return ""
	}
	return name
}
