package fields_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/internal/fields"
)

type deep struct {
	Deepest string `json:"deepest"`
	Shadow  string `json:"shadow"`
	Tie     string `json:"tie"`
}

type base struct {
	deep
	Shadow   string `json:"shadow"`
	Untagged string
	Hidden   string `json:"-"`
	Dash     string `json:"-,"` //lint:ignore SA5008 the name is "-"
	private  string //lint:ignore U1000 an unexported field is none
}

type Other struct {
	Tie    string `json:"tie"`
	Tagged string `json:"both"`
}

type Third struct {
	Both string
	B    string `json:"both"`
}

type named struct {
	base
	*Other
	Named  Third `json:"named"`
	ID     string
	Quoted int            `json:"quoted,string"`
	Any    map[string]any `json:"any"`
}

type loop struct {
	*loop        //lint:ignore U1000 it is there to be followed
	Name  string `json:"name"`
}

func TestTheTableFollowsTheRulesOfEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, v := range []any{named{}, &named{}, base{}, Other{}, Third{}, loop{}, struct{}{}, 5, map[string]int{}} {
		rt := reflect.TypeOf(v)
		for rt.Kind() == reflect.Pointer {
			rt = rt.Elem()
		}
		full := reflect.New(rt).Elem()
		if rt == reflect.TypeFor[named]() {
			full.FieldByName("Other").Set(reflect.ValueOf(&Other{}))
		}
		var want []string
		if rt.Kind() == reflect.Struct {
			data, err := json.Marshal(full.Interface())
			if err != nil {
				t.Fatal(err)
			}
			d := json.NewDecoder(strings.NewReader(string(data)))
			_, _ = d.Token()
			for d.More() {
				name, _ := d.Token()
				want = append(want, name.(string))
				var value json.RawMessage
				if err := d.Decode(&value); err != nil {
					t.Fatal(err)
				}
			}
		}
		var got []string
		for _, f := range fields.Of(reflect.TypeOf(v)).Fields {
			got = append(got, f.Name)
			if !f.In(full).IsValid() {
				t.Errorf("%s.%s cannot be reached", rt, f.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rt, diff)
		}
	}
}

func TestNamesCompareWithoutCaseButTheVeryNameWins(t *testing.T) {
	t.Parallel()
	type twins struct {
		Lower string `json:"kind"`
		Upper string `json:"KIND"`
	}
	table := fields.Of(reflect.TypeFor[twins]())
	for sent, want := range map[string]string{"kind": "kind", "KIND": "KIND", "Kind": "kind", "\u212aind": "kind", "kinds": "", "": ""} {
		f, ok := table.Named([]byte(sent))
		if ok != (want != "") || ok && f.Name != want {
			t.Errorf("%q belongs to %v, %v; want %q", sent, f, ok, want)
		}
		var decoded twins
		data, _ := json.Marshal(map[string]string{sent: "x"})
		if err := json.Unmarshal(data, &decoded); err != nil || (decoded.Lower == "x") != (want == "kind") ||
			(decoded.Upper == "x") != (want == "KIND") {
			t.Errorf("encoding/json reads %q into %+v (%v)", sent, decoded, err)
		}
	}
}

func TestAFieldBehindAnEmbeddedPointerThatIsNilIsNotThere(t *testing.T) {
	t.Parallel()
	table := fields.Of(reflect.TypeFor[named]())
	f, ok := table.Named([]byte("both"))
	if !ok {
		t.Fatal("the field is not in the table")
	}
	if v := f.In(reflect.ValueOf(named{})); v.IsValid() {
		t.Errorf("got %v", v)
	}
	if v := f.In(reflect.ValueOf(named{Other: &Other{Tagged: "x"}})); v.String() != "x" {
		t.Errorf("got %v", v)
	}
}

func TestFreeTypesAreThoseWithAnyInside(t *testing.T) {
	t.Parallel()
	for rt, want := range map[reflect.Type]bool{
		reflect.TypeFor[any](): true, reflect.TypeFor[map[string]any](): true, reflect.TypeFor[[]*named](): true,
		reflect.TypeFor[base]():            false,
		reflect.TypeFor[json.RawMessage](): false, reflect.TypeFor[loop](): false, reflect.TypeFor[error](): false,
	} {
		if got := fields.Free(rt); got != want {
			t.Errorf("Free(%s) = %v", rt, got)
		}
	}
}
