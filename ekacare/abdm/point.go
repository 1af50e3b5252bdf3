package abdm

import (
	"bytes"
	"crypto/ecdh"
	"sync"
)

// The exchange names its curve Curve25519 but means the Weierstrass form of it: y² = x³ + ax + b. A point (u, v) of
// the Montgomery form that X25519 works with, v² = u³ + 486662u² + u, is the point (u + 486662/3, v) of the
// Weierstrass form.

var (
	one           = element{1}
	montgomeryA   = element{486662}
	montgomeryA2  = element{2 * 486662}
	thirdOfA      = element{0xaaaaaaaaaaad2451, 0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaaa, 0x2aaaaaaaaaaaaaaa}
	eightBaseU    = element{0xf1716fed48c99968, 0x7a78edcaad74a91e, 0xd83b884dc8b65ca1, 0x275fa6d7aad65c2d} // u of 8·G
	halfEightBase = element{0x05c4592da0bc4570, 0x0c3588fb5de0d1ca, 0xaa9a4d3343c8f250, 0x2aceba1e39c6da63} // 1/2v of 8·G
)

// point is a point of the Weierstrass form without compression: 4, x and y, big-endian.
type point [65]byte

func newPoint(x, y element) (p point) {
	p[0] = 4
	xs, ys := limbs(x).bigEndian(), limbs(y).bigEndian()
	copy(p[1:33], xs[:])
	copy(p[33:], ys[:])
	return p
}

// secretX returns what the exchange calls the shared secret, the x coordinate, from what X25519 returns, the u
// coordinate.
func secretX(u []byte) [32]byte {
	return limbs(element(littleEndian((*[32]byte)(u))).add(thirdOfA)).bigEndian()
}

// parsePoint checks a point that somebody else sent: on the curve, and of the prime order. The zero point has no such
// encoding. Besides points without compression it reads compressed ones (2 or 3, x), whose y the exchange does not
// need.
func parsePoint(b []byte) (*ecdh.PublicKey, string) {
	compressed := len(b) == 33 && (b[0] == 2 || b[0] == 3)
	if !compressed && (len(b) != 65 || b[0] != 4) {
		return nil, ruleNoKey
	}
	x, xok := newElement(bigEndian((*[32]byte)(b[1:33])))
	if !xok {
		return nil, ruleOffCurve
	}
	u := x.sub(thirdOfA)
	if !compressed {
		v, vok := newElement(bigEndian((*[32]byte)(b[33:])))
		if !vok || v.mul(v) != u.mul(u).add(u.mul(montgomeryA)).add(one).mul(u) {
			return nil, ruleOffCurve
		}
	}
	le := limbs(u).littleEndian()
	key, err := ecdh.X25519().NewPublicKey(le[:])
	if err != nil {
		return nil, "cannot be used here: " + err.Error()
	}
	return key, checkOrder(key)
}

// checkOrder multiplies the point by 5n - 1. That makes -1 times the point, with the same u, of a point of the group
// that the base point generates, and of no other: a part of order 2, 4 or 8 is lost, and the points of the twist,
// where a u without a v belongs, have orders that divide neither 5n nor 5n - 2. If nothing but such a part is there,
// the result is zero, which crypto/ecdh refuses.
func checkOrder(key *ecdh.PublicKey) string {
	private, err := minusOne()
	if err != nil {
		return "cannot be used here: " + err.Error()
	}
	if u, err := private.ECDH(key); err != nil || !bytes.Equal(u, key.Bytes()) {
		return ruleOrder
	}
	return ""
}

// minusOne is 5n - 1, which X25519 uses as it is: a multiple of 8 in [2^254, 2^255).
var minusOne = sync.OnceValues(func() (*ecdh.PrivateKey, error) {
	k := limbs{0xb85bef83d0cd23a0, 0x685ae1592ed6102f, 0, 0x5000000000000000}.littleEndian()
	return ecdh.X25519().NewPrivateKey(k[:])
})

// publicPoint returns k·G, or -k·G if negative is 1. X25519 knows u alone, so that v comes from the u of the next
// point on the way, k·G + 8·G (Okeya and Sakurai, CHES 2001). Both points are public: anyone can work out the second
// from the first.
func publicPoint(k limbs, negative uint64) (point, *ecdh.PrivateKey, error) {
	private, u, err := multiplyBase(k)
	if err != nil {
		return point{}, nil, err
	}
	_, next, err := multiplyBase(k.add(limbs{8}))
	if err != nil {
		return point{}, nil, err
	}
	between := eightBaseU.sub(u)
	v := eightBaseU.mul(u).add(one).mul(eightBaseU.add(u).add(montgomeryA2))
	v = v.sub(montgomeryA2).sub(between.mul(between).mul(next)).mul(halfEightBase)
	y := element(pick(negative, limbs(element{}.sub(v)), limbs(v)))
	return newPoint(u.add(thirdOfA), y), private, nil
}

func multiplyBase(k limbs) (*ecdh.PrivateKey, element, error) {
	b := k.littleEndian()
	private, err := ecdh.X25519().NewPrivateKey(b[:])
	if err != nil {
		return nil, element{}, err
	}
	return private, element(littleEndian((*[32]byte)(private.PublicKey().Bytes()))), nil
}
