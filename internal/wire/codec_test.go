package wire_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/wire"
)

func TestMarshalWritesTextAsItIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   any
		want string
	}{
		{"HTML", map[string]string{"a": "<b>&</b>"}, `{"a":"<b>&</b>"}`},
		{"HTML in a raw message", json.RawMessage(`{"a":"<&>"}`), `{"a":"<&>"}`},
		{"unicode", "Zoë 🩺", `"Zoë 🩺"`},
		{"line separator", "a\u2028b", `"a\u2028b"`},
		{"control characters", "a\n\x01", `"a\n\u0001"`},
		{"nil list", []string(nil), `null`},
		{"nil map", map[string]int(nil), `null`},
		{"sorted map", map[string]int{"b": 2, "a": 1}, `{"a":1,"b":2}`},
		{"bytes", []byte("hi"), `"aGk="`},
		{"no line break behind", 1, `1`},
		{"float", 1e21, `1e+21`},
		{"omitempty and omitzero", struct {
			A string       `json:"a,omitempty"`
			B *string      `json:"b,omitempty"`
			C caremux.Time `json:"c,omitzero"`
			D *string      `json:"d,omitempty"`
			E []int        `json:"e,omitempty"`
			F []int        `json:"f,omitzero"`
		}{D: new(""), E: []int{}, F: []int{}}, `{"d":"","f":[]}`},
		{"time", caremux.NewTime(time.Unix(0, 0)), `"1970-01-01T00:00:00.000Z"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := wire.Marshal(tt.in); err != nil || string(got) != tt.want {
				t.Errorf("Marshal = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
	if got, err := wire.Marshal("\xff"); err != nil || string(got) != `"\ufffd"` && string(got) != "\"\ufffd\"" {
		t.Errorf("invalid UTF-8 = %s, %v; want the replacement character, escaped or not", got, err)
	}
	for _, v := range []any{make(chan int), math.NaN(), func() {}} {
		if got, err := wire.Marshal(v); err == nil {
			t.Errorf("Marshal(%T) = %s", v, got)
		}
	}
}

type record struct {
	Name   string            `json:"name"`
	Age    *int              `json:"age"`
	Tags   []string          `json:"tags"`
	Inner  *inner            `json:"inner"`
	List   []inner           `json:"list"`
	Map    map[string]string `json:"map"`
	At     caremux.Time      `json:"at"`
	Last   string            `json:"last"`
	Custom json.RawMessage   `json:"custom"`
	People map[string]inner  `json:"people"`
	Any    any               `json:"any"`
}

type inner struct {
	City string `json:"city"`
	Zip  int    `json:"zip"`
}

// TestUnmarshalFillsTheRestAfterAMismatch holds both codecs to one behaviour.
func TestUnmarshalFillsTheRestAfterAMismatch(t *testing.T) {
	t.Parallel()
	rest := func(change func(*record)) record {
		r := record{
			Name: "n", Tags: []string{"t"}, Inner: &inner{"c", 1}, List: []inner{{"d", 2}}, Map: map[string]string{"k": "v"}, Last: "l",
		}
		change(&r)
		return r
	}
	for _, tt := range []struct {
		name, field, value string
		mismatch           string // the path that is reported, "" if the value fits
		want               record
	}{
		{"a whole number as text", "age", `"43"`, "", rest(func(r *record) { r.Age = new(43) })},
		{"a whole number with a point", "age", `43.0`, "", rest(func(r *record) { r.Age = new(43) })},
		{"a whole number with an exponent", "age", `4.3e1`, "", rest(func(r *record) { r.Age = new(43) })},
		{"other text for a number", "age", `"43 years"`, "age", rest(func(*record) {})},
		{"empty text for a number", "age", `""`, "age", rest(func(*record) {})},
		{"number for a text", "name", `43`, "name", rest(func(r *record) { r.Name = "" })},
		{"boolean for a text", "name", `true`, "name", rest(func(r *record) { r.Name = "" })},
		{"fraction for an integer", "age", `4.5`, "age", rest(func(*record) {})},
		{"integer out of range", "age", `99999999999999999999`, "age", rest(func(*record) {})},
		{"object for a list", "tags", `{"a":1}`, "tags", rest(func(r *record) { r.Tags = nil })},
		{"text for a list", "tags", `"t"`, "tags", rest(func(r *record) { r.Tags = nil })},
		{"list for an object", "inner", `[1]`, "inner", rest(func(r *record) { r.Inner = nil })},
		{"text for an object", "inner", `"x"`, "inner", rest(func(r *record) { r.Inner = nil })},
		{"a field of an object", "inner", `{"city":5,"zip":1}`, "inner.city", rest(func(r *record) { r.Inner.City = "" })},
		{"a field in a list", "list", `[{"city":"d","zip":"x"}]`, "list[0].zip", rest(func(r *record) { r.List[0].Zip = 0 })},
		{"a whole number as text in a list", "list", `[{"city":"d","zip":"2"}]`, "", rest(func(*record) {})},
		{"an element of a list", "tags", `[5,"t"]`, "tags[0]", rest(func(r *record) { r.Tags = []string{"", "t"} })},
		{"a value under a key that is data", "map", `{"Asha Rao":5,"k":"v"}`, "map[]",
			rest(func(r *record) { r.Map["Asha Rao"] = "" })},
		{"a field under a key that is data", "people", `{"Asha Rao":{"city":5}}`, "people[].city",
			rest(func(r *record) { r.People = map[string]inner{"Asha Rao": {}} })},
		{"a name twice", "name", `"x","name":"n"`, "name", rest(func(*record) {})},
		{"a name twice in another case", "name", `"x","NAME":"n"`, "name", rest(func(*record) {})},
		{"text that is not UTF-8", "name", "\"\xff\"", "name", rest(func(r *record) { r.Name = "\ufffd" })},
		{"half a surrogate pair", "name", `"\ud800"`, "name", rest(func(r *record) { r.Name = "\ufffd" })},
		{"a surrogate pair", "name", `"\ud83e\ude7a"`, "", rest(func(r *record) { r.Name = "🩺" })},
		{"a time that cannot be read", "at", `"tomorrow"`, "at", rest(func(r *record) { _ = r.At.UnmarshalJSON([]byte(`"tomorrow"`)) })},
		{"a list for a time", "at", `[1]`, "at", rest(func(r *record) { _ = r.At.UnmarshalJSON([]byte(`[1]`)) })},
		{"a number in a value of any type", "any", `9007199254740993`, "", rest(func(r *record) {
			r.Any = json.Number("9007199254740993")
		})},
		{"a number that no float64 has room for, in a value of any type", "any", `[1e400]`, "", rest(func(r *record) {
			r.Any = []any{json.Number("1e400")}
		})},
		{"a name twice in a value of any type", "any", `{"a":1,"a":2}`, "any[]",
			rest(func(r *record) { r.Any = map[string]any{"a": json.Number("2")} })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			values := map[string]string{
				"name": `"n"`, "tags": `["t"]`, "inner": `{"city":"c","zip":1}`, "list": `[{"city":"d","zip":2}]`, "map": `{"k":"v"}`,
			}
			values[tt.field] = tt.value
			var b strings.Builder
			b.WriteString(`{"unknown":[1,{"x":null}]`)
			for _, name := range []string{"name", "age", "tags", "inner", "list", "map", "people", "at", "any"} {
				if value, ok := values[name]; ok {
					b.WriteString(`,"` + name + `":` + value)
				}
			}
			b.WriteString(`,"last":"l"}`)
			var got record
			if err := wire.Unmarshal([]byte(b.String()), &got); err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, m := range fields.Misfits([]byte(b.String()), reflect.TypeFor[record]()) {
				paths = append(paths, m.Path)
				if m.Problem == "" || strings.Contains(m.Problem, "Asha") {
					t.Errorf("problem %q", m.Problem)
				}
			}
			if strings.Join(paths, " ") != tt.mismatch {
				t.Errorf("mismatches %q, want %q", paths, tt.mismatch)
			}
			equal := cmp.Comparer(func(a, b caremux.Time) bool { return a.Equal(b.Time) && a.Text() == b.Text() })
			if diff := cmp.Diff(tt.want, got, equal); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmarshalLeavesPointersNilWhereNothingFits(t *testing.T) {
	t.Parallel()
	type Part struct {
		Dose  *float64 `json:"dose"`
		Given *bool    `json:"given"`
		Zero  *int     `json:"zero"`
	}
	type embedded struct{ Part }
	type whole struct {
		embedded
		Part  *Part             `json:"part"`
		Parts []Part            `json:"parts"`
		More  []*Part           `json:"more"`
		Lists []*[]int          `json:"lists"`
		Named map[string]string `json:"named"`
		Until *caremux.Time     `json:"until"`
		Plain *int
	}
	const bad = `{"dose":"5 mg","GIVEN":"yes","zero":0}`
	var got whole
	err := wire.Unmarshal([]byte(`{"dose":[],"given":1,"zero":0,"part":`+bad+`,"parts":[`+bad+`,{"dose":1.5}],"more":[null,`+bad+`,"x"],
		"lists":[[1],{},null],"named":{"a":"b"},"until":1331547630,"plain":"x"}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	part := Part{Zero: new(0)}
	want := whole{embedded: embedded{part}, Part: &part, Parts: []Part{part, {Dose: new(1.5)}}, More: []*Part{nil, &part, nil},
		Lists: []*[]int{{1}, nil, nil}, Named: map[string]string{"a": "b"}, Until: got.Until}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(whole{}, embedded{}), cmp.Comparer(func(a, b caremux.Time) bool {
		return a.Equal(b.Time)
	})); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if got.Until == nil || !got.Until.Known() {
		t.Errorf("until = %v, want the moment", got.Until)
	}
}

func TestUnmarshalIsAsLenientAsEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     record
	}{
		{"another case", `{"NAME":"n","Tags":["t"]}`, record{Name: "n", Tags: []string{"t"}}},
		{"a name twice", `{"name":"a","name":"b"}`, record{Name: "b"}},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", record{Name: "\ufffd"}},
		{"half a surrogate pair", `{"name":"\ud800"}`, record{Name: "\ufffd"}},
		{"nulls", `{"name":null,"age":null,"tags":null,"inner":null,"list":null,"map":null,"at":null}`, record{}},
		{"empty lists", `{"tags":[],"list":[]}`, record{Tags: []string{}, List: []inner{}}},
		{"unreadable time", `{"at":{"x":1},"name":"n"}`, record{Name: "n"}},
		{"spaces", " {\n\t\"name\" : \"n\" }\r\n", record{Name: "n"}},
		{"raw message", `{"custom":{"a": 1}}`, record{Custom: json.RawMessage(`{"a": 1}`)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got record
			if err := wire.Unmarshal([]byte(tt.in), &got); err != nil {
				t.Fatal(err)
			}
			equal := cmp.Comparer(func(a, b caremux.Time) bool { return a.Equal(b.Time) })
			if diff := cmp.Diff(tt.want, got, equal); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmarshalRefusesWhatIsNoRecord(t *testing.T) {
	t.Parallel()
	for _, in := range []string{``, ` `, `{`, `{"name":"n"`, `{"name":"n"}}`, `{"name":"n"} x`, `<html>`, `{'name':1}`, `{"name":"n",}`} {
		var got record
		err := wire.Unmarshal([]byte(in), &got)
		if err == nil || errors.As(err, new(*json.UnmarshalTypeError)) {
			t.Errorf("Unmarshal(%q) = %v, want a syntax error", in, err)
		}
	}
	for _, in := range []string{`[]`, `"text"`, `5`, `true`} {
		var got record
		var mismatch *json.UnmarshalTypeError
		if err := wire.Unmarshal([]byte(in), &got); !errors.As(err, &mismatch) || mismatch.Field != "" {
			t.Errorf("Unmarshal(%q) = %v, want a type error that names no member", in, err)
		}
	}
}

type open struct {
	Name string         `json:"name"`
	Nick string         `json:"nick,omitempty"`
	More map[string]any `json:"-"`
}

func TestMarshalOpenAddsMembers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   any
		more map[string]any
		want string
	}{
		{"nothing", open{Name: "n"}, nil, `{"name":"n"}`},
		{"sorted behind its own", open{Name: "n"}, map[string]any{"b": 2, "a": []int{1}}, `{"name":"n","a":[1],"b":2}`},
		{"its own win", open{Name: "n"}, map[string]any{"name": "x", "z": 1}, `{"name":"n","z":1}`},
		{"one that its own left out", open{Name: "n"}, map[string]any{"nick": "x"}, `{"name":"n","nick":"x"}`},
		{"into nothing", struct{}{}, map[string]any{"a": 1}, `{"a":1}`},
		{"nothing to add but its own", open{Name: "n"}, map[string]any{"name": 1}, `{"name":"n"}`},
		{"names to escape", open{}, map[string]any{`a"<b`: "<&>"}, `{"name":"","a\"<b":"<&>"}`},
		{"a name with a dot", struct {
			A map[string]int `json:"a"`
		}{map[string]int{"b": 1}}, map[string]any{"a.b": 2}, `{"a":{"b":1},"a.b":2}`},
		{"a name that is the whole elsewhere", open{}, map[string]any{"$": 1}, `{"name":"","$":1}`},
		{"null", open{}, map[string]any{"a": nil}, `{"name":"","a":null}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.MarshalOpen(tt.in, tt.more)
			if err != nil || string(got) != tt.want || !json.Valid(got) {
				t.Errorf("MarshalOpen = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
	if _, err := wire.MarshalOpen(open{}, map[string]any{"a": make(chan int)}); err == nil {
		t.Error("a member that cannot be encoded is dropped in silence")
	}
	if _, err := wire.MarshalOpen(make(chan int), nil); err == nil {
		t.Error("a value that cannot be encoded gives no error")
	}
}
