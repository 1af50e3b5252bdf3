package webhook

import (
	"errors"
	"strings"
)

// NewPlainHMAC returns a verifier of the format <hex>: the header contains the HMAC-SHA256 of the body, and nothing else. Hex digits
// may be of either case. The format signs no timestamp, so a recorded delivery can be replayed at any time; prefer
// [NewTimestampedHMAC] where the vendor has both. [NewHMAC] covers other encodings, hashes and more.
func NewPlainHMAC(header string, secrets []string, opts ...Option) (*Verifier, error) {
	v, err := NewHMAC(HMACScheme{Header: header, Secrets: secrets}, opts...)
	if e := new(ArgumentError); errors.As(err, &e) && !strings.HasPrefix(e.Field, "With") {
		return nil, &ArgumentError{Field: strings.ToLower(e.Field[:1]) + e.Field[1:], Rule: e.Rule} // as the parameters are called
	}
	return v, err
}
