package transport

import (
	"context"
	"net/http"

	"github.com/caremux/caremux/internal/content"
)

// Sealing encrypts the bodies of requests and decrypts those of responses, for a vendor that does so on top of TLS. It
// is part of the transport and not middleware, so that attempts, errors and what is read in a response are as without
// it.
type Sealing struct {
	// Header goes with a request whose body is sealed.
	Header http.Header
	// Takes reports whether the bodies of an operation are sealed: JSON, and the form with a file if Files reports so.
	Takes func(op *Operation) bool
	// Files reports whether the vendor takes the form of an operation as a JSON object, with its files in base64.
	Files func(op *Operation) bool
	// Seal returns the sealed form of a JSON body, which is sent as JSON too. It is called once for a call: all
	// attempts send the same bytes.
	Seal func(body []byte) ([]byte, error)
	// Open returns what a response contains. sealed is false, and the body returned as it is, if it came in the clear.
	Open func(body []byte) (plain []byte, sealed bool, err error)
}

var errNotOpened = refused("the response cannot be decrypted")

// sealingOf is what the call has to seal and open with; nil if it goes in the clear. Addresses that the vendor names
// are those of a storage, which knows no key.
func (c *Client) sealingOf(op *Operation, in Input) *Sealing {
	s := c.settings.Sealing
	if s == nil || in.url != nil || !s.Takes(op) {
		return nil
	}
	return s
}

// seal replaces the body of the request: JSON as it is, and a form with files as a JSON object with the files in
// base64. Bodies of other kinds go as they are.
func (a *attempts) seal(ctx context.Context, req *http.Request, body content.Body) error {
	if a.sealing == nil || a.payload.Open == nil {
		return nil
	}
	if !body.IsJSON() && (!body.IsForm() || !a.sealing.Files(a.op)) {
		return nil
	}
	data, err := body.Object(ctx, a.payload, maxAnswer)
	if err == nil {
		data, err = a.sealing.Seal(data)
	}
	if err != nil {
		a.fail(failedForGood, err)
		return a.err
	}
	for name, values := range a.sealing.Header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	a.payload = content.Bytes("", data)
	return nil
}

// opened returns what a response contains. What was sealed takes the place of what was received, also for the caller's
// Response and in errors.
func (a *attempts) opened(body []byte) ([]byte, error) {
	if a.sealing == nil || len(body) == 0 || a.elsewhere {
		return body, nil
	}
	plain, sealed, err := a.sealing.Open(body)
	switch {
	case !sealed:
		return body, nil
	case err != nil:
		return nil, errNotOpened
	}
	a.body = plain
	return plain, nil
}

// openedError is opened for the body of an error, which stays as it is if it cannot be opened: the status is known.
func (a *attempts) openedError(body []byte) []byte {
	if plain, err := a.opened(body); err == nil {
		return plain
	}
	return body
}
