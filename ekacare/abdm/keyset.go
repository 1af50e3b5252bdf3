package abdm

import (
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// KeySet is one's own side of an exchange: a private key with its public key, and a nonce. It opens what others
// sealed for it, as often as they like; to seal, [Seal] makes new keys for each message. It is safe for concurrent
// use.
//
// The private key stays inside: printed, logged and as JSON or text, a key set is "abdm.KeySet [redacted]".
// [KeySet.ExportPrivateKey] is the one way out, for a store.
type KeySet struct {
	keys *keys
}

// keys has what is secret behind a second pointer. In an unexported field of somebody's struct a KeySet prints
// without its methods, and some verbs (%s) show what its pointer points to, but no pointer further.
type keys struct {
	scalar  *limbs           // the private key d, below n
	private *ecdh.PrivateKey // d or -d, as X25519 wants it
	public  point            // d·G
	nonce   nonce
	expires time.Time
}

// NewKeySet makes a key set from the system's random numbers. expires is what it says to others; the zero time leaves
// that out. Keep a key set for as long as data may arrive that was sealed for it, also after it was replaced.
func NewKeySet(expires time.Time) (*KeySet, error) {
	random, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("abdm: make a key: %w", err)
	}
	var n nonce
	if _, err := rand.Read(n[:]); err != nil {
		return nil, fmt.Errorf("abdm: make a nonce: %w", err)
	}
	return newKeySet(reduceScalar(clampScalar((*[32]byte)(random.Bytes()))), n, expires)
}

// ParseKeySet makes a key set from its parts: one that [KeySet.ExportPrivateKey] and [KeySet.KeyMaterial] wrote to a
// store, or keys that another ABDM library made, such as those of the vendor's ECDH.GenerateKeys. privateKey is
// base64 of a big-endian integer, in 32 bytes or in the layout of Java's BigInteger. The public key follows from it.
//
// Errors match [ErrInvalidKey] or [ErrInvalidNonce].
func ParseKeySet(privateKey, nonce string, expires time.Time) (*KeySet, error) {
	d, ok := parseScalar(privateKey)
	if !ok {
		return nil, invalidKey("private key", "must be base64 of a big-endian integer of at most 32 bytes")
	}
	n, err := parseNonce(nonce)
	if err != nil {
		return nil, err
	}
	return newKeySet(d, n, expires)
}

func newKeySet(d limbs, n nonce, expires time.Time) (*KeySet, error) {
	k, negative, ok := liftScalar(d)
	if !ok {
		return nil, invalidKey("private key", "must not be next to a multiple of the order of the curve")
	}
	public, private, err := publicPoint(k, negative)
	if err != nil {
		return nil, fmt.Errorf("abdm: work out the public key: %w", err)
	}
	return &KeySet{&keys{&d, private, public, n, expires}}, nil
}

// KeyMaterial returns the public part, to send to others. A value other than the named ones counts as [EncodingRaw].
func (k *KeySet) KeyMaterial(encoding Encoding) KeyMaterial {
	key := k.keys.public[:]
	if encoding == EncodingX509 {
		key = k.keys.public.x509()
	}
	m := KeyMaterial{
		CryptoAlg: algorithm, Curve: curveName, Nonce: encodeBase64(k.keys.nonce[:]),
		DHPublicKey: DHPublicKey{Parameters: parameters, KeyValue: encodeBase64(key)},
	}
	if !k.keys.expires.IsZero() {
		m.DHPublicKey.Expiry = k.keys.expires.UTC().Format(time.RFC3339)
	}
	return m
}

// Expires returns when the key set expires, the zero time if it does not say. Nothing here refuses to open after it.
func (k *KeySet) Expires() time.Time { return k.keys.expires }

// ExportPrivateKey returns the private key in the layout that ABDM libraries share: base64 of 32 bytes, big-endian.
// Whoever has it can read all health data that was ever sealed for this key set. Call it only to keep the key set in a
// store that is encrypted, together with the nonce of [KeySet.KeyMaterial]; [ParseKeySet] restores the key set. No
// other method, and no printing, returns the private key.
func (k *KeySet) ExportPrivateKey() string {
	b := k.keys.scalar.bigEndian()
	return encodeBase64(b[:])
}

const redacted = "abdm.KeySet [redacted]"

// Format prints "abdm.KeySet [redacted]" for every verb.
func (KeySet) Format(f fmt.State, verb rune) {
	text := redacted
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// LogValue is "abdm.KeySet [redacted]".
func (KeySet) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "abdm.KeySet [redacted]", also in JSON. What it writes cannot be read back.
func (KeySet) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText fails: a key set is not kept as a string or JSON. See [KeySet.ExportPrivateKey].
func (*KeySet) UnmarshalText([]byte) error {
	return noKeySet()
}
