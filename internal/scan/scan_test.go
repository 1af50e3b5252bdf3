package scan_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/internal/scan"
)

func TestLookupFollowsAPath(t *testing.T) {
	t.Parallel()
	const body = ` {"data":{"a b":"x","content":[1, 2],"page":{"number":3,"last":null},"esc\u0061ped":true,"":{"":0}},"data2":5,"d":"}]\"{[\\"} `
	for _, tt := range []struct{ path, want string }{
		{"$", strings.TrimSpace(body)},
		{"data.content", "[1, 2]"},
		{"data.page.number", "3"},
		{"data.page.last", "null"},
		{"data.a b", `"x"`},
		{"data.escaped", "true"},
		{"data..", "0"},
		{"data2", "5"},
		{"d", `"}]\"{[\\"`},
		{"dat", ""},
		{"data.nope", ""},
		{"data.content.0", "1"},
		{"data.content.1", ""},
		{"data2.x", ""},
		{"data.page.last.x", ""},
		{"DATA.Content", "[1, 2]"},
		{"DATA2", "5"},
		{"", ""},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			data := []byte(body)
			got, ok := scan.Lookup(data, tt.path)
			if string(got) != tt.want || ok != (tt.want != "") {
				t.Fatalf("Lookup = %s, %v; want %s", got, ok, tt.want)
			}
			if ok {
				at := scan.Offset(data, got)
				if !strings.HasPrefix(body[at:], tt.want) || &data[at] != &got[0] {
					t.Errorf("Offset = %d, which is before %.20q", at, body[at:])
				}
			}
		})
	}
	for _, empty := range []string{"", " \n"} {
		if got, ok := scan.Lookup([]byte(empty), "$"); ok {
			t.Errorf("Lookup in nothing = %q", got)
		}
	}
}

func TestMembersStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	var names []string
	ok := scan.Members([]byte(`{"a":1,"b":2,oops`), func(name, _ []byte) bool {
		names = append(names, string(name))
		return len(names) < 2
	})
	if !ok || !cmp.Equal(names, []string{"a", "b"}) {
		t.Errorf("Members = %v, names %v", ok, names)
	}
}

func TestScanRefusesWhatIsBroken(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		``, `x`, `{`, `[`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{,}`, `{"a":}`, `{"a`,
		`{"\x":1}`, `{"a":"`, `{"a":[}`, `[1`, `[1,`, `[1,]`, `[,]`, `[1 2]`, `["`, `["\"]`, `[{]`, `[1] x`, `[1][2]`,
		`[]]`, `[1],`,
		`[` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `]`,
	} {
		if elements, ok := scan.Elements([]byte(data)); ok {
			t.Errorf("Elements(%.20s) = %q", data, elements)
		}
		if !strings.HasPrefix(data, "[") {
			if scan.Members([]byte(data), func(_, _ []byte) bool { return true }) {
				t.Errorf("Members(%.20s) = true", data)
			}
		}
	}
	deep := `[` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `]`
	if elements, ok := scan.Elements([]byte(deep)); !ok || len(elements) != 1 {
		t.Error("a deep but bearable nesting is refused")
	}
}

// member is one member of an object, in the order of the text.
type member struct{ name, value string }

// reference reads the parts of a valid document with encoding/json.
func reference(t *testing.T, data []byte) (members []member, elements []string, kind json.Token) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	kind, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	if kind != json.Delim('{') && kind != json.Delim('[') {
		return nil, nil, nil
	}
	for d.More() {
		var name string
		if kind == json.Delim('{') {
			token, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			name = token.(string)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		if kind == json.Delim('{') {
			members = append(members, member{name, string(raw)})
		} else {
			elements = append(elements, string(raw))
		}
	}
	return members, elements, kind
}

// text replaces each invalid byte, as encoding/json does.
func text(b []byte) string { return string([]rune(string(b))) }

func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `{"a":1}`, ` { "a" : [ 1 , {"b":"}"} ] , "a":null } `, `[1,"]",[],{}]`, `"x"`, `5`, `null`,
		`{"\u0061\"":"\\"}`, `["\\\"",-1.5e3,true]`, `{"":{"":{}}}`, `{"a":{"b":[1]}}`, `[1`, `{"a"`, `[1]]`,
		`{"a":1}}`, "\xef\xbb\xbf{}", `{"a\ud800":1}`, "{\"\xff\":\"\xff\"}", `[ ]`, `{ }`, `[1 , 2]`, `{"a":"\`, `["`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var members []member
		isObject := scan.Members(data, func(name, value []byte) bool {
			members = append(members, member{text(name), string(value)})
			return true
		})
		found, isArray := scan.Elements(data)
		whole, ok := scan.Lookup(data, "$")
		_, _ = scan.Lookup(data, "a.b")
		_, _ = scan.Lookup(data, "")
		if ok && string(data[scan.Offset(data, whole):][:len(whole)]) != string(whole) {
			t.Errorf("Offset of the whole is %d", scan.Offset(data, whole))
		}
		if !json.Valid(data) || deeper(data, 900) {
			return
		}
		if !ok || !bytes.Equal(whole, bytes.TrimSpace(data)) {
			t.Errorf("Lookup($) = %q, %v", whole, ok)
		}
		wantMembers, wantElements, kind := reference(t, data)
		if isObject != (kind == json.Delim('{')) || isArray != (kind == json.Delim('[')) {
			t.Fatalf("%s: object %v, array %v, but it begins with %v", data, isObject, isArray, kind)
		}
		if diff := cmp.Diff(wantMembers, members, cmp.AllowUnexported(member{})); isObject && diff != "" {
			t.Errorf("members of %s (-want +got):\n%s", data, diff)
		}
		if isArray && len(wantElements) != len(found) {
			t.Fatalf("%s has %d elements, found %d", data, len(wantElements), len(found))
		}
		for i, want := range wantElements {
			if string(found[i]) != want {
				t.Errorf("element %d of %s = %s, want %s", i, data, found[i], want)
			}
		}
		seen := map[string]bool{}
		for _, m := range wantMembers {
			if strings.ContainsAny(m.name, ".$") || strings.ContainsRune(m.name, '\ufffd') || seen[m.name] {
				continue
			}
			seen[m.name] = true
			got, ok := scan.Lookup(data, m.name)
			if !ok || string(got) != m.value {
				t.Errorf("Lookup(%q) in %s = %s, %v; want %s", m.name, data, got, ok, m.value)
			}
			if at := scan.Offset(data, got); !bytes.HasPrefix(data[at:], got) {
				t.Errorf("Offset of %q in %s = %d", m.name, data, at)
			}
			if strings.HasPrefix(m.value, "{") {
				inner, _, _ := reference(t, []byte(m.value))
				for _, in := range inner {
					if strings.ContainsAny(in.name, ".$\ufffd") {
						continue
					}
					if got, ok := scan.Lookup(data, m.name+"."+in.name); !ok || len(got) == 0 {
						t.Errorf("Lookup(%q.%q) in %s finds nothing", m.name, in.name, data)
					}
				}
			}
		}
	})
}

// deeper says whether data may nest deeper than the scan functions follow.
func deeper(data []byte, than int) bool {
	return bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > than
}

func TestLookupListGivesTheElementsToo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, path, value string
		elements                []string
		list, ok                bool
	}{
		{"a list", `{"a":{"b":[1, "]" ,{"c":[2]}] ,"d":0}}`, "a.b", `[1, "]" ,{"c":[2]}]`, []string{"1", `"]"`, `{"c":[2]}`}, true, true},
		{"an empty list", `{"a":[ ]}`, "a", `[ ]`, nil, true, true},
		{"in the first element", `[{"a":[1]},{"a":[2]}]`, "0.a", `[1]`, []string{"1"}, true, true},
		{"no element to look in", `{"x":[]}`, "x.0.a", "", nil, false, false},
		{"the whole", ` [1,2] `, "$", `[1,2]`, []string{"1", "2"}, true, true},
		{"the whole, with more behind", `[1] 2`, "$", `[1] 2`, nil, false, true},
		{"an object", `{"a":{"b":1}}`, "a", `{"b":1}`, nil, false, true},
		{"null", `{"a":null}`, "a", `null`, nil, false, true},
		{"a list that is cut off", `{"a":[1,2`, "a", "", nil, false, false},
		{"a list that is broken inside", `{"a":[1 2]}`, "a", `[1 2]`, nil, false, true},
		{"absent", `{"b":[1]}`, "a", "", nil, false, false},
		{"nothing", ``, "a", "", nil, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data := []byte(tt.body)
			value, elements, list, ok := scan.LookupList(data, tt.path)
			var got []string
			for _, e := range elements {
				if !list {
					break
				}
				got = append(got, string(e))
			}
			if string(value) != tt.value || list != tt.list || ok != tt.ok || cmp.Diff(tt.elements, got) != "" {
				t.Fatalf("LookupList = %s, %q, %v, %v; want %s, %q, %v, %v", value, got, list, ok, tt.value, tt.elements, tt.list, tt.ok)
			}
			if ok && !strings.HasPrefix(tt.body[scan.Offset(data, value):], tt.value) {
				t.Errorf("Offset = %d", scan.Offset(data, value))
			}
		})
	}
}
