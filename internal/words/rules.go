// Command words counts the words of words.txt in what users of the module read: go doc -all of the public packages, the
// Markdown files, and the errors and log messages of the code that is not tests. It prints each place with what to write
// instead, and fails if there are more than -limit.
//
//	go run ./internal/words        from the root of the repository
package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

//go:embed words.txt
var wordsFile string

// rule is a line of words.txt.
type rule struct {
	word    *regexp.Regexp
	unless  *regexp.Regexp // nil if the word is never right
	instead string
}

func readRules(file string) ([]rule, error) {
	var rules []rule
	for line := range strings.Lines(file) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "\t")
		if len(parts) < 2 || len(parts) > 3 {
			return nil, fmt.Errorf("words.txt: %q does not have two or three parts", line)
		}
		r := rule{instead: parts[1]}
		var err error
		if r.word, err = regexp.Compile(`\b(?:` + parts[0] + `)\b`); err != nil {
			return nil, fmt.Errorf("words.txt: %w", err)
		}
		if len(parts) == 3 {
			if r.unless, err = regexp.Compile(parts[2]); err != nil {
				return nil, fmt.Errorf("words.txt: %w", err)
			}
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// place is a word in a sentence.
type place struct{ word, instead, sentence string }

var (
	code        = regexp.MustCompile("`[^`]*`|\"[^\"]*\"|\\[[^\\]]*\\]\\([^)]*\\)")
	sentenceEnd = regexp.MustCompile(`[.:;!?]\s+`)
)

// check returns the places of wrong words in a paragraph.
func check(rules []rule, paragraph string) []place {
	var places []place
	paragraph = code.ReplaceAllString(strings.Join(strings.Fields(paragraph), " "), "…")
	for _, sentence := range sentenceEnd.Split(paragraph, -1) {
		if sentence == "" {
			continue
		}
		// The first word is in small letters if the second letter is.
		lower := sentence
		if len(sentence) > 1 && sentence[1] >= 'a' && sentence[1] <= 'z' {
			lower = strings.ToLower(sentence[:1]) + sentence[1:]
		}
		for _, r := range rules {
			if r.unless != nil && r.unless.MatchString(sentence) {
				continue
			}
			for _, word := range r.word.FindAllString(lower, -1) {
				places = append(places, place{word, r.instead, sentence})
			}
		}
	}
	return places
}
