package ekacaretest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// linkLife is how long links to files and recordings serve.
const linkLife = time.Hour

// link signs an address of another origin for a while.
func (s *Server) link(base, path string) string {
	expires := strconv.FormatInt(s.clock().Add(linkLife).Unix(), 10)
	return base + path + "?" + url.Values{"expires": {expires}, "signature": {linkSignature(path, expires)}}.Encode()
}

func linkSignature(path, expires string) string {
	sum := sha256.Sum256([]byte("link key of ekacaretest" + path + expires))
	return hex.EncodeToString(sum[:])
}

// linkServes reports whether the link of a request was signed and has not expired.
func (s *Server) linkServes(r *http.Request) bool {
	query := r.URL.Query()
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || query.Get("signature") != linkSignature(r.URL.Path, query.Get("expires")) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock().Before(time.Unix(expires, 0))
}
