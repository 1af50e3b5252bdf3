package cbchmac

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"testing"
)

// TestAuthenticBlocksWithoutPaddingAreErrors has messages that were sealed with the right key and no padding, or half
// of one.
func TestAuthenticBlocksWithoutPaddingAreErrors(t *testing.T) {
	key, iv := bytes.Repeat([]byte{7}, 32), make([]byte, 16)
	block, _, err := split(key, iv)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":        "",
		"half a block":   "12345678",
		"no padding":     "0123456789abcdef",
		"zero":           "0123456789abcde\x00",
		"17":             "0123456789abcde\x11",
		"2 after 1":      "0123456789abcd\x01\x02",
		"16 of 15 bytes": "0" + string(bytes.Repeat([]byte{16}, 15)),
	} {
		ciphertext := []byte(text)
		if len(text)%16 == 0 {
			cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, ciphertext)
		}
		_, mac, err := split(key, iv)
		if err != nil {
			t.Fatal(err)
		}
		plaintext, err := Open(key, iv, ciphertext, nil, authenticate(mac, iv, ciphertext, nil)[:16])
		if plaintext != nil || err == nil || errors.Is(err, ErrOpen) {
			t.Errorf("%s: %q, %v", name, plaintext, err)
		}
	}
}
