// Package readme_test keeps what README.md shows true: each of its Go blocks is a snippet of this folder, which is compiled and
// run, and each link to a file of the repository leads to one.
package readme_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// programs are the folders of the programs that README.md shows.
var programs = []string{"tomorrow", "program"}

// snippets reads the parts of this folder's code that README.md shows, by name. A snippet lies between a comment
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
	known := snippets(t)
	shown := map[string]bool{}
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(read(t, root+"/README.md"), -1)
	for _, block := range blocks {
		name := ""
		for candidate, code := range known {
			if code == block[1] {
				name = candidate
			}
		}
		if name == "" {
			t.Errorf("README.md: no snippet of this folder is\n%s", block[1])
		}
		shown[name] = true
	}
	for name, code := range known {
		if !shown[name] {
			t.Errorf("README.md does not show snippet %q:\n%s", name, code)
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
	links := regexp.MustCompile(`\]\(([^)#\s]+)\)`).FindAllStringSubmatch(read(t, root+"/README.md"), -1)
	if len(links) == 0 {
		t.Fatal("README.md has no links")
	}
	for _, link := range links {
		if strings.Contains(link[1], "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(link[1]))); err != nil {
			t.Errorf("README.md links to %s: %v", link[1], err)
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
		if !regexp.MustCompile("(?m)^\\| `" + count[1] + "` .* " + count[2] + " \\|$").MatchString(text) {
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
