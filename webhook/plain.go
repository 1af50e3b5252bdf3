package webhook

import (
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// NewPlainHMAC returns a verifier of the form <hex>: the header holds the HMAC-SHA256 of the body, and nothing else. Hex digits
// may be of either case. The form signs no time, so whoever records a delivery can send it again at any time; prefer
// [NewTimestampedHMAC] where the vendor has both.
func NewPlainHMAC(header string, secrets []string, opts ...Option) (*Verifier, error) {
	name, err := headerName("header", header)
	if err != nil {
		return nil, err
	}
	if _, err := apply(0, opts); err != nil {
		return nil, err
	}
	keys, err := pools(secrets)
	if err != nil {
		return nil, err
	}
	return &Verifier{&plain{name, keys}}, nil
}

type plain struct {
	name string
	keys []*macs
}

func (s *plain) headers() []string { return []string{s.name} }

func (s *plain) span() time.Duration { return 0 }

func (s *plain) verify(header http.Header, body []byte) error {
	text, err := one(header, s.name)
	if err != nil {
		return err
	}
	var sums [1]sum
	if !parseSum(strings.Trim(text, " \t"), &sums[0]) {
		return malformed("it is not 64 hex digits")
	}
	if !match(s.keys, "", body, sums[:]) {
		return ErrMismatch
	}
	return nil
}

func (s *plain) sign(body []byte, _ time.Time) http.Header {
	sum := s.keys[0].of("", body)
	return http.Header{s.name: {hex.EncodeToString(sum[:])}}
}
