package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// sum is one HMAC-SHA256.
type sum [sha256.Size]byte

// macs computes sums under one secret. It keeps used hash states, because keying a new one costs as much as hashing a small body.
type macs struct{ idle sync.Pool }

type macState struct {
	hash   hash.Hash
	prefix [maxDigits + 1]byte // in the state, since a slice handed to an interface is allocated
	sum    sum
}

func newMacs(secret string) *macs {
	key := []byte(secret)
	return &macs{sync.Pool{New: func() any { return &macState{hash: hmac.New(sha256.New, key)} }}}
}

// of returns the sum of the body; with a time, of the time, a dot, and the body.
func (m *macs) of(t string, body []byte) sum {
	s := m.idle.Get().(*macState)
	s.hash.Reset()
	if t != "" {
		s.hash.Write(append(append(s.prefix[:0], t...), '.'))
	}
	s.hash.Write(body)
	s.hash.Sum(s.sum[:0])
	result := s.sum
	m.idle.Put(s)
	return result
}
