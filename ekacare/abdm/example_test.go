package abdm_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/caremux/caremux/ekacare/abdm"
)

// A requester publishes its key material, a provider seals a record for it, and the requester opens it.
func Example() {
	if err := exchange(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// requester: ECDH, Curve25519, until 2026-12-28T00:00:00Z
	// provider: 56 characters, key in X.509
	// requester: {"resourceType":"Bundle"} <nil>
}

func exchange() error {
	// The requester, a health information user.
	keys, err := abdm.NewKeySet(time.Date(2026, time.December, 28, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	request, err := json.Marshal(keys.KeyMaterial(abdm.EncodingX509))
	if err != nil {
		return err
	}

	// The provider, in another process.
	var requested abdm.KeyMaterial
	if err := json.Unmarshal(request, &requested); err != nil {
		return err
	}
	fmt.Printf("requester: %s, %s, until %s\n", requested.CryptoAlg, requested.Curve, requested.DHPublicKey.Expiry)
	requester, err := abdm.NewPeer(requested)
	if err != nil {
		return err
	}
	sealed, err := abdm.Seal(requester, []byte(`{"resourceType":"Bundle"}`))
	if err != nil {
		return err
	}
	content, material := sealed.Content(), sealed.KeyMaterial

	// The requester again.
	provider, err := abdm.NewPeer(material)
	if err != nil {
		return err
	}
	fmt.Printf("provider: %d characters, key in %s\n", len(content), provider.Encoding())
	bundle, err := keys.OpenContent(provider, content)
	fmt.Printf("requester: %s %v\n", bundle, err)
	return nil
}

// A key set is stored in three parts, of which the first is secret.
func ExampleParseKeySet() {
	keys, err := abdm.NewKeySet(time.Time{})
	if err != nil {
		fmt.Println(err)
		return
	}
	private := keys.ExportPrivateKey() // encrypt it before you store it
	nonce := keys.KeyMaterial(abdm.EncodingRaw).Nonce

	restored, err := abdm.ParseKeySet(private, nonce, keys.Expires())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(restored.KeyMaterial(abdm.EncodingRaw) == keys.KeyMaterial(abdm.EncodingRaw))
	fmt.Println(restored)
	// Output:
	// true
	// abdm.KeySet [redacted]
}
