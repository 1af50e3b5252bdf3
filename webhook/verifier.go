package webhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Verifier checks whether a delivery comes from someone who has the secret. It is made by a constructor of this package or of a
// vendor's package, does not change afterwards, and serves any number of goroutines.
type Verifier struct{ scheme Scheme }

// Scheme is one way of proving where a delivery comes from. Those of this package have constructors: [NewHMAC] covers the usual
// family, [NewTimestampedHMAC] and [NewSharedHeaders] others. Implement it for the rest, such as a signature with a public
// key, and make a verifier of it with [NewVerifier], which goes into the handler of any vendor. A scheme that also implements
// [Signer] can be tested with [Verifier.Sign]. Its methods may be called from many goroutines.
type Scheme interface {
	// Verify returns nil if the delivery is authentic and, where the scheme signs a time, fresh. Otherwise it returns an error,
	// best one that matches [ErrNoSignature], [ErrMalformed], [ErrMismatch], [ErrTooOld] or [ErrTooNew]. The names in header are
	// in their canonical form; use [SignatureHeader] to read one that must occur once. body is every byte as received.
	Verify(header http.Header, body []byte) error

	// Headers returns the names of the signature headers. Functions do not see them.
	Headers() []string

	// Tolerance is how far from now a signature's time may lie, in either direction; 0 if the scheme signs no time. A handled
	// delivery is remembered for at least twice as long.
	Tolerance() time.Duration
}

// Signer is a [Scheme] that makes signatures too.
type Signer interface {
	// Sign returns the headers that make body, sent at a time, authentic.
	Sign(body []byte, at time.Time) http.Header
}

// NewVerifier returns a verifier of a scheme of your own. The text of an error of s that matches none of this package's is not
// logged, only its type; [Report] has the error itself.
func NewVerifier(s Scheme) (*Verifier, error) {
	if s == nil {
		return nil, &ArgumentError{Field: "s", Rule: "is required"}
	}
	for i, name := range s.Headers() {
		if _, err := headerName(fmt.Sprintf("s.Headers()[%d]", i), name); err != nil {
			return nil, err
		}
	}
	if s.Tolerance() < 0 {
		return nil, &ArgumentError{Field: "s.Tolerance()", Rule: "must not be negative"}
	}
	return &Verifier{customScheme{s}}, nil
}

// Verify returns nil if the delivery is authentic and fresh; otherwise an error that matches [ErrNoSignature], [ErrMalformed],
// [ErrMismatch], [ErrTooOld] or [ErrTooNew], and [ErrEmptyBody] too if there is a signature but no body. body is every byte as
// received: decoding and encoding it again changes it. Header names are found in any case, as gateways pass them on.
func (v *Verifier) Verify(header http.Header, body []byte) error {
	if v == nil || v.scheme == nil {
		return fmt.Errorf("%w: %w", ErrMismatch, errUnmade)
	}
	return verify(v.scheme, canonical(header), body)
}

// verify is [Verifier.Verify] for headers under their canonical names.
func verify(s Scheme, header http.Header, body []byte) error {
	err := s.Verify(header, body)
	if len(body) == 0 && errors.Is(err, ErrMismatch) {
		err = fmt.Errorf("%w: %w", err, ErrEmptyBody)
	}
	return err
}

// Sign returns the headers that make a delivery of body at that time authentic, for tests and for senders. It uses the first
// secret. Only the signed headers are returned; a vendor may send more. There are none if the scheme is not a [Signer].
func (v *Verifier) Sign(body []byte, at time.Time) http.Header {
	if v == nil {
		return http.Header{}
	}
	if s, ok := v.scheme.(Signer); ok {
		return s.Sign(body, at)
	}
	return http.Header{}
}

// Format prints which headers the verifier reads, for every verb, and never a secret or what was made of it.
func (v Verifier) Format(f fmt.State, verb rune) {
	text := "webhook verifier"
	if v.scheme != nil {
		text += " of " + strings.Join(v.scheme.Headers(), ", ")
	}
	formatText(f, verb, text)
}

func formatText(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// customScheme is a scheme of somebody else, whose errors may quote what was received.
type customScheme struct{ Scheme }

// Sign makes a signature if the scheme can.
func (c customScheme) Sign(body []byte, at time.Time) http.Header {
	if s, ok := c.Scheme.(Signer); ok {
		return s.Sign(body, at)
	}
	return http.Header{}
}

// Verify lets every error match one of this package's.
func (c customScheme) Verify(header http.Header, body []byte) error {
	err := c.Scheme.Verify(header, body)
	if err == nil {
		return nil
	}
	for _, known := range []error{ErrNoSignature, ErrMalformed, ErrTooOld, ErrTooNew} {
		if errors.Is(err, known) {
			return &schemeError{known, err}
		}
	}
	return &schemeError{ErrMismatch, err}
}

// schemeError prints which of this package's errors the error of a foreign scheme matches, and not that error.
type schemeError struct{ known, err error }

// Error returns the text of the known error, and the type of the other.
func (e *schemeError) Error() string {
	if e.err == e.known {
		return e.known.Error()
	}
	return e.known.Error() + " (" + unquoted(e.err) + ")"
}

// Unwrap returns both.
func (e *schemeError) Unwrap() []error { return []error{e.known, e.err} }

// SignatureHeader returns the only value of a signature header. The name is in its canonical form. The error is
// [ErrNoSignature] if the header is missing or empty, and matches [ErrMalformed] if it came more than once, since whoever put a
// second one in front could choose which of them counts.
func SignatureHeader(header http.Header, name string) (string, error) {
	values := header[name]
	switch {
	case len(values) > 1:
		return "", malformed("the header came more than once")
	case len(values) == 0 || values[0] == "":
		return "", ErrNoSignature
	}
	return values[0], nil
}

// canonical returns the headers under their canonical names: header itself if it has no others, as net/http makes them.
func canonical(header http.Header) http.Header {
	odd := false
	for name := range header {
		if odd = http.CanonicalHeaderKey(name) != name; odd {
			break
		}
	}
	if !odd {
		return header
	}
	all := make(http.Header, len(header))
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		all[name] = append(all[name], values...)
	}
	return all
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
