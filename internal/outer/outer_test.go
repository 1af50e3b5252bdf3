package outer

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestFieldsOfABody(t *testing.T) {
	fields, ok := Read([]byte("\xef\xbb\xbf {\"event\" : \"a\\u0062\", \"data\":{ \"x\" : [1, 2]},\n\"Event\":7, \"n\":null}\n"))
	if !ok || len(fields) != 4 {
		t.Fatalf("%q, %t", fields, ok)
	}
	for name, want := range map[string]string{
		"event": `"a\u0062"`, "data": `{"x":[1,2]}`, "Event": "7", "n": "null", "x": "", "EVENT": "",
	} {
		if got := string(fields.Value(name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := fields.Text("event"); got != "ab" {
		t.Errorf("text %q", got)
	}
	inner, ok := Within(fields.Value("data"))
	if !ok || string(inner.Value("x")) != "[1,2]" {
		t.Errorf("within: %q, %t", inner, ok)
	}
	for _, body := range []string{"", "null", "[]", `"a"`, "{", `{"a":1}x`, `{"a":1}{}`, `{"a":}`} {
		if fields, ok := Read([]byte(body)); ok {
			t.Errorf("%q is read as %q", body, fields)
		}
	}
}

func TestDigestIsOfAllFieldsWhateverTheirOrder(t *testing.T) {
	digest := func(body string) string {
		t.Helper()
		fields, ok := Read([]byte(body))
		if !ok {
			t.Fatal(body)
		}
		return fields.Digest("sent")
	}
	one := digest(`{"a":1,"b":{"c":"d"},"sent":1}`)
	for body, same := range map[string]bool{
		` { "b" : {"c":"d" }, "sent":2, "a":1 } `:   true,
		`{"a":1,"b":{"c":"d"}}`:                     true,
		`{"a":1,"b":{"c":"D"},"sent":1}`:            false,
		`{"a":1,"b":{"c":"d"},"new":null,"sent":1}`: false,
		`{"a":1,"a":1,"b":{"c":"d"},"sent":1}`:      false,
		`{"A":1,"b":{"c":"d"},"sent":1}`:            false,
		`{"a":1,"b":{"c":"d"},"Sent":1}`:            false,
		`{"a":"1","b":{"c":"d"},"sent":1}`:          false,
		`{"a\":1,\"b":{"c":"d"},"sent":1}`:          false,
	} {
		if got := digest(body); (got == one) != same {
			t.Errorf("%s: like the first: %t", body, got == one)
		}
	}
}

// FuzzRead holds Read against encoding/json.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"event":"a","data":{"x":1}}`))
	f.Add([]byte("\xef\xbb\xbf{\"\\u0065vent\":\"\\ud800\"}"))
	f.Add([]byte(`{"a":1}{"b":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, ok := Read(body)
		var want map[string]json.RawMessage
		err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &want)
		if ok != (err == nil && want != nil) {
			t.Fatalf("read: %t, json: %v", ok, err)
		}
		if !ok {
			return
		}
		for name, value := range want {
			var b bytes.Buffer
			if json.Compact(&b, value) != nil || strings.ContainsRune(name, '\ufffd') {
				continue
			}
			if got := fields.Value(name); !bytes.Equal(got, b.Bytes()) {
				t.Errorf("%q: %q, want %q", name, got, b.Bytes())
			}
			_ = fields.Text(name)
		}
		again, _ := Read(append([]byte(" "), bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))...))
		if fields.Digest() != again.Digest() {
			t.Error("a blank in front changes the digest")
		}
	})
}
