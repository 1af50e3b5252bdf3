package bench

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"github.com/caremux/caremux/ekacare/abdm"
)

// BenchmarkABDM is the exchange of a health record. Its plain sides use keys of X25519 as they are: nothing is mapped, no
// form of a key is read, and no key of a peer is checked.
func BenchmarkABDM(b *testing.B) {
	keys, err := abdm.NewKeySet(time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	requester, err := abdm.NewPeer(keys.KeyMaterial(abdm.EncodingRaw))
	if err != nil {
		b.Fatal(err)
	}
	plain, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Secret", func(b *testing.B) { benchmarkSecret(b, keys, requester, plain) })
	b.Run("1MiB", func(b *testing.B) { benchmarkRecord(b, keys, requester, plain) })
	b.Run("1MiBContent", func(b *testing.B) { benchmarkContent(b, keys, requester, plain) })
}

// benchmarkSecret opens an empty record, which is the shared secret and next to nothing else, beside crypto/ecdh alone.
func benchmarkSecret(b *testing.B, keys *abdm.KeySet, requester *abdm.Peer, plain *ecdh.PrivateKey) {
	sealed, err := abdm.Seal(requester, nil)
	if err != nil {
		b.Fatal(err)
	}
	sender, err := abdm.NewPeer(sealed.KeyMaterial)
	if err != nil {
		b.Fatal(err)
	}
	const rounds = 20 // in one turn, so that a turn is long beside the clock
	compare(b, func() error {
		for range rounds {
			if _, err := plain.ECDH(plain.PublicKey()); err != nil {
				return err
			}
		}
		return nil
	}, func() error {
		for range rounds {
			if _, err := keys.Open(sender, sealed.Ciphertext); err != nil {
				return err
			}
		}
		return nil
	})
}

// benchmarkRecord seals a record with new keys, reads the key material, and opens the record.
func benchmarkRecord(b *testing.B, keys *abdm.KeySet, requester *abdm.Peer, plain *ecdh.PrivateKey) {
	record := bytes.Repeat([]byte("x"), 1<<20)
	compare(b, func() error {
		sender, ciphertext, err := plainSeal(plain.PublicKey(), record)
		if err != nil {
			return err
		}
		return plainOpen(plain, sender, ciphertext, record)
	}, func() error {
		sealed, err := abdm.Seal(requester, record)
		if err != nil {
			return err
		}
		sender, err := abdm.NewPeer(sealed.KeyMaterial)
		if err != nil {
			return err
		}
		return same(keys.Open(sender, sealed.Ciphertext))(record)
	})
}

// benchmarkContent is benchmarkRecord with the base64 that travels, on both sides.
func benchmarkContent(b *testing.B, keys *abdm.KeySet, requester *abdm.Peer, plain *ecdh.PrivateKey) {
	record := bytes.Repeat([]byte("x"), 1<<20)
	compare(b, func() error {
		sender, ciphertext, err := plainSeal(plain.PublicKey(), record)
		if err != nil {
			return err
		}
		ciphertext, err = base64.StdEncoding.DecodeString(base64.StdEncoding.EncodeToString(ciphertext))
		if err != nil {
			return err
		}
		return plainOpen(plain, sender, ciphertext, record)
	}, func() error {
		sealed, err := abdm.Seal(requester, record)
		if err != nil {
			return err
		}
		sender, err := abdm.NewPeer(sealed.KeyMaterial)
		if err != nil {
			return err
		}
		return same(keys.OpenContent(sender, sealed.Content()))(record)
	})
}

func plainSeal(peer *ecdh.PublicKey, record []byte) (*ecdh.PublicKey, []byte, error) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	aead, err := plainAEAD(private, peer)
	if err != nil {
		return nil, nil, err
	}
	return private.PublicKey(), aead.Seal(nil, make([]byte, aead.NonceSize()), record, nil), nil
}

func plainOpen(private *ecdh.PrivateKey, peer *ecdh.PublicKey, ciphertext, record []byte) error {
	aead, err := plainAEAD(private, peer)
	if err != nil {
		return err
	}
	return same(aead.Open(nil, make([]byte, aead.NonceSize()), ciphertext, nil))(record)
}

func plainAEAD(private *ecdh.PrivateKey, peer *ecdh.PublicKey) (cipher.AEAD, error) {
	secret, err := private.ECDH(peer)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, make([]byte, 20), "", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// same holds what was opened against the record.
func same(opened []byte, err error) func(record []byte) error {
	return func(record []byte) error {
		if err == nil && !bytes.Equal(opened, record) {
			return errOther
		}
		return err
	}
}
