package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals.
var initialisms = []string{"FHIR", "ID", "OID", "SMS", "UDI", "UID", "URI", "URL", "UUID"}

var word = regexp.MustCompile(`[A-Z]+[0-9]*$|[A-Z]*[0-9]*[a-z0-9]+|[A-Z]+`)

// goName is the Go name of an element or code: fullUrl is FullURL, in-progress is InProgress.
func goName(name string) string {
	var b strings.Builder
	for _, w := range word.FindAllString(name, -1) {
		if upper := strings.ToUpper(w); slices.Contains(initialisms, upper) {
			b.WriteString(upper)
		} else {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}

// typeName is the Go name of the struct for the elements below a path: Patient.contact is PatientContact.
func typeName(path string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(path, ".") {
		b.WriteString(goName(part))
	}
	return b.String()
}

// signs are the codes that are no words.
var signs = map[string]string{
	"<": "LessThan", "<=": "LessOrEqual", ">": "GreaterThan", ">=": "GreaterOrEqual", "=": "Equal", "!=": "NotEqual",
}

var number = regexp.MustCompile(`^[0-9.]+$`)

// codeName is the part of a constant's name that stands for its code.
func codeName(code string) string {
	if sign, ok := signs[code]; ok {
		return sign
	}
	if number.MatchString(code) {
		return strings.ReplaceAll(code, ".", "_") // 4.0.1
	}
	return goName(code)
}

// fileName is the file of a type: MedicationRequest is in medication_request_gen.go.
func fileName(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String() + "_gen.go"
}

// comment lays text out as a Go comment. Paragraphs are separated by blank lines.
func comment(text, indent string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			b.WriteString(indent + "//\n")
		}
		line := ""
		for w := range strings.FieldsSeq(paragraph) {
			if len(line)+len(w) > 115 {
				b.WriteString(indent + "//" + line + "\n")
				line = ""
			}
			line += " " + w
		}
		b.WriteString(indent + "//" + line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// sentence ends a string as a sentence.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".?!") {
		return text
	}
	return text + "."
}

// list joins names as a sentence does: "A, B or C".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
