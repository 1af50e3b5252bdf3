// Package cbchmac is the authenticated encryption of RFC 7518, section 5.2: AES in CBC mode, with an HMAC over all of
// it. The length of the key chooses the algorithm: 32 bytes for A128CBC-HS256, 48 for A192CBC-HS384, 64 for
// A256CBC-HS512. Its first half is the key of the HMAC, its second half that of AES.
package cbchmac

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
)

// IVSize is the size of the initialisation vector in bytes. Each message needs one of its own, from crypto/rand.
const IVSize = aes.BlockSize

// ErrOpen is returned if the tag does not fit: the key is another one, or something was altered.
var ErrOpen = errors.New("cbchmac: message authentication failed")

// Seal encrypts plaintext and authenticates it together with data. The tag has half the size of the key.
func Seal(key, iv, plaintext, data []byte) (ciphertext, tag []byte, err error) {
	block, mac, err := split(key, iv)
	if err != nil {
		return nil, nil, err
	}
	padding := aes.BlockSize - len(plaintext)%aes.BlockSize
	ciphertext = make([]byte, 0, len(plaintext)+padding)
	ciphertext = append(ciphertext, plaintext...)
	ciphertext = append(ciphertext, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, ciphertext)
	return ciphertext, authenticate(mac, iv, ciphertext, data)[:len(key)/2], nil
}

// Open decrypts what Seal encrypted. Nothing is decrypted before the tag is verified.
func Open(key, iv, ciphertext, data, tag []byte) ([]byte, error) {
	block, mac, err := split(key, iv)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(tag, authenticate(mac, iv, ciphertext, data)[:len(key)/2]) {
		return nil, ErrOpen
	}
	if len(ciphertext) == 0 || len(ciphertext)%aes.BlockSize != 0 {
		return nil, errors.New("cbchmac: the ciphertext does not consist of whole blocks")
	}
	plaintext := make([]byte, len(ciphertext))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plaintext, ciphertext)
	padding := int(plaintext[len(plaintext)-1])
	if padding == 0 || padding > aes.BlockSize ||
		!bytes.HasSuffix(plaintext, bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, errors.New("cbchmac: invalid padding") // though authentic: the sender made it so
	}
	return plaintext[:len(plaintext)-padding], nil
}

func split(key, iv []byte) (cipher.Block, hash.Hash, error) {
	hashes := map[int]func() hash.Hash{32: sha256.New, 48: sha512.New384, 64: sha512.New}
	newHash := hashes[len(key)]
	if newHash == nil {
		return nil, nil, fmt.Errorf("cbchmac: a key of %d bytes, want 32, 48 or 64", len(key))
	}
	if len(iv) != IVSize {
		return nil, nil, fmt.Errorf("cbchmac: an initialisation vector of %d bytes, want %d", len(iv), IVSize)
	}
	block, err := aes.NewCipher(key[len(key)/2:])
	if err != nil {
		return nil, nil, err
	}
	return block, hmac.New(newHash, key[:len(key)/2]), nil
}

// authenticate returns the whole HMAC, of which the first half is the tag.
func authenticate(mac hash.Hash, iv, ciphertext, data []byte) []byte {
	for _, part := range [][]byte{data, iv, ciphertext, binary.BigEndian.AppendUint64(nil, 8*uint64(len(data)))} {
		mac.Write(part)
	}
	return mac.Sum(nil)
}
