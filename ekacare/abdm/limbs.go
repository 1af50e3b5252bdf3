package abdm

import (
	"encoding/binary"
	"math/bits"
)

// limbs is a number below 2^256, the least significant limb first. Its arithmetic takes the same time for all values:
// no branch and no index depends on them. Numbers of unlimited size (math/big) do not, and are used nowhere in this
// package.
type limbs [4]uint64

// littleEndian reads the layout of X25519.
func littleEndian(b *[32]byte) (n limbs) {
	for i := range n {
		n[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return n
}

// bigEndian reads the layout of Java and of elliptic curve points.
func bigEndian(b *[32]byte) (n limbs) {
	for i := range n {
		n[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return n
}

func (n limbs) littleEndian() (b [32]byte) {
	for i := range n {
		binary.LittleEndian.PutUint64(b[8*i:], n[i])
	}
	return b
}

func (n limbs) bigEndian() (b [32]byte) {
	for i := range n {
		binary.BigEndian.PutUint64(b[24-8*i:], n[i])
	}
	return b
}

// add returns n + m modulo 2^256.
func (n limbs) add(m limbs) (sum limbs) {
	var carry uint64
	for i := range n {
		sum[i], carry = bits.Add64(n[i], m[i], carry)
	}
	return sum
}

// sub returns n - m modulo 2^256, and 1 if m is greater than n.
func (n limbs) sub(m limbs) (difference limbs, borrow uint64) {
	for i := range n {
		difference[i], borrow = bits.Sub64(n[i], m[i], borrow)
	}
	return difference, borrow
}

// times returns n * factor modulo 2^256.
func (n limbs) times(factor uint64) (product limbs) {
	var high uint64
	for i := range n {
		var carry uint64
		nextHigh, low := bits.Mul64(n[i], factor)
		product[i], carry = bits.Add64(low, high, 0)
		high = nextHigh + carry
	}
	return product
}

// pick returns a if bit is 1 and b if it is 0.
func pick(bit uint64, a, b limbs) (chosen limbs) {
	mask := -bit
	for i := range chosen {
		chosen[i] = b[i] ^ mask&(a[i]^b[i])
	}
	return chosen
}
