package snapcaretest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

type object = map[string]any

// call is a valid call, with its parameters at hand.
type call struct {
	*specserver.Call
	session *session // of the caller, nil if the call needs none
}

// object returns the body, which the check has found to be a JSON object.
func (c *call) object() object {
	var o object
	_ = c.Decode(&o)
	return o
}

// numbers returns the values of a parameter with a list of numbers, whether they are sent as one value or several.
func (c *call) numbers(name string) []int {
	var list []int
	for _, value := range c.Query[name] {
		for part := range strings.SplitSeq(value, ",") {
			if n, err := strconv.Atoi(part); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// number returns a parameter that is a number.
func (c *call) number(name string) (int, bool) {
	n, err := strconv.Atoi(c.Query.Get(name))
	return n, err == nil
}

// oneOf reports whether a filter lets n through; an empty one does.
func oneOf(filter []int, n int) bool { return len(filter) == 0 || slices.Contains(filter, n) }

// handle calls act for an operation and responds with the documented status. What act returns is encoded while the server is
// locked; nil is an empty body.
func (s *Server) handle(id string, act func(c *call) (any, error)) {
	s.handled[id] = true
	status, _, _ := s.core.Spec.Answer(s.core.Spec.Operation(id))
	s.core.Handle(id, func(c *specserver.Call) (reply specserver.Reply) {
		s.mu.Lock()
		defer s.mu.Unlock()
		defer func() { fake.SetDate(&reply, c.Operation, s.clock.Now()) }()
		result, err := act(&call{c, s.sessions[bearer(c)]})
		if f := new(failure); errors.As(err, &f) {
			return f.reply()
		} else if err != nil {
			return badRequest(err.Error()).reply()
		}
		if result == nil {
			s.wrote(c, nil)
			return specserver.Reply{Status: status}
		}
		if s.references {
			result = withReferences(result)
		}
		data, err := json.Marshal(result)
		if err != nil {
			return (&failure{status: http.StatusInternalServerError, message: err.Error()}).reply()
		}
		s.wrote(c, data)
		return specserver.Reply{Status: status, Body: data}
	})
}

// listEnvelope is the envelope of version 2, in which a single result is a list too. The total is that of this response.
func listEnvelope(items ...any) object {
	if items == nil {
		items = []any{}
	}
	return object{"data": items, "total": len(items)}
}

// page returns the part of a list that skip and take request; without them it is all. Only this part is made into rows.
func page[T any](c *call, items []T, skipName, takeName string, row func(T) object) object {
	if skip, ok := c.number(skipName); ok {
		items = items[min(max(skip, 0), len(items)):]
	}
	if take, ok := c.number(takeName); ok {
		items = items[:min(max(take, 0), len(items))]
	}
	rows := make([]any, len(items))
	for i, item := range items {
		rows[i] = row(item)
	}
	return listEnvelope(rows...)
}

// newID returns the next id: the same in every run, and different from any other of this server.
func (s *Server) newID() string {
	s.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.ids)
}

func (s *Server) newNumber() int {
	s.numbers++
	return s.numbers
}
