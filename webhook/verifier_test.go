package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

const (
	signatureHeader = "Acme-Signature"
	tolerance       = 3 * time.Minute
	secret          = "whsec_one"
	older           = "whsec_before"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(t time.Time) webhook.Option { return webhook.WithClock(func() time.Time { return t }) }

func timestamped(t testing.TB, opts ...webhook.Option) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewTimestampedHMAC(signatureHeader, tolerance, []string{secret, older},
		append([]webhook.Option{at(noon)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const known = "48feeb82b4214e45e53ef6801a579f0d44262e0c3a87a4bfe7d6c123f8264c13"

// mac is what a sender computes, written again here so that the package does not check itself.
func mac(key, message string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(message))
	return hex.EncodeToString(h.Sum(nil))
}

func TestKnownSignature(t *testing.T) {
	// printf '1772366400.{"a":1}' | openssl dgst -sha256 -hmac whsec_one
	header := http.Header{signatureHeader: {"t=1772366400,v1=" + known}}
	if err := timestamped(t).Verify(header, []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if got := timestamped(t).Sign([]byte(`{"a":1}`), noon).Get(signatureHeader); got != header.Get(signatureHeader) {
		t.Errorf("Sign gives %q", got)
	}
}

func TestTimestampedSignature(t *testing.T) {
	const body = "{\"text\":\"Z\xfcrich \xff\x00\"}" // not UTF-8
	now := strconv.FormatInt(noon.Unix(), 10)
	good := mac(secret, now+"."+body)
	other := mac("another", now+"."+body)
	shift := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).Unix(), 10) }
	signed := func(ts string) string { return "t=" + ts + ",v1=" + mac(secret, ts+"."+body) }

	for name, c := range map[string]struct {
		headers []string
		want    error
	}{
		"right":                              {[]string{signed(now)}, nil},
		"signed with the second secret":      {[]string{"t=" + now + ",v1=" + mac(older, now+"."+body)}, nil},
		"second of two v1":                   {[]string{"t=" + now + ",v1=" + other + ",v1=" + good}, nil},
		"first of two v1":                    {[]string{"t=" + now + ",v1=" + good + ",v1=" + other}, nil},
		"seventh of seven v1":                {[]string{"t=" + now + strings.Repeat(",v1="+other, 6) + ",v1=" + good}, nil},
		"parts in the other order":           {[]string{"v1=" + good + ",t=" + now}, nil},
		"other versions beside it":           {[]string{"v0=x,t=" + now + ",v2=abc,v1=" + good + ",e="}, nil},
		"blanks around parts":                {[]string{" t=" + now + " ,\tv1=" + good + " "}, nil},
		"upper-case hex":                     {[]string{"t=" + now + ",v1=" + strings.ToUpper(good)}, nil},
		"leading zeros, signed so":           {[]string{signed("000" + now)}, nil},
		"leading zeros, signed without":      {[]string{"t=0" + now + ",v1=" + good}, webhook.ErrMismatch},
		"as old as may be":                   {[]string{signed(shift(-tolerance))}, nil},
		"a second too old":                   {[]string{signed(shift(-tolerance - time.Second))}, webhook.ErrTooOld},
		"as new as may be":                   {[]string{signed(shift(tolerance))}, nil},
		"a second too new":                   {[]string{signed(shift(tolerance + time.Second))}, webhook.ErrTooNew},
		"the year 1970":                      {[]string{signed("0")}, webhook.ErrTooOld},
		"milliseconds":                       {[]string{signed(now + "000")}, webhook.ErrTooNew},
		"the largest time":                   {[]string{signed(strings.Repeat("9", 18))}, webhook.ErrTooNew},
		"old and wrong":                      {[]string{"t=" + shift(-time.Hour) + ",v1=" + good}, webhook.ErrMismatch},
		"new and wrong":                      {[]string{"t=" + shift(time.Hour) + ",v1=" + good}, webhook.ErrMismatch},
		"another secret":                     {[]string{"t=" + now + ",v1=" + other}, webhook.ErrMismatch},
		"sum of the body alone":              {[]string{"t=" + now + ",v1=" + mac(secret, body)}, webhook.ErrMismatch},
		"one digit changed":                  {[]string{"t=" + now + ",v1=" + flip(good)}, webhook.ErrMismatch},
		"right sum under another version":    {[]string{"t=" + now + ",v0=" + good}, webhook.ErrMalformed},
		"no header":                          {nil, webhook.ErrNoSignature},
		"empty header":                       {[]string{""}, webhook.ErrNoSignature},
		"header twice":                       {[]string{signed(now), signed(now)}, webhook.ErrMalformed},
		"header twice, once empty":           {[]string{signed(now), ""}, webhook.ErrMalformed},
		"no t":                               {[]string{"v1=" + good}, webhook.ErrMalformed},
		"empty t":                            {[]string{"t=,v1=" + good}, webhook.ErrMalformed},
		"t twice":                            {[]string{"t=" + now + ",t=" + now + ",v1=" + good}, webhook.ErrMalformed},
		"t in upper case":                    {[]string{"T=" + now + ",v1=" + good}, webhook.ErrMalformed},
		"negative t":                         {[]string{signed("-" + now)}, webhook.ErrMalformed},
		"t with a plus":                      {[]string{signed("+" + now)}, webhook.ErrMalformed},
		"t with a fraction":                  {[]string{signed(now + ".5")}, webhook.ErrMalformed},
		"t with an exponent":                 {[]string{signed("1e9")}, webhook.ErrMalformed},
		"t with an underscore":               {[]string{signed("1_772_366_400")}, webhook.ErrMalformed},
		"t in digits of another script":      {[]string{signed("١٧٧٢٣٦٦٤٠٠")}, webhook.ErrMalformed},
		"t of 19 digits":                     {[]string{signed(strings.Repeat("9", 19))}, webhook.ErrMalformed},
		"t that wraps around 64 bits":        {[]string{signed("18446744075481918016")}, webhook.ErrMalformed},
		"no v1":                              {[]string{"t=" + now}, webhook.ErrMalformed},
		"empty v1":                           {[]string{"t=" + now + ",v1="}, webhook.ErrMalformed},
		"v1 a digit short":                   {[]string{"t=" + now + ",v1=" + good[:63]}, webhook.ErrMalformed},
		"v1 a byte short":                    {[]string{"t=" + now + ",v1=" + good[:62]}, webhook.ErrMalformed},
		"v1 a byte long":                     {[]string{"t=" + now + ",v1=" + good + "00"}, webhook.ErrMalformed},
		"v1 not hex":                         {[]string{"t=" + now + ",v1=" + strings.Repeat("g", 64)}, webhook.ErrMalformed},
		"v1 quoted":                          {[]string{"t=" + now + `,v1="` + good + `"`}, webhook.ErrMalformed},
		"one of two v1 short":                {[]string{"t=" + now + ",v1=" + good + ",v1=abcd"}, nil},
		"blank beside an equals sign":        {[]string{"t=" + now + ",v1= " + good}, webhook.ErrMalformed},
		"blank before an equals sign":        {[]string{"t =" + now + ",v1=" + good}, webhook.ErrMalformed},
		"CRLF between parts":                 {[]string{"t=" + now + ",\r\n v1=" + good}, webhook.ErrMalformed},
		"CRLF at the end":                    {[]string{signed(now) + "\r\n"}, webhook.ErrMalformed},
		"NUL at the end":                     {[]string{signed(now) + "\x00"}, webhook.ErrMalformed},
		"not ASCII in an unknown part":       {[]string{signed(now) + ",x=\xff"}, nil},
		"comma at the end":                   {[]string{signed(now) + ","}, nil},
		"comma at the start":                 {[]string{"," + signed(now)}, nil},
		"part without a value":               {[]string{signed(now) + ",x"}, nil},
		"part without a name":                {[]string{signed(now) + ",=x"}, nil},
		"flags and blanks between parts":     {[]string{"flag, ,t=" + now + ",,t,v1," + "v1=" + good + ",flag"}, nil},
		"a short v1 and no other":            {[]string{"t=" + now + ",v1=" + good[:62] + ",flag,"}, webhook.ErrMalformed},
		"a flag in place of t":               {[]string{"t,v1=" + good}, webhook.ErrMalformed},
		"two t, one of them empty":           {[]string{"t=" + now + ",t=,v1=" + good}, webhook.ErrMalformed},
		"semicolons for commas":              {[]string{"t=" + now + ";v1=" + good}, webhook.ErrMalformed},
		"bare sum":                           {[]string{good}, webhook.ErrMalformed},
		"blanks only":                        {[]string{" \t"}, webhook.ErrMalformed},
		"a separator only":                   {[]string{"="}, webhook.ErrMalformed},
		"a header of a hundred thousand t":   {[]string{strings.Repeat("t,", 100_000)}, webhook.ErrMalformed},
		"a header of a thousand wrong sums":  {[]string{"t=" + now + strings.Repeat(",v1="+other, 1000)}, webhook.ErrMismatch},
		"a thousand wrong sums and one good": {[]string{"t=" + now + strings.Repeat(",v1="+other, 1000) + ",v1=" + good}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := timestamped(t).Verify(http.Header{signatureHeader: c.headers}, []byte(body))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), good) || strings.Contains(err.Error(), now)) {
				t.Errorf("the error quotes the header: %v", err)
			}
			for _, other := range []error{
				webhook.ErrNoSignature, webhook.ErrMalformed, webhook.ErrMismatch, webhook.ErrTooOld, webhook.ErrTooNew,
			} {
				if other != c.want && errors.Is(err, other) {
					t.Errorf("the error matches %v too", other)
				}
			}
		})
	}
}

// flip changes the last hex digit.
func flip(hex string) string {
	last := byte('0')
	if hex[len(hex)-1] == '0' {
		last = '1'
	}
	return hex[:len(hex)-1] + string(last)
}

func TestEveryChangeOfABodyIsNoticed(t *testing.T) {
	v := timestamped(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	for name, body := range map[string][]byte{"empty": {}, "nil": nil, "JSON": []byte(`{"a": 1}`), "1 MiB": large} {
		t.Run(name, func(t *testing.T) {
			header := v.Sign(body, noon)
			if err := v.Verify(header, body); err != nil {
				t.Fatal(err)
			}
			if err := v.Verify(header, append(bytes.Clone(body), '\n')); !errors.Is(err, webhook.ErrMismatch) {
				t.Errorf("with a line break more: %v", err)
			}
			if len(body) == 0 {
				return
			}
			if err := v.Verify(header, body[:len(body)-1]); !errors.Is(err, webhook.ErrMismatch) {
				t.Errorf("with a byte less: %v", err)
			}
			for _, i := range []int{0, len(body) / 2, len(body) - 1} {
				changed := bytes.Clone(body)
				changed[i] ^= 1
				if err := v.Verify(header, changed); !errors.Is(err, webhook.ErrMismatch) {
					t.Errorf("with byte %d changed: %v", i, err)
				}
			}
		})
	}
}

func TestDigitsCannotMoveBetweenTimeAndBody(t *testing.T) {
	// Both messages are "1772366400.5.x": only the place of the first dot tells them apart, and t holds none.
	v := timestamped(t)
	header := v.Sign([]byte("5.x"), noon)
	header.Set(signatureHeader, strings.Replace(header.Get(signatureHeader), "t=1772366400", "t=1772366400.5", 1))
	if err := v.Verify(header, []byte("x")); !errors.Is(err, webhook.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestToleranceIsToTheNanosecond(t *testing.T) {
	header := timestamped(t).Sign(nil, noon)
	for name, c := range map[string]struct {
		now  time.Time
		want error
	}{
		"late, within":      {noon.Add(time.Minute), nil},
		"late, just beyond": {noon.Add(time.Minute + 1), webhook.ErrTooOld},
		"early, within":     {noon.Add(-time.Minute), nil},
		"early, beyond":     {noon.Add(-time.Minute - 1), webhook.ErrTooNew},
		"clock at zero":     {time.Time{}, webhook.ErrTooNew},
	} {
		t.Run(name, func(t *testing.T) {
			v := timestamped(t, webhook.WithTolerance(time.Minute), at(c.now))
			if err := v.Verify(header, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestOneSecretDoesNotStandForAnother(t *testing.T) {
	one, _ := webhook.NewTimestampedHMAC(signatureHeader, tolerance, []string{"new"}, at(noon))
	both, _ := webhook.NewTimestampedHMAC(signatureHeader, tolerance, []string{"new", "old", "new"}, at(noon))
	old, _ := webhook.NewTimestampedHMAC(signatureHeader, tolerance, []string{"old"}, at(noon))
	for name, c := range map[string]struct {
		signer, reader *webhook.Verifier
		want           error
	}{
		"before the change":        {old, both, nil},
		"after the change":         {one, both, nil},
		"the first secret signs":   {both, one, nil},
		"old one taken out":        {old, one, webhook.ErrMismatch},
		"new one not yet known":    {both, old, webhook.ErrMismatch},
		"another header's":         {plainVerifier(t), one, webhook.ErrNoSignature},
		"a verifier not made":      {one, new(webhook.Verifier), webhook.ErrMismatch},
		"no verifier":              {one, nil, webhook.ErrMismatch},
		"signed without a secret":  {nil, one, webhook.ErrNoSignature},
		"signed by one not made":   {new(webhook.Verifier), one, webhook.ErrNoSignature},
		"neither has been made":    {new(webhook.Verifier), new(webhook.Verifier), webhook.ErrMismatch},
		"shared header for a hash": {sharedVerifier(t), one, webhook.ErrNoSignature},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.reader.Verify(c.signer.Sign([]byte("x"), noon), []byte("x")); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func plainVerifier(t testing.TB) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewPlainHMAC("acme-plain", []string{secret, older})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPlainSignature(t *testing.T) {
	const body = `{"a":1}`
	good := mac(secret, body)
	for name, c := range map[string]struct {
		headers []string
		want    error
	}{
		"right":            {[]string{good}, nil},
		"second secret":    {[]string{mac(older, body)}, nil},
		"upper case":       {[]string{strings.ToUpper(good)}, nil},
		"blanks around":    {[]string{" " + good + "\t"}, nil},
		"another secret":   {[]string{mac("x", body)}, webhook.ErrMismatch},
		"one digit off":    {[]string{flip(good)}, webhook.ErrMismatch},
		"short":            {[]string{good[:62]}, webhook.ErrMalformed},
		"long":             {[]string{good + "00"}, webhook.ErrMalformed},
		"not hex":          {[]string{"z" + good[1:]}, webhook.ErrMalformed},
		"with a prefix":    {[]string{"sha256=" + good}, webhook.ErrMalformed},
		"two in one":       {[]string{good + "," + good}, webhook.ErrMalformed},
		"twice":            {[]string{good, good}, webhook.ErrMalformed},
		"line break after": {[]string{good + "\r\n"}, webhook.ErrMalformed},
		"empty":            {[]string{""}, webhook.ErrNoSignature},
		"missing":          {nil, webhook.ErrNoSignature},
	} {
		t.Run(name, func(t *testing.T) {
			if err := plainVerifier(t).Verify(http.Header{"Acme-Plain": c.headers}, []byte(body)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	v := plainVerifier(t)
	if err := v.Verify(v.Sign([]byte(body), noon), []byte(body)); err != nil {
		t.Errorf("its own signature: %v", err)
	}
}

func sharedVerifier(t testing.TB) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewSharedHeaders([]webhook.SharedHeader{
		{Name: "X-KEY", Values: []string{"key2", "key1"}},
		{Name: "X-SECRET", Values: []string{"secret2", "secret1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSharedHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		key, secret []string
		want        error
	}{
		"new pair":                   {[]string{"key2"}, []string{"secret2"}, nil},
		"old pair":                   {[]string{"key1"}, []string{"secret1"}, nil},
		"key with another's secret":  {[]string{"key2"}, []string{"secret1"}, webhook.ErrMismatch},
		"wrong secret":               {[]string{"key2"}, []string{"secret3"}, webhook.ErrMismatch},
		"wrong key":                  {[]string{"key"}, []string{"secret2"}, webhook.ErrMismatch},
		"beginning of the secret":    {[]string{"key2"}, []string{"secret"}, webhook.ErrMismatch},
		"more than the secret":       {[]string{"key2"}, []string{"secret22"}, webhook.ErrMismatch},
		"other case":                 {[]string{"key2"}, []string{"Secret2"}, webhook.ErrMismatch},
		"swapped":                    {[]string{"secret2"}, []string{"key2"}, webhook.ErrMismatch},
		"no secret":                  {[]string{"key2"}, nil, webhook.ErrNoSignature},
		"no key":                     {nil, []string{"secret2"}, webhook.ErrNoSignature},
		"empty secret":               {[]string{"key2"}, []string{""}, webhook.ErrNoSignature},
		"nothing":                    {nil, nil, webhook.ErrNoSignature},
		"secret twice, one is right": {[]string{"key2"}, []string{"x", "secret2"}, webhook.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"X-Key": c.key, "X-Secret": c.secret}
			if err := sharedVerifier(t).Verify(header, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	v := sharedVerifier(t)
	header := v.Sign(nil, noon)
	if header.Get("X-KEY") != "key2" || header.Get("X-SECRET") != "secret2" || len(header) != 2 {
		t.Errorf("Sign gives %v", header)
	}
	if err := v.Verify(header, nil); err != nil {
		t.Errorf("its own headers: %v", err)
	}
}

func TestConstructorsRefuse(t *testing.T) {
	hmacs := func(secrets ...string) func() error {
		return func() error {
			_, err := webhook.NewTimestampedHMAC("X", time.Minute, secrets)
			_, err2 := webhook.NewPlainHMAC("X", secrets)
			if (err == nil) != (err2 == nil) {
				t.Errorf("the two forms disagree: %v, %v", err, err2)
			}
			return err
		}
	}
	shared := func(h ...webhook.SharedHeader) func() error {
		return func() error { _, err := webhook.NewSharedHeaders(h); return err }
	}
	with := func(opts ...webhook.Option) func() error {
		return func() error {
			_, err := webhook.NewTimestampedHMAC("X", time.Minute, []string{"s"}, opts...)
			return err
		}
	}
	for name, c := range map[string]struct {
		make  func() error
		field string
	}{
		"no secrets":             {hmacs(), "secrets"},
		"an empty secret":        {hmacs(""), "secrets[0]"},
		"a blank secret":         {hmacs(" \t"), "secrets[0]"},
		"an empty second secret": {hmacs("a", ""), "secrets[1]"},
		"a secret with its line": {hmacs("a\n"), "secrets[0]"},
		"no header name":         {func() error { _, err := webhook.NewPlainHMAC("", []string{"s"}); return err }, "header"},
		"a bad header name":      {func() error { _, err := webhook.NewPlainHMAC("X Y", []string{"s"}); return err }, "header"},
		"a header name in UTF-8": {func() error {
			_, err := webhook.NewTimestampedHMAC("Ü", time.Minute, []string{"s"})
			return err
		}, "header"},
		"no tolerance": {func() error {
			_, err := webhook.NewTimestampedHMAC("X", 0, []string{"s"})
			return err
		}, "tolerance"},
		"tolerance option of nothing": {with(webhook.WithTolerance(0)), "WithTolerance"},
		"negative tolerance option":   {with(webhook.WithTolerance(-1)), "WithTolerance"},
		"no clock":                    {with(webhook.WithClock(nil)), "WithClock"},
		"tolerance without a time": {func() error {
			_, err := webhook.NewPlainHMAC("X", []string{"s"}, webhook.WithTolerance(1))
			return err
		}, "WithTolerance"},
		"tolerance of credentials": {func() error {
			_, err := webhook.NewSharedHeaders([]webhook.SharedHeader{{Name: "X", Values: []string{"s"}}}, webhook.WithTolerance(1))
			return err
		}, "WithTolerance"},
		"no headers":         {shared(), "headers"},
		"no values":          {shared(webhook.SharedHeader{Name: "X"}), "headers[0].Values"},
		"an empty value":     {shared(webhook.SharedHeader{Name: "X", Values: []string{"a", ""}}), "headers[0].Values[1]"},
		"a value with blank": {shared(webhook.SharedHeader{Name: "X", Values: []string{"a "}}), "headers[0].Values[0]"},
		"a value with CRLF":  {shared(webhook.SharedHeader{Name: "X", Values: []string{"a\r\nb"}}), "headers[0].Values[0]"},
		"a header twice": {shared(
			webhook.SharedHeader{Name: "X-A", Values: []string{"a"}}, webhook.SharedHeader{Name: "x-a", Values: []string{"a"}},
		), "headers[1].Name"},
		"half a pair": {shared(
			webhook.SharedHeader{Name: "A", Values: []string{"a", "b"}}, webhook.SharedHeader{Name: "B", Values: []string{"a"}},
		), "headers[1].Values"},
	} {
		t.Run(name, func(t *testing.T) {
			var e *webhook.ArgumentError
			if err := c.make(); !errors.As(err, &e) || e.Field != c.field {
				t.Errorf("got %v, want an error about %s", err, c.field)
			}
		})
	}
	if err := with(nil, webhook.WithTolerance(time.Hour))(); err != nil {
		t.Errorf("a nil option: %v", err)
	}
}
