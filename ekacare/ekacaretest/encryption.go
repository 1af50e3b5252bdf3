package ekacaretest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/cbchmac"
)

// WithEncryption makes the server take bodies that are encrypted with the key, as a client does with
// [ekacare.WithEncryption], and encrypt its responses to them; errors stay in the clear. Other calls are as before.
// [Server.Requests] has what was decrypted, without the header X-Encryption.
func WithEncryption(key ekacare.EncryptionKey) Option {
	return func(s *Server) { s.encryption = key }
}

// protectedHeader is what a response's tag covers and does not show.
var protectedHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg": "dir", "enc": "A128CBC-HS256"}`))

var errEnvelope = errors.New("the body is not encrypted as X-Encryption says")

// decrypting puts the encryption before the server.
func (s *Server) decrypting(next http.Handler) http.Handler {
	key := []byte(s.encryption.Shared + s.encryption.Shared)
	if len(key) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Encryption") != "JWE" {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			body, err = s.openEnvelope(key, body)
		}
		if err == nil && r.URL.Path == "/mr/api/v2/docs" {
			body, err = asForm(r, body)
		}
		if err != nil {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(rejected(errEnvelope.Error()).encoded())
			return
		}
		r.Header.Del("X-Encryption")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		held := &heldResponse{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(held, r)
		held.send(key)
	})
}

// openEnvelope decrypts a flattened JSON Web Encryption.
func (s *Server) openEnvelope(key, body []byte) ([]byte, error) {
	var jwe map[string]string
	if json.Unmarshal(body, &jwe) != nil || len(jwe) != 5 || jwe["kid"] != s.encryption.ID {
		return nil, errEnvelope
	}
	parts := map[string][]byte{}
	for _, name := range []string{"iv", "ciphertext", "tag"} {
		part, err := base64.RawURLEncoding.DecodeString(jwe[name])
		if err != nil {
			return nil, err
		}
		parts[name] = part
	}
	return cbchmac.Open(key, parts["iv"], parts["ciphertext"], []byte(jwe["protected"]), parts["tag"])
}

// asForm makes the form that the documents show of the JSON object that stands for it.
func asForm(r *http.Request, body []byte) ([]byte, error) {
	var upload struct {
		File []byte `json:"file"`
	}
	if err := json.Unmarshal(body, &upload); err != nil {
		return nil, err
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "file")
	if err != nil {
		return nil, err
	}
	_, _ = part.Write(upload.File) // into memory
	r.Header.Set("Content-Type", w.FormDataContentType())
	err = w.Close()
	return form.Bytes(), err
}

// heldResponse keeps a response until it is complete. A connection that a fault takes over is left alone.
type heldResponse struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	taken  bool
}

func (h *heldResponse) WriteHeader(status int) { h.status = status }

func (h *heldResponse) Write(p []byte) (int, error) { return h.body.Write(p) }

func (h *heldResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h.taken = true
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

func (h *heldResponse) send(key []byte) {
	if h.taken {
		return
	}
	body := h.body.Bytes()
	if h.status < 300 && len(body) > 0 && strings.Contains(h.Header().Get("Content-Type"), "json") {
		iv := make([]byte, cbchmac.IVSize)
		_, _ = rand.Read(iv) // never fails
		if ciphertext, tag, err := cbchmac.Seal(key, iv, body, []byte(protectedHeader)); err == nil {
			body, _ = json.Marshal(map[string][]byte{"ciphertext": ciphertext, "iv": iv, "tag": tag})
		}
		h.Header().Del("Content-Length")
	}
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.ResponseWriter.Write(body) // the client may have gone away
}
