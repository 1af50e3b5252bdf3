package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/caremux/caremux/internal/wire"
)

func TestNumbersOfOpenTypesKeepTheirDigits(t *testing.T) {
	t.Parallel()
	type inner struct {
		Values map[string]any `json:"values"`
		Any    any            `json:"any"`
	}
	for _, tt := range []struct {
		name string
		out  any
		json string
	}{
		{"any", new(any), `9007199254740993`},
		{"map", new(map[string]any), `{"b":true,"l":[0.10,{"d":-0}],"n":9007199254740993,"s":"1","x":1e400,"z":null}`},
		{"list", new([]any), `[12345678901234567890.5,"a",[1]]`},
		{"in a struct", new(inner), `{"values":{"n":9007199254740993},"any":1.50}`},
		{"in a list of structs", new([]*inner), `[{"values":{"n":9007199254740993},"any":null}]`},
	} {
		if err := wire.Unmarshal([]byte(tt.json), tt.out); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got, err := wire.Marshal(tt.out); err != nil || string(got) != tt.json {
			t.Errorf("%s: %s became %s (%v)", tt.name, tt.json, got, err)
		}
	}
	var number map[string]any
	if err := wire.Unmarshal([]byte(`{"n":1}`), &number); err != nil || number["n"] != json.Number("1") {
		t.Errorf("got %#v (%v)", number, err)
	}
	for _, bad := range []string{`{"n":1}}`, `{"n":1`, `{"n":01}`, ``} {
		if err := wire.Unmarshal([]byte(bad), new(map[string]any)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	var closed struct {
		N float64 `json:"n"`
	}
	if err := wire.Unmarshal([]byte(`{"n":1.5}`), &closed); err != nil || closed.N != 1.5 {
		t.Errorf("got %v (%v)", closed, err)
	}
}
