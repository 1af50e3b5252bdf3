package webhook

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// NewTimestampedHMAC returns a verifier of the form t=<unix seconds>,v1=<hex>: the header holds a time and one or more
// HMAC-SHA256 of "<t>.<body>". Any of the secrets may have signed, so that one can be replaced without losing deliveries; any
// v1 may match. Sums are compared in constant time.
//
// The form is read strictly: parts are separated by commas, blanks are allowed around a part only, the order is free, hex digits
// may be of either case. There is exactly one t, of at most 18 digits and no sign; its text is what is signed, so leading zeros
// count. Parts with other names (v0, v2) are skipped. Everything else is [ErrMalformed], and so is a header that came twice.
func NewTimestampedHMAC(header string, tolerance time.Duration, secrets []string, opts ...Option) (*Verifier, error) {
	name, err := headerName("header", header)
	if err != nil {
		return nil, err
	}
	if tolerance <= 0 {
		return nil, &ArgumentError{Field: "tolerance", Rule: "must be more than nothing"}
	}
	o, err := apply(tolerance, opts)
	if err != nil {
		return nil, err
	}
	keys, err := pools(secrets)
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

func (s *timestamped) headers() []string { return []string{s.name} }

func (s *timestamped) span() time.Duration { return s.tolerance }

func (s *timestamped) verify(header http.Header, body []byte) error {
	text, err := one(header, s.name)
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
	signed, now := time.Unix(seconds, 0), s.now()
	switch {
	case signed.Before(now.Add(-s.tolerance)):
		return ErrTooOld
	case signed.After(now.Add(s.tolerance)):
		return ErrTooNew
	}
	return nil
}

func (s *timestamped) sign(body []byte, at time.Time) http.Header {
	t := strconv.FormatInt(at.Unix(), 10)
	sum := s.keys[0].of(t, body)
	return http.Header{s.name: {"t=" + t + ",v1=" + hex.EncodeToString(sum[:])}}
}

// match reports whether one of the sums was made with one of the keys. It stops after the key that matches: this shows only
// which secret the sender holds, to a sender who holds it.
func match(keys []*macs, t string, body []byte, sums []sum) bool {
	for _, key := range keys {
		want, found := key.of(t, body), false
		for i := range sums {
			if hmac.Equal(want[:], sums[i][:]) {
				found = true
			}
		}
		if found {
			return true
		}
	}
	return false
}

// maxDigits bounds a time so that it fits time.Time with room to compare. It is about 31 thousand million years.
const maxDigits = 18

// parseSignature reads t=…,v1=…. It appends the v1 sums to the given slice, which may live on the caller's stack.
func parseSignature(header string, sums []sum) (t string, seconds int64, _ []sum, err error) {
	for rest, more := header, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		switch {
		case !ok || name == "":
			return "", 0, nil, malformed("a part is not name=value")
		case !visible(name) || !visible(value):
			return "", 0, nil, malformed("a part holds blanks or other than visible ASCII")
		case name == "t":
			if t != "" {
				return "", 0, nil, malformed("t is given twice")
			}
			if seconds, ok = parseSeconds(value); !ok {
				return "", 0, nil, malformed("t is not a count of seconds")
			}
			t = value
		case name == "v1":
			var s sum
			if !parseSum(value, &s) {
				return "", 0, nil, malformed("v1 is not 64 hex digits")
			}
			sums = append(sums, s)
		}
	}
	switch {
	case t == "":
		return "", 0, nil, malformed("t is missing")
	case len(sums) == 0:
		return "", 0, nil, malformed("v1 is missing")
	}
	return t, seconds, sums, nil
}

func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
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

func parseSum(s string, into *sum) bool {
	if len(s) != 2*len(into) {
		return false
	}
	_, err := hex.Decode(into[:], []byte(s))
	return err == nil
}
