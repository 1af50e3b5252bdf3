package abdm

import (
	"cmp"
	"crypto/ecdh"
	"encoding/json"
	"strings"
	"time"
)

// KeyMaterial is the JSON object that travels with sealed data, and that a health information user sends with its
// request: what the other side needs to seal or to open. Nothing in it is secret.
//
// Eka Care calls it key_information and writes crypto_alg, dh_public_key, key_value; the ABDM gateway calls it
// keyMaterial and writes cryptoAlg, dhPublicKey, keyValue. It is read in both spellings, and written in the one that
// it was read in, Eka's by default.
type KeyMaterial struct {
	CryptoAlg   string      // "ECDH"
	Curve       string      // "Curve25519"
	DHPublicKey DHPublicKey // the public key
	Nonce       string      // base64 of 32 bytes

	gateway bool // whether the JSON has the spelling of the gateway
}

// DHPublicKey is the public key of a [KeyMaterial].
type DHPublicKey struct {
	Expiry     string `json:"expiry,omitzero"`     // when the key expires, as it came; see Expires
	Parameters string `json:"parameters,omitzero"` // "Curve25519/32byte random key"
	KeyValue   string `json:"key_value"`           // the key in one of the formats of [Encoding]
}

// Expires returns when the key expires, or the zero time if that is not said. An expiry that is not RFC 3339 is an
// [*Error]: the network's documents define no layout, and show this one.
func (k DHPublicKey) Expires() (time.Time, error) {
	if k.Expiry == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, k.Expiry)
	if err != nil {
		return time.Time{}, invalidKey("dh_public_key.expiry", "must be a time as in RFC 3339")
	}
	return t, nil
}

const (
	algorithm  = "ECDH"
	curveName  = "Curve25519"
	parameters = "Curve25519/32byte random key"
)

type ekaMaterial struct {
	CryptoAlg   string      `json:"crypto_alg,omitzero"`
	Curve       string      `json:"curve,omitzero"`
	DHPublicKey DHPublicKey `json:"dh_public_key"`
	Nonce       string      `json:"nonce"`
}

type gatewayMaterial struct {
	CryptoAlg   string           `json:"cryptoAlg,omitzero"`
	Curve       string           `json:"curve,omitzero"`
	DHPublicKey gatewayPublicKey `json:"dhPublicKey"`
	Nonce       string           `json:"nonce"`
}

type gatewayPublicKey struct {
	Expiry     string `json:"expiry,omitzero"`
	Parameters string `json:"parameters,omitzero"`
	KeyValue   string `json:"keyValue"`
}

// MarshalJSON writes the spelling that the object was read in.
func (m KeyMaterial) MarshalJSON() ([]byte, error) {
	if m.gateway {
		return json.Marshal(gatewayMaterial{m.CryptoAlg, m.Curve, gatewayPublicKey(m.DHPublicKey), m.Nonce})
	}
	return json.Marshal(ekaMaterial{m.CryptoAlg, m.Curve, m.DHPublicKey, m.Nonce})
}

// UnmarshalJSON reads both spellings.
func (m *KeyMaterial) UnmarshalJSON(b []byte) error {
	var eka ekaMaterial
	var gateway gatewayMaterial
	if err := cmp.Or(json.Unmarshal(b, &eka), json.Unmarshal(b, &gateway)); err != nil {
		return err
	}
	*m = KeyMaterial{eka.CryptoAlg, eka.Curve, eka.DHPublicKey, eka.Nonce, false}
	if (eka.DHPublicKey == DHPublicKey{}) && (gateway.DHPublicKey != gatewayPublicKey{}) {
		*m = KeyMaterial{gateway.CryptoAlg, gateway.Curve, DHPublicKey(gateway.DHPublicKey), gateway.Nonce, true}
	}
	return nil
}

// Peer is the other side of an exchange: its key and its nonce, checked. Make one with [NewPeer]. It is safe for
// concurrent use.
type Peer struct {
	key      *ecdh.PublicKey
	encoding Encoding
	nonce    nonce
	expiry   string
	gateway  bool
}

// NewPeer checks what the other side sent. It reads keys in every format of [Encoding], in base64 that may be escaped
// (\u002B), broken into lines, unpadded, or in the alphabet for URLs, and refuses points that are not on the curve or
// not in the group of its base point.
//
// Errors match [ErrInvalidKey] or [ErrInvalidNonce]. The expiry is not judged: data may arrive late, and what to do
// with it is the caller's decision; see [DHPublicKey.Expires].
func NewPeer(m KeyMaterial) (*Peer, error) {
	if m.CryptoAlg != "" && !strings.EqualFold(m.CryptoAlg, algorithm) {
		return nil, invalidKey("crypto_alg", "must be "+algorithm)
	}
	if m.Curve != "" && !strings.EqualFold(m.Curve, curveName) {
		return nil, invalidKey("curve", "must be "+curveName)
	}
	key, encoding, rule := parsePublicKey(m.DHPublicKey.KeyValue)
	if rule != "" {
		return nil, invalidKey("dh_public_key.key_value", rule)
	}
	n, err := parseNonce(m.Nonce)
	if err != nil {
		return nil, err
	}
	return &Peer{key, encoding, n, m.DHPublicKey.Expiry, m.gateway}, nil
}

// Encoding returns the format that the peer sent its key in. [Seal] replies in the same one.
func (p *Peer) Encoding() Encoding { return p.encoding }
