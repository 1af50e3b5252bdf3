package conformance

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/internal/specserver"
)

// checkRequest holds the request that arrived against the arguments.
func (c *call) checkRequest() {
	c.t.Helper()
	if problems := c.server.Problems(); len(problems) > 0 {
		c.t.Fatalf("the request does not follow the spec: %v", problems)
	}
	calls := c.server.Calls()
	if len(calls) != 1 {
		c.t.Fatalf("the server saw %d requests, want 1", len(calls))
	}
	got := calls[0]
	if got.Operation.ID != c.op.ID {
		c.t.Fatalf("the request went to %s", got.Operation.ID)
	}
	c.checkPath(got)
	c.checkQuery(got)
	for name, want := range c.headers {
		if got.Header.Get(name) != want {
			c.t.Errorf("header %s = %q, want %q", name, got.Header.Get(name), want)
		}
	}
	c.checkBody(got)
	c.checkCredential(got)
}

func (c *call) checkPath(got *specserver.Call) {
	c.t.Helper()
	args := c.pathArgs
	for segment := range strings.SplitSeq(c.op.Path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		want, fixed := c.vendor.Fixed[name]
		if !fixed {
			if len(args) == 0 {
				c.t.Fatalf("the method takes no argument for {%s}", name)
			}
			want, args = args[0], args[1:]
		}
		if got.Path[name] != want {
			c.t.Errorf("path parameter %s = %q, want %q", name, got.Path[name], want)
		}
	}
	if len(args) > 0 {
		c.t.Errorf("%d path arguments too many", len(args))
	}
}

func (c *call) checkQuery(got *specserver.Call) {
	c.t.Helper()
	if len(got.Query) != len(c.query)+len(c.also) {
		c.t.Errorf("query has %d names, want %d: %v", len(got.Query), len(c.query)+len(c.also), got.Query)
	}
	for second, name := range c.also {
		if diff := cmp.Diff([]string(got.Query[name]), []string(got.Query[second])); diff != "" {
			c.t.Errorf("query parameter %s is not what %s is (-%[2]s +%[1]s):\n%[3]s", second, name, diff)
		}
	}
	for name, value := range c.query {
		explode := c.op.Parameters.GetByInAndName("query", name).Explode
		if diff := cmp.Diff(queryText(value, explode == nil || *explode), []string(got.Query[name])); diff != "" {
			c.t.Errorf("query parameter %s (-want +got):\n%s", name, diff)
		}
	}
}

func (c *call) checkBody(got *specserver.Call) {
	c.t.Helper()
	switch {
	case c.raw != "":
		if string(got.Body) != c.raw {
			c.t.Errorf("body %q, want %q", got.Body, c.raw)
		}
	case strings.HasPrefix(got.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		form, err := url.ParseQuery(string(got.Body))
		if err != nil {
			c.t.Fatal(err)
		}
		for name, want := range c.body.(map[string]any) {
			if form.Get(name) != fmt.Sprint(want) {
				c.t.Errorf("form value %s = %q, want %v", name, form.Get(name), want)
			}
		}
	case c.files != nil:
		for name, content := range c.files {
			if !strings.Contains(string(got.Body), name) || !strings.Contains(string(got.Body), content) {
				c.t.Errorf("file %s did not arrive", name)
			}
		}
	case c.body != nil:
		if diff := cmp.Diff(plain(c.t, c.body), decode(c.t, got.Body)); diff != "" {
			c.t.Errorf("body (-want +got):\n%s", diff)
		}
	}
}

// checkCredential expects the client's credential, unless the operation takes none or has that of an agent.
func (c *call) checkCredential(got *specserver.Call) {
	c.t.Helper()
	if got.Header.Get("X-Agent-Id") != "" {
		return
	}
	marked, _ := c.op.Op.Extensions["x-anonymous"].(bool)
	anonymous := marked || c.op.Op.Security != nil && len(*c.op.Op.Security) == 0
	if got.Header.Get(c.vendor.CredentialHeader) == "" != anonymous {
		c.t.Errorf("anonymous is %v, and %s is %q", anonymous, c.vendor.CredentialHeader, got.Header.Get(c.vendor.CredentialHeader))
	}
}

// queryText is how a value must appear in the query.
func queryText(value any, explode bool) []string {
	list, ok := value.([]any)
	if !ok {
		return []string{scalarText(value)}
	}
	var texts []string
	for _, e := range list {
		texts = append(texts, scalarText(e))
	}
	if explode {
		return texts
	}
	return []string{strings.Join(texts, ",")}
}

func scalarText(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
