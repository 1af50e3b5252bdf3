package fake

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/specserver"
)

// Server is the part of a fake that is the same for all vendors: the test that it belongs to, the addresses that it listens on,
// the faults and the requests. A vendor's Server has one, and registers its handlers with it.
type Server struct {
	*specserver.Server
	Spec *specserver.Spec
	T    testing.TB // the test that a mistake of the user ends, [Program] for a fake of a program

	pkg       string // the package of the fake, which its messages begin with
	listeners []*httptest.Server
}

// NewServer returns the server of a fake whose package is called pkg. It belongs to no test and listens on no address yet.
func NewServer(pkg string, spec *specserver.Spec) *Server {
	return &Server{Server: specserver.NewServer(spec), Spec: spec, T: Program{}, pkg: pkg}
}

// Listen serves h on the loopback interface, until Close, and returns the address.
func (s *Server) Listen(h http.Handler) (url string) {
	listener := httptest.NewServer(h)
	s.listeners = append(s.listeners, listener)
	return listener.URL
}

// Close stops the server and drops the calls in progress.
func (s *Server) Close() {
	s.Server.Close()
	for _, listener := range s.listeners {
		listener.CloseClientConnections()
		listener.Close()
	}
}

// Fatal ends the test with a message, or panics in a program.
func (s *Server) Fatal(message string) {
	s.T.Helper()
	s.T.Fatal(s.pkg + ": " + message)
}

// OperationID returns the id of the operation with a name. It ends the test if the document has none.
func (s *Server) OperationID(name string) string {
	s.T.Helper()
	id := strings.Replace(name, ".", "_", 1)
	if s.Spec.Operation(id) == nil {
		s.Fatal("the vendor has no operation " + name)
	}
	return id
}

// Fail queues a fault. An error status without a body is first completed with an error in the vendor's format. It ends the test
// if the vendor does not have the operation.
func (s *Server) Fail(f caremuxtest.Fault, complete func(f *caremuxtest.Fault)) {
	s.T.Helper()
	if f.Operation != "" {
		s.OperationID(f.Operation)
	}
	if f.Status >= http.StatusBadRequest && f.Body == nil {
		complete(&f)
	}
	s.Server.Fail(f)
}

// Requests returns the requests in the order of their arrival.
func (s *Server) Requests() []caremuxtest.Request {
	calls := s.Calls()
	requests := make([]caremuxtest.Request, len(calls))
	for i, c := range calls {
		requests[i] = caremuxtest.Request{Method: c.Method, Path: c.RawPath, Query: c.Query, Header: c.Header, Body: c.Body}
		if c.Operation != nil {
			requests[i].Operation = c.Operation.Name()
		}
	}
	return requests
}

// Client returns c, which a fake has made for a test. It ends the test if there is an error.
func Client[C any](s *Server, c C, err error) C {
	s.T.Helper()
	if err != nil {
		s.Fatal(err.Error())
	}
	return c
}
