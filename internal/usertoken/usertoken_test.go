package usertoken

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// secret is made up: the bytes 0 to 31.
const secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

var issued = time.Date(2026, time.November, 28, 10, 0, 0, 999, time.FixedZone("IST", 19800))

func claims() Claims {
	return Claims{Issuer: "made-up", Subject: "user-1", ID: "token-1", IssuedAt: issued}
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSignatureIsThatOfTheRFC(t *testing.T) { // RFC 7515, appendix A.1
	const signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." +
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	key := decode(t, "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	if got := encode(hs256(key, signed)); got != "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" {
		t.Error(got)
	}
}

func TestEncryptionIsThatOfTheRFC(t *testing.T) { // RFC 7516, appendix A.1.4 to A.1.6
	key := []byte{
		177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246,
		138, 7, 110, 91, 112, 46, 34, 105, 47, 130, 203, 46, 122, 234, 64, 252,
	}
	iv := []byte{227, 197, 117, 252, 2, 219, 233, 68, 180, 225, 77, 219}
	const data = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ"
	plaintext := []byte("The true sign of intelligence is not knowledge but imagination.")
	ciphertext, tag, err := a256gcm(key, iv, plaintext, data)
	if err != nil || encode(tag) != "XFBoMYUZodetZdvTiFvSkQ" ||
		encode(ciphertext) != "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A" {
		t.Errorf("%s, %s, %v", encode(ciphertext), encode(tag), err)
	}
}

func TestSignedTokenHasTheClaims(t *testing.T) {
	for _, padded := range []string{secret, secret + "="} {
		token, err := Sign("key-1", padded, claims())
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(token, ".")
		if len(parts) != 3 || string(decode(t, parts[0])) != `{"alg":"HS256","kid":"key-1","typ":"JWT"}` {
			t.Fatal(token)
		}
		const want = `{"iss":"made-up","aud":"https://eka.care","sub":"user-1",` +
			`"iat":1795840200,"exp":1795840500,"jti":"token-1"}`
		if got := string(decode(t, parts[1])); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if parts[2] != encode(hs256(decode(t, secret), parts[0]+"."+parts[1])) {
			t.Error("the signature does not fit")
		}
	}
}

func TestEncryptedTokenHasTheSameClaims(t *testing.T) {
	c := claims()
	c.Subject, c.Mobile, c.Expires = "", "+910000000000", issued.Add(time.Minute)
	ivs := map[string]bool{}
	for range 3 {
		token, err := Encrypt("key-1", secret, c)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(token, ".")
		const header = `{"alg":"dir","enc":"A256GCM","kid":"key-1","typ":"JWT"}`
		if len(parts) != 5 || parts[1] != "" || string(decode(t, parts[0])) != header {
			t.Fatal(token)
		}
		block, err := aes.NewCipher(decode(t, secret))
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		sealed := append(decode(t, parts[3]), decode(t, parts[4])...)
		payload, err := aead.Open(nil, decode(t, parts[2]), sealed, []byte(parts[0]))
		var got map[string]any
		if err != nil || json.Unmarshal(payload, &got) != nil || len(got) != 6 {
			t.Fatalf("%s, %v", payload, err)
		}
		for name, want := range map[string]any{
			"iss": "made-up", "aud": Audience, "mobile": "+910000000000",
			"iat": 1795840200.0, "exp": 1795840260.0, "jti": "token-1",
		} {
			if got[name] != want {
				t.Errorf("%s is %v, want %v", name, got[name], want)
			}
		}
		if ivs[parts[2]] {
			t.Error("an initialisation vector is used twice")
		}
		ivs[parts[2]] = true
	}
}

func TestWhatTheVendorWouldRefuseIsAnErrorThatNamesTheField(t *testing.T) {
	for name, c := range map[string]struct {
		kid, secret string
		change      func(*Claims)
		field       string
	}{
		"no key id":            {"", secret, func(*Claims) {}, "kid"},
		"no secret":            {"k", "", func(*Claims) {}, "secret"},
		"a secret of 31 bytes": {"k", secret[:42], func(*Claims) {}, "secret"},
		"a secret of 33 bytes": {"k", secret + "A", func(*Claims) {}, "secret"},
		"a secret in hex":      {"k", strings.Repeat("0f", 32), func(*Claims) {}, "secret"},
		"a secret of text":     {"k", "not base64 at all, whatever it says", func(*Claims) {}, "secret"},
		"no issuer":            {"k", secret, func(c *Claims) { c.Issuer = "" }, "iss"},
		"no user":              {"k", secret, func(c *Claims) { c.Subject = "" }, "sub"},
		"no id":                {"k", secret, func(c *Claims) { c.ID = "" }, "jti"},
		"no time":              {"k", secret, func(c *Claims) { c.IssuedAt = time.Time{} }, "iat"},
		"expired at once":      {"k", secret, func(c *Claims) { c.Expires = issued }, "exp"},
		"expired before":       {"k", secret, func(c *Claims) { c.Expires = issued.Add(-time.Hour) }, "exp"},
		"less than a second":   {"k", secret, func(c *Claims) { c.Expires = issued.Add(time.Millisecond) }, "exp"},
		"too long":             {"k", secret, func(c *Claims) { c.Expires = issued.Add(MaxLifetime + time.Second) }, "exp"},
	} {
		in := claims()
		c.change(&in)
		for _, token := range []func(string, string, Claims) (string, error){Sign, Encrypt} {
			got, err := token(c.kid, c.secret, in)
			var e *FieldError
			if got != "" || !errors.As(err, &e) || e.Field != c.field {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			if err != nil && c.secret != "" && strings.Contains(err.Error(), c.secret) {
				t.Errorf("%s: the error shows the secret", name)
			}
		}
	}
	longest := claims()
	longest.Expires = issued.Add(MaxLifetime)
	if _, err := Sign("k", secret, longest); err != nil {
		t.Error(err)
	}
}
