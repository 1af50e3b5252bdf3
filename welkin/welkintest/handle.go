package welkintest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// call is a valid call, with its parameters at hand.
type call struct{ *specserver.Call }

func (c *call) param(name string) string { return c.Query.Get(name) }

// list gives the values of a parameter with a list, which travels in one value.
func (c *call) list(name string) []string {
	if text := c.param(name); text != "" {
		return strings.Split(text, ",")
	}
	return nil
}

// moment gives the time of a parameter, or the fallback if it is not there.
func (c *call) moment(name string, fallback time.Time) time.Time {
	if text := c.param(name); text != "" {
		return parseTime(text)
	}
	return fallback
}

// object gives the body, which the check has found to be a JSON object.
func (c *call) object() object {
	var o object
	_ = c.Decode(&o)
	return o
}

// handle lets act answer an operation with the status that the documents name. What act returns is encoded while the server is
// locked; a specserver.Reply is sent as it is, nil is an empty body.
func (s *Server) handle(id string, act func(c *call) (any, error)) {
	status, _, _ := s.core.Spec.Answer(s.core.Spec.Operation(id))
	s.core.Handle(id, func(c *specserver.Call) (reply specserver.Reply) {
		s.mu.Lock()
		defer s.mu.Unlock()
		defer func() { fake.SetDate(&reply, c.Operation, s.clock.Now()) }()
		result, err := act(&call{c})
		if f := new(failure); errors.As(err, &f) {
			return f.reply()
		} else if err != nil {
			return badRequest("SERVER", "BAD_REQUEST", err.Error()).reply()
		}
		switch result := result.(type) {
		case nil:
			s.wrote(c, nil)
			return specserver.Reply{Status: status}
		case specserver.Reply:
			s.wrote(c, nil)
			return result
		}
		data, err := json.Marshal(result)
		if err != nil {
			return (&failure{http.StatusInternalServerError, "INTERNAL", "SERVER", err.Error()}).reply()
		}
		s.wrote(c, data)
		return specserver.Reply{Status: status, Body: data}
	})
}
