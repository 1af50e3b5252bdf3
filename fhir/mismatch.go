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
// nil if there are none, also those of what is inside the resource: a participant's field has the kind of its record
// before it. The element of the resource is then empty, or has the least that FHIR requires; the extension of the field
// has the vendor's code.
func Mismatch(r Resource) error {
	var e caremux.MismatchError
	v := reflect.ValueOf(r)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	eachUnmapped(v.Elem(), true, func(path string) {
		e.Fields = append(e.Fields, caremux.FieldMismatch{Path: path, Problem: "has a code that FHIR has no equivalent for"})
	})
	if len(e.Fields) == 0 {
		return nil
	}
	return &e
}

var extensionsType = reflect.TypeFor[[]Extension]()

// eachUnmapped calls found with the path of each unmapped field in the extensions of v and of what is inside.
func eachUnmapped(v reflect.Value, top bool, found func(path string)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachUnmapped(v.Elem(), top, found)
		}
	case reflect.Slice:
		if v.Type() == extensionsType {
			unmappedIn(v.Interface().([]Extension), top, found)
			return
		}
		for i := range v.Len() {
			eachUnmapped(v.Index(i), false, found)
		}
	case reflect.Struct:
		for field, f := range v.Fields() {
			if field.IsExported() {
				eachUnmapped(f, top && f.Type() == extensionsType, found)
			}
		}
	}
}

func unmappedIn(extensions []Extension, top bool, found func(path string)) {
	for i := range extensions {
		place, ok := strings.CutPrefix(extensions[i].URL, OriginURL)
		if !ok || !unmapped(&extensions[i]) {
			continue
		}
		parts := strings.SplitN(place, "/", 3) // vendor, kind, path
		if path := parts[len(parts)-1]; top || len(parts) < 3 {
			found(strings.ReplaceAll(path, "/", "."))
		} else {
			found(parts[1] + "." + strings.ReplaceAll(path, "/", "."))
		}
	}
}

func unmapped(x *Extension) bool {
	for _, inner := range x.Extension {
		if inner.URL == OriginUnmapped && inner.ValueBoolean != nil && *inner.ValueBoolean {
			return true
		}
	}
	return false
}
