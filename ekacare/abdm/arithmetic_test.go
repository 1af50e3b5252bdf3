package abdm

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func toBig(n limbs) *big.Int {
	b := n.bigEndian()
	return new(big.Int).SetBytes(b[:])
}

func toLimbs(n *big.Int) limbs {
	var b [32]byte
	n.FillBytes(b[:])
	return bigEndian(&b)
}

// edges are numbers where carries and reductions happen.
func edges() (numbers []*big.Int) {
	top := new(big.Int).Lsh(big.NewInt(1), 256)
	for _, about := range []*big.Int{
		new(big.Int), top, new(big.Int).Lsh(big.NewInt(1), 64), new(big.Int).Lsh(big.NewInt(1), 128),
		new(big.Int).Lsh(big.NewInt(1), 254), new(big.Int).Lsh(big.NewInt(1), 255),
		bigP, new(big.Int).Lsh(bigP, 1), bigThird,
		bigN, new(big.Int).Mul(bigN, big.NewInt(4)), new(big.Int).Mul(bigN, big.NewInt(8)),
	} {
		for delta := int64(-20); delta <= 40; delta++ {
			if n := new(big.Int).Add(about, big.NewInt(delta)); n.Sign() >= 0 && n.Cmp(top) < 0 {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

func TestFieldArithmeticAgreesWithBigIntegers(t *testing.T) {
	numbers := edges()
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		numbers = append(numbers, modP(randomBig(random)))
	}
	for i, a := range numbers {
		if _, ok := newElement(toLimbs(a)); ok != (a.Cmp(bigP) < 0) {
			t.Fatalf("%x: below p is %v", a, ok)
		}
		for _, b := range []*big.Int{numbers[(7*i+3)%len(numbers)], numbers[random.IntN(len(numbers))], a} {
			checkField(t, new(big.Int).Mod(a, bigP), new(big.Int).Mod(b, bigP))
		}
	}
}

func checkField(t *testing.T, a, b *big.Int) {
	t.Helper()
	e, f := element(toLimbs(a)), element(toLimbs(b))
	for name, pair := range map[string][2]*big.Int{
		"+": {toBig(limbs(e.add(f))), new(big.Int).Add(a, b)},
		"-": {toBig(limbs(e.sub(f))), new(big.Int).Sub(a, b)},
		"*": {toBig(limbs(e.mul(f))), new(big.Int).Mul(a, b)},
	} {
		if pair[0].Cmp(modP(pair[1])) != 0 {
			t.Fatalf("%x %s %x = %x, want %x", a, name, b, pair[0], pair[1])
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add(bigP.Bytes(), bigThird.Bytes())
	f.Fuzz(func(t *testing.T, a, b []byte) {
		checkField(t, modP(new(big.Int).SetBytes(a)), modP(new(big.Int).SetBytes(b)))
	})
}

func TestScalarsAreReducedAndLiftedToWhatX25519Uses(t *testing.T) {
	numbers := edges()
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		numbers = append(numbers, new(big.Int).Rsh(randomBig(random), 64))
	}
	for _, d := range numbers {
		checkScalar(t, d)
	}
}

func checkScalar(t *testing.T, d *big.Int) {
	t.Helper()
	reduced := toBig(reduceScalar(toLimbs(d)))
	if want := new(big.Int).Mod(d, bigN); reduced.Cmp(want) != 0 {
		t.Fatalf("%x modulo n = %x, want %x", d, reduced, want)
	}
	lifted, negative, ok := liftScalar(toLimbs(reduced))
	k := toBig(lifted)
	inRange := k.BitLen() == 255 && k.Bit(0)+k.Bit(1)+k.Bit(2) == 0
	if !ok {
		// Only a number that is next to a multiple of n: less than 2^128 away.
		distance := new(big.Int).Sub(bigN, reduced)
		if reduced.BitLen() > 129 && distance.BitLen() > 129 {
			t.Fatalf("%x is refused", d)
		}
		return
	}
	if negative == 1 {
		reduced.Sub(bigN, reduced)
	}
	if !inRange || new(big.Int).Mod(k, bigN).Cmp(reduced) != 0 {
		t.Fatalf("%x is lifted to %x", d, k)
	}
	b := lifted.littleEndian()
	if clampScalar(&b) != lifted || clampScalar(new(lifted.add(limbs{8}).littleEndian())) != lifted.add(limbs{8}) {
		t.Fatalf("X25519 would use another scalar than %x", k)
	}
}

func FuzzScalar(f *testing.F) {
	f.Add(bigN.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) <= 32 {
			checkScalar(t, new(big.Int).SetBytes(b))
		}
	})
}

func TestConstantsFollowFromTheCurve(t *testing.T) {
	third := new(big.Int).ModInverse(big.NewInt(3), bigP)
	modP(third.Mul(third, big.NewInt(486662)))
	eight := bigG.times(big.NewInt(8))
	half := new(big.Int).ModInverse(new(big.Int).Lsh(eight.y, 1), bigP)
	for name, pair := range map[string][2]*big.Int{
		"p":         {toBig(prime), bigP},
		"n":         {toBig(order), bigN},
		"A/3":       {toBig(limbs(thirdOfA)), third},
		"u of 8G":   {toBig(limbs(eightBaseU)), modP(new(big.Int).Sub(eight.x, third))},
		"1/2v of 8": {toBig(limbs(halfEightBase)), half},
	} {
		if pair[0].Cmp(pair[1]) != 0 {
			t.Errorf("%s is %x, want %x", name, pair[0], pair[1])
		}
	}
	if bigG.times(bigN) != nil || !bigG.onCurve() {
		t.Error("n is not the order of the base point")
	}
	// What checkOrder relies on: 5n - 1 is used as it is, and no multiple of the other prime, that of the twist, is
	// 5n or 5n - 2.
	private, err := minusOne()
	if err != nil {
		t.Fatal(err)
	}
	k := littleEndian((*[32]byte)(private.Bytes()))
	fiveN := new(big.Int).Mul(bigN, big.NewInt(5))
	if toBig(k).Cmp(new(big.Int).Sub(fiveN, big.NewInt(1))) != 0 || clampScalar((*[32]byte)(private.Bytes())) != k {
		t.Errorf("5n - 1 is %x", k)
	}
	// The orders of a curve and its twist sum up to 2p + 2, and 4 and a prime make that of the twist.
	twist := new(big.Int).Lsh(bigP, 1)
	twist.Add(twist, big.NewInt(2)).Sub(twist, new(big.Int).Lsh(bigN, 3)).Rsh(twist, 2)
	if !twist.ProbablyPrime(20) {
		t.Errorf("%x is no prime", twist)
	}
	for _, n := range []*big.Int{fiveN, new(big.Int).Sub(fiveN, big.NewInt(2))} {
		if new(big.Int).Mod(n, twist).Sign() == 0 {
			t.Errorf("%x is a multiple of the prime of the twist", n)
		}
	}
}
