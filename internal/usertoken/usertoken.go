// Package usertoken makes the tokens with which an application vouches for its own users to Eka Care's MedAssist (the
// vendor calls it "bring your own auth"): a signed JSON Web Token, or an encrypted one with the same claims.
package usertoken

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Audience is the aud of every token.
const Audience = "https://eka.care"

// MaxLifetime is how long a token may be valid, by the vendor's rule.
const MaxLifetime = 5 * time.Minute

const secretSize = 32

// Claims say who the user is and for how long the token vouches for it.
type Claims struct {
	Issuer  string // iss, the name that the vendor has registered. Required
	Subject string // sub, the application's own id of the user. This or Mobile is required
	Mobile  string // mobile, the user's number
	ID      string // jti, which no other token of the issuer has. Required

	// IssuedAt (iat, required) and Expires (exp) are sent in whole seconds, rounded down. Without Expires it is
	// MaxLifetime after IssuedAt; it must not be later.
	IssuedAt, Expires time.Time
}

// FieldError is a claim, key id or secret that breaks a rule. It never contains the value.
type FieldError struct {
	Field string // "kid", "secret", or the name of the claim: "iss"
	Rule  string // "must not be empty"
}

// Error returns one line without the value.
func (e *FieldError) Error() string { return e.Field + " " + e.Rule }

// Sign returns a token signed with HS256. secret is base64url of 32 bytes, kid its id.
func Sign(kid, secret string, c Claims) (string, error) {
	key, payload, err := prepare(kid, secret, c)
	if err != nil {
		return "", err
	}
	signed, err := joinHeader(header{Algorithm: "HS256", KeyID: kid, Type: "JWT"})
	if err != nil {
		return "", err
	}
	signed += "." + encode(payload)
	return signed + "." + encode(hs256(key, signed)), nil
}

// Encrypt returns a token that others cannot read, in the compact form of JSON Web Encryption (dir, A256GCM). secret is
// base64url of 32 bytes, kid its id.
func Encrypt(kid, secret string, c Claims) (string, error) {
	key, payload, err := prepare(kid, secret, c)
	if err != nil {
		return "", err
	}
	protected, err := joinHeader(header{Algorithm: "dir", Encryption: "A256GCM", KeyID: kid, Type: "JWT"})
	if err != nil {
		return "", err
	}
	iv := make([]byte, ivSize)
	if _, err := rand.Read(iv); err != nil {
		return "", fmt.Errorf("usertoken: make an initialisation vector: %w", err)
	}
	ciphertext, tag, err := a256gcm(key, iv, payload, protected)
	if err != nil {
		return "", err
	}
	// The second of the five parts is empty: no other key is encrypted.
	return protected + ".." + encode(iv) + "." + encode(ciphertext) + "." + encode(tag), nil
}

type header struct {
	Algorithm  string `json:"alg"`
	Encryption string `json:"enc,omitzero"`
	KeyID      string `json:"kid"`
	Type       string `json:"typ"`
}

func joinHeader(h header) (string, error) {
	b, err := json.Marshal(h)
	return encode(b), err
}

// prepare checks everything and returns the key and the JSON of the claims.
func prepare(kid, secret string, c Claims) (key, payload []byte, err error) {
	key, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(secret, "="))
	if err != nil || len(key) != secretSize {
		return nil, nil, &FieldError{"secret", "must be base64url of 32 bytes"}
	}
	issued := c.IssuedAt.Truncate(time.Second)
	expires := c.Expires.Truncate(time.Second)
	if c.Expires.IsZero() {
		expires = issued.Add(MaxLifetime)
	}
	for _, rule := range []struct {
		broken      bool
		field, text string
	}{
		{kid == "", "kid", "must not be empty"},
		{c.Issuer == "", "iss", "must not be empty"},
		{c.ID == "", "jti", "must not be empty"},
		{c.Subject == "" && c.Mobile == "", "sub", "must not be empty without a mobile number"},
		{c.IssuedAt.IsZero(), "iat", "must be given"},
		{!expires.After(issued), "exp", "must be later than the time of issue"},
		{expires.Sub(issued) > MaxLifetime, "exp", "must be at most five minutes after the time of issue"},
	} {
		if rule.broken {
			return nil, nil, &FieldError{rule.field, rule.text}
		}
	}
	payload, err = json.Marshal(struct {
		Issuer   string `json:"iss"`
		Audience string `json:"aud"`
		Subject  string `json:"sub,omitzero"`
		Mobile   string `json:"mobile,omitzero"`
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
		ID       string `json:"jti"`
	}{c.Issuer, Audience, c.Subject, c.Mobile, issued.Unix(), expires.Unix(), c.ID})
	return key, payload, err
}

func hs256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

const ivSize = 12

func a256gcm(key, iv, plaintext []byte, data string) (ciphertext, tag []byte, err error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	sealed := aead.Seal(nil, iv, plaintext, []byte(data))
	return sealed[:len(plaintext)], sealed[len(plaintext):], nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
