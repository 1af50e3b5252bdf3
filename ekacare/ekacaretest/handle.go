package ekacaretest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// object is a JSON object. Records are kept in the form in which they are sent.
type object = map[string]any

// call is a valid call.
type call struct {
	*specserver.Call
	grant *grant // of the caller, nil if the call needs none
}

// object gives the body, which the check has found to be a JSON object.
func (c *call) object() object {
	var o object
	_ = c.Decode(&o)
	return o
}

// number gives a query parameter that is a number, or a fallback.
func (c *call) number(name string, fallback int) int {
	if n, err := strconv.Atoi(c.Query.Get(name)); err == nil {
		return n
	}
	return fallback
}

// reply is a result with a status or headers of its own, for handlers that do not always give the documented status. A body
// that is a []byte is sent as it is.
type reply struct {
	status int
	header http.Header
	body   any
}

// handle lets act answer an operation with the status that the documents name, while the server is locked. nil is an empty
// body, a reply has a status of its own, and an error that is no failure is a 500, since the fake itself is at fault.
func (s *Server) handle(id string, act func(c *call) (any, error)) {
	status, _, _ := s.core.Spec.Answer(s.core.Spec.Operation(id))
	s.core.Handle(id, func(c *specserver.Call) (sent specserver.Reply) {
		s.mu.Lock()
		defer s.mu.Unlock()
		defer func() { fake.SetDate(&sent, c.Operation, s.clock()) }()
		result, err := act(&call{c, s.accounts.grants[tokenOf(c)]})
		if f := new(failure); errors.As(err, &f) {
			return f.reply()
		} else if err != nil {
			return failed(http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", err.Error()).reply()
		}
		out := reply{status: status, body: result}
		if own, ok := result.(reply); ok {
			out = own
		}
		r := specserver.Reply{Status: out.status, Header: out.header}
		switch body := out.body.(type) {
		case nil:
		case []byte:
			r.Body = body
		default:
			data, err := json.Marshal(body) // here, since records change once the lock is gone
			if err != nil {
				return failed(http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", err.Error()).reply()
			}
			r.Body = data
		}
		return r
	})
}

// generated gives the answer of the document for an operation, for a handler that fills in only a part of it.
func (s *Server) generated(id string) object {
	_, _, body := s.core.Spec.Answer(s.core.Spec.Operation(id))
	var o object
	_ = json.Unmarshal(body, &o)
	return o
}

// newID gives the next id: the same in every run, and different from any other of this server.
func (s *Server) newID(prefix string) string {
	s.ids++
	return fmt.Sprintf("%s-%06d", prefix, s.ids)
}

func str(row object, name string) string {
	text, _ := row[name].(string)
	return text
}
