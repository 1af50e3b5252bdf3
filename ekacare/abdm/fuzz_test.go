package abdm

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// FuzzPoint takes every number for an x coordinate and holds what is accepted, in each form of a key, against the
// reference: a point of the curve whose order is n, with coordinates below p.
func FuzzPoint(f *testing.F) {
	f.Add(bigG.x.Bytes(), false)
	f.Add(bigThird.Bytes(), true)
	f.Add(orderEight().x.Bytes(), false)
	f.Add(bigG.add(orderEight()).x.Bytes(), true)
	f.Add(new(big.Int).Add(bigP, big.NewInt(9)).Bytes(), false)
	f.Fuzz(func(t *testing.T, b []byte, other bool) {
		if len(b) > 32 {
			return
		}
		q := &bigPoint{new(big.Int).SetBytes(b), new(big.Int)}
		good := false
		if y := new(big.Int).ModSqrt(rightSide(q.x), bigP); y != nil {
			if q.y = y; other {
				q.y = modP(new(big.Int).Neg(y))
			}
			good = q.onCurve() && q.times(bigN) == nil
		}
		wrongY := &bigPoint{q.x, modP(new(big.Int).Add(q.y, big.NewInt(1)))}
		u := modP(new(big.Int).Sub(q.x, bigThird))
		for form, c := range map[string]struct {
			text string
			good bool
		}{
			"raw":               {encodeBase64(q.bytes()), good},
			"compressed":        {encodeBase64(q.compressed()), good},
			"X.509":             {x509Variant(nil, q.bytes()), good},
			"X.509, compressed": {x509Variant(nil, q.compressed()), good},
			"with another y":    {encodeBase64(wrongY.bytes()), good && wrongY.onCurve()},
		} {
			key, _, rule := parsePublicKey(c.text)
			if (rule == "") != c.good {
				t.Fatalf("%s of %x: %q, want it accepted: %v", form, q.x, rule, c.good)
			}
			if c.good && toBig(littleEndian((*[32]byte)(key.Bytes()))).Cmp(u) != 0 {
				t.Fatalf("%s of %x: u is %x", form, q.x, key.Bytes())
			}
		}
	})
}

// FuzzRawKey and FuzzX509Key take any bytes for a key. What is accepted must be a key by the reference too.
func FuzzRawKey(f *testing.F) {
	k := mustKeySet(f)
	f.Add(k.keys.public[:])
	f.Add(mustBase64(f, compressedPoint))
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, b []byte) { checkAnyKey(t, b) })
}

func FuzzX509Key(f *testing.F) {
	for _, form := range forms(mustKeySet(f)) {
		if der, ok := decodeBase64(form.text); ok && form.encoding == EncodingX509 {
			f.Add(der)
		}
	}
	f.Add(mustBase64(f, compressedX509))
	f.Fuzz(func(t *testing.T, b []byte) { checkAnyKey(t, b) })
}

func checkAnyKey(t *testing.T, b []byte) {
	t.Helper()
	key, encoding, rule := parsePublicKey(encodeBase64(b))
	if rule != "" {
		if key != nil && rule != ruleOrder {
			t.Fatalf("a key beside %q", rule)
		}
		return
	}
	if encoding == EncodingX509 {
		for _, text := range []string{primeHex, aHex, bHex, baseXHex, orderHex} {
			if !bytes.Contains(b, fromHex(text)) {
				t.Fatalf("accepted without %s", text)
			}
		}
	}
	x := modP(new(big.Int).Add(toBig(littleEndian((*[32]byte)(key.Bytes()))), bigThird))
	q := &bigPoint{x, new(big.Int).ModSqrt(rightSide(x), bigP)}
	if !bytes.Contains(b, q.x.FillBytes(make([]byte, 32))) || q.y == nil || q.times(bigN) != nil {
		t.Fatalf("%x is accepted", b)
	}
}

// FuzzJavaInteger takes any bytes for a private key, and holds the key set against the reference.
func FuzzJavaInteger(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(mustBase64(f, v.Sender.Private))
	}
	f.Add(bigN.Bytes())
	f.Add(append(make([]byte, 9), bigP.Bytes()...))
	zeros := encodeBase64(make([]byte, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKeySet(encodeBase64(b), zeros, time.Time{})
		n := new(big.Int).SetBytes(b)
		d := new(big.Int).Mod(n, bigN)
		if err != nil {
			usual := d.BitLen() > 129 && new(big.Int).Sub(bigN, d).BitLen() > 129
			if !errors.Is(err, ErrInvalidKey) || usual && n.BitLen() <= 256 && len(b) < maxKeyText/2 {
				t.Fatalf("%x: %v", b, err)
			}
			return
		}
		public := bigG.times(d).bytes()
		if n.BitLen() > 256 || toBig(*k.keys.scalar).Cmp(d) != 0 || !bytes.Equal(public, k.keys.public[:]) {
			t.Fatalf("%x gives the private key %x, the public key %x", b, *k.keys.scalar, k.keys.public)
		}
	})
}

// FuzzEscapedBase64 damages base64 in the ways that are undone, each one chosen by a bit, and reads any text besides.
func FuzzEscapedBase64(f *testing.F) {
	f.Add([]byte{0xfb, 0xff, 0xfe, 0}, uint8(0xff))
	f.Add([]byte(`\u002B\\u003d\/`), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, how uint8) {
		text := encodeBase64(b)
		for i, damage := range []func(string) string{
			func(s string) string { return strings.TrimRight(s, "=") },
			strings.NewReplacer("+", "-", "/", "_").Replace,
			func(s string) string {
				if len(s) < 3 {
					return s
				}
				return s[:3] + "\r\n" + s[3:] + "\n"
			},
			strings.NewReplacer("+", `\u002B`, "/", `\u002f`, "=", `\u003D`, "A", `\u0041`).Replace,
			strings.NewReplacer("/", `\/`).Replace,
			func(s string) string { return strings.ReplaceAll(s, `\`, `\\`) },
			func(s string) string { return " " + s + "\t" },
		} {
			if how&(1<<i) != 0 {
				text = damage(text)
			}
		}
		if got, ok := decodeBase64(text); !ok || !bytes.Equal(got, b) {
			t.Fatalf("%q gives %x, %v, want %x", text, got, ok, b)
		}
		got, ok := decodeBase64(string(b))
		if want, err := base64.StdEncoding.DecodeString(string(b)); err == nil && (!ok || !bytes.Equal(got, want)) {
			t.Fatalf("%q gives %x, %v, want %x", b, got, ok, want)
		}
	})
}

// FuzzKeyMaterial reads any JSON. What is read is written so that it reads as the same, and a peer that is accepted
// can be sealed for.
func FuzzKeyMaterial(f *testing.F) {
	f.Add([]byte(ekaJSON))
	f.Add([]byte(gatewayJSON))
	k := mustKeySet(f)
	b, err := json.Marshal(k.KeyMaterial(EncodingX509))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var m, again KeyMaterial
		if json.Unmarshal(b, &m) != nil {
			return
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		err = json.Unmarshal(written, &again)
		if err != nil || again.DHPublicKey != m.DHPublicKey || again.Nonce != m.Nonce {
			t.Fatalf("%s is written as %s: %v", b, written, err)
		}
		peer, err := NewPeer(m)
		if err != nil {
			if !errors.Is(err, ErrInvalidKey) && !errors.Is(err, ErrInvalidNonce) {
				t.Fatal(err)
			}
			return
		}
		sealed, err := Seal(peer, []byte("made up"))
		if err != nil {
			t.Fatal(err)
		}
		if reply := mustPeer(t, sealed.KeyMaterial); reply.Encoding() != peer.Encoding() {
			t.Fatalf("%s is replied to in %s", b, reply.Encoding())
		}
	})
}

// FuzzContent opens any text as content. None opens but that which was sealed.
func FuzzContent(f *testing.F) {
	v := readVectors(f)[0]
	keys, sender := v.Requester.keySet(f), v.Sender.peer(f, v.Sender.Public)
	sealed := mustBase64(f, v.Content)
	f.Add(v.Content)
	f.Add(v.Content[:20])
	f.Fuzz(func(t *testing.T, content string) {
		plaintext, err := keys.OpenContent(sender, content)
		if err == nil {
			if b, _ := decodeBase64(content); !bytes.Equal(b, sealed) || string(plaintext) != v.Plaintext {
				t.Fatalf("%q opens", content)
			}
			return
		}
		if plaintext != nil || !errors.Is(err, ErrCannotOpen) && !errors.Is(err, ErrInvalidContent) {
			t.Fatalf("%q, %v", plaintext, err)
		}
	})
}
