package abdm

import "math/bits"

// element is an element of the field of the curve, a number below p = 2^255 - 19.
type element limbs

// prime is p.
var prime = limbs{0xffffffffffffffed, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff}

// newElement reports false if n is not below p.
func newElement(n limbs) (element, bool) {
	_, below := n.sub(prime)
	return element(n), below == 1
}

// reduce returns n modulo p, for n below 2p.
func reduce(n limbs) element {
	less, below := n.sub(prime)
	return element(pick(below, n, less))
}

func (e element) add(f element) element { return reduce(limbs(e).add(limbs(f))) }

func (e element) sub(f element) element {
	difference, negative := limbs(e).sub(limbs(f))
	return element(pick(negative, difference.add(prime), difference))
}

func (e element) mul(f element) element {
	var product [8]uint64
	for i := range e {
		var high uint64
		for j := range f {
			product[i+j], high = multiplyAdd(e[i], f[j], product[i+j], high)
		}
		product[i+4] = high
	}
	// Both 2^256 = 38 and 2^255 = 19 modulo p: first the upper half comes down, then what is above 255 bits.
	var n limbs
	var high uint64
	for i := range n {
		n[i], high = multiplyAdd(product[i+4], 38, product[i], high)
	}
	top := high<<1 | n[3]>>63
	n[3] &= 1<<63 - 1
	return reduce(n.add(limbs{19 * top}))
}

// multiplyAdd returns a*b + c + d as two limbs, which it always fits.
func multiplyAdd(a, b, c, d uint64) (low, high uint64) {
	high, low = bits.Mul64(a, b)
	low, carry := bits.Add64(low, c, 0)
	high += carry
	low, carry = bits.Add64(low, d, 0)
	return low, high + carry
}
