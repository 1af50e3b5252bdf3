package welkintest

import (
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/welkin"
)

// Fault makes calls fail: see [caremuxtest.Fault]. Its Operation is one such as "Patients.Create"; an empty one means any but the
// login, which is "APIClients.CreateToken". An error status without a Body is sent with a list of one error, as Welkin's.
type Fault = caremuxtest.Fault

// Fail queues a fault. A call meets the first fault of the queue for its operation. A fault for an operation that does not
// exist ends the test, or panics on a server of [Start].
func (s *Server) Fail(f Fault) {
	s.core.T.Helper()
	s.core.Fail(f, func(f *Fault) {
		f.Body = (&failure{f.Status, "FAULT", "SERVER", "this fault was requested"}).body()
	})
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

// Request is a request that reached the server: see [caremuxtest.Request].
type Request = caremuxtest.Request

// Requests returns all requests in the order of their arrival, including logins, retries and invalid requests.
func (s *Server) Requests() []Request { return s.core.Requests() }

// Problems returns why requests were refused as invalid, in their order. Each begins with the operation.
func (s *Server) Problems() []error { return s.core.Problems() }

// SetCommunicationStatus sets the state of delivery of a communication. One that the server does not have ends the test.
func (s *Server) SetCommunicationStatus(communicationID string, status welkin.CommunicationStatus) {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.communications.find(object{"communicationId": communicationID})
	if row == nil {
		s.core.Fatal("there is no communication " + communicationID)
		return
	}
	row["status"] = string(status)
}

// SetNow stops the clock of the server at a time: that of records and of the header Date. With the zero time it shows
// the present again. Tokens live by the real time, whatever this says.
func (s *Server) SetNow(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Set(now)
}

// Advance moves the clock of the server on.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Advance(d)
}

// Now returns what the clock of the server shows.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock.Now()
}

// Write is a change that the server has made for a call, whether or not the caller learned of it: see [caremuxtest.Write].
type Write = caremuxtest.Write

// Writes returns all changes in their order, each once. Calls that were refused or that only read are not among them.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}

// wrote enters the change of a successful call into the ledger.
func (s *Server) wrote(c *specserver.Call, response []byte) {
	if w, ok := fake.Wrote(c, response); ok {
		s.ledger = append(s.ledger, w)
	}
}
