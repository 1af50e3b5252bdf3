package abdm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"math/rand/v2"
	"testing"
)

// A second implementation of the exchange, the way its documents describe it: points of the Weierstrass form,
// multiplied by doubling and adding with numbers of unlimited size, and HKDF from HMAC. It shares nothing with the
// first but AES-GCM.

var (
	bigP     = bigHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")
	bigA     = bigHex("2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa984914a144")
	bigB     = bigHex("7b425ed097b425ed097b425ed097b425ed097b425ed097b4260b5e9c7710c864")
	bigThird = bigHex("2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad2451")
	bigN     = bigHex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed")
	bigG     = &bigPoint{
		bigHex("2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad245a"),
		bigHex("20ae19a1b8a086b4e01edd2c7748d14c923d4d7e6d7c61b229e9c5a27eced3d9"),
	}
)

func bigHex(text string) *big.Int {
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		panic(text)
	}
	return n
}

// bigPoint is a point; nil is the one at infinity.
type bigPoint struct{ x, y *big.Int }

func modP(n *big.Int) *big.Int { return n.Mod(n, bigP) }

// rightSide is x³ + ax + b.
func rightSide(x *big.Int) *big.Int {
	n := new(big.Int).Mul(x, x)
	n.Add(n, bigA).Mul(n, x).Add(n, bigB)
	return modP(n)
}

func (q *bigPoint) onCurve() bool {
	left := modP(new(big.Int).Mul(q.y, q.y))
	return q.x.Cmp(bigP) < 0 && q.y.Cmp(bigP) < 0 && left.Cmp(rightSide(q.x)) == 0
}

func (q *bigPoint) add(r *bigPoint) *bigPoint {
	switch {
	case q == nil:
		return r
	case r == nil:
		return q
	}
	var over, under *big.Int
	switch {
	case q.x.Cmp(r.x) != 0:
		over, under = new(big.Int).Sub(r.y, q.y), modP(new(big.Int).Sub(r.x, q.x))
	case q.y.Cmp(r.y) != 0 || q.y.Sign() == 0:
		return nil
	default:
		over = new(big.Int).Mul(q.x, q.x)
		over.Mul(over, big.NewInt(3)).Add(over, bigA)
		under = new(big.Int).Lsh(q.y, 1)
	}
	slope := modP(over.Mul(over, under.ModInverse(under, bigP)))
	x := new(big.Int).Mul(slope, slope)
	modP(x.Sub(x, q.x).Sub(x, r.x))
	y := new(big.Int).Sub(q.x, x)
	modP(y.Mul(y, slope).Sub(y, q.y))
	return &bigPoint{x, y}
}

func (q *bigPoint) times(k *big.Int) *bigPoint {
	var sum *bigPoint
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = sum.add(sum)
		if k.Bit(i) == 1 {
			sum = sum.add(q)
		}
	}
	return sum
}

func (q *bigPoint) bytes() []byte {
	b := make([]byte, 65)
	b[0] = 4
	q.x.FillBytes(b[1:33])
	q.y.FillBytes(b[33:])
	return b
}

func (q *bigPoint) compressed() []byte {
	return append([]byte{2 + byte(q.y.Bit(0))}, q.bytes()[1:33]...)
}

func parseBigPoint(b []byte) *bigPoint {
	return &bigPoint{new(big.Int).SetBytes(b[1:33]), new(big.Int).SetBytes(b[33:])}
}

// anyPoint is a point of the curve, of whatever order.
func anyPoint(random *rand.Rand) *bigPoint {
	for {
		x := modP(randomBig(random))
		if y := new(big.Int).ModSqrt(rightSide(x), bigP); y != nil {
			return &bigPoint{x, y}
		}
	}
}

func randomBig(random *rand.Rand) *big.Int {
	b := make([]byte, 40)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return new(big.Int).SetBytes(b)
}

// randomScalar is a private key, 1 to n-1.
func randomScalar(random *rand.Rand) *big.Int {
	n := new(big.Int).Sub(bigN, big.NewInt(1))
	d := randomBig(random)
	return d.Mod(d, n).Add(d, big.NewInt(1))
}

// referenceAEAD derives key and IV from a shared point and the nonces.
func referenceAEAD(t testing.TB, shared *bigPoint, a, b string) (cipher.AEAD, []byte) {
	t.Helper()
	mixed := mustBase64(t, a)
	for i, c := range mustBase64(t, b) {
		mixed[i] ^= c
	}
	sum := func(key, text []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(text)
		return mac.Sum(nil)
	}
	key := sum(sum(mixed[:20], shared.x.FillBytes(make([]byte, 32))), []byte{1})
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead, mixed[20:]
}

func mustBase64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
