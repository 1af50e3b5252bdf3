package mapping

import (
	"strings"

	"github.com/caremux/caremux/fhir"
)

// Name returns a name of which parts may be empty, nothing if all are.
func Name(family string, given ...string) []fhir.HumanName {
	n := fhir.HumanName{Family: Text(family), Given: Texts(given...)}
	if n.Family == "" && len(n.Given) == 0 {
		return nil
	}
	return []fhir.HumanName{n}
}

// Given returns the i-th given name of the first name, empty if there is none.
func Given(names []fhir.HumanName, i int) string {
	if len(names) == 0 || i >= len(names[0].Given) {
		return ""
	}
	return names[0].Given[i]
}

// Family returns the family name of the first name.
func Family(names []fhir.HumanName) string {
	if len(names) == 0 {
		return ""
	}
	return names[0].Family
}

// Telecom returns the ways to reach somebody that are not empty.
func Telecom(all ...fhir.ContactPoint) []fhir.ContactPoint {
	var kept []fhir.ContactPoint
	for _, c := range all {
		if c.Value = Text(c.Value); c.Value != "" {
			kept = append(kept, c)
		}
	}
	return kept
}

// Phone returns a phone number of a rank, 1 for the first choice and 0 for none.
func Phone(number string, rank int) fhir.ContactPoint {
	return ranked(fhir.ContactPointSystemPhone, number, rank)
}

// Email returns an email address of a rank.
func Email(address string, rank int) fhir.ContactPoint {
	return ranked(fhir.ContactPointSystemEmail, address, rank)
}

func ranked(system fhir.ContactPointSystem, value string, rank int) fhir.ContactPoint {
	c := fhir.ContactPoint{System: system, Value: value}
	if rank > 0 {
		c.Rank = new(rank)
	}
	return c
}

// TelecomOf returns the value of a system and rank: without a rank in the list, the first of the system has rank 1, the
// second 2.
func TelecomOf(list []fhir.ContactPoint, system fhir.ContactPointSystem, rank int) string {
	at := 0
	for _, c := range list {
		if c.System != system {
			continue
		}
		at++
		if c.Rank != nil && *c.Rank == rank || c.Rank == nil && at == rank {
			return c.Value
		}
	}
	return ""
}

// Concept returns a concept of a code in a system, with a string that may be empty; nil without both.
func Concept(system, code, text string) *fhir.CodeableConcept {
	c := &fhir.CodeableConcept{Text: Text(text)}
	if isCode(code) {
		c.Coding = []fhir.Coding{{System: system, Code: code}}
	}
	if c.Text == "" && c.Coding == nil {
		return nil
	}
	return c
}

// isCode reports whether FHIR allows the text as a code: without blanks but single ones inside.
func isCode(s string) bool { return isText(s) && !strings.Contains(s, "  ") }

// Code returns a code that FHIR allows, empty for other text.
func Code(s string) string {
	if !isCode(s) {
		return ""
	}
	return s
}

// Concepts is Concept for a list.
func Concepts(system, code, text string) []fhir.CodeableConcept {
	if c := Concept(system, code, text); c != nil {
		return []fhir.CodeableConcept{*c}
	}
	return nil
}

// CodeOf returns the code of a system, empty if the concept has none.
func CodeOf(c *fhir.CodeableConcept, system string) string {
	if c == nil {
		return ""
	}
	for _, coding := range c.Coding {
		if coding.System == system {
			return coding.Code
		}
	}
	return ""
}

// CodeOfFirst is CodeOf for the first concept of a list that has one.
func CodeOfFirst(list []fhir.CodeableConcept, system string) string {
	for i := range list {
		if code := CodeOf(&list[i], system); code != "" {
			return code
		}
	}
	return ""
}

// TextOf returns the text of a concept.
func TextOf(c *fhir.CodeableConcept) string {
	if c == nil {
		return ""
	}
	return c.Text
}

// TextOfFirst returns the text of the first concept.
func TextOfFirst(list []fhir.CodeableConcept) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].Text
}

// LongestWord returns the longest word of a name, empty for none.
func LongestWord(name string) string {
	longest := ""
	for _, word := range strings.Fields(name) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return longest
}
