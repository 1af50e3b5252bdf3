package readme_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// referred are the calls of a reference page: the signature of a method, and a call of it.
var referred = regexp.MustCompile("(?m)^```go\n// (func .*)\n(.*)\n```$")

// TestEveryCallOfTheReferenceCompiles builds a package of all calls, each in a function that has its ids, and holds each
// signature against the method.
func TestEveryCallOfTheReferenceCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs, and they run alone")
	}
	module, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, vendor := range []string{"clinik", "ekacare", "snapcare", "welkin"} {
		calls := referred.FindAllStringSubmatch(read(t, root+"/docs/reference/"+vendor+".md"), -1)
		if len(calls) < 100 {
			t.Fatalf("%s: %d calls", vendor, len(calls))
		}
		var code bytes.Buffer
		fmt.Fprintf(&code, "package reference\n\nimport (\n%q\n%q\n. %[3]q\n%[3]q\n%[4]q\n)\n\nvar _ = time.Now\nvar _ *caremux.Error\n",
			"context", "time", "github.com/caremux/caremux/"+vendor, "github.com/caremux/caremux")
		for _, call := range calls {
			function(t, &code, vendor, call[1], call[2])
		}
		dir := t.TempDir()
		source, overlay := filepath.Join(dir, "calls.go"), filepath.Join(dir, "overlay.json")
		replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{
			filepath.Join(module, "internal", "proof", "readme", "reference", "calls.go"): source,
		}})
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{source: code.Bytes(), overlay: replaced} {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "./internal/proof/readme/reference")
		build.Dir = module
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", vendor, err, out)
		}
	}
}

// function writes the function of a call.
func function(t *testing.T, code *bytes.Buffer, vendor, signature, call string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+signature, 0)
	if err != nil {
		t.Fatalf("%s: %v", signature, err)
	}
	method := file.Decls[0].(*ast.FuncDecl)
	ids := ""
	for _, p := range method.Type.Params.List {
		switch name := p.Names[0].Name; name {
		case "ctx", "params", "body", "opts":
		default:
			ids += ", " + name + " " + types.ExprString(p.Type)
		}
	}
	fmt.Fprintf(code, "func _(ctx context.Context, c *%s.Client%s) {\n%s\n", vendor, ids, call)
	results, _, _ := strings.Cut(call, " := ")
	fmt.Fprintf(code, "%s = %s\n", strings.ReplaceAll(regexp.MustCompile(`\w+`).ReplaceAllString(results, "_"), " ", ""), results)
	_, typ, _ := strings.Cut(signature, ") "+method.Name.Name)
	fmt.Fprintf(code, "var _ func%s = c.%s.%s\n}\n", typ,
		strings.TrimSuffix(types.ExprString(method.Recv.List[0].Type)[1:], "Service"), method.Name.Name)
}
