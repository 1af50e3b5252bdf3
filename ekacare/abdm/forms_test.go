package abdm

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// compressedX509 is a key of BouncyCastle 1.72 with point and base point compressed, and compressedPoint the point.
const (
	compressedX509 = "MIHxMIHKBgcqhkjOPQIBMIG+AgEBMCsGByqGSM49AQECIH/////////////////////////////////////////tMEQEICqqqqqq" +
		"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqphJFKFEBCB7Ql7Ql7Ql7Ql7Ql7Ql7Ql7Ql7Ql7Ql7QmC16cdxDIZAQhAyqqqqqqqqqqqqqq" +
		"qqqqqqqqqqqqqqqqqqqqqqqqrSRaAiAQAAAAAAAAAAAAAAAAAAAAFN753qL3nNZYEmMaXPXT7QIBCAMiAAMhz7HzLbxb2p46Zjro" +
		"vcMH0dYeAeZm07omfKeQ75yPEw=="
	compressedPoint = "AyHPsfMtvFvanjpmOui9wwfR1h4B5mbTuiZ8p5DvnI8T"
)

// forms returns how one key set may arrive: the form that is replied in, and the text.
func forms(k *KeySet) map[string]struct {
	encoding Encoding
	text     string
} {
	raw, x509 := k.KeyMaterial(EncodingRaw).DHPublicKey.KeyValue, k.KeyMaterial(EncodingX509).DHPublicKey.KeyValue
	escape := strings.NewReplacer("+", `\u002B`, "/", `\u002F`, "=", `\u003D`).Replace
	url := strings.NewReplacer("+", "-", "/", "_").Replace
	lines := func(text string) string {
		return strings.Join(slices.Collect(chunks(text, 76)), "\r\n")
	}
	type form = struct {
		encoding Encoding
		text     string
	}
	compressed := append([]byte{2 + k.keys.public[64]&1}, k.keys.public[1:33]...)
	return map[string]form{
		"raw":                      {EncodingRaw, raw},
		"raw, escaped":             {EncodingRaw, escape(raw)},
		"raw, escaped twice":       {EncodingRaw, strings.ReplaceAll(escape(raw), `\`, `\\`)},
		"raw, escaped, small":      {EncodingRaw, strings.NewReplacer("+", `\u002b`, "/", `\/`, "=", `\u003d`).Replace(raw)},
		"raw, unpadded":            {EncodingRaw, strings.TrimRight(raw, "=")},
		"raw, for URLs":            {EncodingRaw, url(raw)},
		"raw, for URLs, unpadded":  {EncodingRaw, strings.TrimRight(url(raw), "=")},
		"raw, compressed":          {EncodingRaw, encodeBase64(compressed)},
		"X.509":                    {EncodingX509, x509},
		"X.509, escaped":           {EncodingX509, escape(x509)},
		"X.509, in lines":          {EncodingX509, lines(x509)},
		"X.509, in lines, escaped": {EncodingX509, escape(strings.ReplaceAll(lines(x509), "\r\n", `\r\n`))},
		"X.509, blanks around":     {EncodingX509, " \t" + x509 + "\n"},
		"X.509, compressed":        {EncodingX509, x509Variant(nil, compressed)},
		"X.509, compressed base": {EncodingX509, x509Variant(func(p *ecParameters) {
			p.Base = append([]byte{2}, p.Base[1:33]...)
		}, k.keys.public[:])},
		"X.509, without a cofactor": {EncodingX509, x509Variant(func(p *ecParameters) {
			p.Cofactor = 0
		}, k.keys.public[:])},
		"X.509, with a seed": {EncodingX509, x509Variant(func(p *ecParameters) {
			p.Curve.Seed = asn1.BitString{Bytes: []byte{1, 2, 3}, BitLength: 24}
		}, k.keys.public[:])},
	}
}

func chunks(text string, size int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for c := range slices.Chunk([]byte(text), size) {
			if !yield(string(c)) {
				return
			}
		}
	}
}

// x509Variant makes a SubjectPublicKeyInfo with parameters that were changed.
func x509Variant(change func(*ecParameters), point []byte) string {
	integer := func(text string) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagInteger, Bytes: fromHex(text)} }
	p := ecParameters{Version: 1, Base: fromHex("04" + baseXHex + baseYHex), Order: integer(orderHex), Cofactor: 8}
	p.Field.Type, p.Field.Prime = oidPrimeField, integer(primeHex)
	p.Curve.A, p.Curve.B = fromHex(aHex), fromHex(bHex)
	if change != nil {
		change(&p)
	}
	return x509Of(oidECPublicKey, must(asn1.Marshal(p)), point)
}

func x509Of(algorithm asn1.ObjectIdentifier, parameters, point []byte) string {
	var info subjectPublicKeyInfo
	info.Algorithm.Algorithm, info.Algorithm.Parameters = algorithm, asn1.RawValue{FullBytes: parameters}
	info.PublicKey = asn1.BitString{Bytes: point, BitLength: 8 * len(point)}
	return encodeBase64(must(asn1.Marshal(info)))
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestEveryFormOfAKeyIsReadAndRepliedIn(t *testing.T) {
	for i := range 8 { // so that all characters of base64 occur
		requester := mustKeySet(t)
		for name, form := range forms(requester) {
			m := requester.KeyMaterial(form.encoding)
			m.DHPublicKey.KeyValue = form.text
			peer, err := NewPeer(m)
			if err != nil {
				t.Fatalf("%d: %s: %v", i, name, err)
			}
			sealed, err := Seal(peer, []byte("made up"))
			if err != nil {
				t.Fatal(err)
			}
			if peer.Encoding() != form.encoding || mustPeer(t, sealed.KeyMaterial).Encoding() != form.encoding {
				t.Errorf("%s is replied to in %s", name, mustPeer(t, sealed.KeyMaterial).Encoding())
			}
			opened, err := requester.OpenContent(mustPeer(t, sealed.KeyMaterial), sealed.Content())
			if err != nil || string(opened) != "made up" {
				t.Errorf("%s: %q, %v", name, opened, err)
			}
		}
	}
}

func TestX509IsWhatJavaWrites(t *testing.T) {
	k := mustKeySet(t)
	der := mustBase64(t, k.KeyMaterial(EncodingX509).DHPublicKey.KeyValue)
	if built := x509Variant(nil, k.keys.public[:]); len(der) != 309 || encodeBase64(der) != built {
		t.Errorf("%d bytes, %s, want %s", len(der), encodeBase64(der), built)
	}
	x := new(big.Int).SetBytes(mustBase64(t, compressedPoint)[1:])
	want := toLimbs(modP(x.Sub(x, bigThird))).littleEndian()
	for _, text := range []string{compressedX509, compressedPoint} {
		if key, _, rule := parsePublicKey(text); rule != "" || string(key.Bytes()) != string(want[:]) {
			t.Errorf("%s: %s", text, rule)
		}
	}
}

// orderEight is a point of order 8: three bits of the order of the curve are no part of the group that is used.
func orderEight() *bigPoint {
	random := rand.New(rand.NewPCG(8, 8))
	for {
		q := anyPoint(random).times(bigN)
		if q.times(big.NewInt(4)) != nil {
			return q
		}
	}
}

func TestKeysThatMustNotBeUsedAreRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	good := bigG.times(randomScalar(random))
	bad := map[string][]byte{}
	small := orderEight()
	for i := int64(1); i < 8; i++ {
		part := small.times(big.NewInt(i))
		order := map[int64]string{1: "8", 2: "4", 3: "8", 4: "2", 5: "8", 6: "4", 7: "8"}[i]
		bad["a point of order "+order+", the multiple "+string(rune('0'+i))] = part.bytes()
		bad["the same, compressed "+string(rune('0'+i))] = part.compressed()
		mixed := good.add(part)
		bad["a good point and one of order "+order+", the multiple "+string(rune('0'+i))] = mixed.bytes()
		bad["the same pair, compressed "+string(rune('0'+i))] = mixed.compressed()
		if !part.onCurve() || !mixed.onCurve() {
			t.Fatal("the test has points that are not on the curve")
		}
	}
	offCurve := &bigPoint{good.x, modP(new(big.Int).Add(good.y, big.NewInt(1)))}
	bad["a point off the curve"] = offCurve.bytes()
	bad["zeros"] = append([]byte{4}, make([]byte, 64)...)
	bad["coordinates of p"] = (&bigPoint{bigP, bigP}).bytes()
	aboveP := &bigPoint{big.NewInt(3), nil}
	for aboveP.y == nil { // a point with a small x, and the same x with p added
		aboveP.x.Add(aboveP.x, big.NewInt(1))
		aboveP.y = new(big.Int).ModSqrt(rightSide(aboveP.x), bigP)
	}
	bad["x above p"] = (&bigPoint{new(big.Int).Add(aboveP.x, bigP), aboveP.y}).bytes()
	for x := big.NewInt(1); len(bad) < 60; x.Add(x, big.NewInt(1)) { // points of the twist
		if new(big.Int).ModSqrt(rightSide(x), bigP) == nil {
			bad["x of the twist "+x.String()] = (&bigPoint{new(big.Int).Set(x), new(big.Int)}).compressed()
		}
	}
	nonce := mustKeySet(t).keys.nonce
	for name, key := range bad {
		for form, text := range map[string]string{"raw": encodeBase64(key), "X.509": x509Variant(nil, key)} {
			m := material(key, nonce)
			m.DHPublicKey.KeyValue = text
			p, err := NewPeer(m)
			var e *Error
			if p != nil || !errors.Is(err, ErrInvalidKey) || !errors.As(err, &e) ||
				e.Field != "dh_public_key.key_value" || !strings.Contains(e.Rule, "must be a point") {
				t.Errorf("%s, %s: %v", name, form, err)
			}
		}
	}
	if _, err := NewPeer(material(good.bytes(), nonce)); err != nil {
		t.Error(err)
	}
}

func TestKeyMaterialThatCannotBeReadIsAnErrorThatNamesTheField(t *testing.T) {
	good := mustKeySet(t).KeyMaterial(EncodingRaw)
	point := mustBase64(t, good.DHPublicKey.KeyValue)
	rsa := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	x25519, _ := hex.DecodeString("302a300506032b656e032100" + strings.Repeat("07", 32))
	p256 := asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	key := func(text string) func(*KeyMaterial) { return func(m *KeyMaterial) { m.DHPublicKey.KeyValue = text } }
	nonceText := func(text string) func(*KeyMaterial) { return func(m *KeyMaterial) { m.Nonce = text } }
	other := func(change func(*ecParameters)) func(*KeyMaterial) { return key(x509Variant(change, point)) }
	for name, c := range map[string]struct {
		change func(*KeyMaterial)
		want   string
		kind   error
	}{
		"another algorithm":      {func(m *KeyMaterial) { m.CryptoAlg = "RSA" }, "crypto_alg must be ECDH", ErrInvalidKey},
		"another curve":          {func(m *KeyMaterial) { m.Curve = "P-256" }, "curve must be Curve25519", ErrInvalidKey},
		"no key":                 {key(""), "must not be empty", ErrInvalidKey},
		"padding alone":          {key("===="), ruleNoKey, ErrInvalidKey},
		"no base64":              {key("no key!"), ruleNoKey, ErrInvalidKey},
		"a broken escape":        {key(good.DHPublicKey.KeyValue[:80] + `\u00`), ruleNoKey, ErrInvalidKey},
		"an escaped letter ä":    {key(`\u00e4` + good.DHPublicKey.KeyValue), ruleNoKey, ErrInvalidKey},
		"a long text":            {key(strings.Repeat("A", 1<<20)), ruleNoKey, ErrInvalidKey},
		"a plain X25519 key":     {key(encodeBase64(point[1:33])), ruleMontgomery, ErrInvalidKey},
		"X25519 as X.509":        {key(encodeBase64(x25519)), ruleMontgomery, ErrInvalidKey},
		"a point cut off":        {key(encodeBase64(point[:64])), ruleNoKey, ErrInvalidKey},
		"a point and more":       {key(encodeBase64(append(slices.Clone(point), 0))), ruleNoKey, ErrInvalidKey},
		"infinity":               {key("AA=="), ruleNoKey, ErrInvalidKey},
		"a hybrid point":         {key(encodeBase64(append([]byte{6}, point[1:]...))), ruleNoKey, ErrInvalidKey},
		"an RSA key":             {key(x509Of(rsa, []byte{5, 0}, point)), "elliptic", ErrInvalidKey},
		"a named curve":          {key(x509Of(oidECPublicKey, must(asn1.Marshal(p256)), point)), "parameters", ErrInvalidKey},
		"no parameters":          {key(x509Of(oidECPublicKey, nil, point)), "parameters", ErrInvalidKey},
		"null parameters":        {key(x509Of(oidECPublicKey, []byte{5, 0}, point)), "parameters", ErrInvalidKey},
		"X.509 of nothing":       {other(nil), "", nil},
		"X.509 without a point":  {key(x509Variant(nil, nil)), ruleNoKey, ErrInvalidKey},
		"X.509 cut off":          {key(encodeBase64(fromHex(x509Prefix))), ruleNoKey, ErrInvalidKey},
		"X.509 and more":         {key(encodeBase64(append(mustBase64(t, x509Variant(nil, point)), 5, 0))), ruleNoKey, ErrInvalidKey},
		"another prime":          {other(func(p *ecParameters) { p.Field.Prime.Bytes = fromHex(orderHex) }), "parameters", ErrInvalidKey},
		"another a":              {other(func(p *ecParameters) { p.Curve.A = fromHex(bHex) }), "parameters", ErrInvalidKey},
		"another b":              {other(func(p *ecParameters) { p.Curve.B = fromHex(aHex) }), "parameters", ErrInvalidKey},
		"another base":           {other(func(p *ecParameters) { p.Base = point }), "parameters", ErrInvalidKey},
		"no base":                {other(func(p *ecParameters) { p.Base = nil }), "parameters", ErrInvalidKey},
		"another order":          {other(func(p *ecParameters) { p.Order.Bytes = fromHex(primeHex) }), "parameters", ErrInvalidKey},
		"another cofactor":       {other(func(p *ecParameters) { p.Cofactor = 4 }), "parameters", ErrInvalidKey},
		"order as octets":        {other(func(p *ecParameters) { p.Order.Tag = asn1.TagOctetString }), "parameters", ErrInvalidKey},
		"no nonce":               {nonceText(""), "nonce must be base64 of 32 bytes", ErrInvalidNonce},
		"a nonce of 31 bytes":    {nonceText(encodeBase64(point[:31])), "nonce must be base64 of 32 bytes", ErrInvalidNonce},
		"a nonce of 33 bytes":    {nonceText(encodeBase64(point[:33])), "nonce must be base64 of 32 bytes", ErrInvalidNonce},
		"a nonce that is a text": {nonceText("!"), "nonce must be base64 of 32 bytes", ErrInvalidNonce},
		"a long nonce":           {nonceText(strings.Repeat("A", 1<<20)), "nonce must be base64 of 32 bytes", ErrInvalidNonce},
	} {
		m := good
		c.change(&m)
		_, err := NewPeer(m)
		if c.kind == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, m := range []KeyMaterial{
		{CryptoAlg: "ecdh", Curve: "curve25519", DHPublicKey: good.DHPublicKey, Nonce: good.Nonce},
		{DHPublicKey: DHPublicKey{KeyValue: good.DHPublicKey.KeyValue}, Nonce: strings.TrimRight(good.Nonce, "=")},
	} {
		if _, err := NewPeer(m); err != nil {
			t.Error(err)
		}
	}
}

func TestPrivateKeysAreReadAsJavaWritesThem(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	random := rand.New(rand.NewPCG(10, 11))
	nonce := encodeBase64(make([]byte, 32))
	for bits := 140; bits < 253; bits++ {
		d := new(big.Int).Rsh(randomScalar(random), uint(253-bits))
		b := d.Bytes()
		aboveN := new(big.Int).Add(d, new(big.Int).Mul(bigN, big.NewInt(int64(bits%12)))).FillBytes(make([]byte, 32))
		for name, text := range map[string]string{
			"short":        encodeBase64(b),
			"zeros before": encodeBase64(append(make([]byte, 1+bits%9), b...)),
			"32 bytes":     encodeBase64(d.FillBytes(make([]byte, 32))),
			"33 bytes":     encodeBase64(d.FillBytes(make([]byte, 33))),
			"above n":      encodeBase64(aboveN),
			"escaped":      strings.NewReplacer("+", `\u002b`, "/", `\u002f`, "=", `\u003d`).Replace(encodeBase64(b)),
			"for URLs":     base64.RawURLEncoding.EncodeToString(b),
		} {
			k, err := ParseKeySet(text, nonce, time.Time{})
			if err != nil {
				t.Fatalf("%d bits, %s: %v", bits, name, err)
			}
			if got := new(big.Int).SetBytes(mustBase64(t, k.ExportPrivateKey())); got.Cmp(d) != 0 {
				t.Fatalf("%d bits, %s: another key", bits, name)
			}
		}
	}
}

func TestPrivateKeysThatCannotBeUsedAreRefused(t *testing.T) {
	nonce := encodeBase64(make([]byte, 32))
	number := func(n *big.Int) string { return encodeBase64(n.Bytes()) }
	for name, c := range map[string]struct {
		private, nonce string
		kind           error
	}{
		"none":                {"", nonce, ErrInvalidKey},
		"zero":                {encodeBase64(make([]byte, 32)), nonce, ErrInvalidKey},
		"n":                   {number(bigN), nonce, ErrInvalidKey},
		"8":                   {number(big.NewInt(8)), nonce, ErrInvalidKey},
		"n - 8":               {number(new(big.Int).Sub(bigN, big.NewInt(8))), nonce, ErrInvalidKey},
		"33 bytes":            {encodeBase64(append([]byte{1}, make([]byte, 32)...)), nonce, ErrInvalidKey},
		"no base64":           {"12345!", nonce, ErrInvalidKey},
		"a long text":         {strings.Repeat("A", 1<<20), nonce, ErrInvalidKey},
		"a nonce of 31 bytes": {number(bigP), encodeBase64(make([]byte, 31)), ErrInvalidNonce},
	} {
		if _, err := ParseKeySet(c.private, c.nonce, time.Time{}); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
