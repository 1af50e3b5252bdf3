package main

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are written in capitals beside Go's own.
var initialisms = []string{
	"ABDM", "ABHA", "AI", "CDT", "EHR", "EGUID", "EID", "FHIR", "FCM", "GPS", "GUID", "HIP", "HPR", "HIU", "ICD", "IDs",
	"JWT", "KYC", "LOINC", "MRN", "NPI", "NRIC", "OID", "OTP", "PHI", "PHR", "PII", "PIN", "QR", "RRN", "SMS", "SSO",
	"TPA", "TTL", "UCUM", "UDI", "URLs", "URN", "UUIDs", "VIP",
}

// goWord writes one word of a vendor's name in Go's way.
func goWord(word string) string {
	upper := strings.ToUpper(word)
	for _, i := range append(initialisms, "API", "ID", "URL", "UUID", "HTTP", "JSON", "IP") {
		if upper == i {
			return upper
		}
	}
	r, size := utf8.DecodeRuneInString(word)
	rest := word[size:]
	if upper == word {
		rest = strings.ToLower(rest)
	}
	return string(unicode.ToUpper(r)) + rest
}

// goName joins the words of a value such as IN-PERSON or API_CLIENT.
func goName(value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		words[i] = goWord(w)
	}
	if len(words) == 0 {
		return "Empty"
	}
	return strings.Join(words, "")
}

// lowerFirst makes an unexported name: CDTsService → cdtsService, CalendarEvents → calendarEvents.
func lowerFirst(name string) string {
	n := 0
	for n < len(name) && name[n] >= 'A' && name[n] <= 'Z' {
		n++
	}
	switch {
	case n == 0:
		return name
	case n == 1 || n == len(name):
		return strings.ToLower(name[:n]) + name[n:]
	case name[n] == 's' && (n+1 == len(name) || name[n+1] >= 'A' && name[n+1] <= 'Z'):
		return strings.ToLower(name[:n]) + name[n:] // a plural: CDTs
	}
	return strings.ToLower(name[:n-1]) + name[n-1:]
}

// plural is the name of a service that is the plural of an initialism: CDTs.
var plural = regexp.MustCompile(`^[A-Z]+s$`)

// fileName is the file of a service: CalendarEvents → calendar_events_gen.go.
func fileName(service string) string {
	var b strings.Builder
	runes := []rune(plural.ReplaceAllStringFunc(service, strings.ToLower))
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String() + "_gen.go"
}

// comment lays text out as a Go comment. Paragraphs are separated by blank lines.
func comment(text, indent string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(indent + "//\n")
		}
		line := ""
		flush := func() {
			if line != "" {
				b.WriteString(indent + "//" + line + "\n")
			}
			line = ""
		}
		for word := range strings.FieldsSeq(paragraph) {
			if len(line)+len(word) > 115 {
				flush()
			}
			line += " " + word
		}
		flush()
	}
	return strings.TrimSuffix(b.String(), "\n")
}
