package ekacaretest

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// Fault makes calls fail. It applies Delay first, then one of Stall, Reset and Status. Without these three the call continues
// after the delay.
type Fault struct {
	// Operation is "Appointments.Book", as [caremux.Error] names it; "" is any but the login, which is "Auth.Login".
	Operation string
	Times     int // how many calls, 0 for one, -1 for all until ClearFaults

	// A response sent instead of acting. Without a Body it is the vendor's commonest error.
	Status int
	Header http.Header
	Body   []byte

	Delay     time.Duration // wait before the rest; ends with the request
	Stall     bool          // never respond, until the client disconnects or the server closes
	Reset     bool          // close the connection without a response
	AfterWork bool          // the fault happens after the call was processed: the response is lost, or is an error
	CutBody   bool          // announce the whole response, send half of it and close the connection
}

// Fail queues a fault. A call meets the first fault of the queue for its operation. A fault for an operation that does not
// exist ends the test, or panics on a server of [Start].
func (s *Server) Fail(f Fault) {
	s.t.Helper()
	fault := fake.Fault(s.t, s.spec, "ekacaretest", specserver.Fault(f))
	if fault.Status >= 400 && fault.Body == nil {
		fault.Body = failed(fault.Status, "FAULT", "this fault was requested").encoded()
	}
	s.core.Fail(fault)
}

// Limit refuses calls beyond n in any period of per, such as a second, with 429. As far as is known the vendor sends no header with it that
// says when to come back, and so does the server. Logins do not count. With n 0 all calls pass, as they do without Limit.
func (s *Server) Limit(n int, per time.Duration) {
	s.core.Limit(n, per, specserver.Reply{
		Status: http.StatusTooManyRequests,
		Body:   failed(http.StatusTooManyRequests, "rate_limit_exceeded", "too many requests").encoded(),
	})
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.core.ClearFaults() }

// SetNow stops the clock of the server at a time. With the zero time it shows the present again. Tokens live by the real
// time, whatever this says.
func (s *Server) SetNow(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// Advance moves the clock of the server on, and stops it.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.clock().Add(d)
}

// Now returns what the clock of the server shows.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock()
}

func (s *Server) clock() time.Time {
	if s.now.IsZero() {
		return time.Now()
	}
	return s.now
}

// Request is a request that reached the server.
type Request struct {
	Operation string // "Appointments.Book"; "" for a request that fits none
	Method    string
	Path      string // as sent, escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Requests returns all requests in the order of their arrival: logins, retries and invalid ones too.
func (s *Server) Requests() []Request { return fake.Requests[Request](s.core.Calls()) }

// Problems returns why requests were refused as invalid. Each begins with the operation.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.core.Problems(), s.problems)
}
