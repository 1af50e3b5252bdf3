package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

// families are schemes of the usual kind, under names that anybody may have.
func families() map[string]webhook.HMACScheme {
	dotted := func(name string) func(http.Header, []byte) []byte {
		return func(header http.Header, body []byte) []byte {
			return []byte(header.Get("Msg-Id") + "." + header.Get(name) + "." + string(body))
		}
	}
	return map[string]webhook.HMACScheme{
		"hex":              {Header: "x-signature"},
		"hex with prefix":  {Header: "X-Signature-256", Prefix: "sha256="},
		"base64":           {Header: "X-Signature", Encoding: webhook.Base64},
		"base64url":        {Header: "X-Signature", Encoding: webhook.Base64URL, Hash: sha512.New},
		"sha1":             {Header: "X-Signature", Prefix: "sha1=", Hash: sha1.New},
		"time in a header": {Header: "X-Signature", TimeHeader: "X-Time", Tolerance: time.Minute},
		"versions": {Header: "X-Signature", Prefix: "v0=", TimeHeader: "X-Time", Tolerance: time.Minute,
			Signed: func(header http.Header, body []byte) []byte {
				return append([]byte("v0:"+header.Get("X-Time")+":"), body...)
			}},
		"several in one header": {Header: "Msg-Signature", Prefix: "v1,", Separator: " ", Encoding: webhook.Base64,
			TimeHeader: "Msg-Timestamp", Tolerance: time.Minute, Signed: dotted("Msg-Timestamp")},
	}
}

func hmacVerifier(t testing.TB, s webhook.HMACScheme, secrets ...string) *webhook.Verifier {
	t.Helper()
	s.Secrets = secrets
	v, err := webhook.NewHMAC(s, webhook.WithClock(func() time.Time { return noon }))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemesOfTheUsualFamily(t *testing.T) {
	body := []byte(`{"id":1}`)
	for name, s := range families() {
		t.Run(name, func(t *testing.T) {
			v := hmacVerifier(t, s, "new-secret-of-some-length", "old-secret-of-some-length")
			signed := v.Sign(body, noon)
			key := http.CanonicalHeaderKey(s.Header)
			with := func(change func(string) string) http.Header {
				h := signed.Clone()
				h.Set(s.Header, change(h.Get(s.Header)))
				return h
			}
			small := http.Header{}
			for name, values := range signed {
				small[strings.ToLower(name)] = values
			}
			twice := signed.Clone()
			twice.Add(s.Header, signed.Get(s.Header))
			missing := signed.Clone()
			missing.Del(s.Header)
			for what, c := range map[string]struct {
				header http.Header
				body   []byte
				want   error
			}{
				"as signed":                    {signed, body, nil},
				"under names in small letters": {small, body, nil},
				"signed with the old secret":   {hmacVerifier(t, s, "old-secret-of-some-length").Sign(body, noon), body, nil},
				"signed with another": {
					hmacVerifier(t, s, "another-secret-of-a-length").Sign(body, noon), body, webhook.ErrMismatch,
				},
				"blanks around it": {with(func(v string) string { return " " + v + "\t" }), body, nil},
				"no signature":     {missing, body, webhook.ErrNoSignature},
				"an empty one":     {with(func(string) string { return "" }), body, webhook.ErrNoSignature},
				"the header twice": {twice, body, webhook.ErrMalformed},
				"another body":     {signed, []byte(`{"id":2}`), webhook.ErrMismatch},
				"an empty body":    {signed, nil, webhook.ErrEmptyBody},
				"a longer body":    {signed, append(bytes.Clone(body), ' '), webhook.ErrMismatch},
				"cut":              {with(func(v string) string { return v[:len(v)-3] }), body, webhook.ErrMalformed},
				"longer":           {with(func(v string) string { return v + "00" }), body, webhook.ErrMalformed},
				"a line break within": {with(func(v string) string {
					return v[:len(v)-9] + "\r\n" + v[len(v)-9:]
				}), body, webhook.ErrMalformed},
				"nonsense": {with(func(string) string { return s.Prefix + "nonsense" }), body, webhook.ErrMalformed},
			} {
				if err := v.Verify(c.header, c.body); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%s: %v, want %v (%s)", what, err, c.want, c.header[key])
				}
			}
			if s.TimeHeader == "" {
				return
			}
			for what, c := range map[string]struct {
				at   time.Time
				want error
			}{
				"a minute old":    {noon.Add(-time.Minute), nil},
				"too old":         {noon.Add(-61 * time.Second), webhook.ErrTooOld},
				"from the future": {noon.Add(61 * time.Second), webhook.ErrTooNew},
			} {
				if err := v.Verify(v.Sign(body, c.at), body); !errors.Is(err, c.want) {
					t.Errorf("%s: %v", what, err)
				}
			}
			for _, odd := range []string{"", "1e9", "-1", "+1", "0x1", "1234567890123456789", "12 ", "a"} {
				h := signed.Clone()
				h.Set(s.TimeHeader, odd)
				if err := v.Verify(h, body); err == nil {
					t.Errorf("time %q is accepted", odd)
				}
			}
			h := signed.Clone() // a digit that goes from the time to the body
			at := h.Get(s.TimeHeader)
			h.Set(s.TimeHeader, at[:len(at)-1])
			if err := v.Verify(h, append([]byte(at[len(at)-1:]), body...)); !errors.Is(err, webhook.ErrMismatch) {
				t.Errorf("a byte moved from the time to the body: %v", err)
			}
			h = signed.Clone()
			h.Add(s.TimeHeader, at)
			if err := v.Verify(h, body); !errors.Is(err, webhook.ErrMalformed) {
				t.Errorf("two times: %v", err)
			}
		})
	}
}

// The sums are computed here once more, with nothing but package hmac.
func TestSchemesSignWhatTheySay(t *testing.T) {
	body := []byte(`{"id":1}`)
	sum := func(h func() hash.Hash, message string) []byte {
		m := hmac.New(h, []byte("a-secret-of-some-length"))
		m.Write([]byte(message))
		return m.Sum(nil)
	}
	at := strconv.FormatInt(noon.Unix(), 10)
	all := families()
	for name, want := range map[string]string{
		"hex with prefix":       "sha256=" + hex.EncodeToString(sum(sha256.New, string(body))),
		"base64":                base64.StdEncoding.EncodeToString(sum(sha256.New, string(body))),
		"base64url":             base64.URLEncoding.EncodeToString(sum(sha512.New, string(body))),
		"sha1":                  "sha1=" + hex.EncodeToString(sum(sha1.New, string(body))),
		"time in a header":      hex.EncodeToString(sum(sha256.New, at+"."+string(body))),
		"versions":              "v0=" + hex.EncodeToString(sum(sha256.New, "v0:"+at+":"+string(body))),
		"several in one header": "v1," + base64.StdEncoding.EncodeToString(sum(sha256.New, "."+at+"."+string(body))),
	} {
		if got := hmacVerifier(t, all[name], "a-secret-of-some-length").Sign(body, noon).Get(all[name].Header); got != want {
			t.Errorf("%s: signed %s, want %s", name, got, want)
		}
	}
}

func TestOneOfSeveralSignaturesSuffices(t *testing.T) {
	s := families()["several in one header"]
	v, body := hmacVerifier(t, s, "a-secret-of-some-length"), []byte("{}")
	signed := v.Sign(body, noon)
	good := signed.Get(s.Header)
	other := hmacVerifier(t, s, "another-secret-of-a-length").Sign(body, noon).Get(s.Header)
	for text, want := range map[string]error{
		other + " " + good:                nil,
		good + " v1a,abc v2 ":             nil,
		" " + good:                        nil,
		other:                             webhook.ErrMismatch,
		other + " " + other:               webhook.ErrMismatch,
		"v1a," + good[3:] + " v1":         webhook.ErrMalformed,
		strings.ReplaceAll(good, "=", ""): webhook.ErrMalformed,
	} {
		h := signed.Clone()
		h.Set(s.Header, text)
		if err := v.Verify(h, body); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestURLSafeSumsNeedNoPadding(t *testing.T) {
	v, body := hmacVerifier(t, webhook.HMACScheme{Header: "S", Encoding: webhook.Base64URL}, "a-secret-of-some-length"), []byte("{}")
	h := v.Sign(body, noon)
	h.Set("S", strings.TrimRight(h.Get("S"), "="))
	if err := v.Verify(h, body); err != nil {
		t.Error(err)
	}
}

func TestBadSchemesAreRefusedWhenTheyAreMade(t *testing.T) {
	tiny := func() hash.Hash { return tinyHash{sha256.New()} }
	for field, change := range map[string]func(*webhook.HMACScheme){
		"Header":     func(s *webhook.HMACScheme) { s.Header = "" },
		"Header ":    func(s *webhook.HMACScheme) { s.Header = "a b" },
		"Secrets":    func(s *webhook.HMACScheme) { s.Secrets = nil },
		"Secrets[1]": func(s *webhook.HMACScheme) { s.Secrets = []string{"x", ""} },
		"Secrets[0]": func(s *webhook.HMACScheme) { s.Secrets = []string{"x\n"} },
		"TimeHeader": func(s *webhook.HMACScheme) { s.TimeHeader, s.Tolerance = "x-SIG", time.Minute },
		"Tolerance":  func(s *webhook.HMACScheme) { s.TimeHeader = "T" },
		"Tolerance ": func(s *webhook.HMACScheme) { s.Tolerance = time.Minute },
		"Encoding":   func(s *webhook.HMACScheme) { s.Encoding = 3 },
		"Hash":       func(s *webhook.HMACScheme) { s.Hash = tiny },
		"Prefix":     func(s *webhook.HMACScheme) { s.Prefix, s.Separator = "v1,", "," },
		"Signed":     func(s *webhook.HMACScheme) { s.Signed = func(http.Header, []byte) []byte { return []byte("x") } },
		"Signed ": func(s *webhook.HMACScheme) {
			s.Signed = func(h http.Header, b []byte) []byte { return append([]byte(h["X-Id"][0]), b...) }
		},
		"Signed  ": func(s *webhook.HMACScheme) {
			s.TimeHeader, s.Tolerance, s.Signed = "T", time.Minute, func(_ http.Header, b []byte) []byte { return b }
		},
	} {
		s := webhook.HMACScheme{Header: "X-Sig", Secrets: []string{"a-secret-of-some-length"}}
		change(&s)
		var e *webhook.ArgumentError
		if _, err := webhook.NewHMAC(s); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

type tinyHash struct{ hash.Hash }

func (tinyHash) Size() int             { return 8 }
func (h tinyHash) Sum(b []byte) []byte { return append(b, h.Hash.Sum(nil)[:8]...) }

// ownScheme is one that no constructor of the package covers.
type ownScheme struct{ err error }

func (s ownScheme) Headers() []string        { return []string{"x-own"} }
func (s ownScheme) Tolerance() time.Duration { return 0 }
func (s ownScheme) Verify(header http.Header, body []byte) error {
	text, err := webhook.SignatureHeader(header, "X-Own")
	switch {
	case err != nil:
		return err
	case s.err != nil:
		return s.err
	case text != strconv.Itoa(len(body)):
		return webhook.ErrMismatch
	}
	return nil
}

func TestASchemeOfOnesOwn(t *testing.T) {
	if _, err := webhook.NewVerifier(nil); err == nil {
		t.Error("a verifier of no scheme")
	}
	private := errors.New("private: Zanzibarra")
	for name, c := range map[string]struct {
		scheme ownScheme
		header http.Header
		want   error
	}{
		"right":                    {ownScheme{}, http.Header{"x-own": {"2"}}, nil},
		"wrong":                    {ownScheme{}, http.Header{"X-Own": {"3"}}, webhook.ErrMismatch},
		"missing":                  {ownScheme{}, http.Header{}, webhook.ErrNoSignature},
		"twice":                    {ownScheme{}, http.Header{"X-Own": {"2", "2"}}, webhook.ErrMalformed},
		"twice in different cases": {ownScheme{}, http.Header{"X-Own": {"2"}, "x-own": {"2"}}, webhook.ErrMalformed},
		"an error of its own":      {ownScheme{private}, http.Header{"X-Own": {"2"}}, webhook.ErrMismatch},
	} {
		v, err := webhook.NewVerifier(c.scheme)
		if err != nil {
			t.Fatal(err)
		}
		err = v.Verify(c.header, []byte("{}"))
		if !errors.Is(err, c.want) || err != nil && strings.Contains(err.Error(), "Zanzibarra") {
			t.Errorf("%s: %v", name, err)
		}
		if c.scheme.err != nil && !errors.Is(err, private) {
			t.Errorf("%s: %v does not wrap it", name, err)
		}
		if got := v.Sign(nil, noon); len(got) != 0 {
			t.Errorf("%s: signed %v", name, got)
		}
	}
}

func FuzzHMAC(f *testing.F) {
	all := families()
	var names []string
	for name, s := range all {
		names = append(names, name)
		h := hmacVerifier(f, s, "a-secret-of-some-length").Sign([]byte("{}"), noon)
		f.Add(name, h.Get(s.Header), h.Get(s.TimeHeader), []byte("{}"))
	}
	f.Add(names[0], "sha256=", "1", []byte(nil))
	f.Fuzz(func(t *testing.T, name, signature, at string, body []byte) {
		s, ok := all[name]
		if !ok {
			return
		}
		v := hmacVerifier(t, s, "a-secret-of-some-length")
		header := http.Header{http.CanonicalHeaderKey(s.Header): {signature}}
		if s.TimeHeader != "" {
			header[http.CanonicalHeaderKey(s.TimeHeader)] = []string{at}
		}
		if v.Verify(header, body) != nil {
			return
		}
		// Accepted: then it has the sum of just this, computed once more.
		message := body
		if t := strings.Trim(at, " \t"); s.Signed != nil {
			message = s.Signed(header, body)
		} else if s.TimeHeader != "" {
			message = []byte(t + "." + string(body))
		}
		h := s.Hash
		if h == nil {
			h = sha256.New
		}
		m := hmac.New(h, []byte("a-secret-of-some-length"))
		m.Write(message)
		sum := m.Sum(nil)
		for _, text := range []string{
			hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum), base64.RawURLEncoding.EncodeToString(sum),
		} {
			if strings.Contains(signature, s.Prefix+text) || strings.Contains(strings.ToLower(signature), s.Prefix+text) {
				return
			}
		}
		t.Errorf("%s: %q is accepted for %q", name, signature, body)
	})
}
