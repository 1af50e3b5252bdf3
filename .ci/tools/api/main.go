// Command api lists the exported API of packages, a line for each symbol, and compares it with a file. A line that is gone
// is a change that breaks callers; every change must be in the file, so that it is seen where it is made.
//
//	api [-w] FILE PACKAGE...
package main

import (
	"flag"
	"fmt"
	"go/types"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	write := flag.Bool("w", false, "write the file")
	flag.Parse()
	if flag.NArg() < 2 {
		fail("usage: api [-w] FILE PACKAGE...")
	}
	lines, err := list(flag.Args()[1:])
	if err != nil {
		fail(err)
	}
	file := flag.Arg(0)
	if *write {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			fail(err)
		}
		return
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		fail(err)
	}
	known := strings.Split(strings.TrimSuffix(string(committed), "\n"), "\n")
	gone, added := without(known, lines), without(lines, known)
	for _, line := range gone {
		fmt.Println("-", line)
	}
	for _, line := range added {
		fmt.Println("+", line)
	}
	if len(gone)+len(added) > 0 {
		fail(fmt.Sprintf("%d symbols are gone or changed, %d are new: say in CHANGELOG.md what callers must do, and run .ci/run api-write",
			len(gone), len(added)))
	}
}

func fail(what any) {
	fmt.Fprintln(os.Stderr, what)
	os.Exit(1)
}

// without returns the lines of a that are not in b.
func without(a, b []string) (rest []string) {
	in := map[string]bool{}
	for _, line := range b {
		in[line] = true
	}
	for _, line := range a {
		if !in[line] {
			rest = append(rest, line)
		}
	}
	return rest
}

// list is the API of the packages that users can import.
func list(patterns []string) (lines []string, err error) {
	mode := packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps
	pkgs, err := packages.Load(&packages.Config{Mode: mode}, patterns...)
	if err != nil {
		return nil, err
	}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		if p.Name == "main" || strings.Contains(p.PkgPath+"/", "/internal/") || strings.Contains(p.PkgPath, "/examples/") {
			continue
		}
		scope := p.Types.Scope()
		for _, name := range scope.Names() {
			if object := scope.Lookup(name); object.Exported() {
				lines = append(lines, symbols(p.Types, object)...)
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines), nil
}

// symbols are the lines of one object: its own, and those of its exported fields and methods.
func symbols(p *types.Package, object types.Object) (lines []string) {
	path := strings.TrimPrefix(p.Path(), "github.com/caremux/")
	qualify := func(other *types.Package) string {
		if other == p {
			return ""
		}
		return other.Name()
	}
	add := func(format string, args ...any) { lines = append(lines, path+": "+fmt.Sprintf(format, args...)) }
	of := func(t types.Type) string { return types.TypeString(t, qualify) }
	name, isType := object.(*types.TypeName)
	if !isType {
		if c, ok := object.(*types.Const); ok {
			add("const %s %s = %s", c.Name(), of(c.Type()), c.Val().ExactString())
			return lines
		}
		add("%s", types.ObjectString(object, qualify))
		return lines
	}
	fields, isStruct := name.Type().Underlying().(*types.Struct)
	if name.IsAlias() || !isStruct {
		add("%s", types.ObjectString(name, qualify))
	} else {
		add("type %s struct", of(name.Type()))
		for i := range fields.NumFields() {
			if f := fields.Field(i); f.Exported() {
				add("field %s.%s %s", name.Name(), f.Name(), of(f.Type()))
			}
		}
	}
	methods := types.NewMethodSet(types.NewPointer(name.Type()))
	if types.IsInterface(name.Type()) {
		return lines
	}
	for i := range methods.Len() {
		m := methods.At(i)
		if fn, ok := m.Obj().(*types.Func); ok && fn.Exported() && len(m.Index()) == 1 {
			add("method %s", types.ObjectString(fn, qualify))
		}
	}
	return lines
}
