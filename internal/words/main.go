package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	limit := flag.Int("limit", 0, "largest `number` of words that is accepted")
	quiet := flag.Bool("q", false, "print only the numbers")
	flag.Parse()
	total, err := run(os.Stdout, cmp.Or(flag.Arg(0), "."), *quiet)
	if err != nil {
		log.Fatal(err)
	}
	if total > *limit {
		log.Fatalf("%d words, more than %d: see internal/words/words.txt", total, *limit)
	}
}

// run prints what it finds below root and returns the number.
func run(w io.Writer, root string, quiet bool) (int, error) {
	rules, err := readRules(wordsFile)
	if err != nil {
		return 0, err
	}
	texts, err := readTexts(root)
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriter(w)
	total := 0
	for _, t := range texts {
		n := 0
		for _, paragraph := range t.paragraphs {
			for _, p := range check(rules, paragraph) {
				n++
				if !quiet {
					fmt.Fprintf(out, "%s: %q (write %s): %s\n", t.name, p.word, p.instead, strings.TrimSpace(p.sentence))
				}
			}
		}
		if n > 0 {
			fmt.Fprintf(out, "%5d %s\n", n, t.name)
		}
		total += n
	}
	fmt.Fprintf(out, "%5d in all\n", total)
	return total, out.Flush()
}
