package canary

import (
	"context"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// argument makes up an argument: with every field set, or with those alone that a call cannot do without.
func argument(t reflect.Type, full bool) reflect.Value {
	v := reflect.New(t).Elem()
	if t.Kind() == reflect.String {
		v.SetString(ID)
		return v
	}
	fill(v, full, 4)
	return v
}

func fill(v reflect.Value, full bool, depth int) {
	switch v.Interface().(type) {
	case caremux.Time:
		v.Set(reflect.ValueOf(caremux.NewTime(time.Date(1931, 1, 2, 3, 4, 5, 0, time.UTC))))
		return
	case caremux.Date:
		v.Set(reflect.ValueOf(caremux.NewDate(1931, 1, 2)))
		return
	case caremux.File:
		v.Set(reflect.ValueOf(caremux.File{Name: Name + ".pdf", Content: strings.NewReader(Prose)}))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(1931, 1, 2, 3, 4, 5, 0, time.UTC)))
		return
	case time.Duration:
		v.SetInt(int64(10 * time.Second))
		return
	case caremux.Record:
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(Name)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), full, depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), full, depth-1)
		}
	case reflect.Map:
		if depth > 0 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, full, depth-1)
			fill(value, full, depth-1)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, value)
		}
	case reflect.Interface:
		for _, made := range []any{strings.NewReader(Prose), io.NopCloser(strings.NewReader(Prose)), context.Background(), Prose} {
			if reflect.TypeOf(made).AssignableTo(v.Type()) && (v.NumMethod() > 0 || reflect.TypeOf(made).Kind() == reflect.String) {
				v.Set(reflect.ValueOf(made))
				return
			}
		}
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) (results []reflect.Value) {
			for i := range v.Type().NumOut() {
				results = append(results, reflect.Zero(v.Type().Out(i)))
			}
			return results
		}))
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && (full || strings.Contains(f.Tag.Get("check"), "required")) {
				fill(v.Field(i), full, depth)
			}
		}
	}
}
