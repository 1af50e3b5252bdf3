package refs

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// resolved decodes a response into out, as the transport does, and returns it as JSON with its names replaced.
func resolved(t testing.TB, body string, out any) (text string, err error) {
	t.Helper()
	rewritten, names, err := Resolve([]byte(body))
	if err != nil {
		return "", err
	}
	if names == nil {
		return string(rewritten), transport.Decode(rewritten, out)
	}
	return string(names.(*document).text(rewritten)), names.Decode(rewritten, out)
}

func TestReferencesAreResolved(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"none", `{"a": 1}`, `{"a": 1}`},
		{"ids alone", `{"$id":"1","a":{"$id":"2","b":[{"$id":"3"}]}}`, `{"a":{"b":[{}]}}`},
		{"repeated object", `[{"$id":"1","n":1,"u":{"$id":"2","name":"A"}},{"n":2,"u":{"$ref":"2"}}]`,
			`[{"n":1,"u":{"name":"A"}},{"n":2,"u":{"name":"A"}}]`},
		{"numbers", `[{"$id":1,"a":2.50},{"$ref":1}]`, `[{"a":2.50},{"a":2.50}]`},
		{"reference that comes first", `[{"$ref":"1"},{"$id":"1","a":1}]`, `[{"a":1},{"a":1}]`},
		{"references in what is repeated", `[{"$id":"1","a":1},{"$id":"2","x":{"$ref":"1"}},{"$ref":"2"}]`,
			`[{"a":1},{"x":{"a":1}},{"x":{"a":1}}]`},
		{"circle", `{"$id":"1","name":"A","child":{"$id":"2","n":2,"parent":{"$ref":"1"}}}`,
			`{"name":"A","child":{"n":2,"parent":{"name":"A","child":{"n":2,"parent":{"name":"A"}}}}}`},
		{"two circles", `[{"$id":"1","a":1,"b":{"$ref":"2"}},{"$id":"2","c":{"d":[1]},"a":{"$ref":"1"}}]`,
			`[{"a":1,"b":{"c":{"d":[1]},"a":{"a":1,"b":{"c":{"d":[1]}}}}},{"c":{"d":[1]},"a":{"a":1,"b":{"c":{"d":[1]},"a":{"a":1}}}}]`},
		{"list with an id", `{"$id":"1","data":{"$id":"2","$values":[{"$id":"3","a":1},{"$ref":"3"}]},"again":{"$ref":"2"}}`,
			`{"data":[{"a":1},{"a":1}],"again":[{"a":1},{"a":1}]}`},
		{"list inside of itself", `{"$id":"1","$values":[{"$ref":"1"},5]}`, `[[[5],5],5]`},
		{"numbered independently", `[[{"$id":"1","a":1},{"$ref":"1"}],[{"$id":"1","a":2},{"$ref":"1"}]]`,
			`[[{"a":1},{"a":1}],[{"a":2},{"a":2}]]`},
		{"beside other members", `[{"$id":"1","a":1},{"$ref":"1","b":2}]`, `[{"a":1},{"$ref":"1","b":2}]`},
		{"with an id", `[{"$id":"1","a":1},{"$id":"2","$ref":"1"}]`, `[{"a":1},{"a":1}]`},
		{"other types", `{"$id":{"x":1},"a":{"$ref":[1]},"b":{"$id":null}}`, `{"$id":{"x":1},"a":{"$ref":[1]},"b":{"$id":null}}`},
		{"as text", `{"$id":"1","a":"\"$ref\" {\\","b":"é\u00e9"}`, `{"a":"\"$ref\" {\\","b":"é\u00e9"}`},
		{"odd names", `{"$id":"1","a\"\\\n":{"$id":"2"},"\u0024ref":5,"c":{"$ref":"2"}}`,
			`{"a\"\\\n":{},"$ref":5,"c":{}}`},
		{"blanks", " { \"$id\" : \"1\" ,\n \"a\" : [ 1 , true , { } , [ ] , null ] } ", `{"a":[1,true,{},[],null]}`},
		{"text", `"say \"$id\" "`, `"say \"$id\" "`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var open any
			got, err := resolved(t, tt.body, &open)
			if err != nil || got != tt.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, tt.want)
			}
			want := tt.want
			if tt.name == "two circles" { // what is decoded once ends where it was first met
				want = `[{"a":1,"b":{"c":{"d":[1]},"a":{"a":1,"b":{"c":{"d":[1]}}}}},{"c":{"d":[1]},"a":{"a":1,"b":{"c":{"d":[1]}}}}]`
			}
			if data, err := json.Marshal(open); err != nil || !sameJSON(t, string(data), want) {
				t.Errorf("decoded %s (%v)\nwant    %s", data, err, want)
			}
			var raw json.RawMessage
			if _, err := resolved(t, tt.body, &raw); err != nil || !sameJSON(t, string(raw), tt.want) {
				t.Errorf("as it is %s (%v)\nwant     %s", raw, err, tt.want)
			}
		})
	}
	if body, names, err := Resolve([]byte(`{"$id":"1"`)); err != nil || names != nil || string(body) != `{"$id":"1"` {
		t.Errorf("no JSON: %s, %v", body, err)
	}
}

func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	exact := func(text string) (v any) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return cmp.Equal(exact(a), exact(b))
}

func TestReferencesToNothingMakeTheResponseUnreadable(t *testing.T) {
	var chain strings.Builder
	chain.WriteString(`[`)
	for i := range 5000 {
		fmt.Fprintf(&chain, `{"$id":"%d","x":{"$ref":"%d"}},`, i, i+1)
	}
	chain.WriteString(`{"$id":"5000"}]`)
	for name, body := range map[string]string{
		"unknown":             `[{"$id":"1"},{"$ref":"9"}]`,
		"unknown in a record": `{"data":[{"$id":"1","a":{"b":[{"$ref":"9"}]}}]}`,
		"itself":              `{"$id":"1","$ref":"1"}`,
		"one another":         `[{"$id":"1","$ref":"2"},{"$id":"2","$ref":"1"}]`,
		"alone":               `{"$ref":"1"}`,
		"nested too deep":     strings.Repeat(`[`, 5000) + `{"$id":"1"}` + strings.Repeat(`]`, 5000),
		"nested a little too deep": strings.Repeat(`{"a":`, maxNested) + `{"$id":"1"}` + strings.Repeat(`}`,
			maxNested),
		"nested too deep through names":  chain.String(),
		"the same, the other way around": reversed(5000),
		"nested too deep within an entry": `[{"$id":"1"},` + strings.Repeat(`[`,
			100) + `{"$ref":"1"}` + strings.Repeat(`]`, 100) + `]`,
	} {
		body, names, err := Resolve([]byte(body))
		var shape *transport.ShapeError
		if !errors.As(err, &shape) || shape.Kind != caremux.ErrUnreadable || body != nil || names != nil {
			t.Errorf("%s: got %d bytes, %v", name, len(body), err)
		}
	}
	var open any
	if _, err := resolved(t, strings.Repeat(`[`, maxNested-1)+`{"$id":"1"}`+strings.Repeat(`]`, maxNested-1),
		&open); err != nil {
		t.Errorf("nested as deep as allowed: %v", err)
	}
	if _, err := resolved(t, reversed(900), &open); err != nil {
		t.Errorf("a list of which each names the one before: %v", err)
	}
}

// reversed is a list of which each object names the one before.
func reversed(n int) string {
	var b strings.Builder
	b.WriteString(`[{"$id":"0"}`)
	for i := range n {
		fmt.Fprintf(&b, `,{"$id":"%d","x":{"$ref":"%d"}}`, i+1, i)
	}
	return b.String() + `]`
}

type refPerson struct {
	caremux.Record `json:"-"`
	ID             string            `json:"id,omitzero"`
	Age            *int              `json:"age,omitzero"`
	Photo          string            `json:"photo,omitzero"`
	Friends        []refPerson       `json:"friends,omitzero"`
	Boss           *refPerson        `json:"boss,omitzero"`
	ByName         map[string]refTag `json:"byName,omitzero"`
	Open           any               `json:"open,omitzero"`
	Raw            json.RawMessage   `json:"raw,omitzero"`
	Tag            refTag            `json:"tag,omitzero"`
	refBase
}

type refBase struct {
	Home *refTag `json:"home,omitzero"`
}

type refTag struct {
	caremux.Record `json:"-"`
	Name           string `json:"name,omitzero"`
	List           []int  `json:"list,omitzero"`
}

const wideBody = `{"$id":"1","id":"a","age":3,"tag":{"$id":"2","name":"t","list":[1,2],"more":9007199254740993},"friends":[
	{"$id":"3","id":"b","tag":{"$ref":"2"},"boss":{"$id":"4","id":"c","home":{"$ref":"2"}}},{"$ref":"4"},{"$ref":"3"}],
	"byName":{"x":{"$ref":"2"},"y":{"name":"own"}},"open":{"list":[{"$ref":"2"},{"n":9007199254740993}]},"raw":[{"$ref":"2"}],
	"home":{"$ref":"2"},"unnamed":{"$ref":"2"}}`

func TestReferencesAreDecodedWhereverTheyStand(t *testing.T) {
	var got, want refPerson
	text, err := resolved(t, wideBody, &got)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "$") || transport.Decode([]byte(text), &want) != nil {
		t.Fatal(text)
	}
	a, errA := json.Marshal(got)
	b, errB := json.Marshal(want)
	if errA != nil || errB != nil || !sameJSON(t, string(a), string(b)) {
		t.Errorf("got  %s (%v)\nwant %s", a, errA, b)
	}
	const tag = `{"name":"t","list":[1,2],"more":9007199254740993}`
	for name, r := range map[string]interface{ RawJSON() json.RawMessage }{
		"where it is": got.Tag, "in a list": got.Friends[0].Tag, "behind a pointer": got.Friends[1].Home,
		"in what is named": got.Friends[2].Boss.Home,
		"in a map":         got.ByName["x"], "in an embedded struct": got.Home,
	} {
		if raw := string(r.RawJSON()); raw != tag {
			t.Errorf("%s: JSON %s", name, raw)
		}
	}
	if string(got.Tag.Extra()["more"]) != "9007199254740993" || string(got.Extra()["unnamed"]) != tag || !sameJSON(t,
		string(got.RawJSON()), text) || got.Mismatch() != nil {
		t.Errorf("extra %s of %s", got.Extra(), got.RawJSON())
	}
	const listed = "[map[list:[1 2] more:9007199254740993 name:t] map[n:9007199254740993]]"
	if open := fmt.Sprint(got.Open.(map[string]any)["list"]); open != listed {
		t.Errorf("open %s", open)
	}
	got.Tag.Name, got.Friends[0].Tag.Name = "mine", "yours"
	if got.Home.Name != "t" || got.Friends[1].Home.Name != "t" || got.ByName["x"].Name != "t" {
		t.Error("a change of one copy is in another")
	}
}

func TestReferenceThatDoesNotFitIsAMismatchOfItsRecord(t *testing.T) {
	for body, want := range map[string]string{
		`{"$id":"1","boss":{"$id":"2","age":"S3CRET"},"friends":[{"$ref":"2"}]}`:           "field boss.age ",
		`{"$id":"1","tag":{"$id":"2","name":5},"friends":[{"id":"b","tag":{"$ref":"2"}}]}`: "field tag.name ",
		`[{"$id":"2","age":"S3CRET"},{"boss":{"$ref":"2"}}]`:                               "field boss.age ",
		`[{"$id":"2","name":5},{"byName":{"S3CRET":{"$ref":"2"}}}]`:                        "field byName[].name ",
		`[{"$id":"2","name":"x"},{"friends":{"$ref":"2"}}]`:                                "field friends ",
		`[{"$id":"2","$values":[]},{"boss":{"$ref":"2"}}]`:                                 "field boss ",
		`[{"$id":"2","name":"x"},{"id":{"$ref":"2"}}]`:                                     "field id ",
	} {
		rewritten, names, err := Resolve([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		raw := rewritten
		if raw[0] == '[' { // the last is the record
			var list []json.RawMessage
			if err := json.Unmarshal(raw, &list); err != nil {
				t.Fatal(err)
			}
			at := strings.LastIndex(string(raw), string(list[1]))
			raw = raw[at : at+len(list[1])]
		}
		var got refPerson
		err = names.Decode(raw, &got)
		if err != nil || got.Mismatch() == nil || !strings.HasPrefix(got.Mismatch().Error(), want) ||
			strings.Contains(got.Mismatch().Error(), "S3CRET") {
			t.Errorf("%s: %v, mismatch %v", body, err, got.Mismatch())
		}
	}
	_, names, err := Resolve([]byte(`[{"$id":"1"},{"$ref":"1"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if err := names.Decode([]byte(`{"boss":{}}`), new(refPerson)); err == nil {
		t.Error("what is no part of the response was decoded, with blanks in place of names")
	}
}

// bomb is a body each of whose lists repeats the one before twice.
func bomb(lists int) string {
	var b strings.Builder
	b.WriteString(`[{"$id":"0","a":1}`)
	for i := 1; i <= lists; i++ {
		fmt.Fprintf(&b, `,{"$id":"%d","x":[{"$ref":"%d"},{"$ref":"%d"}]}`, i, i-1, i-1)
	}
	return b.String() + "]"
}

func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

func TestReferencesCostAsMuchAsTheResponseIsLong(t *testing.T) {
	large := func(n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, `[{"$id":"1","id":"0","boss":{"$id":"2","id":"p","photo":"%s"}}`, strings.Repeat("x", 1<<20))
		for i := range n {
			fmt.Fprintf(&b, `,{"id":"%d","boss":{"$ref":"2"},"open":{"$ref":"2"}}`, i+1)
		}
		return b.String() + `]`
	}
	for name, tt := range map[string]struct {
		body string
		out  any
	}{
		"one large object, named often": {large(5000), new([]refPerson)},
		"bomb":                          {bomb(450), new(any)},
		"bomb of structs":               {strings.ReplaceAll(bomb(450), `"x"`, `"friends"`), new([]refPerson)},
	} {
		var err error
		used := allocated(func() {
			var rewritten []byte
			var names transport.Resolver
			if rewritten, names, err = Resolve([]byte(tt.body)); err == nil {
				err = names.Decode(rewritten, tt.out)
			}
		})
		t.Logf("%s: %d KiB of JSON, %d KiB allocated", name, len(tt.body)>>10, used>>10)
		if err != nil || used > 48<<20 {
			t.Errorf("%s: %d KiB of JSON, %d KiB allocated: %v", name, len(tt.body)>>10, used>>10, err)
		}
	}
}

func TestJSONOfARecordThatWouldBeTooLongNamesWhatItRepeats(t *testing.T) {
	body := strings.ReplaceAll(bomb(40), `"x"`, `"friends"`)
	rewritten, names, err := Resolve([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var list []refPerson
	if err := names.Decode(rewritten, &list); err != nil {
		t.Fatal(err)
	}
	d := names.(*document)
	text := d.text(rewritten)
	if len(text) > 2*len(body) || !json.Valid(text) {
		t.Fatalf("%d bytes: %.200s", len(text), text)
	}
	again, names, err := Resolve(text)
	if err != nil {
		t.Fatal(err)
	}
	var same []refPerson
	if err := names.Decode(again, &same); err != nil {
		t.Fatal(err)
	}
	depth := func(p refPerson) (n int) {
		for ; len(p.Friends) == 2; p = p.Friends[1] {
			n++
		}
		return n
	}
	if depth(same[40]) != 40 || depth(list[40]) != 40 {
		t.Errorf("%d and %d deep", depth(list[40]), depth(same[40]))
	}
	small, _, err := Resolve([]byte(bomb(5)))
	if err != nil || strings.Contains(string(small), "$") {
		t.Errorf("%s, %v", small, err)
	}
}

// circular reports whether a node is inside of itself.
func (d *document) circular() bool {
	state := map[*node]int{}
	var visit func(from, to int) bool
	visit = func(from, to int) bool {
		for _, n := range d.between(from, to) {
			if state[n.node] == 1 {
				return true
			}
			if state[n.node] == 0 {
				state[n.node] = 1
				if visit(n.node.start, n.node.end) {
					return true
				}
				state[n.node] = 2
			}
		}
		return false
	}
	return visit(0, len(d.json))
}

// repeats reports whether an object has a name twice, or in two spellings: which of them counts is no matter here.
func repeats(body string) bool {
	d := json.NewDecoder(strings.NewReader(body))
	var inside func() bool
	inside = func() bool {
		token, err := d.Token()
		opened, ok := token.(json.Delim)
		if err != nil || !ok {
			return err != nil
		}
		seen := map[string]bool{}
		for d.More() {
			if opened == '{' {
				name, err := d.Token()
				key := strings.ToLower(fmt.Sprint(name))
				if err != nil || seen[key] {
					return true
				}
				seen[key] = true
			}
			if inside() {
				return true
			}
		}
		_, err = d.Token()
		return err != nil
	}
	return inside()
}

func FuzzReferences(f *testing.F) {
	f.Add(`{"$id":"1","name":"A","child":{"$id":"2","parent":{"$ref":"1"}}}`)
	f.Add(`{"$id":"2","$values":[{"$id":"3","a":1},{"$ref":"3"},{"$ref":"2"}]}`)
	f.Add(`[{"$ref":1},{"$id":1,"x":{"$ref":1},"s":"\\\""}]`)
	f.Add(bomb(20))
	f.Add(wideBody)
	f.Add(`{"$id":"1","friends":[{"$id":"2","id":"x","boss":{"$ref":"1"}},{"$ref":"2"}],"byName":{"$ref":"2"},"raw":{"$ref":"2"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		rewritten, names, err := Resolve([]byte(body))
		if err != nil {
			if !json.Valid([]byte(body)) {
				t.Errorf("%q is no JSON, and %v", body, err)
			}
			return
		}
		if json.Valid(rewritten) != json.Valid([]byte(body)) || len(rewritten) > 2*len(body) {
			t.Fatalf("%q became %q", body, rewritten)
		}
		if names == nil {
			return
		}
		d := names.(*document)
		text := d.text(rewritten)
		if !json.Valid(text) {
			t.Fatalf("%q is written as %q", body, text)
		}
		plain, whole := d.written(rewritten)
		for _, out := range []any{new(any), new(refPerson), new([]refPerson)} {
			err := d.Decode(rewritten, out)
			if !whole || len(plain) > 64<<10 || d.circular() || repeats(body) {
				continue
			}
			want := reflect.New(reflect.TypeOf(out).Elem()).Interface()
			if errWant := transport.Decode(plain, want); (err == nil) != (errWant == nil) {
				t.Errorf("%q: %v, and written out %v", body, err, errWant)
			} else if err == nil {
				got, _ := json.Marshal(out)
				wanted, _ := json.Marshal(want)
				if !sameJSON(t, string(got), string(wanted)) {
					t.Errorf("%q became %s, and written out %s", body, got, wanted)
				}
			}
		}
	})
}
