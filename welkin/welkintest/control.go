package welkintest

import (
	"net/http"
	"net/url"
	"time"

	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/welkin"
)

// Fault makes calls fail. It applies Delay first, then one of Stall, Reset and Status. Without these three the call continues
// after the delay.
type Fault struct {
	// Operation is "Patients.Create", as [caremux.Error] names it; "" is any but the login, which is "APIClients.CreateToken".
	Operation string
	Times     int // how many calls, 0 for one, -1 for all until ClearFaults

	// A response sent instead of acting. Without a Body it is a list with one error, as Welkin's.
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
	fault := fake.Fault(s.t, s.spec, "welkintest", specserver.Fault(f))
	if fault.Status >= 400 && fault.Body == nil {
		fault.Body = (&failure{fault.Status, "FAULT", "SERVER", "this fault was requested"}).body()
	}
	s.core.Fail(fault)
}

// Limit refuses calls beyond n in any period of per, such as a second, with 429. As far as is known the vendor sends no header with it that
// says when to come back, and so does the server. Logins do not count. With n 0 all calls pass, as they do without Limit.
func (s *Server) Limit(n int, per time.Duration) {
	s.core.Limit(n, per, specserver.Reply{
		Status: http.StatusTooManyRequests,
		Body:   (&failure{http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "SERVER", "too many requests"}).body(),
	})
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.core.ClearFaults() }

// ExpireTokens makes the server refuse all tokens that it has given out.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token := range s.tokens {
		s.tokens[token] = time.Time{}
	}
}

// SetTokenLifetime sets how long the tokens of the next logins last. The default is an hour.
func (s *Server) SetTokenLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = d
}

// DisableClient makes further logins say that the API client is disabled.
func (s *Server) DisableClient() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disabled = true
}

// Logins returns how many tokens the server has given out.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Request is a request that reached the server.
type Request struct {
	Operation string // "Patients.Create"; "" for a request that fits none
	Method    string
	Path      string // as sent, escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Requests returns all requests in the order of their arrival: logins, retries and invalid ones too.
func (s *Server) Requests() []Request { return fake.Requests[Request](s.core.Calls()) }

// Problems returns why requests were refused as invalid, in their order. Each begins with the operation.
func (s *Server) Problems() []error { return s.core.Problems() }

// SetCommunicationStatus sets the state of delivery of a communication. One that the server does not have ends the test.
func (s *Server) SetCommunicationStatus(communicationID string, status welkin.CommunicationStatus) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.communications.find(object{"communicationId": communicationID})
	if row == nil {
		s.t.Fatal("welkintest: there is no communication " + communicationID)
		return
	}
	row["status"] = string(status)
}
