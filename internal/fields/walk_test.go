package fields_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/wire"
)

// lenient reads its own JSON and never fails.
type lenient struct{ text string }

func (l *lenient) UnmarshalJSON(data []byte) error { l.text = string(data); return nil }
func (l lenient) Misread() bool                    { return strings.Contains(l.text, "bad") }

// strict reads its own JSON and fails.
type strict struct{ n int }

func (s *strict) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if data[0] != '7' {
		return errors.New("no seven")
	}
	s.n = 7
	return nil
}

type part struct {
	Name string `json:"name"`
	Int  int8   `json:"int"`
}

type all struct {
	Text    string            `json:"text"`
	Pointer *string           `json:"pointer"`
	Bool    bool              `json:"bool"`
	Int     *int              `json:"int"`
	Uint    uint              `json:"uint"`
	Float   float64           `json:"float"`
	Small   float32           `json:"small"`
	Number  json.Number       `json:"number"`
	Raw     json.RawMessage   `json:"raw"`
	Any     any               `json:"any"`
	Free    map[string]any    `json:"free"`
	Lenient lenient           `json:"lenient"`
	Strict  *strict           `json:"strict"`
	Time    time.Time         `json:"time"`
	Addr    netip.Addr        `json:"addr"`
	Bytes   []byte            `json:"bytes"`
	Two     [2]int            `json:"two"`
	Part    *part             `json:"part"`
	Parts   []part            `json:"parts"`
	Deep    [][]*part         `json:"deep"`
	ByName  map[string]part   `json:"byName"`
	ByInt   map[int]string    `json:"byInt"`
	Quoted  int               `json:"quoted,string"`
	Strings map[string]string `json:"strings"`
}

func TestMisfitsNameWhatAGoTypeDoesNotHold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, data, want string }{
		{"all fits",
			`{"text":"t","pointer":"p","bool":true,"int":1,"uint":2,"float":1.5,"small":0.1,"number":"12","raw":[1],"any":{"a":[1.00]},"lenient":5,"strict":7,
			"time":"2020-01-02T03:04:05Z","addr":"::1","bytes":"aGk=","two":[1,2],"part":{"name":"n","int":1},"parts":[{}],"deep":[[{"int":2}],[]],
			"byName":{"k":{}},"byInt":{"1":"x"},"quoted":"5","strings":{"a":"b"}}`, ""},
		{"null for all",
			`{"text":null,"pointer":null,"int":null,"any":null,"strict":null,"part":null,"parts":null,"byName":null,"time":null}`, ""},
		{"whole numbers in other forms", `{"int":"5","uint":5.0,"float":"1.50","number":" 12 "}`, ""},
		{"unknown fields are no misfits", `{"more":[{"a":"\ud800"}],"more":1}`, ""},
		{"kinds", `{"text":1,"bool":"true","int":"x","uint":-1,"float":[],"number":"12 mg","part":[],"parts":{},"byName":[],"time":5}`,
			"text bool int uint float number part parts byName time"},
		{"range and digits", `{"int":99999999999999999999,"part":{"int":128},"float":9007199254740993,"small":16777217,"uint":"1e400"}`,
			"int part.int float small uint"},
		{"digits that fit", `{"float":0.1,"small":0.1,"float":100000000000000000000000,"int":1e3}`, "float"},
		{"types that read themselves", `{"lenient":"bad","strict":"8","addr":"x","bytes":"?"}`, "lenient strict addr bytes"},
		{"places", `{"parts":[{"name":"a"},{"name":1}],"deep":[[],[null,{"int":"z"}]],"byName":{"Asha Rao":{"name":2}}}`,
			"parts[1].name deep[1][1].int byName[].name"},
		{"nulls that become zeros", `{"parts":[null],"two":[null],"byName":{"k":null},"deep":[null,[null]],"strings":{"k":null}}`,
			"parts[0] two[0] byName[] strings[]"},
		{"more than an array has room for", `{"two":[1,2,3]}`, "two"},
		{"names that come twice", `{"text":"a","TEXT":"b","part":{"name":"a","name":"a"},"free":{"k":1,"k":1},"any":[{"k":1,"k":2}]}`,
			"text part.name free[] any[0][]"},
		{"texts that would change",
			"{\"text\":\"\xff\",\"any\":[\"\\ud800\"],\"free\":{\"\xff\":1},\"strings\":{\"k\":\"\\udc00\\ud83d\"},\"raw\":\"\xff\"}",
			"text any[0] free[] strings[]"},
		{"texts that stay", `{"text":"\ud83e\ude7a \\ud800 \n","any":"\u00e9"}`, ""},
		{"keys that do not fit", `{"byInt":{"x":"y"}}`, "byInt"},
		{"quoted numbers", `{"quoted":5}`, "quoted"},
		{"no object", `[]`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var paths []string
			for _, m := range fields.Misfits([]byte(tt.data), reflect.TypeFor[all]()) {
				if m.Problem == "" || strings.Contains(m.Problem, "Asha") {
					t.Errorf("%s: problem %q", m.Path, m.Problem)
				}
				paths = append(paths, m.Path)
			}
			if got := strings.Join(paths, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			var v all
			if err := wire.Unmarshal([]byte(tt.data), &v); err != nil && tt.name != "no object" {
				t.Errorf("what does not fit costs the rest: %v", err)
			}
		})
	}
}

// FuzzMisfits holds the walk against the decoder: what it finds no fault with must be in the Go value.
func FuzzMisfits(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"text":"t","int":"5","float":1e3,"number":"1.50","any":{"a":[1.00,"x"]},"parts":[{"name":"n"}],"byName":{"k":{"int":1}}}`,
		`{"text":"a","TEXT":"b"}`, "{\"text\":\"\xff\"}", `{"any":"\ud800"}`, `{"float":9007199254740993}`,
		`{"parts":[null]}`, `{"two":[1,2,3]}`, `{"part":{"int":128}}`, `[]`, `null`,
		`{"strict":8,"time":"x","bytes":"?"}`, `{"byInt":{"1":"x","01":"y"}}`, `{"int":1e-5}`, `{"small":1e39}`,
		`{"quoted":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		misfits := fields.Misfits(data, reflect.TypeFor[all]())
		var v all
		err := wire.Unmarshal(data, &v)
		if !json.Valid(data) {
			return
		}
		if (err != nil) != (len(misfits) > 0 && misfits[0].Path == "") {
			t.Fatalf("%s: decoded with %v, misfits %v", data, err, misfits)
		}
		if err != nil || len(misfits) > 0 || strings.TrimSpace(string(data)) == "null" {
			return
		}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var sent, got map[string]json.RawMessage
		if json.Unmarshal(data, &sent) != nil || json.Unmarshal(written, &got) != nil {
			t.Fatalf("%s is written as %s", data, written)
		}
		table := fields.Of(reflect.TypeFor[all]())
		for name, value := range sent {
			field, ok := table.Named([]byte(name))
			if !ok || field.Type.Kind() != reflect.String || string(value) == "null" {
				continue
			}
			var want, have string
			if json.Unmarshal(value, &want) != nil || json.Unmarshal(got[field.Name], &have) != nil || want != have {
				if field.Name != "number" {
					t.Errorf("%s of %s became %s", name, data, got[field.Name])
				}
			}
		}
		if diff := cmp.Diff(canonical(t, sent["any"]), canonical(t, got["any"])); diff != "" && sent["any"] != nil {
			t.Errorf("any of %s (-sent +got):\n%s", data, diff)
		}
	})
}

func canonical(t *testing.T, data []byte) any {
	t.Helper()
	if data == nil {
		return nil
	}
	var v struct{ V any }
	if err := wire.Unmarshal(append(append([]byte(`{"v":`), data...), '}'), &v); err != nil {
		t.Fatal(err)
	}
	return v.V
}
