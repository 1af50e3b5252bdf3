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
	"github.com/caremux/caremux/internal/transport"
)

// ErrOtherOwner matches the refusal of saved state (an ABHA step, an assessment, a recording, an upload, a sync cursor)
// that was made by a client of another account, or for another patient, facility or application. No request was sent.
var ErrOtherOwner = errors.New("the saved state belongs to another patient or client")

// owner names to whom saved state belongs: the account of the client, and for whom the call is made. It is a hash with
// the client's secret as its key, so that nobody else learns from it who the patient is.
func owner(core *transport.Client, opts []caremux.RequestOption) (string, error) {
	config, err := caremux.NewCallConfig(opts)
	if err != nil {
		return "", err
	}
	return core.Own().(*headers).owner(config.Header), nil
}

func (h *headers) owner(own http.Header) string {
	c := h.credentials
	key := sha256.Sum256([]byte("caremux ekacare owner\x00" + c.ClientSecret + "\x00" + c.SharingKey))
	mac := hmac.New(sha256.New, key[:])
	parts := []string{string(cmp.Or(c.Environment, Production)), c.ClientID, c.AgentID}
	for _, name := range []string{patientHeader, partnerPatientHeader, hipHeader, clientHeader} {
		value := h.identity.value(name)
		if len(own.Values(name)) > 0 {
			value = own.Get(name)
		}
		parts = append(parts, value)
	}
	for _, part := range parts {
		mac.Write(binary.AppendUvarint(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// checkOwner refuses saved state of another owner.
func checkOwner(core *transport.Client, operation, saved string, opts []caremux.RequestOption) error {
	mine, err := owner(core, opts)
	switch {
	case err != nil:
		return inFlow(operation, err)
	case saved != mine:
		return misuse(operation, ErrOtherOwner)
	}
	return nil
}
