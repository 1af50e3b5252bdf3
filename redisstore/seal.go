package redisstore

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"

	"github.com/caremux/caremux/webhook"
)

// sealer encrypts what Redis must not read. Each text is bound to a name, so that it cannot stand under another.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	if len(key) != 32 {
		return sealer{}, &webhook.ArgumentError{Field: "Key", Rule: "must have 32 bytes"}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

func (s sealer) seal(name string, plain []byte) []byte {
	if s.aead == nil {
		return plain
	}
	return s.aead.Seal(nil, nil, plain, []byte(name))
}

var errSealed = errors.New("redisstore: sealed with another key")

func (s sealer) open(name string, sealed []byte) ([]byte, error) {
	if s.aead == nil {
		return sealed, nil
	}
	plain, err := s.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
