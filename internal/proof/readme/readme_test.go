// Package readme_test keeps what README.md and the guides of docs show true: each of their Go blocks is a snippet of this
// folder, which is compiled and run, each call of a reference page compiles, and each link to a file of the repository
// leads to one.
package readme_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

// programs are the folders of the programs that the guides show.
var programs = []string{"tomorrow", "program"}

// guides are README.md and the pages of docs.
func guides(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(root + "/docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("docs has no pages: %v", err)
	}
	return append(pages, root+"/README.md")
}

// snippets reads the parts of this folder's code that the guides show, by name. A snippet lies between a comment
// "snippet: name" and a comment "end", which may be indented; the program begins at its package clause.
func snippets(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range programs {
		_, program, ok := strings.Cut(read(t, name+"/main.go"), "\npackage main\n")
		if !ok {
			t.Fatal(name + "/main.go has no package clause")
		}
		found[name] = "package main\n" + program
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name, code, indent := "", "", ""
		for line := range strings.Lines(read(t, file)) {
			trimmed := strings.TrimLeft(line, "\t")
			switch label, begins := strings.CutPrefix(trimmed, "// snippet: "); {
			case begins:
				name, code, indent = strings.TrimSpace(label), "", strings.TrimSuffix(line, trimmed)
			case name == "":
			case trimmed == "// end\n":
				if _, again := found[name]; again {
					t.Errorf("%s: there are two snippets %q", file, name)
				}
				found[name], name = code, ""
			default:
				code += strings.TrimPrefix(line, indent)
			}
		}
		if name != "" {
			t.Errorf("%s: snippet %q has no end", file, name)
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

func TestEveryBlockIsCodeThatRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs, and they run alone")
	}
	known := snippets(t)
	shown := map[string]bool{}
	for _, page := range guides(t) {
		for _, block := range regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(read(t, page), -1) {
			name := ""
			for candidate, code := range known {
				if code == block[1] {
					name = candidate
				}
			}
			if name == "" {
				t.Errorf("%s: no snippet of this folder is\n%s", page, block[1])
			}
			shown[name] = true
		}
	}
	for name, code := range known {
		if !shown[name] {
			t.Errorf("no guide shows snippet %q:\n%s", name, code)
		}
	}
}

func TestProgramIsShort(t *testing.T) {
	for _, name := range programs {
		lines := strings.FieldsFunc(snippets(t)[name], func(r rune) bool { return r == '\n' })
		if len(lines) > 25 {
			t.Errorf("%s has %d lines that are not blank, want at most 25", name, len(lines))
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	reference, err := filepath.Glob(root + "/docs/reference/*.md")
	if err != nil || len(reference) != 4 {
		t.Fatalf("%d reference pages, %v", len(reference), err)
	}
	for _, page := range append(guides(t), reference...) {
		for _, link := range regexp.MustCompile(`\]\(([^)#\s]+)\)`).FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(link[1]))); err != nil {
				t.Errorf("%s links to %s: %v", page, link[1], err)
			}
		}
	}
}

// README.md is short, and leads to every guide.
func TestReadmeIsShort(t *testing.T) {
	text := read(t, root+"/README.md")
	if n := strings.Count(text, "\n"); n >= 200 {
		t.Errorf("README.md has %d lines, want less than 200", n)
	}
	for _, page := range guides(t) {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(text, "(docs/"+name+")") {
			t.Errorf("README.md does not link to docs/%s", name)
		}
	}
}

// The numbers of the table are those of the coverage table, which is made from the specs.
func TestOperationsAreCounted(t *testing.T) {
	text := read(t, root+"/README.md")
	counts := regexp.MustCompile(`(?m)^## (\w+): (\d+) operations`).FindAllStringSubmatch(read(t, root+"/openapi/COVERAGE.md"), -1)
	if len(counts) == 0 {
		t.Fatal("openapi/COVERAGE.md counts nothing")
	}
	for _, count := range counts {
		if !regexp.MustCompile("(?m)^\\| \\[`" + count[1] + "`.* " + count[2] + " \\|$").MatchString(text) {
			t.Errorf("README.md does not say that %s has %s operations", count[1], count[2])
		}
	}
}

// The guide of a vendor's package groups its services, and forgets none.
func TestEveryServiceIsInItsGuide(t *testing.T) {
	for _, vendor := range []string{"clinik", "ekacare", "snapcare", "welkin"} {
		_, rest, _ := strings.Cut(read(t, root+"/"+vendor+"/doc.go"), "// # Services\n")
		guide, _, ok := strings.Cut(rest, "// # ")
		if !ok {
			t.Errorf("%s/doc.go has no services", vendor)
			continue
		}
		fields := regexp.MustCompile(`(?m)^\t(\w+) +\*\w+Service$`).FindAllStringSubmatch(read(t, root+"/"+vendor+"/client_gen.go"), -1)
		if len(fields) == 0 {
			t.Errorf("%s/client_gen.go has no services", vendor)
		}
		for _, field := range fields {
			if !regexp.MustCompile(`\b` + field[1] + `\b`).MatchString(guide) {
				t.Errorf("%s/doc.go does not name the service %s", vendor, field[1])
			}
		}
	}
}

// Every program under examples is in the table, so that it can be found.
func TestEveryExampleIsListed(t *testing.T) {
	folders, err := os.ReadDir(root + "/examples")
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, root+"/README.md")
	for _, folder := range folders {
		if folder.IsDir() && !strings.Contains(text, "(examples/"+folder.Name()+")") {
			t.Errorf("README.md does not link to examples/%s", folder.Name())
		}
	}
}
