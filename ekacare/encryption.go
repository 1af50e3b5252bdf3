package ekacare

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
	"github.com/caremux/caremux/internal/xencryption"
)

// EncryptionKey is a key that the vendor has shared with you for its end-to-end encryption. It prints without the key.
type EncryptionKey struct {
	ID     string // the id of the key (kid)
	Shared string `json:"-"` // the text that the vendor has shared, 16 bytes
}

// Format prints the id of the key, whatever the verb.
func (k EncryptionKey) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare encryption key "+k.ID)
}

// LogValue returns the id of the key.
func (k EncryptionKey) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// WithEncryption encrypts bodies end to end, on top of TLS, as the vendor's header X-Encryption announces: JSON Web
// Encryption with AES-128-CBC and HMAC-SHA256. The vendor must have enabled it for your account. It is an option of
// this package's clients; those of other vendors refuse it.
//
// Encrypted are the JSON bodies of all requests but those that log in, and the document of [RecordsService.Upload] and
// [RecordsService.Parse], which is read into memory for it. A request without a body has nothing to encrypt. Audio of
// scribe sessions, other forms, and files that go to a storage address of the vendor's travel under TLS alone.
//
// Responses are decrypted if they are encrypted, whatever the request was, and are as without this option: errors,
// which the vendor may send in the clear, retries, [caremux.Error.MaybeApplied] and [caremux.WithResponse], whose Body
// is the decrypted one. A success that cannot be decrypted matches [caremux.ErrUnreadable]; for a write, MaybeApplied
// is true.
//
// This is built from the vendor's pages, whose samples differ from each other in the header that is authenticated and
// in the size of the tag; all these variants are read. No sample could be decrypted with a published key, so that it
// is not verified against the service: try it in the sandbox first.
//
// An empty id, or a key that does not have 16 bytes, is a [*caremux.ArgumentError].
func WithEncryption(key EncryptionKey) caremux.Option {
	return func(c *caremux.Config) error {
		fail := func(field, rule string) error {
			return &caremux.ArgumentError{Field: "EncryptionKey." + field, Rule: rule}
		}
		if key.ID == "" {
			return fail("ID", "must not be empty")
		}
		k, err := xencryption.NewKey(key.ID, key.Shared)
		if err != nil {
			return fail("Shared", "must have 16 bytes")
		}
		if c.Own == nil {
			c.Own = map[string]any{}
		}
		c.Own["ekacare"] = k
		return nil
	}
}

// sealingOf returns what seals the bodies of a client; nil if its options do not say so.
func sealingOf(config *caremux.Config) *transport.Sealing {
	key, ok := config.Own["ekacare"].(*xencryption.Key)
	if !ok {
		return nil
	}
	return &transport.Sealing{
		Header: http.Header{xencryption.Header: {xencryption.HeaderValue}},
		// Logins have keys of their own, and the tokens that they return are needed before anything else is sent.
		Takes: func(op *transport.Operation) bool { return !strings.HasPrefix(op.Path, "/connect-auth/") },
		Files: func(op *transport.Operation) bool { return op.Name == recordsUpload.Name },
		Seal:  key.Seal,
		Open:  key.Open,
	}
}
