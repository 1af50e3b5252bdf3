// Package xencryption seals and opens bodies as the header X-Encryption of Eka Care announces: JSON Web Encryption with
// a key that both sides know (dir, A128CBC-HS256). It does no HTTP.
//
// It is built from the vendor's pages. They publish no message that could be opened with a known key, so that it is not
// proved against the service; where their samples differ from each other, all variants are read.
package xencryption

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/cbchmac"
)

// A request with a sealed body carries this header.
const (
	Header      = "X-Encryption"
	HeaderValue = "JWE"
)

// ErrOpen is matched by every error of [Key.Open]: the response was sealed with another key, altered, or is malformed.
var ErrOpen = errors.New("xencryption: the response cannot be opened")

// secretSize is the size of the shared text. The key is that text twice, 32 bytes.
const secretSize = 16

const tagSize = 16

// protectedSent is the protected header of what is sent. A response has no protected header, although its tag covers
// one: it is one of these two, which the samples show.
var (
	protectedSent    = encode([]byte(`{"alg":"dir","enc":"A128CBC-HS256"}`))
	protectedSpaced  = encode([]byte(`{"alg": "dir", "enc": "A128CBC-HS256"}`))
	protectedGuesses = []string{protectedSent, protectedSpaced}
)

// Key is a key that both sides know, and its id. It prints, logs and marshals as "xencryption.Key [redacted]".
type Key struct {
	id     string
	secret func() []byte // a function, which no printing looks into
}

// NewKey makes a key of the text that the vendor has shared. The text must have 16 bytes, and the id must not be empty;
// an error says which of them it is, without the value.
func NewKey(id, shared string) (*Key, error) {
	if id == "" {
		return nil, errors.New("the id of the key must not be empty")
	}
	if len(shared) != secretSize {
		return nil, fmt.Errorf("the shared key must have %d bytes", secretSize)
	}
	secret := []byte(shared + shared)
	return &Key{id, func() []byte { return secret }}, nil
}

// envelope is a flattened JSON Web Encryption.
type envelope struct {
	Protected  string `json:"protected"`
	IV         string `json:"iv"`
	Ciphertext string `json:"ciphertext"`
	Tag        string `json:"tag"`
	KeyID      string `json:"kid"`
}

// Seal returns the sealed form of a request's body.
func (k *Key) Seal(body []byte) ([]byte, error) {
	iv := make([]byte, cbchmac.IVSize)
	if _, err := rand.Read(iv); err != nil {
		return nil, fmt.Errorf("xencryption: make an initialisation vector: %w", err)
	}
	ciphertext, tag, err := cbchmac.Seal(k.secret(), iv, body, []byte(protectedSent))
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{protectedSent, encode(iv), encode(ciphertext), encode(tag), k.id})
}

// Open returns what a response contains. The vendor may send errors in the clear: sealed is false, and the body
// returned as it is, if it is anything else than a JSON object of the three strings ciphertext, iv and tag.
func (k *Key) Open(body []byte) (plain []byte, sealed bool, err error) {
	parts := sealedParts(body)
	if parts == nil {
		return body, false, nil
	}
	decoded := map[string][]byte{}
	for name, text := range parts {
		b, err := decode(text)
		if err != nil {
			return nil, true, fmt.Errorf("%w: %s is not base64", ErrOpen, name)
		}
		decoded[name] = b
	}
	tag := decoded["tag"]
	if len(tag) == 2*tagSize {
		tag = tag[:tagSize] // a sample has the HMAC before RFC 7518 cuts it in half
	}
	for _, protected := range protectedGuesses {
		plain, err = cbchmac.Open(k.secret(), decoded["iv"], decoded["ciphertext"], []byte(protected), tag)
		if !errors.Is(err, cbchmac.ErrOpen) {
			break
		}
	}
	if err != nil {
		return nil, true, fmt.Errorf("%w: %w", ErrOpen, err)
	}
	return plain, true, nil
}

// sealedParts returns the fields of a sealed response, or nil if body is none.
func sealedParts(body []byte) map[string]string {
	var fields map[string]*string
	if json.Unmarshal(body, &fields) != nil || len(fields) != 3 {
		return nil
	}
	parts := map[string]string{}
	for _, name := range []string{"ciphertext", "iv", "tag"} {
		if fields[name] == nil {
			return nil
		}
		parts[name] = *fields[name]
	}
	return parts
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode reads base64 in the alphabet for URLs, which JSON Web Encryption has, and in the standard one.
func decode(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	return base64.RawURLEncoding.DecodeString(text)
}

const redacted = "xencryption.Key [redacted]"

// Format prints "xencryption.Key [redacted]" for every verb.
func (Key) Format(f fmt.State, verb rune) {
	text := redacted
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// LogValue is "xencryption.Key [redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "xencryption.Key [redacted]", also in JSON.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
