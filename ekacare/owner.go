package ekacare

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"

	"github.com/caremux/caremux"
)

// ErrOtherOwner matches the refusal of saved state (an ABHA step, an assessment, a recording, an upload, a sync cursor)
// that was made by a client of another account, or for another patient, facility or application. No request was sent.
var ErrOtherOwner = errors.New("the saved state belongs to another patient or client")

// owner names to whom saved state belongs: the account of the client, and for whom the call is made. It is a hash with
// the client's secret as its key, so that nobody else learns from it who the patient is.
func owner(h *headers, opts []caremux.RequestOption) (string, error) {
	config, err := caremux.NewCallConfig(opts)
	if err != nil {
		return "", err
	}
	return h.owner(config.Header), nil
}

func (h *headers) owner(own http.Header) string {
	c := h.credentials
	key := sha256.Sum256([]byte("caremux ekacare owner\x00" + c.ClientSecret + "\x00" + c.SharingKey))
	mac := hmac.New(sha256.New, key[:])
	parts := []string{string(cmp.Or(c.Environment, Production)), c.ClientID, c.AgentID}
	parts = append(parts, h.subject(own)...)
	for _, part := range parts {
		mac.Write(binary.AppendUvarint(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// subject names for whom a call with the caller's own headers is made.
func (h *headers) subject(own http.Header) (parts []string) {
	for _, name := range []string{patientHeader, partnerPatientHeader, hipHeader, clientHeader} {
		value := h.identity.value(name)
		if len(own.Values(name)) > 0 {
			value = own.Get(name)
		}
		parts = append(parts, value)
	}
	return parts
}

// sameOwner returns the owner, and refuses that of another's saved state; an empty one is not checked.
func sameOwner(h *headers, operation, saved string, opts []caremux.RequestOption) (string, error) {
	mine, err := owner(h, opts)
	switch {
	case err != nil:
		return "", err
	case saved != "" && saved != mine:
		return "", misuse(operation, ErrOtherOwner)
	}
	return mine, nil
}

// checkOwner refuses saved state of another owner.
func checkOwner(h *headers, operation, saved string, opts []caremux.RequestOption) error {
	mine, err := owner(h, opts)
	switch {
	case err != nil:
		return inFlow(operation, err)
	case saved != mine:
		return misuse(operation, ErrOtherOwner)
	}
	return nil
}
