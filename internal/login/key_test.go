package login

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func keyOf(t testing.TB, vendor, base, environment string, names, secrets []string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return Key(vendor, u, Account{environment, names, secrets})
}

func TestAccountsThatDifferHaveDifferentKeys(t *testing.T) {
	t.Parallel()
	const base = "https://api.example.org/v1"
	seen := map[string]string{}
	for _, a := range []struct {
		vendor, base, environment string
		names, secrets            []string
	}{
		{"welkin", base, "", []string{"gh", "vc"}, []string{"s"}},
		{"clinik", base, "", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", "http://api.example.org/v1", "", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", "https://api.example.org:8443/v1", "", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", "https://api.example.org/v2", "", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", "https://api.example.org/V1", "", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", "https://api.example.org/%76%2F1", "", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", base, "sandbox", []string{"gh", "vc"}, []string{"s"}},
		{"welkin", base, "", []string{"gh vc", ""}, []string{"s"}},
		{"welkin", base, "", []string{"gh vc"}, []string{"s"}},
		{"welkin", base, "", []string{"ghvc"}, []string{"s"}},
		{"welkin", base, "", []string{"g", "hvc"}, []string{"s"}},
		{"welkin", base, "", []string{"gh\x00vc"}, []string{"s"}},
		{"welkin", base, "", []string{"gh", "vc", ""}, []string{"s"}},
		{"welkin", base, "", []string{"gh", "vc"}, []string{"S"}},
		{"welkin", base, "", []string{"gh", "vc"}, []string{"s", ""}},
		{"welkin", base, "", []string{"gh", "vc"}, []string{"", "s"}},
		{"welkin", base, "", []string{"gh", "vc", "s"}, nil},
	} {
		what := fmt.Sprintf("%q", a)
		key := keyOf(t, a.vendor, a.base, a.environment, a.names, a.secrets)
		if other, found := seen[key]; found {
			t.Errorf("%s and %s have the same key", what, other)
		}
		seen[key] = what
		if !strings.HasPrefix(key, a.vendor+"/") || len(key) != len(a.vendor)+1+64 {
			t.Errorf("key %q", key)
		}
	}
}

func TestSpellingsOfOneAddressHaveOneKey(t *testing.T) {
	t.Parallel()
	for _, bases := range [][]string{
		{"https://api.example.org", "https://api.example.org/", "HTTPS://API.example.org:443", "https://api.example.org:443//"},
		{"http://[::1]/x", "http://[::1]:80/x/"},
	} {
		want := keyOf(t, "v", bases[0], "", nil, nil)
		for _, base := range bases[1:] {
			if got := keyOf(t, "v", base, "", nil, nil); got != want {
				t.Errorf("%s has another key than %s", base, bases[0])
			}
		}
	}
}

// FuzzKey looks for two accounts with one key.
func FuzzKey(f *testing.F) {
	f.Add("a", "b", "s", "a", "b", "s")
	f.Add("a b", "", "s", "a", "b", "s")
	f.Add("a", "b", "s", "a", "bs", "")
	f.Fuzz(func(t *testing.T, name1, name2, secret, other1, other2, otherSecret string) {
		const base = "https://api.example.org"
		one := keyOf(t, "v", base, "", []string{name1, name2}, []string{secret})
		other := keyOf(t, "v", base, "", []string{other1, other2}, []string{otherSecret})
		if same := name1 == other1 && name2 == other2 && secret == otherSecret; same != (one == other) {
			t.Errorf("same account: %v, same key: %v", same, one == other)
		}
	})
}
