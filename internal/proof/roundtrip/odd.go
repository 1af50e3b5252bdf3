package roundtrip

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// odd are values that a vendor may send in place of any other, as JSON.
var odd = []string{
	`null`, `true`, `false`, `0`, `-0`, `-1`, `1.5`, `1e3`, `1E400`, `-1e-400`, `9007199254740993`,
	`9223372036854775808`, `-9223372036854775809`, `1730189586`, `1730189586000`, `17301895.86`, `""`, `" "`, `"x"`,
	`"0"`, `"17"`, `"1.50"`, `"true"`, `"null"`, `"<&>\u2028"`, `"\ud800"`, `"\u0000"`, "\"\xff\"", `"é\\\"/"`,
	`"2024-10-29"`, `"2024-10-29T08:13:06Z"`, `"2024-10-29T08:13:06.1234567Z"`, `"2024-10-29T08:13:06+05:30"`,
	`"2024-10-29 08:13:06.000000+00:00"`, `"2024-10-29T08:13"`, `"0000-00-00"`, `"0001-01-01T00:00:00"`,
	`"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.9999999"`, `"2024-02-30"`, `"2024-10-29T24:00:00Z"`,
	`"2016-12-31T23:59:60Z"`, `"31/12/1999"`, `"1/2/2003 4:05"`, `"99/99/9999"`, `"08:13"`, `"08:13:06.5"`, `"8:13 PM"`,
	`"24:00"`,
	`[]`, `[null]`, `["x"]`, `[1,2]`, `[{}]`, `[[]]`, `["x",1,null,{}]`, `{}`, `{"a":1}`, `{"id":{"id":{"id":[{}]}}}`, `{"$id":"1"}`,
}

// Run sets every kind of field of the models to every odd value, and checks what [Fuzz] checks; with -short, each
// tenth.
func Run(t *testing.T, models []reflect.Type) {
	seen := map[reflect.Type]bool{}
	members := 0
	for _, model := range models {
		for f := range model.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || name == "" || name == "-" || seen[f.Type] {
				continue
			}
			seen[f.Type] = true
			members++
			if testing.Short() && members%10 != 0 {
				continue
			}
			object(t, model, name)
		}
	}
	if members < 10 {
		t.Errorf("only %d kinds of members were found", members)
	}
}

// object sends an object with a field, alone and beside its equal.
func object(t *testing.T, model reflect.Type, name string) {
	key, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, value := range odd {
		check(t, model, []byte(`{`+string(key)+`:`+value+`}`))
		check(t, model, []byte(`{`+string(key)+`:`+odd[(i+7)%len(odd)]+`,`+string(key)+`:`+value+`}`))
		check(t, model, []byte(`{`+strings.ToUpper(string(key))+`:`+value+`}`))
	}
}
