package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// SharedHeader is a header that carries a credential as it is, and the values that are accepted. It prints without them.
type SharedHeader struct {
	Name   string
	Values []string `json:"-"` // more than one while credentials are being replaced
}

// Format prints only the name, for every verb.
func (h SharedHeader) Format(f fmt.State, verb rune) { formatText(f, verb, "shared header "+h.Name) }

// LogValue returns the name.
func (h SharedHeader) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(h)) }

// NewSharedHeaders returns a verifier of credentials that travel in headers. All the headers must be there. Their i-th values
// belong together, so that a key goes with its own secret and not with the one before; every header therefore has as many
// values as the others. The comparison takes the same time wherever the first difference is.
//
// Nothing ties such a credential to the body or to a time: whoever sees one delivery can make others. Accept them over TLS
// only.
func NewSharedHeaders(headers []SharedHeader, opts ...Option) (*Verifier, error) {
	if len(headers) == 0 {
		return nil, &ArgumentError{Field: "headers", Rule: "needs at least one"}
	}
	o, err := apply(options{headers: len(headers)}, opts)
	if err != nil {
		return nil, err
	}
	var first []string
	s := &shared{sets: make([][]hashed, len(headers[0].Values)+len(o.former)), first: func() []string { return first }}
	for i, h := range headers {
		field := fmt.Sprintf("headers[%d]", i)
		name, err := headerName(field+".Name", h.Name)
		if err != nil {
			return nil, err
		}
		switch {
		case slices.Contains(s.names, name):
			return nil, &ArgumentError{Field: field + ".Name", Rule: "is given twice"}
		case len(h.Values) == 0:
			return nil, &ArgumentError{Field: field + ".Values", Rule: "needs at least one"}
		case len(h.Values) != len(headers[0].Values):
			return nil, &ArgumentError{Field: field + ".Values", Rule: "must be as many as those of the first header"}
		}
		values := slices.Clone(h.Values)
		for _, former := range o.former {
			values = append(values, former[i])
		}
		for j, value := range values {
			at := fmt.Sprintf("%s.Values[%d]", field, j)
			if j >= len(h.Values) {
				at = "WithFormerValues"
			}
			if err := checkShared(at, value); err != nil {
				return nil, err
			}
			s.sets[j] = append(s.sets[j], sha256.Sum256([]byte(value)))
		}
		s.names = append(s.names, name)
		first = append(first, h.Values[0])
	}
	return &Verifier{s}, nil
}

// checkShared refuses what no header can carry, or nobody can have meant.
func checkShared(field, value string) error {
	switch {
	case value == "":
		return &ArgumentError{Field: field, Rule: "is empty"}
	case strings.TrimSpace(value) != value || strings.ContainsAny(value, "\r\n\x00"):
		return &ArgumentError{Field: field, Rule: "has blanks at an end or line breaks, which no header can carry"}
	}
	return nil
}

// hashed is the hash of a value: hashes are of one length, whatever the values are.
type hashed [sha256.Size]byte

type shared struct {
	names []string
	first func() []string // of each header the first value, where no printer that walks through a value comes to it
	sets  [][]hashed      // sets[i][j] is of the i-th value of header j
}

// Headers is part of [Scheme].
func (s *shared) Headers() []string { return s.names }

// Tolerance is part of [Scheme].
func (s *shared) Tolerance() time.Duration { return 0 }

// Verify is part of [Scheme].
func (s *shared) Verify(header http.Header, _ []byte) error {
	var space [4]hashed
	got := space[:0]
	for _, name := range s.names {
		value, err := SignatureHeader(header, name)
		if err != nil {
			return err
		}
		got = append(got, sha256.Sum256([]byte(value)))
	}
	matched := 0
	for _, set := range s.sets {
		all := 1
		for i := range set {
			all &= subtle.ConstantTimeCompare(set[i][:], got[i][:])
		}
		matched |= all
	}
	if matched != 1 {
		return ErrMismatch
	}
	return nil
}

// Sign is part of [Signer].
func (s *shared) Sign([]byte, time.Time) http.Header {
	header, values := make(http.Header, len(s.names)), s.first()
	for i, name := range s.names {
		header[name] = []string{values[i]}
	}
	return header
}
