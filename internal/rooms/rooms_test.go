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
		"internal/content", "internal/damage", "internal/fields", "internal/login", "internal/pace", "internal/specserver",
		"internal/transport", "internal/wire", "webhook",
	} {
		dir := filepath.Join("..", "..", filepath.FromSlash(room))
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
			if !slices.Contains(named, name) {
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
