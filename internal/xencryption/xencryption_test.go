package xencryption

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/caremux/caremux/internal/cbchmac"
)

const shared = "made-up-key-16-b"

func newKey(t testing.TB) *Key {
	t.Helper()
	k, err := NewKey("key-1", shared)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// respond seals as the service would, with a protected header that the response does not show.
func respond(t testing.TB, body, protected string, wholeTag bool, encoding *base64.Encoding) []byte {
	t.Helper()
	key, iv := []byte(shared+shared), bytes.Repeat([]byte{3}, 16)
	ciphertext, tag, err := cbchmac.Seal(key, iv, []byte(body), []byte(protected))
	if err != nil {
		t.Fatal(err)
	}
	if wholeTag {
		mac := hmac.New(sha256.New, []byte(shared))
		length := binary.BigEndian.AppendUint64(nil, uint64(8*len(protected)))
		for _, part := range [][]byte{[]byte(protected), iv, ciphertext, length} {
			mac.Write(part)
		}
		tag = mac.Sum(nil)
	}
	b, err := json.Marshal(map[string]string{
		"ciphertext": encoding.EncodeToString(ciphertext),
		"iv":         encoding.EncodeToString(iv),
		"tag":        encoding.EncodeToString(tag),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRequestIsAFlattenedJWE(t *testing.T) {
	const body = `{"name":"made up"}`
	var ivs []string
	for range 2 {
		sealed, err := newKey(t).Seal([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(sealed, &got); err != nil || len(got) != 5 || got["kid"] != "key-1" {
			t.Fatalf("%s, %v", sealed, err)
		}
		header, err := base64.RawURLEncoding.DecodeString(got["protected"])
		if err != nil || string(header) != `{"alg":"dir","enc":"A128CBC-HS256"}` {
			t.Errorf("%q, %v", header, err)
		}
		part := func(name string) []byte {
			b, err := base64.RawURLEncoding.DecodeString(got[name])
			if err != nil {
				t.Fatal(name, err)
			}
			return b
		}
		key := []byte(shared + shared)
		plain, err := cbchmac.Open(key, part("iv"), part("ciphertext"), []byte(got["protected"]), part("tag"))
		if err != nil || string(plain) != body || len(part("tag")) != 16 || len(part("iv")) != 16 {
			t.Errorf("%q, %v", plain, err)
		}
		ivs = append(ivs, got["iv"])
	}
	if ivs[0] == ivs[1] {
		t.Error("an initialisation vector is used twice")
	}
}

func TestResponseOpensInEachVariantOfTheSamples(t *testing.T) {
	// What the samples begin with.
	if !strings.HasPrefix(protectedSent, "eyJhbGciOiJk") || !strings.HasPrefix(protectedSpaced, "eyJhbGciOiAi") {
		t.Fatal(protectedGuesses)
	}
	for _, body := range []string{"", `{"name":"made up"}`, strings.Repeat("ä", 50000)} {
		for _, protected := range protectedGuesses {
			for _, wholeTag := range []bool{false, true} {
				for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.StdEncoding} {
					plain, sealed, err := newKey(t).Open(respond(t, body, protected, wholeTag, encoding))
					if err != nil || !sealed || string(plain) != body {
						t.Errorf("%s, %v: %d bytes, %v, %v", protected, wholeTag, len(plain), sealed, err)
					}
				}
			}
		}
	}
}

func TestWhatIsNotSealedIsReturnedAsItIs(t *testing.T) {
	for _, body := range []string{
		"", "null", "[]", `"text"`, "<html>", `{"error":{"code":"NOT_FOUND"}}`, `{"ciphertext":"","iv":""}`,
		`{"ciphertext":"","iv":"","tag":"","kid":""}`, `{"ciphertext":"","iv":"","tag":1}`,
		`{"ciphertext":"","iv":"","tag":null}`,
		`{"ciphertext":"","iv":"","Tag":""}`, `{"ciphertext":"","iv":"","tag":""} {}`, `{"ciphertext":"","iv":"","tag":""`,
	} {
		if plain, sealed, err := newKey(t).Open([]byte(body)); err != nil || sealed || string(plain) != body {
			t.Errorf("%s: %q, %v, %v", body, plain, sealed, err)
		}
	}
}

func TestWhatCannotBeOpenedIsAnErrorWithoutItsText(t *testing.T) {
	good := func() map[string]string {
		var m map[string]string
		if err := json.Unmarshal(respond(t, "made up", protectedSent, false, base64.RawURLEncoding), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	flip := func(text string) string { return string(text[0]^1) + text[1:] }
	for name, change := range map[string]func(map[string]string){
		"ciphertext altered":  func(m map[string]string) { m["ciphertext"] = flip(m["ciphertext"]) },
		"iv altered":          func(m map[string]string) { m["iv"] = flip(m["iv"]) },
		"tag altered":         func(m map[string]string) { m["tag"] = flip(m["tag"]) },
		"no tag":              func(m map[string]string) { m["tag"] = "" },
		"a tag of 8 bytes":    func(m map[string]string) { m["tag"] = m["tag"][:11] },
		"a tag of 24 bytes":   func(m map[string]string) { m["tag"] += "AAAAAAAAAAA" },
		"an iv of 12 bytes":   func(m map[string]string) { m["iv"] = m["iv"][:16] },
		"not base64":          func(m map[string]string) { m["iv"] = "?" },
		"an empty ciphertext": func(m map[string]string) { m["ciphertext"] = "" },
		"half a block":        func(m map[string]string) { m["ciphertext"] = m["ciphertext"][:8] },
	} {
		m := good()
		change(m)
		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		plain, sealed, err := newKey(t).Open(body)
		if !errors.Is(err, ErrOpen) || !sealed || plain != nil {
			t.Errorf("%s: %q, %v, %v", name, plain, sealed, err)
		}
		if ciphertext := good()["ciphertext"]; err != nil && strings.Contains(err.Error(), ciphertext[:8]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := NewKey("key-1", strings.ToUpper(shared))
	if err != nil {
		t.Fatal(err)
	}
	_, sealed, err := other.Open(respond(t, "made up", protectedSent, false, base64.RawURLEncoding))
	if !errors.Is(err, ErrOpen) || !sealed {
		t.Errorf("another key: %v", err)
	}
}

func TestKeysOfAnotherSizeAreRefusedAndNoneIsShown(t *testing.T) {
	for _, c := range [][2]string{
		{"", shared}, {"key-1", ""}, {"key-1", shared + "x"}, {"key-1", shared[1:]}, {"key-1", "ä" + shared[1:]},
	} {
		if k, err := NewKey(c[0], c[1]); err == nil || k != nil || c[1] != "" && strings.Contains(err.Error(), c[1]) {
			t.Errorf("%q: %v", c, err)
		}
	}
	k := newKey(t)
	type around struct {
		Key    *Key
		hidden Key
	}
	var out bytes.Buffer
	for _, v := range []any{k, *k, around{k, *k}, &around{k, *k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	for _, text := range []string{shared, fmt.Sprintf("%x", shared), strings.Trim(fmt.Sprint([]byte(shared)), "[]")} {
		if strings.Contains(out.String(), text) {
			t.Errorf("the key is shown: %s", text)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(respond(f, "made up", protectedSent, false, base64.RawURLEncoding))
	f.Add(respond(f, "made up", protectedSpaced, true, base64.StdEncoding))
	f.Add([]byte(`{"error":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		plain, sealed, err := newKey(t).Open(body)
		switch {
		case !sealed && (err != nil || !bytes.Equal(plain, body)):
			t.Fatalf("%q, %v", plain, err)
		case sealed && err != nil && (plain != nil || !errors.Is(err, ErrOpen)):
			t.Fatalf("%q, %v", plain, err)
		case sealed && err == nil && string(plain) != "made up":
			t.Fatalf("%q opens", body)
		}
	})
}
