package abdm

import (
	"crypto/ecdh"
	"strconv"
)

// Encoding is the format of a public key on the wire, always in base64. Some health information users read one
// format only, so reply in theirs.
type Encoding int

const (
	// EncodingRaw is the point without compression, 65 bytes: 4, x, y. It is the default. A compressed point, 33
	// bytes, is read too.
	EncodingRaw Encoding = iota
	// EncodingX509 is an X.509 SubjectPublicKeyInfo with the parameters of the curve written out, 309 bytes, as
	// Java's libraries make it.
	EncodingX509
)

// String returns "raw" or "X.509".
func (e Encoding) String() string {
	switch e {
	case EncodingRaw:
		return "raw"
	case EncodingX509:
		return "X.509"
	}
	return "Encoding(" + strconv.Itoa(int(e)) + ")"
}

// maxKeyText is more than the longest key takes, also when each of its characters is escaped.
const maxKeyText = 8 << 10

// parsePublicKey reads a public key in every format, or returns which rule it breaks.
func parsePublicKey(text string) (key *ecdh.PublicKey, encoding Encoding, rule string) {
	if text == "" {
		return nil, 0, "must not be empty"
	}
	if len(text) > maxKeyText {
		return nil, 0, ruleNoKey
	}
	b, ok := decodeBase64(text)
	switch {
	case !ok || len(b) == 0:
		return nil, 0, ruleNoKey
	case len(b) == 32:
		return nil, 0, ruleMontgomery
	case b[0] == 0x30: // a sequence of ASN.1
		encoding = EncodingX509
		if b, rule = pointOfX509(b); rule != "" {
			return nil, 0, rule
		}
	}
	key, rule = parsePoint(b)
	return key, encoding, rule
}

// parseScalar reads a private key as others write it, base64 of a big-endian integer in the layout of Java's
// BigInteger: with zeros in front or shorter than 32 bytes. It returns the integer modulo n.
func parseScalar(text string) (limbs, bool) {
	if len(text) > maxKeyText {
		return limbs{}, false
	}
	b, ok := decodeBase64(text)
	if !ok {
		return limbs{}, false
	}
	var front byte
	for len(b) > 32 {
		front |= b[0]
		b = b[1:]
	}
	var padded [32]byte
	copy(padded[32-len(b):], b)
	return reduceScalar(bigEndian(&padded)), front == 0
}

const nonceSize = 32

type nonce [nonceSize]byte

func parseNonce(text string) (n nonce, err error) {
	b, ok := []byte(nil), len(text) <= maxKeyText
	if ok {
		b, ok = decodeBase64(text)
	}
	if !ok || len(b) != nonceSize {
		return n, &Error{"nonce", "must be base64 of 32 bytes", ErrInvalidNonce}
	}
	return nonce(b), nil
}
