package abdm

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	keyText     = "BC9gFgu3A+V6of15SDrnYzGpbvWRaj+CcU+DJGjgM4IOD1Tsg8rmTHIULYVqey2gbXn6CDDJMw8tnCunE6QyeT8="
	nonceInJSON = `"nonce":"Iy0AkbLABE8WApERlirxLMpHRXP+8tAPBNg/QtILidI="}`
	beforeKey   = `{"expiry":"2026-12-01T04:30:00.000Z","parameters":"Curve25519/32byte random key",`
	ekaJSON     = `{"crypto_alg":"ECDH","curve":"Curve25519","dh_public_key":` + beforeKey +
		`"key_value":"` + keyText + `"},` + nonceInJSON
	gatewayJSON = `{"cryptoAlg":"ECDH","curve":"Curve25519","dhPublicKey":` + beforeKey +
		`"keyValue":"` + keyText + `"},` + nonceInJSON
)

func TestKeyMaterialIsWrittenAsItWasRead(t *testing.T) {
	for _, text := range []string{
		ekaJSON, gatewayJSON, `{"dh_public_key":{"key_value":""},"nonce":""}`, `{"dhPublicKey":{"keyValue":"x"},"nonce":""}`,
	} {
		var m KeyMaterial
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(map[string]any{"in a value": m})
		if want := `{"in a value":` + text + `}`; err != nil || string(got) != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
	for _, text := range []string{`[]`, `{"nonce":1}`, `{"dhPublicKey":1}`, `{"dh_public_key":{"key_value":{}}}`, `{`} {
		m := KeyMaterial{Nonce: "as before"}
		if err := json.Unmarshal([]byte(text), &m); err == nil || m != (KeyMaterial{Nonce: "as before"}) {
			t.Errorf("%s: %+v, %v", text, m, err)
		}
	}
}

func TestReplyHasTheSpellingOfTheRequest(t *testing.T) {
	for text, name := range map[string]string{ekaJSON: `"key_value"`, gatewayJSON: `"keyValue"`} {
		var m KeyMaterial
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		sealed, err := Seal(mustPeer(t, m), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(sealed.KeyMaterial)
		if err != nil || !strings.Contains(string(b), name) || !strings.Contains(string(b), beforeKey[:36]) {
			t.Errorf("%s, %v", b, err)
		}
	}
}

func TestExpiryIsATimeOrAnError(t *testing.T) {
	for text, want := range map[string]time.Time{
		"":                          {},
		"2026-12-01T04:30:00.000Z":  time.Date(2026, time.December, 1, 4, 30, 0, 0, time.UTC),
		"2026-12-01T10:00:00+05:30": time.Date(2026, time.December, 1, 4, 30, 0, 0, time.UTC),
	} {
		if at, err := (DHPublicKey{Expiry: text}).Expires(); err != nil || !at.Equal(want) {
			t.Errorf("%q: %v, %v", text, at, err)
		}
	}
	var e *Error
	at, err := DHPublicKey{Expiry: "tomorrow"}.Expires()
	if !errors.As(err, &e) || e.Field != "dh_public_key.expiry" || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
}
