package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux/internal/fields"
)

type measured struct {
	Value    json.Number   `json:"value,omitzero"`
	Low      *json.Number  `json:"low,omitzero"`
	Code     string        `json:"code"`
	Count    *int          `json:"count"`
	Children []measured    `json:"children"`
	Values   []json.Number `json:"values"`
}

func TestTextInPlaceOfANumberCostsThatMemberAlone(t *testing.T) {
	for _, tt := range []struct {
		name, data, mismatches, want string
	}{
		{"text", `{"value":"12 mg","code":"a"}`, "value", `{"code":"a","count":null,"children":null,"values":null}`},
		{"empty", ` { "low" : "" , "code" : "a" } `, "low", `{"code":"a","count":null,"children":null,"values":null}`},
		{"a number as text", `{"value":"1.50","code":"a"}`, "", `{"value":1.50,"code":"a","count":null,"children":null,"values":null}`},
		{"deep, and in a list", `{"children":[{"value":1.50},{"values":[1,"x",3],"code":"b"}],"code":"a","value":2}`,
			"children[1].values[1]",
			`{"value":2,"code":"a","count":null,"children":[{"value":1.50,"code":"","count":null,"children":null,"values":null},` +
				`{"code":"b","count":null,"children":null,"values":[1,0,3]}],"values":null}`},
		{"beside another mismatch", `{"value":"<5","count":"x","code":"a"}`, "value count",
			`{"code":"a","count":null,"children":null,"values":null}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := measured{Code: "z"}
			if err := Unmarshal([]byte(tt.data), &v); err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, m := range fields.Misfits([]byte(tt.data), reflect.TypeFor[measured]()) {
				paths = append(paths, m.Path)
			}
			if got := strings.Join(paths, " "); got != tt.mismatches {
				t.Errorf("mismatches %q, want %q", got, tt.mismatches)
			}
			if got, err := json.Marshal(v); err != nil || string(got) != tt.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, tt.want)
			}
		})
	}
	for _, data := range []string{`{"value":"12 mg"`, `{"value":"12 mg"}x`, `"x"`, `[`} {
		if Unmarshal([]byte(data), new(measured)) == nil {
			t.Errorf("%s was decoded", data)
		}
	}
}
