package fields

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Struct lists the JSON fields of a struct type.
type Struct struct {
	Fields []Field // in the order in which they are encoded

	exact, folded map[string]*Field
	free          func() []*Field
}

// Field is one JSON field of a struct type. Fields of embedded structs are among those of the struct around them.
type Field struct {
	Name   string // in JSON
	Index  []int  // for reflect.Value.FieldByIndex
	Type   reflect.Type
	Tag    reflect.StructTag
	Quoted bool // the tag has the option ",string"
	At     int  // its index in the table

	tagged bool
}

var tables sync.Map // reflect.Type → *Struct

// Of returns the table of a struct type, or of the struct type that t points to. Other types have no fields.
func Of(t reflect.Type) *Struct {
	if s, ok := tables.Load(t); ok {
		return s.(*Struct)
	}
	s, _ := tables.LoadOrStore(t, build(t))
	return s.(*Struct)
}

// Named returns the field that a name in a JSON object belongs to: the one of that very name, or else the first that differs in case.
func (s *Struct) Named(name []byte) (*Field, bool) {
	if f, ok := s.exact[string(name)]; ok {
		return f, true
	}
	if len(s.folded) == 0 {
		return nil, false
	}
	f, ok := s.folded[fold(string(name))]
	return f, ok
}

// Free returns the fields with values of any type inside; see [Free].
func (s *Struct) Free() []*Field { return s.free() }

// In returns the field's value in the struct v, the zero Value if an embedded pointer on the way is nil.
func (f *Field) In(v reflect.Value) reflect.Value {
	for i, x := range f.Index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}

func build(t reflect.Type) *Struct {
	s := &Struct{exact: map[string]*Field{}, folded: map[string]*Field{}, free: func() []*Field { return nil }}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return s
	}
	var all []Field
	collect(t, nil, map[reflect.Type]bool{}, &all)
	all = dominant(all)
	slices.SortFunc(all, func(a, b Field) int { return slices.Compare(a.Index, b.Index) })
	s.Fields = all
	s.free = sync.OnceValue(func() (free []*Field) {
		for i := range all {
			if Free(all[i].Type) {
				free = append(free, &all[i])
			}
		}
		return free
	})
	for i := range all {
		f := &all[i]
		f.At = i
		s.exact[f.Name] = f
		if key := fold(f.Name); s.folded[key] == nil {
			s.folded[key] = f
		}
	}
	return s
}

// collect lists the fields of t and of the structs that it embeds; outer are the types around it, which may embed themselves by pointer.
func collect(t reflect.Type, index []int, outer map[reflect.Type]bool, all *[]Field) {
	if outer[t] {
		return
	}
	outer[t] = true
	defer delete(outer, t)
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Tag.Get("json") == "-" {
			continue
		}
		at := append(slices.Clone(index), i)
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		embedded := f.Anonymous && inner.Kind() == reflect.Struct
		switch {
		case embedded && name == "":
			collect(inner, at, outer, all)
		case f.IsExported():
			*all = append(*all, Field{Name: cmp.Or(name, f.Name), Index: at, Type: f.Type, Tag: f.Tag,
				Quoted: slices.Contains(strings.Split(options, ","), "string"), tagged: name != ""})
		}
	}
}

// dominant leaves of fields with one name the one that encoding/json takes: the least deep, then the one named by a tag. If that
// leaves several, there is none.
func dominant(all []Field) []Field {
	byName := map[string][]Field{}
	for _, f := range all {
		byName[f.Name] = append(byName[f.Name], f)
	}
	return slices.DeleteFunc(all, func(f Field) bool {
		return slices.ContainsFunc(byName[f.Name], func(other Field) bool {
			if slices.Equal(other.Index, f.Index) || len(other.Index) > len(f.Index) {
				return false
			}
			return len(other.Index) < len(f.Index) || other.tagged || !f.tagged
		})
	})
}

// fold returns a name as it compares without case: every rune becomes the smallest of those that differ from it in case alone.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, name)
}

var frees sync.Map // reflect.Type → bool

// Free reports whether values of any type may be inside a value of type t: the decoder makes float64 of their numbers unless told not to.
func Free(t reflect.Type) bool {
	if free, ok := frees.Load(t); ok {
		return free.(bool)
	}
	free := findFree(t, map[reflect.Type]bool{})
	frees.Store(t, free)
	return free
}

func findFree(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || readsItself(t) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return findFree(t.Elem(), seen)
	case reflect.Struct:
		return slices.ContainsFunc(Of(t).Fields, func(f Field) bool { return findFree(f.Type, seen) })
	}
	return false
}
