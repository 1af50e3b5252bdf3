package consumer

import (
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

const module = "github.com/caremux/caremux"

// public are the packages that users import.
var public = []string{
	module, module + "/ekacare", module + "/welkin", module + "/clinik", module + "/clinik/clinikfhir",
	module + "/ekacare/ekafhir", module + "/fhir", module + "/snapcare", module + "/webhook",
	module + "/ekacare/ekacaretest", module + "/welkin/welkintest", module + "/clinik/cliniktest", module + "/snapcare/snapcaretest",
	module + "/openapi",
}

// A user must be able to name every type that a signature shows.
func TestNoSignatureShowsAnInternalType(t *testing.T) {
	t.Parallel()
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports |
		packages.NeedDeps | packages.NeedSyntax | packages.NeedTypesInfo}, public...)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded) != len(public) {
		t.Fatalf("loaded %d packages of %d", len(loaded), len(public))
	}
	seen := 0
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Fatal(e)
		}
		for _, name := range p.Types.Scope().Names() {
			object := p.Types.Scope().Lookup(name)
			if !object.Exported() {
				continue
			}
			seen++
			for _, hidden := range shows(object) {
				t.Errorf("%s.%s shows %s", p.Name, name, hidden)
			}
		}
	}
	if seen < 1000 {
		t.Errorf("looked at %d exported names; there are many more", seen)
	}
}

// shows lists the internal types that an exported object lets its users see.
func shows(object types.Object) []string {
	w := &walker{seen: map[types.Type]bool{}}
	w.walk(object.Type())
	named, ok := types.Unalias(object.Type()).(*types.Named)
	if _, isType := object.(*types.TypeName); !isType || !ok {
		return w.hidden
	}
	w.walk(named.Underlying())
	for i := range named.TypeParams().Len() {
		w.walk(named.TypeParams().At(i).Constraint())
	}
	methods := types.NewMethodSet(types.NewPointer(named))
	for i := range methods.Len() {
		if m := methods.At(i).Obj(); m.Exported() {
			w.walk(m.Type())
		}
	}
	return w.hidden
}

type walker struct {
	seen   map[types.Type]bool
	hidden []string
}

func (w *walker) walk(t types.Type) {
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Alias:
		w.walk(types.Unalias(t))
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil && strings.HasPrefix(p.Path(), module+"/internal/") {
			w.hidden = append(w.hidden, t.String())
		}
		for i := range t.TypeArgs().Len() {
			w.walk(t.TypeArgs().At(i))
		}
	case *types.Pointer:
		w.walk(t.Elem())
	case *types.Slice:
		w.walk(t.Elem())
	case *types.Array:
		w.walk(t.Elem())
	case *types.Chan:
		w.walk(t.Elem())
	case *types.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); f.Exported() {
				w.walk(f.Type())
			}
		}
	case *types.Interface:
		for i := range t.NumMethods() {
			if m := t.Method(i); m.Exported() {
				w.walk(m.Type())
			}
		}
	case *types.Signature:
		for i := range t.Params().Len() {
			w.walk(t.Params().At(i).Type())
		}
		for i := range t.Results().Len() {
			w.walk(t.Results().At(i).Type())
		}
		for i := range t.TypeParams().Len() {
			w.walk(t.TypeParams().At(i).Constraint())
		}
	}
}
