package cbchmac_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/caremux/caremux/internal/cbchmac"
)

// The test cases of RFC 7518, appendix B, differ in the key alone.
const (
	rfcPlaintext = "A cipher system must not be required to be secret, and it must be able to fall into " +
		"the hands of the enemy without inconvenience"
	rfcData = "The second principle of Auguste Kerckhoffs"
	rfcIV   = "1af38c2dc2b96ffdd86694092341bc04"
)

var rfcCases = []struct {
	name, ciphertext, tag string
	keySize               int
}{
	{
		name: "B.1, A128CBC-HS256", keySize: 32,
		ciphertext: "c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9a94ac9b47ad2655c5f10f9aef71427e2" +
			"fc6f9b3f399a221489f16362c703233609d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b" +
			"384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade54b8851ffb598f7f80074b9473c82e2db",
		tag: "652c3fa36b0a7c5b3219fab3a30bc1c4",
	},
	{
		name: "B.2, A192CBC-HS384", keySize: 48,
		ciphertext: "ea65da6b59e61edb419be62d19712ae5d303eeb50052d0dfd6697f77224c8edb000d279bdc14c1072654bd30944230c6" +
			"57bed4ca0c9f4a8466f22b226d1746214bf8cfc2400add9f5126e479663fc90b3bed787a2f0ffcbf3904be2a641d5c21" +
			"05bfe591bae23b1d7449e532eef60a9ac8bb6c6b01d35d49787bcd57ef484927f280adc91ac0c4e79c7b11efc60054e3",
		tag: "8490ac0e58949bfe51875d733f93ac2075168039ccc733d7",
	},
	{
		name: "B.3, A256CBC-HS512", keySize: 64,
		ciphertext: "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2" +
			"e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3" +
			"a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6",
		tag: "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5",
	},
}

func countedKey(size int) []byte {
	key := make([]byte, size)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealAndOpenAreThoseOfTheRFC(t *testing.T) {
	for _, c := range rfcCases {
		t.Run(c.name, func(t *testing.T) {
			key, iv := countedKey(c.keySize), unhex(t, rfcIV)
			ciphertext, tag, err := cbchmac.Seal(key, iv, []byte(rfcPlaintext), []byte(rfcData))
			if err != nil || hex.EncodeToString(ciphertext) != c.ciphertext || hex.EncodeToString(tag) != c.tag {
				t.Errorf("sealed %x, %x, %v", ciphertext, tag, err)
			}
			plaintext, err := cbchmac.Open(key, iv, unhex(t, c.ciphertext), []byte(rfcData), unhex(t, c.tag))
			if err != nil || string(plaintext) != rfcPlaintext {
				t.Errorf("opened %q, %v", plaintext, err)
			}
		})
	}
}

func TestEverySizeOpensAgain(t *testing.T) {
	key, iv := countedKey(32), unhex(t, rfcIV)
	for size := range 70 {
		plaintext := bytes.Repeat([]byte{byte(size)}, size)
		ciphertext, tag, err := cbchmac.Seal(key, iv, plaintext, nil)
		if err != nil || len(ciphertext) != (size/16+1)*16 {
			t.Fatalf("%d bytes: %d, %v", size, len(ciphertext), err)
		}
		opened, err := cbchmac.Open(key, iv, ciphertext, nil, tag)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Fatalf("%d bytes: %x, %v", size, opened, err)
		}
	}
}

func TestWhatWasAlteredDoesNotOpen(t *testing.T) {
	for _, c := range rfcCases {
		key, iv, data := countedKey(c.keySize), unhex(t, rfcIV), []byte(rfcData)
		ciphertext, tag := unhex(t, c.ciphertext), unhex(t, c.tag)
		for name, part := range map[string][]byte{
			"key": key[:c.keySize/2], "iv": iv, "ciphertext": ciphertext, "data": data, "tag": tag,
		} {
			for i := range 8 * len(part) {
				part[i/8] ^= 1 << (i % 8)
				plaintext, err := cbchmac.Open(key, iv, ciphertext, data, tag)
				if !errors.Is(err, cbchmac.ErrOpen) || plaintext != nil {
					t.Fatalf("%s: bit %d of the %s: %v", c.name, i, name, err)
				}
				part[i/8] ^= 1 << (i % 8)
			}
		}
		// The border between data and the rest cannot be moved, since the length of data is authenticated.
		moved := append(bytes.Clone(data), iv...)
		if _, err := cbchmac.Open(key, ciphertext[:16], ciphertext[16:], moved, tag); !errors.Is(err, cbchmac.ErrOpen) {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, other := range [][]byte{nil, tag[:len(tag)-1], append(bytes.Clone(tag), 0)} {
			if _, err := cbchmac.Open(key, iv, ciphertext, data, other); !errors.Is(err, cbchmac.ErrOpen) {
				t.Errorf("%s: a tag of %d bytes: %v", c.name, len(other), err)
			}
		}
	}
}

func TestSizesThatTheAlgorithmDoesNotHaveAreErrors(t *testing.T) {
	good := unhex(t, rfcIV)
	for _, c := range []struct {
		key, iv []byte
		want    string
	}{
		{countedKey(16), good, "key of 16 bytes"},
		{countedKey(33), good, "key of 33 bytes"},
		{nil, good, "key of 0 bytes"},
		{countedKey(32), good[:12], "vector of 12 bytes"},
		{countedKey(32), nil, "vector of 0 bytes"},
	} {
		if _, _, err := cbchmac.Seal(c.key, c.iv, nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Error(err)
		}
		_, err := cbchmac.Open(c.key, c.iv, make([]byte, 16), nil, make([]byte, 16))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Error(err)
		}
	}
}
