package abdm

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSealedDataOpenWhateverTheirSize(t *testing.T) {
	keys := mustKeySet(t)
	for _, size := range []int{0, 1, 15, 16, 17, 1000, 1 << 20} {
		plaintext := bytes.Repeat([]byte("ä"), size)[:size]
		sealed, err := Seal(mustPeer(t, keys.KeyMaterial(EncodingX509)), plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed.Ciphertext) != size+16 {
			t.Errorf("%d bytes are sealed in %d", size, len(sealed.Ciphertext))
		}
		sender := mustPeer(t, sealed.KeyMaterial)
		opened, err := keys.Open(sender, sealed.Ciphertext)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Errorf("%d bytes: %v", size, err)
		}
		escaped := strings.NewReplacer("+", `\u002B`, "/", `\/`, "=", "").Replace(sealed.Content())
		opened, err = keys.OpenContent(sender, escaped)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Errorf("%d bytes, escaped: %v", size, err)
		}
	}
}

// TestNoKeyAndNoNonceIsUsedTwice seals the same for the same peer: two messages under the same key and IV would give
// away both.
func TestNoKeyAndNoNonceIsUsedTwice(t *testing.T) {
	keys := mustKeySet(t)
	peer := mustPeer(t, keys.KeyMaterial(EncodingRaw))
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				sealed, err := Seal(peer, []byte("the same"))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				m := sealed.KeyMaterial
				for _, once := range []string{sealed.Content(), m.Nonce, m.DHPublicKey.KeyValue} {
					if seen[once] {
						t.Error("used twice")
					}
					seen[once] = true
				}
				mu.Unlock()
				opened, err := keys.Open(mustPeer(t, m), sealed.Ciphertext)
				if err != nil || string(opened) != "the same" {
					t.Errorf("%q, %v", opened, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAlteredDataAndOtherKeysDoNotOpen(t *testing.T) {
	keys, other := mustKeySet(t), mustKeySet(t)
	sealed, err := Seal(mustPeer(t, keys.KeyMaterial(EncodingRaw)), []byte("made up"))
	if err != nil {
		t.Fatal(err)
	}
	sender := mustPeer(t, sealed.KeyMaterial)
	for i := range 8 * len(sealed.Ciphertext) {
		altered := bytes.Clone(sealed.Ciphertext)
		altered[i/8] ^= 1 << (i % 8)
		if opened, err := keys.Open(sender, altered); !errors.Is(err, ErrCannotOpen) || opened != nil {
			t.Fatalf("bit %d: %q, %v", i, opened, err)
		}
	}
	for i := range 8 * nonceSize {
		altered := *sender
		altered.nonce[i/8] ^= 1 << (i % 8)
		if opened, err := keys.Open(&altered, sealed.Ciphertext); !errors.Is(err, ErrCannotOpen) || opened != nil {
			t.Fatalf("bit %d of the nonce: %q, %v", i, opened, err)
		}
	}
	otherNonce := &KeySet{new(*keys.keys)}
	otherNonce.keys.nonce = other.keys.nonce
	for name, c := range map[string]struct {
		keys       *KeySet
		peer       *Peer
		ciphertext []byte
		kind       error
	}{
		"another key set":   {other, sender, sealed.Ciphertext, ErrCannotOpen},
		"another own nonce": {otherNonce, sender, sealed.Ciphertext, ErrCannotOpen},
		"another sender":    {keys, mustPeer(t, other.KeyMaterial(EncodingRaw)), sealed.Ciphertext, ErrCannotOpen},
		"cut off":           {keys, sender, sealed.Ciphertext[:len(sealed.Ciphertext)-1], ErrCannotOpen},
		"the tag alone":     {keys, sender, sealed.Ciphertext[len(sealed.Ciphertext)-16:], ErrCannotOpen},
		"less than a tag":   {keys, sender, sealed.Ciphertext[:15], ErrInvalidContent},
		"nothing":           {keys, sender, nil, ErrInvalidContent},
		"no peer":           {keys, nil, sealed.Ciphertext, ErrInvalidKey},
		"a peer not made":   {keys, &Peer{}, sealed.Ciphertext, ErrInvalidKey},
		"no key set":        {nil, sender, sealed.Ciphertext, ErrInvalidKey},
		"keys not made":     {&KeySet{}, sender, sealed.Ciphertext, ErrInvalidKey},
	} {
		if opened, err := c.keys.Open(c.peer, c.ciphertext); !errors.Is(err, c.kind) || opened != nil {
			t.Errorf("%s: %q, %v", name, opened, err)
		}
	}
	for _, content := range []string{"no base64!", `\`, "A", sealed.Content() + "*"} {
		if opened, err := keys.OpenContent(sender, content); !errors.Is(err, ErrInvalidContent) || opened != nil {
			t.Errorf("%q: %q, %v", content, opened, err)
		}
	}
	for _, peer := range []*Peer{nil, {}} {
		if sealed, err := Seal(peer, nil); !errors.Is(err, ErrInvalidKey) || sealed != nil {
			t.Errorf("sealed for nobody: %v", err)
		}
	}
}

// TestZeroSharedSecretIsRefused goes round NewPeer, which refuses such keys before.
func TestZeroSharedSecretIsRefused(t *testing.T) {
	for _, u := range []byte{0, 1} { // points of order 2 and 4
		key, err := ecdh.X25519().NewPublicKey(append([]byte{u}, make([]byte, 31)...))
		if err != nil {
			t.Fatal(err)
		}
		peer := &Peer{key: key}
		if _, err := Seal(peer, []byte("made up")); !errors.Is(err, ErrInvalidKey) {
			t.Errorf("sealed: %v", err)
		}
		if _, err := mustKeySet(t).Open(peer, make([]byte, 20)); !errors.Is(err, ErrInvalidKey) {
			t.Errorf("opened: %v", err)
		}
	}
}

func TestKeySetsComeBackFromAStore(t *testing.T) {
	expires := time.Date(2026, time.December, 1, 10, 0, 0, 0, time.FixedZone("IST", 19800))
	for range 50 {
		keys, err := NewKeySet(expires)
		if err != nil {
			t.Fatal(err)
		}
		m := keys.KeyMaterial(EncodingRaw)
		again, err := ParseKeySet(keys.ExportPrivateKey(), m.Nonce, keys.Expires())
		if err != nil {
			t.Fatal(err)
		}
		for _, encoding := range []Encoding{EncodingRaw, EncodingX509, 7} {
			if again.KeyMaterial(encoding) != keys.KeyMaterial(encoding) {
				t.Fatal("other key material than before")
			}
		}
		at, err := m.DHPublicKey.Expires()
		if m.DHPublicKey.Expiry != "2026-12-01T04:30:00Z" || !at.Equal(expires) || err != nil {
			t.Errorf("%q, %v, %v", m.DHPublicKey.Expiry, at, err)
		}
		sealed, err := Seal(mustPeer(t, m), []byte("made up"))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := again.Open(mustPeer(t, sealed.KeyMaterial), sealed.Ciphertext)
		if err != nil || string(opened) != "made up" {
			t.Fatalf("%q, %v", opened, err)
		}
		if sealed.KeyMaterial.DHPublicKey.Expiry != m.DHPublicKey.Expiry {
			t.Errorf("the reply expires %q", sealed.KeyMaterial.DHPublicKey.Expiry)
		}
	}
}
