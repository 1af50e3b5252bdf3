package abdm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"
)

// Sealed is one sealed message, and what its receiver needs to open it.
type Sealed struct {
	Ciphertext  []byte      // as long as the plaintext, and 16 bytes
	KeyMaterial KeyMaterial // of the keys that were made for this message, in the peer's format; the expiry is the peer's
}

// Content returns the ciphertext as it travels, in base64.
func (s *Sealed) Content() string { return encodeBase64(s.Ciphertext) }

// Seal encrypts plaintext, such as the JSON of a FHIR bundle, so that only the peer can open it.
//
// Each call makes a private key and a nonce for itself, which nobody keeps. Send the key material along with the
// content, and call Seal for each document: the network derives key and IV of AES-GCM from the two keys and nonces
// alone, so that a second message under the same ones would reveal both and let others forge more. Documents sealed
// by several calls therefore travel with a key material each, which means one entry in a page of the transfer.
//
// Errors match [ErrInvalidKey] if there is no peer.
func Seal(peer *Peer, plaintext []byte) (*Sealed, error) {
	if peer == nil || peer.key == nil {
		return nil, noPeer()
	}
	own, err := NewKeySet(time.Time{})
	if err != nil {
		return nil, err
	}
	ciphertext, err := own.seal(peer, plaintext)
	if err != nil {
		return nil, err
	}
	m := own.KeyMaterial(peer.encoding)
	m.DHPublicKey.Expiry, m.gateway = peer.expiry, peer.gateway
	return &Sealed{ciphertext, m}, nil
}

// seal must be called once for each pair of own and peer.
func (k *KeySet) seal(peer *Peer, plaintext []byte) ([]byte, error) {
	aead, iv, err := k.aead(peer)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, iv, plaintext, nil), nil
}

// Open decrypts what the peer sealed for this key set.
//
// Errors match [ErrCannotOpen] if it was sealed for another key set or altered, [ErrInvalidContent] if it is too
// short to be sealed, and [ErrInvalidKey] if there is no peer or the shared secret is zero. Nothing of the plaintext
// is returned then.
func (k *KeySet) Open(peer *Peer, ciphertext []byte) ([]byte, error) {
	switch {
	case k == nil || k.keys == nil:
		return nil, noKeySet()
	case peer == nil || peer.key == nil:
		return nil, noPeer()
	}
	aead, iv, err := k.aead(peer)
	if err != nil {
		return nil, err
	}
	if len(ciphertext) < aead.Overhead() {
		return nil, &Error{"content", "must have at least the 16 bytes of its tag", ErrInvalidContent}
	}
	plaintext, err := aead.Open(nil, iv, ciphertext, nil)
	if err != nil {
		return nil, cannotOpen()
	}
	return plaintext, nil
}

// OpenContent is [KeySet.Open] for content as it travels, in base64, which may be escaped (\u002B), broken into lines
// or unpadded.
func (k *KeySet) OpenContent(peer *Peer, content string) ([]byte, error) {
	ciphertext, ok := decodeBase64(content)
	if !ok {
		return nil, &Error{"content", "must be base64", ErrInvalidContent}
	}
	return k.Open(peer, ciphertext)
}

func noPeer() error { return invalidKey("peer", "must be made by NewPeer") }

func noKeySet() error { return invalidKey("key set", "must be made by NewKeySet or ParseKeySet") }

func cannotOpen() error {
	return &Error{"content", "cannot be opened: it was sealed for another key set, or altered", ErrCannotOpen}
}

// aead derives key and IV: the secret is the x coordinate of d·Q, the xor of the nonces is the salt for HKDF and
// the IV.
func (k *KeySet) aead(peer *Peer) (cipher.AEAD, []byte, error) {
	u, err := k.keys.private.ECDH(peer.key)
	if err != nil {
		return nil, nil, invalidKey("peer", ruleOrder)
	}
	secret := secretX(u)
	var mixed nonce
	subtle.XORBytes(mixed[:], k.keys.nonce[:], peer.nonce[:])
	salt, iv := mixed[:20], mixed[20:]
	key, err := hkdf.Key(sha256.New, secret[:], salt, "", 32)
	if err != nil {
		return nil, nil, fmt.Errorf("abdm: derive the key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, fmt.Errorf("abdm: use the key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, fmt.Errorf("abdm: use the key: %w", err)
	}
	return aead, iv, nil
}
