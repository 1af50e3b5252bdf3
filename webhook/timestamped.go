package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// NewTimestampedHMAC returns a verifier of the format t=<unix seconds>,v1=<hex>: one header has a time and one or more HMAC-SHA256
// of "<t>.<body>". Any of the secrets may have signed, so that one can be replaced without losing deliveries; any v1 may
// match. Sums are compared in constant time.
//
// Parts are separated by commas, blanks around a part are allowed, the order is free, hex digits may be of either case. There is
// exactly one t, of at most 18 digits and no sign; its text is what is signed, so leading zeros count. What cannot weaken the
// check is skipped: parts with other names (v0, v2), a bare flag, an empty part, and a v1 that is not a sum if another one is.
// A header without a t or a v1, with a second t, or that came twice, is [ErrMalformed].
func NewTimestampedHMAC(header string, tolerance time.Duration, secrets []string, opts ...Option) (*Verifier, error) {
	name, err := headerName("header", header)
	if err != nil {
		return nil, err
	}
	if tolerance <= 0 {
		return nil, &ArgumentError{Field: "tolerance", Rule: "must be positive"}
	}
	o, err := apply(options{tolerance: tolerance}, opts)
	if err != nil {
		return nil, err
	}
	keys, _, err := keysOf("secrets", secrets, sha256.New)
	if err != nil {
		return nil, err
	}
	return &Verifier{&timestamped{name, keys, o}}, nil
}

type timestamped struct {
	name string
	keys []*macs
	options
}

// Headers is part of [Scheme].
func (s *timestamped) Headers() []string { return []string{s.name} }

// Verify is part of [Scheme].
func (s *timestamped) Verify(header http.Header, body []byte) error {
	text, err := SignatureHeader(header, s.name)
	if err != nil {
		return err
	}
	var space [4]sum
	t, seconds, sums, err := parseSignature(text, space[:0])
	if err != nil {
		return err
	}
	if !match(s.keys, t, body, sums) {
		return ErrMismatch
	}
	return s.fresh(time.Unix(seconds, 0))
}

// Sign is part of [Signer].
func (s *timestamped) Sign(body []byte, at time.Time) http.Header {
	t := strconv.FormatInt(at.Unix(), 10)
	sum := s.keys[0].of(t, body)
	return http.Header{s.name: {"t=" + t + ",v1=" + hex.EncodeToString(sum.slice())}}
}

// maxDigits bounds a time so that it fits time.Time with room to compare. It is about 31 thousand million years.
const maxDigits = 18

// parseSignature reads t=…,v1=…. It appends the v1 sums to the given slice, which may live on the caller's stack.
func parseSignature(header string, sums []sum) (t string, seconds int64, _ []sum, err error) {
	odd := false // there is a v1 that is not a sum
	for rest, more := header, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		switch {
		case !ok:
		case name == "t":
			if t != "" {
				return "", 0, nil, malformed("t occurs twice")
			}
			if seconds, ok = parseSeconds(value); !ok {
				return "", 0, nil, malformed("t is not a number of seconds")
			}
			t = value
		case name == "v1":
			var s sum
			if parseSum(value, sha256.Size, &s) {
				sums = append(sums, s)
			} else {
				odd = true
			}
		}
	}
	switch {
	case t == "":
		return "", 0, nil, malformed("t is missing")
	case len(sums) == 0 && odd:
		return "", 0, nil, malformed("v1 is not 64 hex digits")
	case len(sums) == 0:
		return "", 0, nil, malformed("v1 is missing")
	}
	return t, seconds, sums, nil
}

func parseSeconds(s string) (seconds int64, ok bool) {
	if s == "" || len(s) > maxDigits {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		seconds = seconds*10 + int64(c-'0')
	}
	return seconds, true
}

// parseSum reads a sum of a size in hex.
func parseSum(s string, size int, into *sum) bool {
	if len(s) != 2*size {
		return false
	}
	_, err := hex.Decode(into.bytes[:], []byte(s))
	into.size = size
	return err == nil
}
