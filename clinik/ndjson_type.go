package clinik

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	"github.com/caremux/caremux/internal/scan"
)

// A line of NDJSON is decoded into whatever type the caller names. A record of another type would be decoded into
// blanks that look like data, or into half of its fields.

// recordKind is what a Go type takes.
type recordKind struct {
	fhirType string          // the only FHIR type that it takes, "" for any
	flat     bool            // a flat record of this package, which no FHIR resource is
	named    map[string]bool // JSON names of a struct in lower case, nil for other types
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
	if typed, ok := reflect.New(t).Interface().(interface{ ResourceType() string }); ok && t.Kind() == reflect.Struct {
		k.fhirType = typed.ResourceType()
	}
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return k
	}
	k.named = map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous && isResource(f.Type) {
			k.fhirType = f.Type.Name()
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		if name != "-" && f.IsExported() && !f.Anonymous {
			k.named[strings.ToLower(name)] = true
		}
	}
	if isResource(t) {
		k.fhirType = t.Name()
	}
	k.flat = t.PkgPath() == ownPackage && !k.named["resourcetype"]
	return k
}

var ownPackage = reflect.TypeFor[FHIRResource]().PkgPath()

// isResource reports whether t is a resource of package clinik/fhir, which this package cannot import.
func isResource(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.PkgPath() != ownPackage+"/fhir" {
		return false
	}
	_, ok := t.FieldByName("ResourceType")
	return ok
}

// checkLine reports what keeps a line from being a value of type t, nil if nothing does. What is no JSON is for the
// decoder to refuse.
func checkLine(t reflect.Type, line []byte) error {
	k := kindOf(t)
	if k.fhirType == "" && k.named == nil || line[0] != '{' {
		return nil
	}
	if fault := k.faultOf(line); fault != nil && json.Valid(line) {
		return fault
	}
	return nil
}

// faultOf is why an object is no record of the kind, nil if it is one.
func (k *recordKind) faultOf(line []byte) *lineFault {
	found, isResource, known, wrapped := "", false, false, false
	scan.Members(line, func(name, value []byte) bool {
		lower := strings.ToLower(string(name)) // as the decoder takes it
		switch lower {
		case "resourcetype":
			found = ""
			isResource = json.Unmarshal(value, &found) == nil && found != ""
		case "data", "error", "issue", "issues":
			wrapped = true
		}
		known = known || k.named[lower]
		return true
	})
	fault := &lineFault{found: typeName(found)}
	is := "is a resource of another type"
	if fault.found != "" {
		is = "is a resource of type " + fault.found
	}
	switch {
	case k.fhirType != "" && !isResource:
		fault.text = "is not a resource of type " + k.fhirType
	case k.fhirType != "" && found != k.fhirType:
		fault.text = is + ", not " + k.fhirType
	case k.flat && isResource:
		fault.text, fault.cause = is+", not a flat record", ErrFHIRShape
	case k.fhirType == "" && found == "OperationOutcome" && !k.named["resourcetype"]:
		fault.text = is + ", not a record"
	case k.fhirType == "" && !known && !isResource && (k.flat || wrapped):
		fault.text = "contains an envelope or an error, not a record"
	default:
		return nil
	}
	return fault
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
