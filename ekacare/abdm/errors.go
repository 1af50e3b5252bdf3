package abdm

import "errors"

// Sentinel errors say what is wrong. Test with [errors.Is]; the details are in [Error].
var (
	// ErrInvalidKey matches a key that cannot be read, belongs to another curve, or must not be used: a point that is
	// not on the curve or not in the group of its base point.
	ErrInvalidKey = errors.New("abdm: invalid key")
	// ErrInvalidNonce matches a nonce that is not base64 of 32 bytes.
	ErrInvalidNonce = errors.New("abdm: invalid nonce")
	// ErrInvalidContent matches content that no key opens: it is not base64, or too short to be sealed.
	ErrInvalidContent = errors.New("abdm: invalid content")
	// ErrCannotOpen matches content that this key set does not open: it was sealed for another one, or altered. A
	// caller that has several key sets tries the next.
	ErrCannotOpen = errors.New("abdm: content cannot be opened")
)

// Error is an error of this package. Its text names the field and never contains a value.
type Error struct {
	Field string // as the wire calls it, "dh_public_key.key_value"; or "private key", "peer", "key set", "content"
	Rule  string // what the field must be: "must be base64 of 32 bytes"

	kind error
}

// Error returns one line without the value.
func (e *Error) Error() string { return "abdm: " + e.Field + " " + e.Rule }

// Unwrap returns the sentinel that the error matches.
func (e *Error) Unwrap() error { return e.kind }

const (
	ruleNoKey = "must be base64 of a point (4, x, y: 65 bytes) or of an X.509 SubjectPublicKeyInfo"
	// ruleMontgomery is for a key that its sender would use for the X25519 of RFC 7748, with another shared secret.
	ruleMontgomery = "must be a point of the curve in Weierstrass form, not the 32 bytes of an X25519 key"
	ruleOffCurve   = "must be a point of the curve"
	ruleOrder      = "must be a point of the group that the base point generates"
)

func invalidKey(field, rule string) error { return &Error{field, rule, ErrInvalidKey} }
