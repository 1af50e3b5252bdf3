package fhir

import (
	"encoding/json"
	"reflect"

	"github.com/caremux/caremux"
)

// Keeps reports whether T, a type of your own, keeps everything that its fields do not show: whether T and each struct
// in its fields embeds [Unnamed] or a type of the package. If not, the error is a [*caremux.ArgumentError] that names
// the field. Values of such a type can be read and created, but an update with one may take away what was there, so
// that a client should refuse it.
func Keeps[T any]() error {
	c := codecOf(reflect.TypeFor[T](), 0)
	return eachStruct(&c, "", map[reflect.Type]bool{}, func(t *table, path string) error {
		rule := t.fault
		if rule == "" && len(t.unnamed) == 0 {
			rule = "must embed fhir.Unnamed"
		}
		if rule == "" {
			return nil
		}
		return &caremux.ArgumentError{Operation: "fhir.Keeps", Field: path, Rule: t.t.String() + " " + rule}
	})
}

// eachStruct calls f for each struct type that is reached from a type, but not for those inside the package's.
func eachStruct(c *codec, path string, seen map[reflect.Type]bool, f func(*table, string) error) error {
	for c.kind == kindPointer || c.kind == kindList {
		c = c.elem
	}
	if c.kind != kindStruct || seen[c.t] || c.t.PkgPath() == unnamedType.PkgPath() {
		return nil
	}
	seen[c.t] = true
	t := c.table.ready()
	if err := f(t, path); err != nil {
		return err
	}
	for i := range t.fields {
		inner := t.fields[i].name
		if path != "" {
			inner = path + "." + inner
		}
		if err := eachStruct(&t.fields[i].codec, inner, seen, f); err != nil {
			return err
		}
	}
	return nil
}

// Check is for a test of a type of your own. Beside what [Keeps] reports, it reports whether encoding/json loses
// fields of T, or of a struct inside it, because these have the methods MarshalJSON and UnmarshalJSON of the type
// that they embed and not their own. These two lines add its own:
//
//	func (w Ward) MarshalJSON() ([]byte, error)     { return fhir.Marshal(&w) }
//	func (w *Ward) UnmarshalJSON(data []byte) error { return fhir.Unmarshal(data, w) }
func Check[T any]() error {
	if err := Keeps[T](); err != nil {
		return err
	}
	c := codecOf(reflect.TypeFor[T](), 0)
	return eachStruct(&c, "", map[reflect.Type]bool{}, func(t *table, path string) error {
		refuse := func(rule string) error {
			return &caremux.ArgumentError{Operation: "fhir.Check", Field: path, Rule: t.t.String() + " " + rule}
		}
		sample := reflect.New(t.t)
		fillSample(t, sample.Elem())
		want, err := Marshal(sample.Interface())
		if err != nil {
			return refuse("cannot be encoded")
		}
		got, err := json.Marshal(sample.Interface())
		if err != nil || !equalJSON(got, want) {
			return refuse("must have a method MarshalJSON of its own: { return fhir.Marshal(&x) }")
		}
		read := reflect.New(t.t)
		if err := json.Unmarshal(want, read.Interface()); err != nil {
			return refuse("must have a method UnmarshalJSON of its own: { return fhir.Unmarshal(data, x) }")
		}
		if got, err := Marshal(read.Interface()); err != nil || !equalJSON(got, want) || t.kept(read.Elem()) != nil {
			return refuse("must have a method UnmarshalJSON of its own: { return fhir.Unmarshal(data, x) }")
		}
		return nil
	})
}

// fillSample sets the fields of a struct that is zero, one of each choice.
func fillSample(t *table, v reflect.Value) {
	chosen := map[int]bool{0: true}
	for i := range t.fields {
		f := &t.fields[i]
		if f.choice != 0 && chosen[f.choice] {
			continue
		}
		chosen[f.choice] = true
		fv, _ := along(v, append([]int{f.index}, f.path[min(1, len(f.path)):]...), true)
		f.codec.fillSample(fv)
	}
}

func (c *codec) fillSample(v reflect.Value) {
	switch c.kind {
	case kindText:
		v.SetString("x")
	case kindNumber:
		v.SetString("1")
	case kindBool:
		v.SetBool(true)
	case kindInt:
		v.SetInt(1)
	case kindUint:
		v.SetUint(1)
	case kindRaw:
		v.SetBytes([]byte("1"))
	case kindPointer:
		v.Set(reflect.New(c.elem.t))
		c.elem.fillSample(v.Elem())
	case kindList:
		if c.elem.kind == kindResource {
			return
		}
		v.Set(reflect.MakeSlice(c.t, 1, 1))
		c.elem.fillSample(v.Index(0))
	}
}

// equalJSON reports whether two strings are the same JSON.
func equalJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
