package specserver

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/caremux/caremux/caremuxtest"
)

// maxBody bounds the body of a request, unless the document does, with x-max-body.
const maxBody = 32 << 20

// hugeBody bounds the body of an operation whose x-max-body is 0: a part of it is bounded.
const hugeBody = 1 << 30

var (
	// ErrNoOperation is the problem of a request that fits no operation of the document.
	ErrNoOperation = errors.New("no operation of the document has this method and path")
	// ErrTooLarge is the problem of a request whose body is beyond the limit.
	ErrTooLarge = errors.New("the body is too large")
)

// Server answers as a document says. Operations that have a handler are answered by it, the others with [Spec.Answer]. Set up
// handlers before the first request. It is safe for concurrent use.
type Server struct {
	spec     *Spec
	handlers map[string]Handler
	invalid  func(*Call, error) Reply
	before   func(*Call) *Reply
	spared   string

	mu       sync.Mutex
	calls    []*Call
	problems []error
	faults   []*caremuxtest.Fault
	window   Window
	beyond   Reply // to calls beyond it

	close  sync.Once
	closed chan struct{}
}

// NewServer returns a server without handlers.
func NewServer(spec *Spec) *Server {
	return &Server{spec: spec, handlers: map[string]Handler{}, invalid: reject, closed: make(chan struct{})}
}

// Handle lets h answer an operation. It panics on an id that the document does not have.
func (s *Server) Handle(operationID string, h Handler) {
	if s.spec.Operation(operationID) == nil {
		panic("specserver: the document has no operation " + operationID)
	}
	s.handlers[operationID] = h
}

// Invalid says how the vendor reports an invalid request. The default is status 400, 404 for [ErrNoOperation] and 413 for
// [ErrTooLarge], with {"error": "..."}.
func (s *Server) Invalid(reply func(c *Call, err error) Reply) { s.invalid = reply }

// Before lets h look at each valid request first. A reply that is not nil is sent instead of acting.
func (s *Server) Before(h func(c *Call) *Reply) { s.before = h }

// Spare keeps faults that are for any operation away from one.
func (s *Server) Spare(operationID string) { s.spared = operationID }

// Calls returns all calls in the order of their arrival, invalid ones too.
func (s *Server) Calls() []*Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Problems returns what was wrong with the calls that were invalid, in their order. Each begins with the operation's id.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

// Close ends all waiting: stalled and delayed calls are cut off. The HTTP server around s is closed after it.
func (s *Server) Close() { s.close.Do(func() { close(s.closed) }) }

func reject(_ *Call, err error) Reply {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, ErrNoOperation):
		status = http.StatusNotFound
	case errors.Is(err, ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	}
	return Reply{Status: status, Body: map[string]string{"error": err.Error()}}
}

// ServeHTTP records and checks a request, lets it run into a fault if one is due, and answers it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, problem := s.receive(w, r)
	if refused := s.limited(c); refused != nil {
		send(w, *refused, false)
		return
	}
	fault := s.nextFault(c)
	var reply *Reply
	if fault != nil && !fault.AfterWork {
		reply = s.strike(w, r, fault)
	}
	if reply == nil {
		done := s.act(c, problem)
		reply = &done
		if fault != nil && fault.AfterWork {
			if instead := s.strike(w, r, fault); instead != nil {
				reply = instead
			}
		}
	}
	send(w, *reply, fault != nil && fault.CutBody)
}

// receive reads, checks and records a request.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (*Call, error) {
	c := &Call{Method: r.Method, RawPath: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header}
	problem := ErrNoOperation
	if op, params, ok := s.spec.Match(r.Method, c.RawPath); ok {
		c.Operation, c.Path, problem = op, params, nil
	}
	var err error
	c.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, s.spec.maxBody(c.Operation)))
	switch tooLarge := new(http.MaxBytesError); {
	case errors.As(err, &tooLarge):
		problem = ErrTooLarge
	case err != nil:
		panic(http.ErrAbortHandler) // the client went away in the middle
	case problem == nil:
		problem = s.spec.Check(c.Operation, c.Path, r, c.Body)
	}
	if problem != nil {
		name := r.Method + " " + c.RawPath
		if c.Operation != nil {
			name = c.Operation.ID
		}
		problem = fmt.Errorf("%s: %w", name, problem)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	if problem != nil {
		s.problems = append(s.problems, problem)
	}
	return c, problem
}

// act does what the call asks for.
func (s *Server) act(c *Call, problem error) Reply {
	if problem != nil {
		return s.invalid(c, problem)
	}
	if s.before != nil {
		if reply := s.before(c); reply != nil {
			return *reply
		}
	}
	if h := s.handlers[c.Operation.ID]; h != nil {
		return h(c)
	}
	return s.Generated(c.Operation)
}

// Generated is the answer that an operation without a handler gives.
func (s *Server) Generated(op *Operation) Reply {
	status, contentType, body := s.spec.Answer(op)
	reply := Reply{Status: status, Body: body}
	if contentType != "" {
		reply.Header = http.Header{"Content-Type": {contentType}}
	}
	return reply
}

// send writes a reply, or half of it.
func send(w http.ResponseWriter, reply Reply, cut bool) {
	body, contentType, err := reply.encode()
	if err != nil {
		http.Error(w, "specserver: "+err.Error(), http.StatusInternalServerError)
		return
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	for name, values := range reply.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	status := reply.Status
	if status == 0 {
		status = http.StatusOK
	}
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if !cut {
		_, _ = w.Write(body)
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
