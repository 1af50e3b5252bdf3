package abdm

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"slices"
)

// x509Prefix is what every X.509 SubjectPublicKeyInfo with the parameters of the curve written out begins with; the
// point follows. Java's libraries (BouncyCastle) send and expect it like this. Its parts are in the test, which
// builds it again.
const x509Prefix = "308201313081ea06072a8648ce3d02013081de020101" +
	"302b06072a8648ce3d01010220" + primeHex +
	"30440420" + aHex + "0420" + bHex +
	"044104" + baseXHex + baseYHex +
	"0220" + orderHex + "020108" + "034200"

const (
	primeHex = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
	aHex     = "2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa984914a144"
	bHex     = "7b425ed097b425ed097b425ed097b425ed097b425ed097b4260b5e9c7710c864"
	baseXHex = "2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad245a"
	baseYHex = "20ae19a1b8a086b4e01edd2c7748d14c923d4d7e6d7c61b229e9c5a27eced3d9"
	orderHex = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"
)

var (
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidPrimeField  = asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}
	oidX25519      = asn1.ObjectIdentifier{1, 3, 101, 110}
)

type subjectPublicKeyInfo struct {
	Algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	PublicKey asn1.BitString
}

// ecParameters has integers as they are encoded: they are compared, not calculated with.
type ecParameters struct {
	Version int
	Field   struct {
		Type  asn1.ObjectIdentifier
		Prime asn1.RawValue
	}
	Curve struct {
		A, B []byte
		Seed asn1.BitString `asn1:"optional"`
	}
	Base     []byte
	Order    asn1.RawValue
	Cofactor int `asn1:"optional"`
}

func (p point) x509() []byte { return append(fromHex(x509Prefix), p[:]...) }

// pointOfX509 returns the encoded point of a SubjectPublicKeyInfo. Parameters of another curve are refused, whatever
// they are: whoever could choose them could choose a curve, or a base point, where private keys are easy to find.
func pointOfX509(der []byte) ([]byte, string) {
	if point, ok := bytes.CutPrefix(der, fromHex(x509Prefix)); ok && len(point) == 65 {
		return point, ""
	}
	var info subjectPublicKeyInfo
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, ruleNoKey
	}
	switch algorithm := info.Algorithm.Algorithm; {
	case algorithm.Equal(oidX25519):
		return nil, ruleMontgomery
	case !algorithm.Equal(oidECPublicKey):
		return nil, "must be a key of an elliptic curve"
	}
	var parameters ecParameters
	rest, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &parameters)
	if err != nil || len(rest) > 0 || !parameters.areCurve25519() {
		return nil, "must have the parameters of Curve25519 in Weierstrass form, written out"
	}
	if info.PublicKey.BitLength%8 != 0 {
		return nil, ruleNoKey
	}
	return info.PublicKey.Bytes, ""
}

func (p *ecParameters) areCurve25519() bool {
	is := func(b []byte, text string) bool { return bytes.Equal(b, fromHex(text)) }
	integer := func(v asn1.RawValue, text string) bool {
		return v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger && is(v.Bytes, text)
	}
	// Only x of the base point counts, which may be compressed: a y of the other sign changes the sign of all public
	// keys and no secret.
	base := len(p.Base) == 65 && p.Base[0] == 4 || len(p.Base) == 33 && (p.Base[0] == 2 || p.Base[0] == 3)
	return p.Field.Type.Equal(oidPrimeField) && integer(p.Field.Prime, primeHex) &&
		is(p.Curve.A, aHex) && is(p.Curve.B, bHex) &&
		base && is(p.Base[1:33], baseXHex) &&
		integer(p.Order, orderHex) && slices.Contains([]int{0, 8}, p.Cofactor)
}

// fromHex decodes one of the constants of this file.
func fromHex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}
