package abdm

import (
	"go/parser"
	"go/token"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTwoDerivationsAgreeOnRandomPairs takes 200 pairs of keys, half of them made here and half by the book, and
// derives what they share on both sides: here through X25519, and by the reference through points of the Weierstrass
// form.
func TestTwoDerivationsAgreeOnRandomPairs(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	random := rand.New(rand.NewPCG(25519, 200))
	for i := range 200 {
		own := mustKeySet(t)
		if i%2 == 1 {
			own = importKeySet(t, randomScalar(random))
		}
		d := new(big.Int).SetBytes(mustBase64(t, own.ExportPrivateKey()))
		if public := bigG.times(d); string(public.bytes()) != string(own.keys.public[:]) {
			t.Fatalf("pair %d: the public key is %x, not that of the private key", i, own.keys.public)
		}
		otherD := randomScalar(random)
		otherPoint := bigG.times(otherD)
		other := importKeySet(t, otherD)
		otherPeer := mustPeer(t, material(otherPoint.bytes(), other.keys.nonce))
		u, err := own.keys.private.ECDH(otherPeer.key)
		if err != nil {
			t.Fatal(err)
		}
		shared := otherPoint.times(d)
		if secret := secretX(u); shared.x.Cmp(new(big.Int).SetBytes(secret[:])) != 0 {
			t.Fatalf("pair %d: the derivations differ", i)
		}
		ciphertext, err := own.seal(otherPeer, []byte("made up"))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := other.Open(mustPeer(t, own.KeyMaterial(Encoding(i%2))), ciphertext)
		if err != nil || string(opened) != "made up" {
			t.Fatalf("pair %d: %q, %v", i, opened, err)
		}
		aead, iv := referenceAEAD(t, shared, encodeBase64(own.keys.nonce[:]), encodeBase64(other.keys.nonce[:]))
		if opened, err := aead.Open(nil, iv, ciphertext, nil); err != nil || string(opened) != "made up" {
			t.Fatalf("pair %d by the reference: %q, %v", i, opened, err)
		}
	}
}

// importKeySet makes a key set of a private key that was made elsewhere, written as Java does.
func importKeySet(t testing.TB, d *big.Int) *KeySet {
	t.Helper()
	b := d.Bytes()
	if len(b) > 0 && b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	n := mustKeySet(t).keys.nonce
	k, err := ParseKeySet(encodeBase64(b), encodeBase64(n[:]), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func material(key []byte, n nonce) KeyMaterial {
	return KeyMaterial{DHPublicKey: DHPublicKey{KeyValue: encodeBase64(key)}, Nonce: encodeBase64(n[:])}
}

// TestNoBigIntegersWhereSecretsAre is what the documentation promises: numbers of unlimited size, whose arithmetic
// takes a time that depends on their values, occur in tests only. What is left is fixed in size (limbs), or
// crypto/ecdh.
func TestNoBigIntegersWhereSecretsAre(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if path == "math/big" || path == "crypto/elliptic" {
				t.Errorf("%s imports %s", name, path)
			}
			// encoding/asn1 has integers of unlimited size, and sees the public keys of others alone.
			if path == "encoding/asn1" && name != "x509.go" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
