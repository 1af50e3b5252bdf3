// Package rooms has no code: its test holds the descriptions of the rooms against their files.
package rooms

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var goFile = regexp.MustCompile(`\b[a-z0-9_]+\.go\b`)

// TestEachRoomNamesItsFiles finds every room by its doc.go that names files: those with more than a few.
func TestEachRoomNamesItsFiles(t *testing.T) {
	t.Parallel()
	for _, room := range []string{
		"fhir", "internal/content", "internal/fake", "internal/fields", "internal/login", "internal/pace", "internal/proof/damage",
		"internal/proof/faultnet", "internal/refs", "internal/specserver", "internal/transport", "internal/wire", "openapi/codegen", "webhook",
	} {
		dir := filepath.Join("..", "..", "..", filepath.FromSlash(room))
		text, err := os.ReadFile(filepath.Join(dir, "doc.go"))
		if err != nil {
			t.Fatal(err)
		}
		named := goFile.FindAllString(string(text), -1)
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var present []string
		for _, file := range files {
			name := filepath.Base(file)
			if name == "doc.go" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			present = append(present, name)
			if !slices.Contains(named, name) && !strings.HasSuffix(name, "_gen.go") {
				t.Errorf("%s/doc.go does not name %s", room, name)
			}
		}
		for _, name := range named {
			if !slices.Contains(present, name) {
				t.Errorf("%s/doc.go names %s, which does not exist", room, name)
			}
		}
	}
}

var folder = regexp.MustCompile(`(?m)^//\t([a-z0-9]+) `)

// TestProofNamesItsFolders is the same of the room that has folders alone.
func TestProofNamesItsFolders(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	var named, present []string
	for _, match := range folder.FindAllStringSubmatch(string(text), -1) {
		named = append(named, match[1])
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			present = append(present, entry.Name())
		}
	}
	if !slices.Equal(named, present) {
		t.Errorf("doc.go names %q, and there are %q", named, present)
	}
}

// TestVendorsAreTestedFromOutside holds the large packages to tests of what is exported: a test file inside of one has it, and all that a
// test imports of what imports it, compiled and linted once more. What needs a test of its own has a room of its own.
func TestVendorsAreTestedFromOutside(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"clinik", "ekacare", "snapcare", "welkin"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", vendor, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has %d test files: %v", vendor, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "\npackage "+vendor+"_test\n") && !strings.HasPrefix(string(text), "package "+vendor+"_test\n") {
				t.Errorf("%s is not of package %s_test", filepath.Base(file), vendor)
			}
		}
	}
}
