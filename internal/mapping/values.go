package mapping

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"github.com/caremux/caremux/fhir"
)

// setValue sets the value of an extension, false if FHIR has no value for it.
func setValue(x *fhir.Extension, v any) bool {
	switch v := v.(type) {
	case bool:
		x.ValueBoolean = new(v)
	case json.Number:
		return setNumber(x, v)
	case string:
		if !isText(v) {
			return false
		}
		x.ValueString = v
	default:
		return false
	}
	return true
}

func setNumber(x *fhir.Extension, v json.Number) bool {
	if i, err := strconv.ParseInt(v.String(), 10, 32); err == nil && strconv.FormatInt(i, 10) == v.String() {
		x.ValueInteger = new(int(i))
		return true
	}
	x.ValueDecimal = v
	return true
}

// isText reports whether FHIR allows the text as a string: not empty, not blank, without control characters, and
// without blanks around it, which other programs trim.
func isText(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func valueOf(x *fhir.Extension) any {
	switch {
	case x.ValueBoolean != nil:
		return *x.ValueBoolean
	case x.ValueInteger != nil:
		return json.Number(strconv.Itoa(*x.ValueInteger))
	case x.ValueDecimal != "":
		return x.ValueDecimal
	case x.ValueString != "":
		return x.ValueString
	}
	return nil
}

// Text returns text that FHIR allows, empty for other: that stays with the vendor's field.
func Text(s string) string {
	if !isText(s) {
		return ""
	}
	return s
}

// Texts returns the values that FHIR allows.
func Texts(all ...string) []string {
	var kept []string
	for _, s := range all {
		if s = Text(s); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// IsID reports whether FHIR allows the text as the id of an element.
func IsID(s string) bool {
	return isText(s) && !strings.ContainsFunc(s, unicode.IsSpace)
}
