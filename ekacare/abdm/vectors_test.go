package abdm

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"math/big"
	"os"
	"testing"
	"time"
)

// vector is an exchange that other libraries made or opened.
type vector struct {
	Name      string     `json:"name"`
	Sender    vectorKeys `json:"sender"`
	Requester vectorKeys `json:"requester"`
	Plaintext string     `json:"plaintext"`
	Content   string     `json:"content"`
	SharedX   string     `json:"shared_x"`
	Key       string     `json:"key"`
}

type vectorKeys struct {
	Private string `json:"private"`
	Public  string `json:"public"`
	X509    string `json:"x509"`
	Nonce   string `json:"nonce"`
}

func (k vectorKeys) keySet(t testing.TB) *KeySet {
	t.Helper()
	set, err := ParseKeySet(k.Private, k.Nonce, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// peer is the side as the other one sees it.
func (k vectorKeys) peer(t testing.TB, key string) *Peer {
	t.Helper()
	return mustPeer(t, KeyMaterial{DHPublicKey: DHPublicKey{KeyValue: key}, Nonce: k.Nonce})
}

func mustPeer(t testing.TB, m KeyMaterial) *Peer {
	t.Helper()
	p, err := NewPeer(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustKeySet(t testing.TB) *KeySet {
	t.Helper()
	k, err := NewKeySet(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func readVectors(t testing.TB) (vectors []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func TestWhatOtherLibrariesSealedOpensFromBothSides(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			sender, requester := v.Sender.keySet(t), v.Requester.keySet(t)
			keys := []string{v.Sender.Public}
			if v.Sender.X509 != "" {
				keys = append(keys, v.Sender.X509)
			}
			for _, key := range keys {
				plaintext, err := requester.OpenContent(v.Sender.peer(t, key), v.Content)
				if err != nil || string(plaintext) != v.Plaintext {
					t.Errorf("requester: %q, %v", plaintext, err)
				}
			}
			plaintext, err := sender.OpenContent(v.Requester.peer(t, v.Requester.Public), v.Content)
			if err != nil || string(plaintext) != v.Plaintext {
				t.Errorf("sender: %q, %v", plaintext, err)
			}
			ciphertext, err := sender.seal(v.Requester.peer(t, v.Requester.Public), []byte(v.Plaintext))
			if err != nil || encodeBase64(ciphertext) != v.Content {
				t.Errorf("sealed with the keys of the vector: %x, %v", ciphertext, err)
			}
		})
	}
}

func TestSharedSecretAndKeyAreThoseOfTheVector(t *testing.T) {
	v := readVectors(t)[0]
	peer := v.Requester.peer(t, v.Requester.Public)
	u, err := v.Sender.keySet(t).keys.private.ECDH(peer.key)
	if err != nil {
		t.Fatal(err)
	}
	secret := secretX(u)
	if encodeBase64(secret[:]) != v.SharedX {
		t.Errorf("shared secret %x", secret)
	}
	salt := make([]byte, nonceSize)
	subtle.XORBytes(salt, mustBase64(t, v.Sender.Nonce), mustBase64(t, v.Requester.Nonce))
	key, err := hkdf.Key(sha256.New, secret[:], salt[:20], "", 32)
	if err != nil || encodeBase64(key) != v.Key {
		t.Errorf("key %x, %v", key, err)
	}
}

func TestPrivateKeysOfOtherLibrariesHaveThePublicKeysThatTheyGive(t *testing.T) {
	for _, v := range readVectors(t) {
		for _, side := range []vectorKeys{v.Sender, v.Requester} {
			set := side.keySet(t)
			got, want := set.KeyMaterial(EncodingRaw).DHPublicKey.KeyValue, side.Public
			if side.X509 == "" { // these came from a library that takes either root for y
				got, want = encodeBase64(mustBase64(t, got)[:33]), encodeBase64(mustBase64(t, want)[:33])
			} else if x509 := set.KeyMaterial(EncodingX509).DHPublicKey.KeyValue; x509 != side.X509 {
				t.Errorf("%s: X.509 %s", v.Name, x509)
			}
			if got != want {
				t.Errorf("%s: %s, want %s", v.Name, got, want)
			}
			exported, given := mustBase64(t, set.ExportPrivateKey()), mustBase64(t, side.Private)
			if new(big.Int).SetBytes(exported).Cmp(new(big.Int).SetBytes(given)) != 0 {
				t.Errorf("%s: the private key is another one after import and export", v.Name)
			}
		}
	}
}

func TestWhatIsSealedHereOpensByTheOtherDerivation(t *testing.T) {
	plaintext := []byte(`{"resourceType":"Bundle","type":"document"}`)
	for _, v := range readVectors(t) {
		sealed, err := Seal(v.Requester.peer(t, v.Requester.Public), plaintext)
		if err != nil {
			t.Fatal(err)
		}
		d := new(big.Int).SetBytes(mustBase64(t, v.Requester.Private))
		sender := parseBigPoint(mustBase64(t, sealed.KeyMaterial.DHPublicKey.KeyValue))
		aead, iv := referenceAEAD(t, sender.times(d), v.Requester.Nonce, sealed.KeyMaterial.Nonce)
		opened, err := aead.Open(nil, iv, mustBase64(t, sealed.Content()), nil)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Errorf("%q, %v", opened, err)
		}
	}
}
