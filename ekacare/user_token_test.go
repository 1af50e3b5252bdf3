package ekacare_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// userSecret is made up: the bytes 0 to 31.
var userSecret = ekacare.UserTokenSecret{Issuer: "made-up", KeyID: "key-1", Secret: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}

// claimsOf opens a token of either kind as the vendor would, and returns its claims.
func claimsOf(t testing.TB, token string) (claims map[string]any) {
	t.Helper()
	key, err := base64.RawURLEncoding.DecodeString(userSecret.Secret)
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]byte
	for text := range strings.SplitSeq(token, ".") {
		part, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part)
	}
	var payload []byte
	switch len(parts) {
	case 3:
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(token[:strings.LastIndex(token, ".")]))
		if !hmac.Equal(mac.Sum(nil), parts[2]) {
			t.Fatal("the signature does not fit")
		}
		payload = parts[1]
	case 5:
		block, _ := aes.NewCipher(key)
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(token, ".")
		if payload, err = aead.Open(nil, parts[2], append(parts[3], parts[4]...), []byte(header)); err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatalf("%d parts", len(parts))
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

type newUserToken = func(ekacare.UserTokenSecret, ekacare.UserTokenClaims) (caremux.Token, error)

var userTokens = map[string]newUserToken{"signed": ekacare.NewUserToken, "encrypted": ekacare.NewEncryptedUserToken}

func TestUserTokensVouchForFiveMinutesUnlessToldOtherwise(t *testing.T) {
	for name, issue := range userTokens {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(1500 * time.Millisecond) // in fake time, so that now is not a whole second
			now := time.Now()
			ids := map[any]bool{}
			for range 3 {
				token, err := issue(userSecret, ekacare.UserTokenClaims{UserID: "user-1"})
				if err != nil {
					t.Fatal(err)
				}
				claims := claimsOf(t, token.Value)
				iat, exp := claims["iat"].(float64), claims["exp"].(float64)
				if int64(iat) != now.Unix() || exp-iat != 300 || token.Expires.Unix() != int64(exp) {
					t.Errorf("%s: issued %v, expires %v, says %v", name, iat, exp, token.Expires)
				}
				if claims["iss"] != "made-up" || claims["sub"] != "user-1" ||
					claims["aud"] != "https://eka.care" || claims["mobile"] != nil {
					t.Errorf("%s: %v", name, claims)
				}
				if id, _ := claims["jti"].(string); len(id) < 22 || ids[id] {
					t.Errorf("%s: the id %q is short, or used twice", name, id)
				}
				ids[claims["jti"]] = true
			}
			given := ekacare.UserTokenClaims{
				Mobile: "+910000000000", ID: "t-1", IssuedAt: now.Add(-time.Minute), Expires: now.Add(time.Minute),
			}
			token, err := issue(userSecret, given)
			if err != nil {
				t.Fatal(err)
			}
			claims := claimsOf(t, token.Value)
			if claims["mobile"] != given.Mobile || claims["jti"] != "t-1" || claims["exp"].(float64)-claims["iat"].(float64) != 120 {
				t.Errorf("%s: %v", name, claims)
			}
		})
	}
}

func TestUserTokensThatTheVendorWouldRefuseAreArgumentErrors(t *testing.T) {
	now := time.Now()
	user := ekacare.UserTokenClaims{UserID: canaryID}
	for field, c := range map[string]struct {
		secret ekacare.UserTokenSecret
		user   ekacare.UserTokenClaims
	}{
		"UserTokenSecret.KeyID":  {ekacare.UserTokenSecret{Issuer: "i", Secret: userSecret.Secret}, user},
		"UserTokenSecret.Issuer": {ekacare.UserTokenSecret{KeyID: "k", Secret: userSecret.Secret}, user},
		"UserTokenSecret.Secret": {ekacare.UserTokenSecret{Issuer: "i", KeyID: "k", Secret: canarySecret}, user},
		"UserTokenClaims.UserID": {userSecret, ekacare.UserTokenClaims{}},
		"UserTokenClaims.Expires": {
			userSecret, ekacare.UserTokenClaims{UserID: canaryID, IssuedAt: now, Expires: now.Add(301 * time.Second)},
		},
	} {
		for name, issue := range userTokens {
			token, err := issue(c.secret, c.user)
			var a *caremux.ArgumentError
			if !errors.As(err, &a) || a.Field != field || token.Value != "" {
				t.Errorf("%s, %s: %v", name, field, err)
			}
			if err != nil && (strings.Contains(err.Error(), canaryID) || strings.Contains(err.Error(), canarySecret)) {
				t.Errorf("%s, %s: the error shows a value", name, field)
			}
		}
	}
}

func TestASourceMakesAnotherTokenEachTime(t *testing.T) {
	source, err := ekacare.NewUserTokenSource(userSecret, func(context.Context) (ekacare.UserTokenClaims, error) {
		return ekacare.UserTokenClaims{UserID: "user-1"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	first, err := source.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := source.Token(t.Context())
	if err != nil || claimsOf(t, first.Value)["jti"] == claimsOf(t, second.Value)["jti"] {
		t.Errorf("the same token twice, %v", err)
	}
	gone := errors.New("logged out")
	source, err = ekacare.NewUserTokenSource(userSecret, func(context.Context) (ekacare.UserTokenClaims, error) {
		return ekacare.UserTokenClaims{}, gone
	})
	if err != nil {
		t.Fatal(err)
	}
	if token, err := source.Token(t.Context()); !errors.Is(err, gone) || token.Value != "" {
		t.Errorf("%v", err)
	}
	var a *caremux.ArgumentError
	if _, err := ekacare.NewUserTokenSource(userSecret, nil); !errors.As(err, &a) {
		t.Errorf("no user: %v", err)
	}
	if _, err := ekacare.NewUserTokenSource(ekacare.UserTokenSecret{}, func(context.Context) (ekacare.UserTokenClaims, error) {
		return ekacare.UserTokenClaims{}, nil
	}); !errors.As(err, &a) {
		t.Errorf("no secret: %v", err)
	}
}

func TestUserTokensAndTheirSecretsPrintWithoutThem(t *testing.T) {
	secret := ekacare.UserTokenSecret{Issuer: "made-up", KeyID: "key-1", Secret: canarySecret}
	claims := ekacare.UserTokenClaims{UserID: canaryID, Mobile: canaryFone}
	token, err := ekacare.NewUserToken(userSecret, claims)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, v := range []any{secret, &secret, claims, &claims, token} {
		fmt.Fprint(&out, printed(v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	for _, canary := range []string{canarySecret, canaryID, canaryFone, token.Value} {
		if strings.Contains(out.String(), canary) {
			t.Errorf("%s is shown: %s", canary, out.String())
		}
	}
}

func ExampleNewUserToken() {
	token, err := ekacare.NewUserToken(userSecret, ekacare.UserTokenClaims{
		UserID: "user-1", ID: "token-1", IssuedAt: time.Date(2026, time.November, 28, 10, 0, 0, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(strings.Split(token.Value, ".")), "parts, until", token.Expires.UTC().Format(time.RFC3339))
	// Output: 3 parts, until 2026-11-28T10:05:00Z
}
