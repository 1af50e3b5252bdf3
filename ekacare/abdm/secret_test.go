package abdm

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestKeySetsPrintAndAreLoggedWithoutTheirKey(t *testing.T) {
	keys := mustKeySet(t)
	type around struct {
		Keys   *KeySet
		Value  KeySet
		hidden KeySet
		behind *KeySet
	}
	var out bytes.Buffer
	in := around{keys, *keys, *keys, keys}
	for _, v := range []any{keys, *keys, in, &in, []around{in}, []KeySet{*keys}, map[string]*KeySet{"k": keys}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		b, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(b), redacted) {
			t.Errorf("%s, %v", b, err)
		}
		out.Write(b)
		if err := gob.NewEncoder(&out).Encode(v); err == nil {
			t.Errorf("%T is encoded by gob", v)
		}
	}
	d := mustBase64(t, keys.ExportPrivateKey())
	le := keys.keys.private.Bytes()
	for _, secret := range [][]byte{d, le} {
		for _, text := range []string{
			string(secret), hex.EncodeToString(secret)[:16], strings.ToUpper(hex.EncodeToString(secret))[:16],
			encodeBase64(secret)[:16], new(big.Int).SetBytes(secret).String()[:16], strings.Trim(fmt.Sprint(secret[:8]), "[]"),
		} {
			if strings.Contains(out.String(), text) {
				t.Errorf("the key is shown: %s", text)
			}
		}
	}
	for _, limb := range *keys.keys.scalar {
		for _, format := range []string{"%d", "%x", "%X"} {
			if text := fmt.Sprintf(format, limb); limb > 1<<32 && strings.Contains(out.String(), text) {
				t.Errorf("a part of the key is shown: %s", text)
			}
		}
	}
	if err := json.Unmarshal([]byte(`"`+redacted+`"`), &KeySet{}); err == nil {
		t.Error("a redacted key set is read")
	}
}

func TestErrorsNameFieldsAndNoValues(t *testing.T) {
	const canary = "Canary"
	_, keyErr := NewPeer(KeyMaterial{DHPublicKey: DHPublicKey{KeyValue: canary}})
	_, curveErr := NewPeer(KeyMaterial{Curve: canary})
	_, algErr := NewPeer(KeyMaterial{CryptoAlg: canary})
	_, nonceErr := ParseKeySet(encodeBase64(bytes.Repeat([]byte{1}, 32)), canary, time.Time{})
	_, privateErr := ParseKeySet(canary+"!", "", time.Time{})
	_, timeErr := DHPublicKey{Expiry: canary}.Expires()
	for _, err := range []error{keyErr, curveErr, algErr, nonceErr, privateErr, timeErr} {
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
			t.Errorf("%#v", err)
		}
	}
}
