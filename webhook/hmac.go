package webhook

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// HMACScheme describes a signature of the usual family: a header with the HMAC of the body, or of the body and more. It prints without
// its secrets. Vendors that differ only in these points need no [Scheme] of their own:
//
//	webhook.NewHMAC(webhook.HMACScheme{Header: "X-Hub-Signature-256", Prefix: "sha256=", Secrets: secrets})
type HMACScheme struct {
	Header  string   // that has the signature
	Secrets []string `json:"-"` // the keys, as bytes; any may have signed, the first one signs

	Encoding Encoding         // of the signature; Hex by default
	Hash     func() hash.Hash // [crypto/sha256.New] by default; its sums have 20 to 64 bytes
	Prefix   string           // in front of the signature, such as "sha256="

	// Separator stands between several signatures in one header, such as " " or ",". One of them must match. Those without the
	// Prefix, which are of another version, and empty ones are skipped. By default there is one signature.
	Separator string

	// TimeHeader has the time of sending in seconds since 1970: at most 18 digits. Then Tolerance says how far it may lie from this
	// host's clock, in either direction. Without it a recorded delivery can be replayed at any time, and only the record of handled
	// deliveries protects.
	TimeHeader string
	Tolerance  time.Duration

	// Signed returns what is signed. By default that is the body, and with a TimeHeader its value, a dot, and the body. It must depend
	// on every byte of the body and on the TimeHeader, which NewHMAC tries out. Put a separator that its neighbour cannot contain
	// between two parts, as far as the vendor does. The names in header are in their canonical form.
	Signed func(header http.Header, body []byte) []byte
}

// Format prints only the names of the headers, for every verb.
func (s HMACScheme) Format(f fmt.State, verb rune) {
	formatText(f, verb, strings.TrimSpace("HMAC in header "+s.Header+" "+s.TimeHeader))
}

// LogValue is what Format prints.
func (s HMACScheme) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// Encoding is how the bytes of a signature are written.
type Encoding int

// The encodings. Others, and others' padding, do not match.
const (
	Hex       Encoding = iota // digits of either case
	Base64                    // with + and /, padded
	Base64URL                 // with - and _, padded or not
)

// encode writes a sum.
func (e Encoding) encode(sum []byte) string {
	switch e {
	case Base64:
		return base64.StdEncoding.EncodeToString(sum)
	case Base64URL:
		return base64.URLEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

// decode reads a sum of a size.
func (e Encoding) decode(text string, size int, into *sum) bool {
	if e == Hex {
		return parseSum(text, size, into)
	}
	encoding := base64.StdEncoding
	if e == Base64URL {
		encoding = base64.URLEncoding
	}
	if strings.ContainsAny(text, "\r\n") { // which package base64 skips
		return false
	}
	if e == Base64URL && len(text) == base64.RawURLEncoding.EncodedLen(size) {
		encoding = base64.RawURLEncoding
	}
	if len(text) != encoding.EncodedLen(size) {
		return false
	}
	var space [maxSum + 2]byte
	n, err := encoding.Strict().Decode(space[:], []byte(text))
	into.size = copy(into.bytes[:], space[:n])
	return err == nil && n == size
}

// NewHMAC returns a verifier of a scheme. Sums are compared in constant time. An argument that cannot work, such as an empty secret
// or one that FIPS 140 mode does not allow, is an [*ArgumentError].
func NewHMAC(s HMACScheme, opts ...Option) (*Verifier, error) {
	if s.Hash == nil {
		s.Hash = sha256.New
	}
	name, err := headerName("Header", s.Header)
	if err != nil {
		return nil, err
	}
	timeName := ""
	if s.TimeHeader != "" {
		if timeName, err = headerName("TimeHeader", s.TimeHeader); err != nil {
			return nil, err
		}
	}
	o, err := s.options(opts)
	if err != nil {
		return nil, err
	}
	keys, size, err := keysOf("Secrets", s.Secrets, s.Hash)
	if err != nil {
		return nil, err
	}
	h := &hmacs{HMACScheme: s, options: o, keys: keys, size: size}
	h.Header, h.TimeHeader, h.Secrets = name, timeName, nil
	if err := h.check(); err != nil {
		return nil, err
	}
	if s.Signed != nil {
		if err := h.probe(); err != nil {
			return nil, err
		}
	}
	return &Verifier{h}, nil
}

// check reports the first rule that the scheme breaks.
func (s *hmacs) check() error {
	fail := func(field, rule string) error { return &ArgumentError{Field: field, Rule: rule} }
	switch {
	case s.Header == s.TimeHeader:
		return fail("TimeHeader", "must not be the Header")
	case s.Encoding < Hex || s.Encoding > Base64URL:
		return fail("Encoding", "must be Hex, Base64 or Base64URL")
	case s.size < 20 || s.size > maxSum:
		return fail("Hash", "must make sums of 20 to 64 bytes")
	case s.Separator != "" && strings.Contains(s.Prefix, s.Separator):
		return fail("Prefix", "must not contain the Separator")
	}
	return nil
}

// options are those of the scheme, changed by opts.
func (s HMACScheme) options(opts []Option) (options, error) {
	o, err := apply(options{tolerance: s.Tolerance}, opts)
	switch {
	case s.TimeHeader != "" && s.Tolerance <= 0:
		err = &ArgumentError{Field: "Tolerance", Rule: "must be positive where there is a TimeHeader"}
	case s.TimeHeader == "" && s.Tolerance != 0:
		err = &ArgumentError{Field: "Tolerance", Rule: "does not fit a scheme that signs no time"}
	}
	return o, err
}

type hmacs struct {
	HMACScheme
	options
	keys []*macs
	size int // of a sum
}

// probe refuses a Signed that leaves out what it must not: then the rest would not be authentic.
func (s *hmacs) probe() error {
	signed := func(t, body string) (message []byte, err error) {
		err = guard(func() error {
			header := http.Header{}
			if s.TimeHeader != "" {
				header.Set(s.TimeHeader, t)
			}
			message = bytes.Clone(s.Signed(header, []byte(body)))
			return nil
		})
		return message, err
	}
	one, err := signed("1000000001", `{"a":1}`)
	body, err2 := signed("1000000001", `{"a":2}`)
	later, err3 := signed("1000000002", `{"a":1}`)
	rule := ""
	switch {
	case err != nil || err2 != nil || err3 != nil:
		rule = "must not panic when a header is missing"
	case bytes.Equal(one, body):
		rule = "must depend on the body"
	case s.TimeHeader != "" && bytes.Equal(one, later):
		rule = "must depend on the TimeHeader"
	default:
		return nil
	}
	return &ArgumentError{Field: "Signed", Rule: rule}
}

// Headers is part of [Scheme].
func (s *hmacs) Headers() []string {
	if s.TimeHeader == "" {
		return []string{s.Header}
	}
	return []string{s.Header, s.TimeHeader}
}

// Tolerance is part of [Scheme].
func (s *hmacs) Tolerance() time.Duration { return s.options.Tolerance() }

// Verify is part of [Scheme].
func (s *hmacs) Verify(header http.Header, body []byte) error {
	text, err := SignatureHeader(header, s.Header)
	if err != nil {
		return err
	}
	var space [4]sum
	sums, err := s.parse(text, space[:0])
	if err != nil {
		return err
	}
	t, seconds, ok := "", int64(0), false
	if s.TimeHeader != "" {
		if t, err = SignatureHeader(header, s.TimeHeader); err != nil {
			return err
		}
		t = strings.Trim(t, " \t")
		if seconds, ok = parseSeconds(t); !ok {
			return malformed("the time is not a number of seconds")
		}
	}
	t, message := s.message(t, header, body)
	switch {
	case !match(s.keys, t, message, sums):
		return ErrMismatch
	case s.TimeHeader != "":
		return s.fresh(time.Unix(seconds, 0))
	}
	return nil
}

// message returns what is signed: message itself, or, if a time comes back, that, a dot and the message.
func (s *hmacs) message(t string, header http.Header, body []byte) (string, []byte) {
	if s.Signed == nil {
		return t, body
	}
	return "", s.Signed(header, body)
}

// parse appends the signatures in the header to sums.
func (s *hmacs) parse(text string, sums []sum) ([]sum, error) {
	for rest, more := text, true; more; {
		part := rest
		if more = s.Separator != ""; more {
			part, rest, more = strings.Cut(rest, s.Separator)
		}
		part, ok := strings.CutPrefix(strings.Trim(part, " \t"), s.Prefix)
		var one sum
		if ok && s.Encoding.decode(part, s.size, &one) {
			sums = append(sums, one)
		}
	}
	if len(sums) == 0 {
		return nil, malformed("the header has no signature of this encoding and length")
	}
	return sums, nil
}

// Sign is part of [Signer].
func (s *hmacs) Sign(body []byte, at time.Time) http.Header {
	header, t := http.Header{}, ""
	if s.TimeHeader != "" {
		t = strconv.FormatInt(at.Unix(), 10)
		header.Set(s.TimeHeader, t)
	}
	t, message := s.message(t, header, body)
	made := s.keys[0].of(t, message)
	header.Set(s.Header, s.Prefix+s.Encoding.encode(made.slice()))
	return header
}
