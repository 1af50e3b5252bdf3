package fhir

import (
	"iter"
	"slices"
	"strings"

	"github.com/caremux/caremux"
)

// SameBy is a rule by which two patients are taken for one person.
type SameBy string

const (
	// SameIdentifier takes two patients for one person if they share an identifier: its system, which must be there,
	// and its value.
	SameIdentifier SameBy = "identifier"
	// SameNameBirthDatePhone takes two patients for one person if their given and family names are written alike, their
	// full birth dates are equal, and they share a phone number; spaces, dots, dashes and parentheses in it do not
	// count.
	SameNameBirthDatePhone SameBy = "name, birth date and phone"
)

// SamePerson is a group of patients, each as its source returns it, that the rules identify as one person.
type SamePerson struct {
	Patients []*Patient
	By       []SameBy // the rules that matched
}

// SamePeople returns the groups of two or more patients that the rules identify as one person, in the order of their
// first patients. It changes and merges nothing: the caller decides what to do with a group. It reads all patients, and
// returns the first error of the loop, so that no group lacks a patient without an error.
func SamePeople(patients iter.Seq2[*Patient, error], rules ...SameBy) ([]SamePerson, error) {
	if len(rules) == 0 {
		return nil, &caremux.ArgumentError{Operation: "fhir.SamePeople", Field: "rules", Rule: "are required"}
	}
	for _, rule := range rules {
		if rule != SameIdentifier && rule != SameNameBirthDatePhone {
			return nil, &caremux.ArgumentError{Operation: "fhir.SamePeople", Field: "rules", Rule: "must be rules of this package"}
		}
	}
	g := groups{byKey: map[string]int{}}
	for p, err := range patients {
		if err != nil {
			return nil, err
		}
		g.add(p, rules)
	}
	return g.result(), nil
}

// groups joins patients with common keys.
type groups struct {
	patients []*Patient
	parent   []int
	by       [][]SameBy // of the root
	byKey    map[string]int
}

func (g *groups) add(p *Patient, rules []SameBy) {
	i := len(g.patients)
	g.patients, g.parent, g.by = append(g.patients, p), append(g.parent, i), append(g.by, nil)
	for _, rule := range rules {
		for _, key := range rule.keys(p) {
			key = string(rule) + "\x00" + key
			other, ok := g.byKey[key]
			switch {
			case !ok:
				g.byKey[key] = i
			case other != i:
				g.join(other, i, rule)
			}
		}
	}
}

func (g *groups) root(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

func (g *groups) join(a, b int, rule SameBy) {
	a, b = g.root(a), g.root(b)
	if b < a {
		a, b = b, a
	}
	for _, by := range append(g.by[b], rule) {
		if !slices.Contains(g.by[a], by) {
			g.by[a] = append(g.by[a], by)
		}
	}
	g.parent[b] = a
}

func (g *groups) result() []SamePerson {
	members := map[int][]*Patient{}
	for i, p := range g.patients {
		members[g.root(i)] = append(members[g.root(i)], p)
	}
	var same []SamePerson
	for i := range g.patients {
		if len(members[i]) > 1 {
			same = append(same, SamePerson{Patients: members[i], By: g.by[i]})
		}
	}
	return same
}

// keys returns what the patient must share with another one.
func (s SameBy) keys(p *Patient) (keys []string) {
	if s == SameIdentifier {
		for _, i := range p.Identifier {
			if i.System != "" && i.Value != "" {
				keys = append(keys, i.System+"\x00"+i.Value)
			}
		}
		return keys
	}
	if len(p.BirthDate) != len("2006-01-02") {
		return nil
	}
	for _, n := range p.Name {
		given := strings.Join(n.Given, " ")
		if given == "" || n.Family == "" {
			continue
		}
		for _, t := range p.Telecom {
			digits := strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(t.Value)
			if t.System == ContactPointSystemPhone && digits != "" {
				keys = append(keys, strings.Join([]string{given, n.Family, string(p.BirthDate), digits}, "\x00"))
			}
		}
	}
	return keys
}
