package login

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"
)

func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestClaimsAreReadWhereTheyAreTimes(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]Claims{
		`{"exp":1700000000,"iat":1600000000}`:                  {time.Unix(1700000000, 0), time.Unix(1600000000, 0)},
		`{"exp":1700000000.9}`:                                 {time.Unix(1700000000, 0), time.Time{}},
		`{"exp":1.7e9,"iat":1600000000,"nbf":1650000000}`:      {time.Unix(1700000000, 0), time.Unix(1650000000, 0)},
		`{"exp":1700000000,"nbf":1500000000,"iat":1600000000}`: {time.Unix(1700000000, 0), time.Unix(1600000000, 0)},
		`{"exp":"1700000000","iat":true}`:                      {},
		`{"exp":-1,"iat":0}`:                                   {},
		`{"exp":1e300,"iat":100000000000}`:                     {},
		`{"exp":null}`:                                         {},
		`{}`:                                                   {},
	} {
		if got, ok := ParseClaims(jwt(payload)); !ok || !got.Expires.Equal(want.Expires) || !got.Issued.Equal(want.Issued) {
			t.Errorf("%s: %v, %v", payload, got, ok)
		}
	}
	for _, token := range []string{"", "opaque", "a.b", "a.e30.b.c", "a.!.b", jwt("[1]"), jwt("{"), jwt("")} {
		if got, ok := ParseClaims(token); ok || got != (Claims{}) {
			t.Errorf("%q: %v, %v", token, got, ok)
		}
	}
}

// FuzzClaims puts an expiry into a token.
func FuzzClaims(f *testing.F) {
	for _, exp := range []int64{1615232027, 1, 0, -1, 99_999_999_999, 100_000_000_000, 1 << 62} {
		f.Add(exp, `"exp"`, "e30", ".c2ln")
	}
	f.Add(int64(5), `"Exp"`, "", ".")
	f.Add(int64(5), `"e":{},"exp"`, ".", "")
	f.Fuzz(func(t *testing.T, exp int64, name, head, tail string) {
		payload := fmt.Sprintf(`{%s:%d}`, name, exp)
		token := head + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + tail
		claims, ok := ParseClaims(token)
		if !claims.Expires.IsZero() && (!ok || claims.Expires.Unix() < 0 || claims.Expires.Unix() >= 1e11) {
			t.Errorf("%s expires %v", token, claims.Expires)
		}
		want := exp > 0 && exp < 1e11
		if name == `"exp"` && head == "e30" && tail == ".c2ln" &&
			(!ok || claims.Expires.IsZero() == want || want && claims.Expires.Unix() != exp) {
			t.Errorf("%s expires %v, %v", payload, claims.Expires, ok)
		}
	})
}
