package fill_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/internal/proof/fill"
)

type person struct {
	Name     string
	Age      *int
	Weight   float64
	Friends  []person
	Counts   map[string]int
	Children *struct{ First *person }
	Optional bool `note:"optional"`
	_        bool
}

// text sets every string to the path to it.
func text(v reflect.Value, path []fill.Field) bool {
	if v.Kind() != reflect.String {
		return false
	}
	way := ""
	for _, f := range path {
		way += "." + f.Name
	}
	v.SetString(way)
	return true
}

func TestEveryExportedFieldIsFilledToTheDepth(t *testing.T) {
	var got person
	fill.Rules{Make: text}.Fill(reflect.ValueOf(&got).Elem(), 2)
	inner := person{Name: ".Friends.Name", Age: new(1), Weight: 1, Counts: map[string]int{".Friends.Counts": 1}, Optional: true}
	inner.Friends = []person{{Name: ".Friends.Friends.Name", Weight: 1, Optional: true}}
	inner.Children = &struct{ First *person }{}
	want := person{
		Name: ".Name", Age: new(1), Weight: 1, Friends: []person{inner}, Counts: map[string]int{".Counts": 1},
		Children: &struct{ First *person }{&person{Name: ".Children.First.Name", Weight: 1, Optional: true}}, Optional: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("filled (-want +got):\n%s", diff)
	}
}

func TestFieldsAreChosen(t *testing.T) {
	var got person
	fill.Rules{Make: text, Field: func(f fill.Field) bool { return f.Tag.Get("note") == "" && f.Type.Kind() != reflect.Slice }}.
		Fill(reflect.ValueOf(&got).Elem(), 1)
	if got.Name == "" || got.Optional || got.Friends != nil {
		t.Errorf("filled %+v", got)
	}
}

func TestPruningLeavesOutWhatHasNothingInIt(t *testing.T) {
	var got person
	onlyTwo := func(v reflect.Value, path []fill.Field) bool {
		if v.Kind() == reflect.String && len(path) == 2 {
			return text(v, path)
		}
		return v.Kind() != reflect.Struct && v.Kind() != reflect.Pointer && v.Kind() != reflect.Slice
	}
	fill.Rules{Make: onlyTwo, Prune: true}.Fill(reflect.ValueOf(&got).Elem(), 5)
	if diff := cmp.Diff(person{Friends: []person{{Name: ".Friends.Name"}}}, got); diff != "" {
		t.Errorf("filled (-want +got):\n%s", diff)
	}
}
