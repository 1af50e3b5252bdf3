package cliniktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

const (
	requestIDHeader = "X-Request-Id"
	fhirJSON        = "application/fhir+json"
)

// call is a call that the server acts on.
type call struct{ *specserver.Call }

func (c *call) param(name string) string { return c.Query.Get(name) }

// object gives the body, nil if it is not a JSON object.
func (c *call) object() object {
	var o object
	_ = c.Decode(&o)
	return o
}

// act answers an operation. What it returns is put into the envelope, or is the whole body of an operation that has none; a
// specserver.Reply is sent as it is, nil is an empty body.
type act func(c *call) (any, error)

// handle lets a answer an operation with the status that the document names.
func (s *Server) handle(id string, a act) {
	if s.model.spec.Operation(id) == nil {
		panic("cliniktest: the document has no operation " + id)
	}
	s.acts[id] = a
}

// serve answers a call; problem is what is wrong with it, if anything.
func (s *Server) serve(c *specserver.Call, problem error) specserver.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acted++
	s.advanceIndex(false)
	id := s.newRequestID()
	reply, err := s.answer(&call{c}, id, problem)
	if err != nil {
		f := new(failure)
		if !errors.As(err, &f) {
			f = &failure{status: http.StatusInternalServerError, code: "INTERNAL_ERROR", message: err.Error()}
		}
		reply = specserver.Reply{Status: f.status, Header: f.header.Clone(), Body: f.body(id)}
		if f.outcome {
			setHeader(&reply, "Content-Type", fhirJSON)
		}
	}
	if err == nil {
		body, _ := reply.Body.([]byte)
		s.wrote(c, body)
	}
	fake.SetDate(&reply, c.Operation, s.clock.Now())
	setHeader(&reply, requestIDHeader, id)
	if needsKey(c.Operation) {
		s.setFigures(&reply)
	}
	return reply
}

func setHeader(reply *specserver.Reply, name, value string) {
	if reply.Header == nil {
		reply.Header = http.Header{}
	}
	if reply.Header.Get(name) == "" {
		reply.Header.Set(name, value)
	}
}

func (s *Server) newRequestID() string {
	s.ids["req"]++
	return fmt.Sprintf("req_%06d", s.ids["req"])
}

// answer does what a call asks for.
func (s *Server) answer(c *call, requestID string, problem error) (specserver.Reply, error) {
	if err := s.admit(c.Call); err != nil {
		return specserver.Reply{}, err
	}
	if problem = s.checkAgain(c.Call, problem); problem != nil {
		s.problems = append(s.problems, problem)
		return specserver.Reply{}, unfit(c.Call, problem)
	}
	a := s.acts[c.Operation.ID]
	if a == nil {
		return s.core.Generated(c.Operation), nil
	}
	result, err := a(c)
	if err != nil {
		return specserver.Reply{}, err
	}
	reply := specserver.Reply{Status: success(c.Operation)}
	switch result := result.(type) {
	case nil:
		return reply, nil
	case specserver.Reply:
		return result, nil
	}
	if isRaw(c.Operation) {
		setHeader(&reply, "Content-Type", fhirJSON)
	} else {
		result = object{"data": result, "meta": s.meta(requestID, reply.Status)}
	}
	reply.Body, err = json.Marshal(result)
	return reply, err
}

// isRaw reports whether an operation is one of the raw FHIR routes: without an envelope, and with FHIR's own errors.
func isRaw(op *specserver.Operation) bool {
	return op != nil && slices.Contains(op.Op.Tags, "FHIR")
}

// success is the documented status of success.
func success(op *specserver.Operation) int {
	for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent} {
		if op.Op.Responses.Status(status) != nil {
			return status
		}
	}
	return http.StatusOK
}

// checkAgain lets pass what the document does not say but the vendor takes: any FHIR search parameter, any count, bodies under
// the media types of the vendor's SDK, and null as the value of a member that an update clears.
func (s *Server) checkAgain(c *specserver.Call, problem error) error {
	if problem == nil || c.Operation == nil || errors.Is(problem, specserver.ErrTooLarge) {
		return problem
	}
	query, header, body := maps.Clone(c.Query), c.Header.Clone(), c.Body
	if isRaw(c.Operation) {
		clear(query)
	} else if _, err := strconv.Atoi(query.Get("count")); err != nil {
		query.Del("count")
	}
	if kind := header.Get("Content-Type"); !isRaw(c.Operation) && (kind == fhirJSON || kind == "application/json-patch+json") {
		header.Set("Content-Type", "application/json")
	}
	if c.Method == http.MethodPatch {
		body = withoutNulls(body)
	}
	r, err := http.NewRequest(c.Method, "http://clinik"+c.RawPath+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return problem
	}
	r.Header = header
	if s.model.spec.Check(c.Operation, c.Path, r, body) == nil {
		return nil
	}
	return problem
}

// withoutNulls takes the members that are null out of a JSON object.
func withoutNulls(body []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return body
	}
	for name, value := range members {
		if string(value) == "null" {
			delete(members, name)
		}
	}
	data, err := json.Marshal(members)
	if err != nil {
		return body
	}
	return data
}

func (s *Server) meta(requestID string, status int) object {
	limit, remaining, reset := s.rateFigures()
	return object{"requestId": requestID, "timestamp": timestamp(s.clock.Now()), "status": status,
		"rateLimitTotal": limit, "rateLimitRemaining": remaining, "rateLimitReset": reset}
}
