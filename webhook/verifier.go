package webhook

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Verifier tells whether a delivery comes from someone who holds the secret. It is made by a constructor of this package or of a
// vendor's package, does not change afterwards, and serves any number of goroutines.
type Verifier struct{ scheme scheme }

// scheme is one way of proving where a delivery comes from.
type scheme interface {
	verify(header http.Header, body []byte) error
	sign(body []byte, at time.Time) http.Header
	headers() []string   // the ones that carry the proof
	span() time.Duration // how far from now a signature may be; 0 if it has no time
}

// Verify returns nil if the delivery is authentic and fresh; otherwise an error that matches [ErrNoSignature], [ErrMalformed],
// [ErrMismatch], [ErrTooOld] or [ErrTooNew]. body is every byte as received: decoding and encoding it again changes it.
// The names in header are in their canonical form, as net/http and [http.Header.Set] write them.
func (v *Verifier) Verify(header http.Header, body []byte) error {
	if v == nil || v.scheme == nil {
		return fmt.Errorf("%w: %w", ErrMismatch, errUnmade)
	}
	return v.scheme.verify(header, body)
}

// Sign returns the headers that make a delivery of body at that moment authentic, for tests and for senders. It uses the first
// secret. Only the signed headers are returned; a vendor may send more.
func (v *Verifier) Sign(body []byte, at time.Time) http.Header {
	if v == nil || v.scheme == nil {
		return http.Header{}
	}
	return v.scheme.sign(body, at)
}

// Format prints what the verifier looks at, for every verb, and never a secret or what was made of it.
func (v Verifier) Format(f fmt.State, verb rune) {
	text := "webhook verifier"
	if v.scheme != nil {
		text += " of " + strings.Join(v.scheme.headers(), ", ")
	}
	formatText(f, verb, text)
}

func formatText(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// one returns the only value of a header.
func one(header http.Header, name string) (string, error) {
	values := header[name]
	switch {
	case len(values) > 1:
		return "", malformed("the header came more than once")
	case len(values) == 0 || values[0] == "":
		return "", ErrNoSignature
	}
	return values[0], nil
}

func headerName(field, name string) (string, error) {
	const special = "!#$%&'*+-.^_`|~"
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && !strings.Contains(special, string(rune(c))) {
			return "", &ArgumentError{Field: field, Rule: "must be a header name"}
		}
	}
	if name == "" {
		return "", &ArgumentError{Field: field, Rule: "is required"}
	}
	return http.CanonicalHeaderKey(name), nil
}

// pools makes the keyed hashes of the secrets, each once.
func pools(secrets []string) ([]*macs, error) {
	if len(secrets) == 0 {
		return nil, &ArgumentError{Field: "secrets", Rule: "needs at least one"}
	}
	var list []*macs
	for i, secret := range secrets {
		fail := func(rule string) error {
			return &ArgumentError{Field: fmt.Sprintf("secrets[%d]", i), Rule: rule}
		}
		switch {
		case strings.TrimSpace(secret) == "":
			return nil, fail("is empty")
		case strings.Trim(secret, "\r\n") != secret:
			return nil, fail("begins or ends with a line break, as from a file: trim it")
		}
		if !slices.Contains(secrets[:i], secret) {
			list = append(list, newMacs(secret))
		}
	}
	return list, nil
}
