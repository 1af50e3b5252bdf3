package specserver

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const json = "application/json"
	multipart := func(fields ...string) string {
		var b strings.Builder
		for i := 0; i < len(fields); i += 2 {
			b.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i+1] + "\r\n")
		}
		return b.String() + "--b--\r\n"
	}
	const form = "multipart/form-data; boundary=b"
	for name, test := range map[string]struct {
		method, target, contentType, body string
		want                              string // part of the error, "" for none
	}{
		"a good list": {
			"GET", "/a/orders?ids=x,y&tag=1&tag=2&size=1&open=true&since=2024-01-02T03:04:05.678Z&filter[city]=b", "", "", "",
		},
		"an empty value allowed": {"GET", "/a/orders?kind=", "", "", ""},
		"unknown parameter":      {"GET", "/a/orders?colour=red", "", "", `"colour" is not documented`},
		"parameter given twice":  {"GET", "/a/orders?size=1&size=2", "", "", "given 2 times"},
		"list given twice":       {"GET", "/a/orders?ids=x&ids=y", "", "", "given 2 times"},
		"no number":              {"GET", "/a/orders?size=x", "", "", "size"},
		"too small":              {"GET", "/a/orders?size=0", "", "", "at least 1"},
		"not in the enumeration": {"GET", "/a/orders?kind=old", "", "", "allowed values"},
		"no RFC 3339":            {"GET", "/a/orders?since=2024-02-30T00:00:00Z", "", "", "since"},
		"broken query":           {"GET", "/a/orders?a=%zz", "", "", "query"},
		"an id that is no UUID":  {"GET", "/a/orders/johndoe", "", "", ""},
		"an empty id":            {"GET", "/a/orders/", "", "", `"id" is empty`},
		"a body where none is":   {"DELETE", "/a/orders/1", json, "{}", "none is documented"},
		"a good body":            {"POST", "/a/orders", json, `{"kind":null,"extra":{"free":1},"labels":{"a":1},"anything":{"b":2}}`, ""},
		"charset":                {"POST", "/a/orders", json + "; charset=utf-8", `{"kind":"new"}`, ""},
		"no body":                {"POST", "/a/orders", json, ``, "required"},
		"no JSON":                {"POST", "/a/orders", json, `{"kind":`, "decode"},
		"rubbish after the JSON": {"POST", "/a/orders", json, `{"kind":"new"}}`, "body"},
		"other content":          {"POST", "/a/orders", "text/plain", `{"kind":"new"}`, "Content-Type"},
		"no content type":        {"POST", "/a/orders", "", `{"kind":"new"}`, "Content-Type"},
		"member missing":         {"POST", "/a/orders", json, `{}`, "kind"},
		"wrong type":             {"POST", "/a/orders", json, `{"kind":"new","big":"1"}`, "integer"},
		"unknown member":         {"POST", "/a/orders", json, `{"kind":"new","colour":1}`, `"colour"`},
		"unknown member inside": {
			"POST", "/a/orders", json, `{"kind":"new","parent":{"kind":"new","lines":[{"n":1}]}}`, `"parent.lines[0].n"`,
		},
		"member of no choice":    {"POST", "/a/orders", json, `{"kind":"new","who":{"name":"a","age":1}}`, `"who.age"`},
		"bad value of a map":     {"POST", "/a/orders", json, `{"kind":"new","labels":{"a":"b"}}`, "integer"},
		"a form":                 {"PUT", "/a/photo", form, multipart("photo", "\x00\xff", "width", "3"), ""},
		"a bad field":            {"PUT", "/a/photo", form, multipart("photo", "x", "width", "w"), "width"},
		"an unknown part":        {"PUT", "/a/photo", form, multipart("photo", "x", "height", "1"), "height"},
		"a missing part":         {"PUT", "/a/photo", form, multipart("width", "1"), "photo"},
		"no body, none required": {"PUT", "/a/photo", "", "", ""},
		"a coded form":           {"PUT", "/a/photo", "application/x-www-form-urlencoded", "url=x", ""},
		"an unknown field":       {"PUT", "/a/photo", "application/x-www-form-urlencoded", "url=x&uri=y", `"uri"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := load(t, loadShop)
			r := httptest.NewRequest(test.method, test.target, strings.NewReader("unread"))
			r.Header.Set("trace", "1")
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			op, params, ok := spec.Match(test.method, r.URL.EscapedPath())
			if !ok {
				t.Fatal("no operation")
			}
			err := spec.Check(op, params, r, []byte(test.body))
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if r.ContentLength != int64(len("unread")) {
				t.Error("the request was changed")
			}
		})
	}
}

func TestCheckHeader(t *testing.T) {
	t.Parallel()
	spec := load(t, loadShop)
	r := httptest.NewRequest("GET", "/a/orders", nil)
	op, params, _ := spec.Match("GET", "/a/orders")
	if err := spec.Check(op, params, r, nil); err == nil || !strings.Contains(err.Error(), "trace") {
		t.Errorf("a required header is missing: %v", err)
	}
}
