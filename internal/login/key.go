package login

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"net/url"
	"strings"
)

// Account is whose tokens are kept.
type Account struct {
	Environment string   // of the vendor's, for one that has several
	Names       []string // what tells accounts apart
	Secrets     []string // what a client must know to be given the account's token
}

// Key names an account's token in a store. Accounts that differ in anything have different keys, and who knows all but
// one of the secrets cannot find it from the key.
func Key(vendor string, base *url.URL, account Account) string {
	secrets := hmac.New(sha256.New, []byte("caremux: the secrets of an account"))
	write(secrets, account.Secrets)
	key := hmac.New(sha256.New, secrets.Sum(nil))
	write(key, []string{"caremux: the token of an account, 1", vendor, address(base), account.Environment})
	write(key, account.Names)
	return vendor + "/" + hex.EncodeToString(key.Sum(nil))
}

// write writes how many texts there are, and each with its length, so that no other texts come to the same bytes.
func write(h hash.Hash, texts []string) {
	number := func(n int) { _, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	number(len(texts))
	for _, text := range texts {
		number(len(text))
		_, _ = h.Write([]byte(text))
	}
}

// address is a base URL in one spelling: scheme and host in lower case, without the scheme's own port.
func address(base *url.URL) string {
	scheme, port := strings.ToLower(base.Scheme), base.Port()
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		port = ""
	}
	host := strings.ToLower(base.Hostname())
	if port != "" {
		host += ":" + port
	}
	return scheme + "://" + host + strings.TrimRight(base.EscapedPath(), "/")
}
