package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// text is what a user reads in one place.
type text struct {
	name       string
	paragraphs []string
}

// modules are those whose packages users import.
var modules = []string{".", "redisstore", "ekacare/ekalive"}

// readTexts returns the documentation of the public packages, the Markdown files, and the messages in the code.
func readTexts(root string) ([]text, error) {
	var texts []text
	for _, module := range modules {
		packages, err := publicPackages(filepath.Join(root, module))
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			doc, err := p.documentation()
			if err != nil {
				return nil, err
			}
			messages, err := p.messages()
			if err != nil {
				return nil, err
			}
			texts = append(texts, doc, messages)
		}
	}
	files, err := markdownFiles(root)
	return append(texts, files...), err
}

// goPackage is a public package.
type goPackage struct{ path, dir string }

var notPublic = regexp.MustCompile(`/(internal|openapi|examples)(/|$)`)

func publicPackages(module string) ([]goPackage, error) {
	out, err := command(module, "go", "list", "-f", "{{.Name}}\t{{.ImportPath}}\t{{.Dir}}", "./...")
	if err != nil {
		return nil, err
	}
	var packages []goPackage
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if parts[0] == "main" || notPublic.MatchString(parts[1]) {
			continue
		}
		packages = append(packages, goPackage{parts[1], parts[2]})
	}
	return packages, nil
}

func command(dir, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	var failure bytes.Buffer
	c.Stderr = &failure
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s in %s: %w: %s", name, strings.Join(args, " "), dir, err, failure.Bytes())
	}
	return out, nil
}

// documentation is what go doc -all prints.
func (p goPackage) documentation() (text, error) {
	dir := p.dir
	if strings.HasSuffix(p.path, "/fhir") { // the generated files have HL7's words
		handWritten, err := withoutGenerated(p.dir)
		if err != nil {
			return text{}, err
		}
		defer os.RemoveAll(handWritten)
		dir = handWritten
	}
	out, err := command(dir, "go", "doc", "-all", ".")
	return text{"go doc " + p.path, docParagraphs(string(out))}, err
}

// withoutGenerated copies the hand-written files of a package to a folder that the caller removes.
func withoutGenerated(dir string) (string, error) {
	to, err := os.MkdirTemp("", "words")
	if err != nil {
		return "", err
	}
	files, err := sources(dir)
	if err != nil {
		return "", err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), data, 0o600); err != nil {
			return "", err
		}
	}
	return to, os.WriteFile(filepath.Join(to, "go.mod"), []byte("module fhir\n"), 0o600)
}

// sources are the hand-written files of a package without its tests.
func sources(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	return slices.DeleteFunc(files, func(name string) bool {
		return strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_gen.go")
	}), err
}

// docParagraphs splits the output of go doc into paragraphs. Of declarations only the comments are kept.
func docParagraphs(out string) []string {
	var paragraphs []string
	var current []string
	end := func() {
		if len(current) > 0 {
			paragraphs = append(paragraphs, strings.Join(current, " "))
		}
		current = nil
	}
	inBlock := false
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		comment, isComment := cutComment(line)
		switch {
		case inBlock && (line == "}" || line == ")"):
			inBlock = false
			end()
		case inBlock && isComment && strings.HasPrefix(strings.TrimSpace(line), "//"):
			current = append(current, comment)
		case inBlock || declaration(line):
			end()
			if isComment {
				paragraphs = append(paragraphs, comment)
			}
			inBlock = inBlock || strings.HasSuffix(line, "{") || strings.HasSuffix(line, "(")
		case strings.TrimSpace(line) == "":
			end()
		default:
			current = append(current, line)
		}
	}
	end()
	return paragraphs
}

func declaration(line string) bool {
	for _, keyword := range []string{"func ", "type ", "const ", "var ", "package "} {
		if strings.HasPrefix(line, keyword) {
			return true
		}
	}
	return false
}

func cutComment(line string) (string, bool) {
	if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "//") {
		return trimmed[2:], true
	}
	_, comment, ok := strings.Cut(line, " // ")
	return comment, ok
}

// messages are the strings of several words in the code: errors, log messages and what fakes say.
func (p goPackage) messages() (text, error) {
	t := text{name: "messages of " + p.path}
	files, err := sources(p.dir)
	if err != nil {
		return t, err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return t, err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if value, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(value, " ") &&
					!strings.Contains(value, "redis.call") {
					t.paragraphs = append(t.paragraphs, value)
				}
			}
			return true
		})
	}
	return t, nil
}

// markdownFiles are all but the history.
func markdownFiles(root string) ([]text, error) {
	out, err := command(root, "git", "ls-files", "*.md")
	if err != nil {
		return nil, err
	}
	var texts []text
	for name := range strings.FieldsSeq(string(out)) {
		if name == "CHANGELOG.md" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text{name, markdownParagraphs(string(data))})
	}
	return texts, nil
}

func markdownParagraphs(file string) []string {
	var prose strings.Builder
	inCode := false
	for line := range strings.Lines(file) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			inCode = !inCode
			prose.WriteString("\n")
		case !inCode:
			// A row of a table or of a list is a paragraph.
			if strings.HasPrefix(line, "|") || strings.HasPrefix(line, "- ") {
				prose.WriteString("\n")
			}
			prose.WriteString(line)
		}
	}
	return strings.Split(prose.String(), "\n\n")
}
