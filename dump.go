package caremux

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// WithDump writes each request and its response to w, for development: a curl command with the operation, the path
// template, the names of headers and query parameters and of the fields of a JSON body, and then the status, the time it
// took and the names of the fields that came back. It writes no values except for the media types. Several clients may
// share w.
func WithDump(w io.Writer) Option { return dumpTo(w, false) }

// WithDumpValues is [WithDump] with all values: bodies, ids and credentials. Use it only with made-up data.
func WithDumpValues(w io.Writer) Option { return dumpTo(w, true) }

func dumpTo(w io.Writer, values bool) Option {
	return func(c *Config) error {
		if w == nil {
			return &ArgumentError{Field: "WithDump", Rule: "must not be nil"}
		}
		d := &dumper{w: w, values: values}
		c.Middleware = append(c.Middleware, func(next http.RoundTripper) http.RoundTripper { return dumping{d, next} })
		return nil
	}
}

type dumper struct {
	mu     sync.Mutex
	w      io.Writer
	values bool
}

type dumping struct {
	*dumper
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (d dumping) RoundTrip(r *http.Request) (*http.Response, error) {
	var b strings.Builder
	call, _ := CallOf(r.Context())
	fmt.Fprintf(&b, "# %s %s\ncurl -X %s %s", call.Vendor, call.Operation, r.Method, quoted(d.address(r, call)))
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, " \\\n  -H %s", quoted(name+": "+d.header(name, r.Header[name])))
	}
	if body := requestBody(r); body != nil {
		fmt.Fprintf(&b, " \\\n  -d %s", quoted(d.body(body)))
	}
	started := time.Now()
	resp, err := d.next.RoundTrip(r)
	took := time.Since(started).Round(time.Millisecond)
	if err != nil {
		fmt.Fprintf(&b, "\n# no response after %v\n", took)
	} else {
		fmt.Fprintf(&b, "\n# %d after %v, %s", resp.StatusCode, took, cmp.Or(resp.Header.Get("Content-Type"), "no media type"))
		if isJSON(resp.Header) {
			fmt.Fprintf(&b, "\n# %s", d.body(peek(resp)))
		}
		b.WriteString("\n")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = io.WriteString(d.w, b.String())
	return resp, err
}

// quoted is an argument of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// address is where a request goes. Without values it is the call's template, with the names of query parameters.
func (d dumping) address(r *http.Request, call CallEvent) string {
	if d.values {
		return r.URL.String()
	}
	u := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}
	address := u.String() + call.Path
	if names := slices.Sorted(maps.Keys(r.URL.Query())); len(names) > 0 {
		address += "?" + strings.Join(names, "=…&") + "=…"
	}
	return address
}

func (d dumping) header(name string, values []string) string {
	switch {
	case d.values, name == "Accept", name == "Content-Type", name == "User-Agent":
		return strings.Join(values, ", ")
	}
	return "…"
}

// body is JSON, without values the names of its fields alone.
func (d dumping) body(data []byte) string {
	if d.values {
		return string(data)
	}
	var v any
	if json.Unmarshal(data, &v) != nil {
		return "…"
	}
	var b strings.Builder
	names(&b, v, 0)
	return b.String()
}

// names writes the shape of a JSON value. Of a list it writes the first element; names that may be data are left out.
func names(b *strings.Builder, v any, depth int) {
	const deepest = 4
	switch v := v.(type) {
	case map[string]any:
		b.WriteString("{")
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(b, "%q:", cmp.Or(fieldName(name), "…"))
			if depth < deepest {
				names(b, v[name], depth+1)
			}
		}
		b.WriteString("}")
	case []any:
		b.WriteString("[")
		if len(v) > 0 {
			names(b, v[0], depth+1)
			fmt.Fprintf(b, " ×%d", len(v))
		}
		b.WriteString("]")
	case nil:
		b.WriteString("null")
	default:
		b.WriteString("…")
	}
}

// fieldName is a name that reads like one of a field: letters and underscores alone. Keys of a map may be ids or names of people.
func fieldName(name string) string {
	for _, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return ""
		}
	}
	if len(name) > 40 {
		return ""
	}
	return name
}

func isJSON(h http.Header) bool { return strings.Contains(h.Get("Content-Type"), "json") }

// requestBody is a copy of a JSON body, nil for any other.
func requestBody(r *http.Request) []byte {
	if r.GetBody == nil || r.Body == nil || r.Body == http.NoBody || !isJSON(r.Header) {
		return nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	data, _ := io.ReadAll(io.LimitReader(body, dumped))
	return data
}

const dumped = 1 << 20 // bytes of a body at most

// peek reads the beginning of a response's body and puts it back.
func peek(resp *http.Response) []byte {
	var data bytes.Buffer
	_, err := io.Copy(&data, io.LimitReader(resp.Body, dumped))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(data.Bytes()), rest), resp.Body}
	return data.Bytes()
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
