package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/tools/imports"
)

const (
	modelsFile = "models_gen.go" // models that several services share
	eventsFile = "events_gen.go" // models that only webhooks bring
)

// place sorts the models by the file that they belong to and marks where each file begins. Within a file their order stays,
// but the events' names come first.
func (s *spec) place(models []model) {
	for i := range models {
		models[i].file = s.fileOf(models[i])
	}
	names := func(m model) int {
		if m.Kind == "events" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(models, func(a, b model) int {
		return cmp.Or(cmp.Compare(a.file, b.file), names(a)-names(b))
	})
	for i := range models {
		if i == 0 || models[i].file != models[i-1].file {
			models[i].File = models[i].file
		}
	}
}

// fileOf is the file of a model: that of the only service whose operations lead to it, or of the service whose name it bears.
func (s *spec) fileOf(m model) string {
	if m.Kind == "events" || m.Event {
		return eventsFile
	}
	var owners []string
	for service, schemas := range s.reached {
		if schemas[m.schema] {
			owners = append(owners, service)
		}
	}
	if len(owners) == 1 && !s.keep[m.schema] {
		return fileName(owners[0])
	}
	owner := ""
	for _, service := range owners {
		if bears(m.Name, service) && len(service) > len(owner) {
			owner = service
		}
	}
	if owner == "" {
		return modelsFile
	}
	return fileName(owner)
}

// bears reports whether a type's name begins with the name of a service, in the singular or the plural: Task and TaskStatus
// belong to Tasks, Tasking does not.
func bears(name, service string) bool {
	singular := strings.TrimSuffix(service, "s")
	if stem, ok := strings.CutSuffix(service, "ies"); ok {
		singular = stem + "y"
	}
	for _, word := range []string{service, singular} {
		if rest, ok := strings.CutPrefix(name, word); ok && (rest == "" || !unicode.IsLower(rune(rest[0]))) {
			return true
		}
	}
	return false
}

// split cuts the output of the templates at the marks. Models come before services there; in a file of both, the service
// and its methods come first.
func split(code string) (map[string][]byte, error) {
	head, body, _ := strings.Cut(code, fileMark)
	texts := map[string]string{}
	for part := range strings.SplitSeq(body, fileMark) {
		name, text, _ := strings.Cut(part, "\n")
		name = strings.TrimSpace(name)
		texts[name] = text + texts[name]
	}
	files := map[string][]byte{}
	for name, text := range texts {
		formatted, err := imports.Process(name, []byte(head+text), nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, numbered(head+text))
		}
		files[name] = formatted
	}
	return files, nil
}

// numbered is code with line numbers, for an error that names a line.
func numbered(code string) string {
	var b strings.Builder
	for i, line := range strings.Split(code, "\n") {
		fmt.Fprintf(&b, "%d\t%s\n", i+1, line)
	}
	return b.String()
}
