package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestWordsThatAreWrongAreFound(t *testing.T) {
	rules, err := readRules(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	for sentence, want := range map[string][]string{
		"The answer holds a token.":                      {"answer", "holds"},
		"Tells whether it is so; it gives the id":        {"tells", "gives"},
		"A member of the object":                         {"member"},
		"A POST is not sent again.":                      {"sent again"},
		"The body is no JSON":                            {"is no"},
		"It comes as text, or as texts":                  {"as text", "texts"},
		"The answer to a question":                       nil,
		"A member of the hospital's staff":               nil,
		"The claim is on hold. There is no such record.": nil,
		"Answer is a name of Go; so is `answer`":         {"answer"},
		"a field Answer, or \"the answer\"":              nil,
		"It is no longer there":                          nil,
	} {
		var got []string
		for _, r := range rules {
			for _, p := range check([]rule{r}, sentence) {
				got = append(got, p.word)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", sentence, got, want)
		}
	}
}

func TestCommentsOfDeclarationsAreReadAndCodeIsNot(t *testing.T) {
	got := docParagraphs(`package p // import "p"

Package p does
things.

type Answer struct {
	// First line
	// and second.
	Held string // a remark
	Tell int
}
    Answer is a type.

func Ask() string
    Ask returns a string.
`)
	want := []string{
		`import "p"`, "Package p does things.", " First line  and second.", "a remark", "    Answer is a type.",
		"    Ask returns a string.",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCodeInMarkdownIsNotRead(t *testing.T) {
	got := strings.Join(markdownParagraphs("Text\n```go\nanswer := 1\n```\n- one\n- two\n"), "|")
	if want := "Text||- one|- two\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestARuleWithoutAReplacementIsRefused(t *testing.T) {
	for _, file := range []string{"word\n", "wo(rd\tx\n", "a\tb\tc\td\n", "a\tb\tc(\n"} {
		if _, err := readRules(file); err == nil {
			t.Errorf("%q is accepted", file)
		}
	}
}
