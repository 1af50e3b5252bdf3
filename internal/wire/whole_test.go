package wire

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
)

// trusting reads anything as the number of its bytes, and has misread what is longer than three.
type trusting int

func (u *trusting) UnmarshalJSON(data []byte) error {
	*u = trusting(len(data))
	return nil
}

func (u trusting) Misread() bool { return u > 3 }

type deepest struct{ Shown string }

type inner struct {
	caremux.Record `json:"-"`

	Name string         `json:"name"`
	When caremux.Time   `json:"when"`
	Date caremux.Date   `json:"date"`
	More []*inner       `json:"more"`
	Any  any            `json:"any"`
	Map  map[string]int `json:"map"`
}

type all struct {
	deepest
	Text    string                 `json:"text"`
	Bool    bool                   `json:"bool"`
	Int     int                    `json:"int"`
	Small   int8                   `json:"small"`
	Uint    uint16                 `json:"uint"`
	Float   float64                `json:"float"`
	Half    float32                `json:"half"`
	Pointer *string                `json:"pointer"`
	Inner   inner                  `json:"inner"`
	List    []inner                `json:"list"`
	Texts   []string               `json:"texts"`
	Lists   [][]int                `json:"lists"`
	Bytes   []byte                 `json:"bytes"`
	Array   [2]int                 `json:"array"`
	Raw     json.RawMessage        `json:"raw"`
	Number  json.Number            `json:"number"`
	Itself  trusting               `json:"itself"`
	Itselfs []trusting             `json:"itselfs"`
	Time    time.Time              `json:"time"`
	Strange struct{ caremux.Time } `json:"strange"`
}

// values of every kind that a field can meet.
var met = []string{
	`null`, `true`, `false`, `0`, `-0`, `7`, `-7`, `200`, `70000`, `1.5`, `1e2`, `1e400`, `0.1`,
	`0.10000000000000000555`, `123456789.123456`, `9007199254740993`, `123456789012345678901234567890`, `01`, `1.`, `-`,
	`tru`, `nul`, `falsey`, `""`, `"x"`, `"5"`, `"1.5"`, `"true"`, `"aGk="`, `"Zoë \u00e9"`, `"Zoë"`, `"\ud83d\ude00"`,
	`"\ud83d"`, "\"\xff\"", "\"a\nb\"", `"unfinished`, `"2026-11-29T01:02:03Z"`, `"2026-11-29"`, `"soon"`, `[]`, `[ ]`,
	`[1,2]`, `[1,2,3]`, `[null]`, `["a","b"]`, `["a",]`, `[,]`, `[[1],[]]`, `[[null]]`, `{}`, `{ }`, `{"a":1}`,
	`{"a":1,"a":2}`, `{"a":1,}`, `{,}`, `{"name":"a","more":[{"name":"b"},null,{"more":[]}]}`, `{"NAME":"a"}`,
	`{"name":"a","Name":"b"}`, `{"n\u0061me":"a"}`, `{"any":1.50}`, `{"any":{"b":[1,"c"]}}`, `{"map":{"a":1}}`,
	`{"map":{"a":1,"a":1}}`, `{"map":{"a":null}}`, `{"when":"soon"}`, `{"date":"2026-11-29","when":1764000000}`,
	`[{"name":"a"},{"unknown":{"b":[]}}]`, `{"unknown":tru}`, `{"unknown":[1,}`, `{"name":"a"}}`, `{"name" "a"}`,
	`{"name":}`, `{name:1}`, "\ufeff1", ``, ` `,
}

// held decodes a text in both ways. The whole one may give up, but where it does not, the other one must say the same.
func held(t *testing.T, data string, typ reflect.Type) bool {
	t.Helper()
	got, want := reflect.New(typ), reflect.New(typ)
	if !unmarshalWhole([]byte(data), got.Elem(), true) {
		return false
	}
	if err := unmarshalParts([]byte(data), want.Interface()); err != nil {
		t.Fatalf("%s is taken for %s: %v", data, typ, err)
	}
	if diff := cmp.Diff(want.Interface(), got.Interface(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("%s as %s:\n%s", data, typ, diff)
	}
	if misfits := fields.Misfits([]byte(data), typ); len(misfits) > 0 {
		t.Errorf("%s as %s is taken for whole: %v", data, typ, misfits)
	}
	return true
}

func TestWholeIsWhatEncodingJSONReads(t *testing.T) {
	t.Parallel()
	table := fields.Of(reflect.TypeFor[all]())
	whole := 0
	for _, f := range table.Fields {
		for _, value := range met {
			for _, text := range []string{
				`{"` + f.Name + `":` + value + `}`, ` { "` + f.Name + `" : ` + value + ` , "text" : "y" } `,
				`{"other":` + value + `,"` + f.Name + `":null}`,
				`{"` + f.Name + `":` + value, `{"` + f.Name + `":` + value + `} x`,
			} {
				if held(t, text, reflect.TypeFor[all]()) {
					whole++
				}
			}
		}
	}
	for _, value := range met {
		for _, typ := range []reflect.Type{
			reflect.TypeFor[[]inner](), reflect.TypeFor[*inner](), reflect.TypeFor[string](),
			reflect.TypeFor[any](), reflect.TypeFor[[]any](),
		} {
			held(t, value, typ)
		}
	}
	if whole < 500 {
		t.Errorf("only %d texts are whole", whole)
	}
}

func TestWholeReadsWhatVendorsSend(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"text":"Zoë","bool":true,"int":-5,"uint":7,"float":1.25,"pointer":"p","shown":"s"}`,
		`{"inner":{"name":"a","when":"2026-11-29T01:02:03.000Z","date":null,"more":null,"extra":{"x":[1]},"any":{"n":1}},"list":[{"name":"b"}],"texts":[]}`,
		`{"text":"an \"escape\"","number":1.50,"raw":{"a":1},"itself":7}`,
	} {
		if !held(t, text, reflect.TypeFor[all]()) {
			t.Errorf("%s is read twice", text)
		}
	}
}

func TestWholeIsLeftWhereSomethingIsInDoubt(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"more":[`, mostDepth) + strings.Repeat(`]}`, mostDepth)
	for _, text := range []string{
		`{"text":"a","text":"a"}`, `{"text":"a","TEXT":"a"}`, `{"list":[null]}`, `{"int":1.5}`, `{"small":200}`,
		`{"itself":12345}`, `{"inner":` + deep + `}`, `{} {}`,
	} {
		if held(t, text, reflect.TypeFor[all]()) {
			t.Errorf("%.40s is whole", text)
		}
	}
	v := all{}
	if whole, err := UnmarshalWhole([]byte(`{"texts":["a"],"int":"x"}`), &v, true); whole || err != nil || len(v.Texts) != 1 || v.Int != 0 {
		t.Errorf("what fits became %+v (%v, %v)", v, whole, err)
	}
}

func TestWholeKeepsWhatAValueHasAlready(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text  string
		whole bool
	}{
		{`{"int":1}`, true},
		{`{"int":1,"inner":{"name":"a"},"texts":["a"],"pointer":"b"}`, true},
		{`{"int":1,"text":"after"}`, false},
		{`{"int":1,"text":null}`, false},
		{`{"int":1,"list":[{"name":"after"}]}`, false},
		{`{"texts":["a"],"int":"x"}`, false},
		{`{"int":1,"int":2}`, false},
		{`{"int":1} {}`, false},
		{`{"int":1,"inner":{"name":"a","map":{"a":1,"a":2}}}`, false},
		{`null`, true},
	} {
		before := func() *all {
			v := &all{Text: "before", List: []inner{{Name: "before"}}}
			v.Shown = "before"
			return v
		}
		want, got := before(), before()
		wantErr := unmarshalParts([]byte(tt.text), want)
		whole := unmarshalWhole([]byte(tt.text), reflect.ValueOf(got).Elem(), false)
		if !whole {
			if diff := cmp.Diff(before(), got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
				t.Errorf("%s left in the value:\n%s", tt.text, diff)
			}
			if err := unmarshalParts([]byte(tt.text), got); (err == nil) != (wantErr == nil) {
				t.Errorf("%s: error = %v, want %v", tt.text, err, wantErr)
			}
		}
		if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" || whole != tt.whole {
			t.Errorf("%s: whole = %v, and not what encoding/json reads:\n%s", tt.text, whole, diff)
		}
	}
}

func TestWholeReadsLargeStructs(t *testing.T) {
	t.Parallel()
	var many []reflect.StructField
	for i := range mostFields + 1 {
		many = append(many, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: reflect.TypeFor[int]()})
	}
	if held(t, `{"F1":1}`, reflect.StructOf(many)) {
		t.Error("a struct with too many fields is read at once")
	}
	if last := `{"F` + strconv.Itoa(mostFields-1) + `":1}`; !held(t, last, reflect.StructOf(many[:mostFields])) {
		t.Error("a struct with as many fields as may be is not")
	}
}

func FuzzWhole(f *testing.F) {
	for _, value := range met {
		f.Add(value)
		f.Add(`{"inner":` + value + `,"list":[` + value + `],"text":` + value + `}`)
		f.Add(`{"float":` + value + `,"itself":` + value + `,"itselfs":[` + value + `],"int":` + value + `,"uint":` + value + `}`)
	}
	types := []reflect.Type{reflect.TypeFor[all](), reflect.TypeFor[[]inner](), reflect.TypeFor[[]*all]()}
	f.Fuzz(func(t *testing.T, data string) {
		for _, typ := range types {
			held(t, data, typ)
		}
	})
}
