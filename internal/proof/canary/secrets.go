package canary

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/internal/proof/fill"
)

// secretName is what a string that is a secret is called, as it travels or in Go. A page's token is none.
var (
	secretName = regexp.MustCompile(
		`(?i)(token|secret|passw(or)?d|otp|pin|jwt|cvv|cardcode|cardnumber|(private|signing|sharing|api|conference)_?-?key|ssocontext|(asset|audio|presigned|download)_?url)$`)
	pageToken = regexp.MustCompile(`(?i)(next|prev|previous|page)_?(page)?_?token$`)
)

// Types are those among which [Secrets] looks.
type Types struct {
	// Client is a vendor's client: what its methods take and give.
	Client any
	// More are values of further types.
	More []any
	// Plain are fields, as Type.Field, that are called a secret and are none.
	Plain []string
	// Least is how many of the types must contain a secret.
	Least int
}

// Secrets sets each text that is called a secret to [Token]: no verb and no log may show it. As JSON it must be kept where the
// field has a name there, but for bodies that log in: their JSON hides it, and their WireJSON keeps it.
func Secrets(t *testing.T, types Types) {
	t.Helper()
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	w := walker{seen: map[reflect.Type]bool{}}
	services := reflect.TypeOf(types.Client).Elem()
	for i := range services.NumField() {
		if f := services.Field(i); f.IsExported() {
			for m := range f.Type.NumMethod() {
				w.walk(f.Type.Method(m).Type)
			}
		}
	}
	for _, v := range types.More {
		w.walk(reflect.TypeOf(v))
	}
	holders := 0
	for _, typ := range w.structs {
		v := reflect.New(typ)
		set, kept := types.hide(v.Elem())
		if !set {
			continue
		}
		holders++
		for _, v := range []any{v.Interface(), v.Elem().Interface()} {
			Clean(t, typ.String(), fmt.Sprintf("%s\n%x\n%d", Printed(v), v, v), fmt.Sprintf("%x", Token))
		}
		for _, v := range []any{struct{ V any }{v.Interface()}, []any{v.Elem().Interface()}} {
			Clean(t, typ.String()+" within another", fmt.Sprintf("%v\n%+v\n%#v\n%s\n%q", v, v, v, v, v))
		}
		encode := json.Marshal
		if w, ok := v.Interface().(interface{ WireJSON() ([]byte, error) }); ok {
			encode = func(any) ([]byte, error) { return w.WireJSON() }
			data, err := json.Marshal([]any{v.Interface(), v.Elem().Interface(), map[string]any{"v": v.Elem().Interface()}})
			Clean(t, typ.String()+" as JSON", fmt.Sprintf("%s %v", data, err))
		}
		if data, err := encode(v.Interface()); err != nil || kept && !strings.Contains(string(data), Token) {
			t.Errorf("%s loses its secret as JSON: %s %v", typ, data, err)
		}
	}
	if holders < types.Least {
		t.Errorf("%d of %d types hold secrets, want %d at least", holders, len(w.structs), types.Least)
	}
}

// walker finds the structs of this module that types lead to.
type walker struct {
	seen    map[reflect.Type]bool
	structs []reflect.Type
}

func (w *walker) walk(t reflect.Type) {
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		w.walk(t.Elem())
	case reflect.Func:
		for i := range t.NumIn() {
			w.walk(t.In(i))
		}
		for i := range t.NumOut() {
			w.walk(t.Out(i))
		}
	case reflect.Struct:
		if !strings.HasPrefix(t.PkgPath(), "github.com/caremux/caremux/") {
			// A page, or a field that may be null: what is in it counts.
			if elem, ok := t.FieldByName("Items"); ok {
				w.walk(elem.Type)
			}
			return
		}
		w.structs = append(w.structs, t)
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				w.walk(f.Type)
			}
		}
	}
}

// hide sets the texts that are called secrets, and reports whether there are any, and whether JSON has one of them.
func (types Types) hide(v reflect.Value) (set, kept bool) {
	fill.Rules{Prune: true, Make: func(v reflect.Value, path []fill.Field) (done bool) {
		if len(path) > 0 && types.secret(path[len(path)-1]) {
			if conceal(v) {
				set, kept = true, kept || !slices.ContainsFunc(path, notInJSON)
			}
			return true
		}
		switch v.Kind() {
		case reflect.Pointer, reflect.Slice:
			return false
		case reflect.Struct:
			return !strings.HasPrefix(v.Type().PkgPath(), "github.com/caremux/caremux/")
		}
		return true
	}}.Fill(v, 5)
	return set, kept
}

func notInJSON(f fill.Field) bool { return f.Tag.Get("json") == "-" || f.Tag.Get("url") != "" }

// secret reports whether a field is called a secret, by its name on the wire or in Go, and is one.
func (types Types) secret(f fill.Field) bool {
	if slices.Contains(types.Plain, f.Of.Name()+"."+f.Name) {
		return false
	}
	for _, key := range []string{"json", "url", "header"} {
		name, _, _ := strings.Cut(f.Tag.Get(key), ",")
		if secretName.MatchString(name) && !pageToken.MatchString(name) {
			return true
		}
	}
	return secretName.MatchString(f.Name) && !pageToken.MatchString(f.Name)
}

// conceal sets a string, or a pointer to one, and reports whether it is one.
func conceal(v reflect.Value) bool {
	made := v
	switch v.Kind() {
	case reflect.Pointer, reflect.Map: // a map is a string that may be null
		made = reflect.New(v.Type().Elem()).Elem()
	}
	if made.Kind() != reflect.String {
		return false
	}
	made.SetString(Token)
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(made.Addr())
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.New(v.Type().Key()).Elem(), made)
	}
	return true
}
