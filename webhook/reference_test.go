package webhook_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

// The format once more, as a grammar, with nothing in common with the parser but the documentation.
var (
	refPart = regexp.MustCompile(`(?s)\A[ \t]*(t|v1)=(.*?)[ \t]*\z`)
	refTime = regexp.MustCompile(`\A[0-9]{1,18}\z`)
	refSum  = regexp.MustCompile(`\A[0-9a-fA-F]{64}\z`)
)

// reference judges a delivery as [webhook.Verifier.Verify] should.
func reference(values []string, body []byte, secrets []string, now time.Time, tolerance time.Duration) error {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return webhook.ErrNoSignature
	}
	if len(values) > 1 {
		return webhook.ErrMalformed
	}
	parts := map[string][]string{}
	for part := range strings.SplitSeq(values[0], ",") {
		m := refPart.FindStringSubmatch(part)
		if m != nil && (m[1] == "t" || refSum.MatchString(m[2])) {
			parts[m[1]] = append(parts[m[1]], m[2])
		}
	}
	if len(parts["t"]) != 1 || !refTime.MatchString(parts["t"][0]) || len(parts["v1"]) == 0 {
		return webhook.ErrMalformed
	}
	right := false
	for _, v1 := range parts["v1"] {
		for _, s := range secrets {
			right = right || strings.ToLower(v1) == mac(s, parts["t"][0]+"."+string(body))
		}
	}
	if !right {
		return webhook.ErrMismatch
	}
	t, _ := new(big.Int).SetString(parts["t"][0], 10)
	nano := big.NewInt(int64(time.Second))
	ahead := t.Mul(t, nano)
	ahead.Sub(ahead, new(big.Int).Add(new(big.Int).Mul(big.NewInt(now.Unix()), nano), big.NewInt(int64(now.Nanosecond()))))
	limit := big.NewInt(int64(tolerance))
	switch {
	case ahead.Cmp(limit) > 0:
		return webhook.ErrTooNew
	case ahead.Cmp(limit.Neg(limit)) < 0:
		return webhook.ErrTooOld
	}
	return nil
}

// agree fails unless both judge alike.
func agree(t *testing.T, v *webhook.Verifier, values []string, body []byte) (verdict error) {
	t.Helper()
	want := reference(values, body, []string{secret, older}, noon, tolerance)
	got := v.Verify(http.Header{signatureHeader: values}, body)
	if !errors.Is(got, want) || got != nil && want == nil {
		t.Fatalf("Verify says %v, the reference %v\nheader %q\nbody %q", got, want, values, body)
	}
	return want
}

// sign puts right sums into a header: @ stands for the first secret's, # for the second's, over the first t in the header.
func sign(header string, body []byte) string {
	if !strings.ContainsAny(header, "@#") {
		return header
	}
	t := ""
	if m := regexp.MustCompile(`t=([^, \t]*)`).FindStringSubmatch(header); m != nil {
		t = m[1]
	}
	message := t + "." + string(body)
	return strings.NewReplacer("@", mac(secret, message), "#", mac(older, message)).Replace(header)
}

func TestVerifyAgreesWithASecondImplementation(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 6))
	now := noon.Unix()
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	v := timestamped(t)
	verdicts := map[error]int{}
	for range 20_000 {
		var parts []string
		for range 1 + r.IntN(4) {
			switch r.IntN(10) {
			case 0, 1, 2, 3:
				parts = append(parts, "t="+strconv.FormatInt(now+r.Int64N(500)-250, 10))
			case 4:
				parts = append(parts, "t="+pick("", "-1", "+1", "0", "00", "1e3", strings.Repeat("9", 16+r.IntN(6)), " 1", "1 "))
			case 5:
				parts = append(parts, pick("v0", "v2", "V1", "v1 ", "T", "tt", "x", "")+pick("=", "==", "")+pick("", "@", "1", "\xff"))
			case 6:
				parts = append(parts, "v1="+pick("", "zz", strings.Repeat("0", 60+r.IntN(8)), "@0", "0@", " @"))
			default:
				parts = append(parts, "v1="+pick("@", "@", "#", strings.Repeat("ab", 32), strings.Repeat("F", 64)))
			}
		}
		header := strings.Join(parts, pick(",", ",", ",", ",", ", ", "\t,", ",,", ";", "\r\n,"))
		if r.IntN(20) == 0 {
			header += pick(",", " ", "\n", "\x00", "=")
		}
		body := []byte(pick("", "{}", "\xff\xfe", "."))
		values := []string{sign(header, body)}
		switch r.IntN(30) {
		case 0:
			values = append(values, values[0])
		case 1:
			values = nil
		}
		if r.IntN(10) == 0 {
			body = append(body, '!')
		}
		verdicts[agree(t, v, values, body)]++
	}
	// Each verdict must have come up, or the test proves little.
	for _, want := range []error{
		nil, webhook.ErrNoSignature, webhook.ErrMalformed, webhook.ErrMismatch, webhook.ErrTooOld, webhook.ErrTooNew,
	} {
		if verdicts[want] < 20 {
			t.Errorf("%v came up only %d times", want, verdicts[want])
		}
	}
	t.Logf("verdicts: %v", verdicts)
}

func FuzzTimestampedSignature(f *testing.F) {
	now := strconv.FormatInt(noon.Unix(), 10)
	for _, header := range []string{
		"t=" + now + ",v1=@", "t=" + now + ",v1=#", "v1=@,t=" + now, "t=" + now + ",v1=" + strings.Repeat("0", 64) + ",v1=@",
		" t=" + now + " , v1=@ ", "t=0,v1=@", "t=999999999999999999,v1=@", "t=-1,v1=@", "t=1,t=2,v1=@", "v1=@", "t=" + now,
		"t=" + now + ",v1=@,", "t=" + now + ",v1=@\r\n", "t=0" + now + ",v1=@", "t=" + now + ",v1=@0", "", ",", "=", "@",
	} {
		f.Add(header, []byte(`{"a":1}`))
	}
	v := timestamped(f)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		header = sign(header, body)
		if agree(t, v, []string{header}, body) == nil {
			// What is accepted is accepted for this body and this secret only.
			if err := v.Verify(http.Header{signatureHeader: {header}}, append(body, 0)); !errors.Is(err, webhook.ErrMismatch) {
				t.Fatalf("accepted with another body: %v", err)
			}
			if agree(t, v, []string{header, header}, body) == nil {
				t.Fatal("accepted twice over")
			}
		}
	})
}

func FuzzPlainSignature(f *testing.F) {
	for _, header := range []string{"@", "#", " @\t", "@0", "0@", "sha256=@", "@,@", "", strings.Repeat("0", 64)} {
		f.Add(header, []byte(`{"a":1}`))
	}
	v, form := plainVerifier(f), regexp.MustCompile(`\A[ \t]*([0-9a-fA-F]{64})[ \t]*\z`)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		header = strings.NewReplacer("@", mac(secret, string(body)), "#", mac(older, string(body))).Replace(header)
		var want error
		switch m := form.FindStringSubmatch(header); {
		case header == "":
			want = webhook.ErrNoSignature
		case m == nil:
			want = webhook.ErrMalformed
		case strings.ToLower(m[1]) != mac(secret, string(body)) && strings.ToLower(m[1]) != mac(older, string(body)):
			want = webhook.ErrMismatch
		}
		if got := v.Verify(http.Header{"Acme-Plain": {header}}, body); !errors.Is(got, want) || got != nil && want == nil {
			t.Fatalf("got %v, want %v for %q", got, want, header)
		}
	})
}

func FuzzSharedHeaders(f *testing.F) {
	f.Add("key2", "secret2")
	f.Add("key1", "secret1")
	f.Add("key2", "secret1")
	f.Add("", "secret2")
	v := sharedVerifier(f)
	f.Fuzz(func(t *testing.T, key, secret string) {
		want := webhook.ErrMismatch
		switch pair := key + "|" + secret; {
		case key == "" || secret == "":
			want = webhook.ErrNoSignature
		case pair == "key2|secret2" || pair == "key1|secret1":
			want = nil
		}
		if got := v.Verify(http.Header{"X-Key": {key}, "X-Secret": {secret}}, nil); !errors.Is(got, want) || got != nil && want == nil {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
