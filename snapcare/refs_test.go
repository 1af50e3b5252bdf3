package snapcare

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReferencesAreResolved(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"none", `{"a": 1}`, `{"a": 1}`},
		{"ids alone", `{"$id":"1","a":{"$id":"2","b":[{"$id":"3"}]}}`, `{"a":{"b":[{}]}}`},
		{"repeated object", `[{"$id":"1","n":1,"u":{"$id":"2","name":"A"}},{"n":2,"u":{"$ref":"2"}}]`,
			`[{"n":1,"u":{"name":"A"}},{"n":2,"u":{"name":"A"}}]`},
		{"numbers", `[{"$id":1,"a":2.50},{"$ref":1}]`, `[{"a":2.50},{"a":2.50}]`},
		{"reference that comes first", `[{"$ref":"1"},{"$id":"1","a":1}]`, `[{"a":1},{"a":1}]`},
		{"references in what is repeated", `[{"$id":"1","a":1},{"$id":"2","x":{"$ref":"1"}},{"$ref":"2"}]`, `[{"a":1},{"x":{"a":1}},{"x":{"a":1}}]`},
		{"circle", `{"$id":"1","name":"A","child":{"$id":"2","parent":{"$ref":"1"}}}`, `{"name":"A","child":{"parent":{}}}`},
		{"circle seen from elsewhere", `{"a":{"$id":"1","b":{"$id":"2","a":{"$ref":"1"}}},"b":{"$ref":"2"}}`,
			`{"a":{"b":{"a":{}}},"b":{"a":{"b":{}}}}`},
		{"itself", `{"$id":"1","$ref":"1"}`, `{"$ref":"1"}`},
		{"list with an id", `{"$id":"1","data":{"$id":"2","$values":[{"$id":"3","a":1},{"$ref":"3"}]},"again":{"$ref":"2"}}`,
			`{"data":[{"a":1},{"a":1}],"again":[{"a":1},{"a":1}]}`},
		{"list inside of itself", `{"$id":"1","$values":[{"$ref":"1"}]}`, `[[]]`},
		{"numbered anew", `[[{"$id":"1","a":1},{"$ref":"1"}],[{"$id":"1","a":2},{"$ref":"1"}]]`, `[[{"a":1},{"a":1}],[{"a":2},{"a":2}]]`},
		{"unknown", `[{"$id":"1"},{"$ref":"9"}]`, `[{},{"$ref":"9"}]`},
		{"beside other members", `[{"$id":"1","a":1},{"$ref":"1","b":2}]`, `[{"a":1},{"$ref":"1","b":2}]`},
		{"other types", `{"$id":{"x":1},"a":{"$ref":[1]},"b":{"$id":null}}`, `{"$id":{"x":1},"a":{"$ref":[1]},"b":{"$id":null}}`},
		{"as text", `{"$id":"1","a":"\"$ref\" {\\","b":"é\u00e9"}`, `{"a":"\"$ref\" {\\","b":"é\u00e9"}`},
		{"blanks", " { \"$id\" : \"1\" ,\n \"a\" : [ 1 , true , { } , [ ] , null ] } ", `{"a":[1,true,{},[],null]}`},
		{"no JSON", `{"$id":"1"`, `{"$id":"1"`},
		{"text", `"say \"$id\" "`, `"say \"$id\" "`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := resolve([]byte(tt.body))
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, tt.want)
			}
		})
	}
}

// bomb is a body each of whose lists repeats the one before twice.
func bomb(lists int) string {
	var b strings.Builder
	b.WriteString(`[{"$id":"0","a":1}`)
	for i := 1; i <= lists; i++ {
		ref := `{"$ref":"` + number(i-1) + `"}`
		b.WriteString(`,{"$id":"` + number(i) + `","x":[` + ref + `,` + ref + `]}`)
	}
	return b.String() + "]"
}

func number(i int) string {
	data, _ := json.Marshal(i)
	return string(data)
}

func TestReferencesDoNotGrowBeyondMeasure(t *testing.T) {
	deep := strings.Repeat(`[`, 5000) + `{"$id":"1"}` + strings.Repeat(`]`, 5000)
	var chain strings.Builder
	chain.WriteString(`[`)
	for i := range 5000 {
		chain.WriteString(`{"$id":"` + number(i) + `","x":{"$ref":"` + number(i+1) + `"}},`)
	}
	chain.WriteString(`1]`)
	for name, body := range map[string]string{"bomb": bomb(60), "deep": deep, "chain": chain.String()} {
		if got, err := resolve([]byte(body)); err != nil || string(got) != body {
			t.Errorf("%s: %d bytes became %d (%v), want them left alone", name, len(body), len(got), err)
		}
	}
	if got, _ := resolve([]byte(bomb(5))); strings.Contains(string(got), "$") {
		t.Errorf("a small one is not resolved: %s", got)
	}
}

func FuzzReferences(f *testing.F) {
	f.Add(`{"$id":"1","name":"A","child":{"$id":"2","parent":{"$ref":"1"}}}`)
	f.Add(`{"$id":"2","$values":[{"$id":"3","a":1},{"$ref":"3"},{"$ref":"2"}]}`)
	f.Add(`[{"$ref":1},{"$id":1,"x":{"$ref":1},"s":"\\\""}]`)
	f.Add(bomb(20))
	f.Fuzz(func(t *testing.T, body string) {
		got, err := resolve([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > (maxGrowth+1)*len(body)+1<<20 {
			t.Errorf("%d bytes became %d", len(body), len(got))
		}
		if json.Valid(got) != json.Valid([]byte(body)) {
			t.Errorf("%q became %q", body, got)
		}
	})
}
