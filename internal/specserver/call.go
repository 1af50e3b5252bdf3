package specserver

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// Call is a request that reached the server.
type Call struct {
	// Operation is nil for a request that fits no operation.
	Operation *Operation
	Method    string
	RawPath   string            // as sent, escaped
	Path      map[string]string // values of the placeholders
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Decode reads the body as JSON.
func (c *Call) Decode(v any) error { return json.Unmarshal(c.Body, v) }

// Reply is a response. Status 0 means 200. Body is nil, a []byte that is sent as it is, or anything else, sent as JSON.
type Reply struct {
	Status int
	Header http.Header
	Body   any
}

// Handler acts on a call that is valid and answers it. Several run at the same time.
type Handler func(c *Call) Reply

// encode returns the bytes of the reply and a content type that fits them.
func (r Reply) encode() (body []byte, contentType string, err error) {
	switch body := r.Body.(type) {
	case nil:
		return nil, "", nil
	case []byte:
		switch {
		case len(body) == 0:
			return nil, "", nil
		case json.Valid(body):
			return body, "application/json", nil
		}
		return body, http.DetectContentType(body), nil
	}
	body, err = json.Marshal(r.Body)
	return body, "application/json", err
}
