package fhir

import (
	"reflect"
	"strings"

	"github.com/caremux/caremux"
)

// OriginURL begins the URLs of the extensions in which the vendors' mappings keep what FHIR has no place for. It is
// followed by the vendor, the kind of record and the path of the field in the vendor's names:
// https://github.com/caremux/caremux/fhir/welkin/Patient/primaryLanguage.
const OriginURL = "https://github.com/caremux/caremux/fhir/"

// OriginUnmapped is the URL of an extension inside such an extension. It is true where the vendor's code has no
// equivalent in FHIR.
const OriginUnmapped = "unmapped"

// Mismatch returns a [*caremux.MismatchError] that lists the vendor's fields whose codes FHIR has no equivalent for,
// nil if there are none. The resource's field is then empty, or has the least that FHIR requires; the extension of the
// field has the vendor's code.
func Mismatch(r Resource) error {
	var e caremux.MismatchError
	v := reflect.ValueOf(r)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	list := v.Elem().FieldByName("Extension")
	if !list.IsValid() {
		return nil
	}
	extensions, _ := list.Interface().([]Extension)
	for i := range extensions {
		place, ok := strings.CutPrefix(extensions[i].URL, OriginURL)
		if !ok || !unmapped(&extensions[i]) {
			continue
		}
		parts := strings.SplitN(place, "/", 3)
		path := strings.ReplaceAll(parts[len(parts)-1], "/", ".")
		e.Fields = append(e.Fields, caremux.FieldMismatch{Path: path, Problem: "has a code that FHIR has no equivalent for"})
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return &e
}

func unmapped(x *Extension) bool {
	for _, inner := range x.Extension {
		if inner.URL == OriginUnmapped && inner.ValueBoolean != nil && *inner.ValueBoolean {
			return true
		}
	}
	return false
}
