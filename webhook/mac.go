package webhook

import (
	"crypto/hmac"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
)

// maxSum is the size in bytes of the longest sum that a hash of the standard library makes.
const maxSum = 64

// sum is one HMAC, or a hash.
type sum struct {
	bytes [maxSum]byte
	size  int
}

func (s *sum) slice() []byte { return s.bytes[:s.size] }

// macs computes sums under one secret. It keeps used hash states, because keying a new one costs as much as hashing a small body.
type macs struct{ idle sync.Pool }

type macState struct {
	hash   hash.Hash
	prefix [maxDigits + 1]byte // in the state, since a slice that is passed to an interface is allocated
	sum    sum
}

// newMacs returns an error if the hash refuses the secret, as FIPS 140 demands of short ones. Better now than at the first delivery.
func newMacs(newHash func() hash.Hash, secret string) (m *macs, size int, err error) {
	key := []byte(secret)
	m = &macs{sync.Pool{New: func() any { return &macState{hash: hmac.New(newHash, key)} }}}
	err = guard(func() error {
		s := m.idle.Get().(*macState)
		size = s.hash.Size()
		m.idle.Put(s)
		return nil
	})
	return m, size, err
}

// of returns the sum of message; with a time, of the time, a dot, and message.
func (m *macs) of(t string, message []byte) sum {
	s := m.idle.Get().(*macState)
	s.hash.Reset()
	if t != "" {
		s.hash.Write(append(append(s.prefix[:0], t...), '.'))
	}
	s.hash.Write(message)
	s.sum.size = len(s.hash.Sum(s.sum.bytes[:0]))
	result := s.sum
	m.idle.Put(s)
	return result
}

// match reports whether one of the sums was made with one of the keys. It stops after the key that matches: this shows only
// which secret the sender has, to a sender who has it.
func match(keys []*macs, t string, message []byte, sums []sum) bool {
	for _, key := range keys {
		want, found := key.of(t, message), false
		for i := range sums {
			if hmac.Equal(want.slice(), sums[i].slice()) {
				found = true
			}
		}
		if found {
			return true
		}
	}
	return false
}

// keysOf makes the keyed hashes of the secrets, each once, and returns the size of their sums.
func keysOf(field string, secrets []string, newHash func() hash.Hash) (keys []*macs, size int, err error) {
	if len(secrets) == 0 {
		return nil, 0, &ArgumentError{Field: field, Rule: "needs at least one"}
	}
	for i, secret := range secrets {
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := checkSecret(at, secret); err != nil {
			return nil, 0, err
		}
		if slices.Contains(secrets[:i], secret) {
			continue
		}
		key, n, err := newMacs(newHash, secret)
		if err != nil {
			return nil, 0, &ArgumentError{
				Field: at, Rule: "is refused by the hash: FIPS 140 mode wants 14 bytes or more, and SHA-2 or SHA-3",
			}
		}
		keys, size = append(keys, key), n
	}
	return keys, size, nil
}

// checkSecret refuses a secret that nobody can have meant.
func checkSecret(field, secret string) error {
	switch {
	case strings.TrimSpace(secret) == "":
		return &ArgumentError{Field: field, Rule: "is empty"}
	case strings.Trim(secret, "\r\n") != secret:
		return &ArgumentError{Field: field, Rule: "begins or ends with a line break, as from a file: trim it"}
	}
	return nil
}
