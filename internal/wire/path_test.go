package wire_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// wantArgument checks that err is an argument error about field whose rule holds the words.
func wantArgument(t *testing.T, err error, field, words string) {
	t.Helper()
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) {
		t.Fatalf("error = %v, want an ArgumentError about %s", err, field)
	}
	if argument.Field != field || !strings.Contains(argument.Rule, words) {
		t.Errorf("error = %q about %q, want %q about %q", argument.Rule, argument.Field, words, field)
	}
}

func TestPathRefusesIDsThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, id, rule string }{
		{"empty", "", "is required"},
		{"dot", ".", `must not be "." or ".."`},
		{"dots", "..", `must not be "." or ".."`},
		{"slash", "a/b", "must not contain"},
		{"climbing", "../admin", "must not contain"},
		{"slash in front", "/", "must not contain"},
		{"backslash", `a\b`, "must not contain"},
		{"query", "a?b=c", "must not contain"},
		{"fragment", "a#b", "must not contain"},
		{"escaped slash", "a%2fb", "escaped separator"},
		{"escaped slash in capitals", "a%2Fb", "escaped separator"},
		{"escaped slash alone", "%2f", "escaped separator"},
		{"escaped dots", "%2e%2e", "escaped separator"},
		{"half escaped dots", ".%2E", "escaped separator"},
		{"escaped backslash", "%5C", "escaped separator"},
		{"escaped question mark", "%3f", "escaped separator"},
		{"escaped fragment", "%23", "escaped separator"},
		{"escaped null", "%00", "escaped separator"},
		{"null", "a\x00", "control"},
		{"line break", "a\r\nb", "control"},
		{"tab", "\t", "control"},
		{"delete", "\x7f", "control"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.Path("/v1/patients/{patientId}/notes", nil, []string{tt.id})
			wantArgument(t, err, "patientId", tt.rule)
			if got != "" {
				t.Errorf("path = %q, want none", got)
			}
			_, err = wire.Path("/{tenant}/x", map[string]string{"tenant": tt.id}, nil)
			wantArgument(t, err, "tenant", tt.rule)
		})
	}
}

func TestPathEscapesWhatItFillsIn(t *testing.T) {
	t.Parallel()
	fixed := map[string]string{"tenant": "gh", "instance": "sb demo"}
	for _, tt := range []struct {
		name, template string
		args           []string
		want           string
	}{
		{"no placeholder", "/patients", nil, "/patients"},
		{"an id", "/patients/{id}", []string{"5f1c-2"}, "/patients/5f1c-2"},
		{"ids in their order", "/a/{x}/b/{y}", []string{"1", "2"}, "/a/1/b/2"},
		{"fixed values take no argument", "/{tenant}/{instance}/patients/{id}/{tenant}", []string{"1"}, "/gh/sb%20demo/patients/1/gh"},
		{"text behind", "/patients/{id}.json", []string{"1"}, "/patients/1.json"},
		{"two in one element", "/{a}:{b}", []string{"1", "2"}, "/1:2"},
		{"space", "/{x}", []string{"a b"}, "/a%20b"},
		{"unicode", "/{x}", []string{"Zoë/"[:4]}, "/Zo%C3%AB"},
		{"invalid UTF-8", "/{x}", []string{"\xff"}, "/%FF"},
		{"plain percent", "/{x}", []string{"100%"}, "/100%25"},
		{"percent and a letter", "/{x}", []string{"5%2"}, "/5%252"},
		{"an escape of another character", "/{x}", []string{"%41"}, "/%2541"},
		{"an e-mail address", "/{x}", []string{"a+b@c.org"}, "/a+b@c.org"},
		{"parameters of an element", "/{x}", []string{"..;a=b,c"}, "/..%3Ba=b%2Cc"},
		{"dots within", "/{x}", []string{"a..b"}, "/a..b"},
		{"three dots", "/{x}", []string{"..."}, "/..."},
		{"a placeholder as value", "/{x}/{y}", []string{"{y}", "1"}, "/%7By%7D/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := wire.Path(tt.template, fixed, tt.args); err != nil || got != tt.want {
				t.Errorf("Path = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestPathMissesArguments(t *testing.T) {
	t.Parallel()
	_, err := wire.Path("/a/{x}/{y}", nil, []string{"1"})
	wantArgument(t, err, "y", "is required")
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "a/b", "a%2fb", "%", "%2", "Zoë", "a b", "\x00", "a;b", `\`, "{x}", "..%3b", "%252f", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path, err := wire.Path("/v1/patients/{id}/notes", nil, []string{id})
		if err != nil {
			if !errors.As(err, new(*caremux.ArgumentError)) {
				t.Errorf("error = %v, want an ArgumentError", err)
			}
			return
		}
		if n := strings.Count(path, "/"); n != 4 {
			t.Fatalf("%q gives %q with %d slashes", id, path, n)
		}
		u, err := url.Parse("https://example.org/base" + path + "?q=1")
		if err != nil {
			t.Fatalf("%q gives %q: %v", id, path, err)
		}
		if want := "/base/v1/patients/" + id + "/notes"; u.Path != want || u.RawQuery != "q=1" ||
			u.Fragment != "" || u.Host != "example.org" {
			t.Errorf("%q arrives as %q with query %q", id, u.Path, u.RawQuery)
		}
		if clean := u.JoinPath().Path; clean != u.Path {
			t.Errorf("%q gives %q, which a server may take as %q", id, u.Path, clean)
		}
		// A proxy that decodes once more must not find another structure either.
		if again, err := url.PathUnescape(id); err == nil && strings.ContainsAny(again, `/\?#`) {
			t.Errorf("%q decodes to %q at a second reading", id, again)
		}
	})
}
