package abdm

// order is n, the number of points of the group that the base point generates: 2^252 +
// 27742317777372353535851937790883648493.
var order = limbs{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000}

// reduceScalar returns d modulo n.
func reduceScalar(d limbs) limbs {
	// n is little more than 2^252, so that the upper four bits are the quotient, or one more than it.
	rest, negative := d.sub(order.times(d[3] >> 60))
	return pick(negative, rest.add(order), rest)
}

// clampScalar returns what X25519 makes of 32 bytes before it uses them as a scalar.
func clampScalar(b *[32]byte) limbs {
	k := littleEndian(b)
	k[0] &^= 7
	k[3] = k[3]&^(1<<63) | 1<<62
	return k
}

// liftScalar returns a scalar that X25519 uses as it is, a multiple of 8 in [2^254, 2^255), and that multiplies each
// point of the group as d does. If negative is 1, it multiplies as -d does, which has the same x coordinate. d must
// be below n.
//
// d + j·n is a multiple of 8 for one j of 0 to 7, since n is odd, and that is j = 3d modulo 8, since n = 5 modulo 8.
// If j is 4 or more, the sum is in the range. Otherwise (8-j)·n - d is, which is a multiple of 8 too. Only for a d
// next to 0 or n neither is: some 2^128 of 2^252 values, 0 among them. For those it reports false, and also for 2^255
// - 8, to which 8 cannot be added.
func liftScalar(d limbs) (k limbs, negative uint64, ok bool) {
	j := 3 * d[0] & 7
	negative = 1 - j>>2
	multiple := order.times(j ^ -negative&(j^(8-j)))
	minus, _ := multiple.sub(d)
	k = pick(negative, minus, multiple.add(d))
	_, below := k.sub(limbs{^uint64(7), ^uint64(0), ^uint64(0), 1<<63 - 1})
	return k, negative, k[3]>>62 == 1 && below == 1
}
