package canary

import (
	"context"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/fill"
)

// argument makes up an argument: with every field set, or only with the fields that a call cannot do without.
func argument(t reflect.Type, full bool) reflect.Value {
	v := reflect.New(t).Elem()
	if t.Kind() == reflect.String {
		v.SetString(ID)
		return v
	}
	required := func(f fill.Field) bool { return full || strings.Contains(f.Tag.Get("check"), "required") }
	fill.Rules{Make: canary, Field: required}.Fill(v, 4)
	return v
}

var birth = time.Date(1931, 1, 2, 3, 4, 5, 0, time.UTC)

// canary sets what needs another value than its kind has.
func canary(v reflect.Value, _ []fill.Field) (done bool) {
	var made any
	switch v.Interface().(type) {
	case caremux.Record:
		return true
	case caremux.Time:
		made = caremux.NewTime(birth)
	case caremux.Date:
		made = caremux.NewDate(1931, 1, 2)
	case caremux.File:
		made = caremux.File{Name: Name + ".pdf", Content: strings.NewReader(Prose)}
	case time.Time:
		made = birth
	case time.Duration:
		made = 10 * time.Second
	default:
		return canaryOf(v)
	}
	v.Set(reflect.ValueOf(made))
	return true
}

// canaryOf sets texts, interfaces and functions.
func canaryOf(v reflect.Value) (done bool) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(Name)
	case reflect.Interface:
		setInterface(v)
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) (results []reflect.Value) {
			for i := range v.Type().NumOut() {
				results = append(results, reflect.Zero(v.Type().Out(i)))
			}
			return results
		}))
	default:
		return false
	}
	return true
}

// setInterface sets an interface to the first of some values that has its methods. An empty one gets a text.
func setInterface(v reflect.Value) {
	for _, made := range []any{strings.NewReader(Prose), io.NopCloser(strings.NewReader(Prose)), context.Background(), Prose} {
		if reflect.TypeOf(made).AssignableTo(v.Type()) && (v.NumMethod() > 0 || reflect.TypeOf(made).Kind() == reflect.String) {
			v.Set(reflect.ValueOf(made))
			return
		}
	}
}
