package wire

import (
	"encoding/json"
	"errors"
	"testing"
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
		name, data, field, want string
	}{
		{"text", `{"value":"12 mg","code":"a"}`, "value", `{"code":"a","count":null,"children":null,"values":null}`},
		{"empty", ` { "low" : "" , "code" : "a" } `, "low", `{"code":"a","count":null,"children":null,"values":null}`},
		{"a number as text", `{"value":"1.50","code":"a"}`, "", `{"value":1.50,"code":"a","count":null,"children":null,"values":null}`},
		{"deep, and in a list", `{"children":[{"value":1.50},{"values":[1,"x",3],"code":"b"}],"code":"a","value":2}`, "children.values",
			`{"value":2,"code":"a","count":null,"children":[{"value":1.50,"code":"","count":null,"children":null,"values":null},` +
				`{"code":"b","count":null,"children":null,"values":[1,0,3]}],"values":null}`},
		{"beside another mismatch", `{"value":"<5","count":"x","code":"a"}`, "count", `{"code":"a","count":null,"children":null,"values":null}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := measured{Code: "z"}
			err := Unmarshal([]byte(tt.data), &v)
			var mismatch *json.UnmarshalTypeError
			if tt.field != "" && (!errors.As(err, &mismatch) || mismatch.Field != tt.field) || tt.field == "" && err != nil {
				t.Errorf("got %v, want field %q", err, tt.field)
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
	if Unmarshal([]byte(`{}`), nil) == nil {
		t.Error("decoded into nothing")
	}
}
