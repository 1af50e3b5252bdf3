package snapcaretest

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
	// Operation is "Appointments.AdminCreate", as [caremux.Error] names it; "" is any but the login, which is
	// "Account.CreateSession".
	Operation string
	Times     int // how many calls, 0 for one, -1 for all until ClearFaults

	// A response sent instead of acting. Without a Body it is an error of version 3.
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
	fault := fake.Fault(s.t, s.spec, "snapcaretest", specserver.Fault(f))
	if fault.Status >= 400 && fault.Body == nil {
		fault.Body = (&failure{fault.Status, 1_000_000 + fault.Status, "this fault was requested"}).body()
	}
	s.core.Fail(fault)
}

// Limit refuses calls beyond n in any period of per, such as a second, with 429. As far as is known the vendor sends no header with it that
// says when to come back, and so does the server. Logins do not count. With n 0 all calls pass, as they do without Limit.
func (s *Server) Limit(n int, per time.Duration) {
	s.core.Limit(n, per, specserver.Reply{
		Status: http.StatusTooManyRequests,
		Body:   (&failure{http.StatusTooManyRequests, 1_000_000 + http.StatusTooManyRequests, "too many requests"}).body(),
	})
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.core.ClearFaults() }

// ExpireSessions makes the server refuse all tokens that it has given out, also for a renewal.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.sessions {
		session.expires = time.Time{}
	}
}

// SetSessionLifetime sets how long the next sessions last. The default is an hour. It is measured in real time, whatever
// [Server.SetNow] says.
func (s *Server) SetSessionLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = d
}

// Logins returns how many sessions the server has opened; refreshed sessions are not among them.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Renewals returns how often a session was renewed.
func (s *Server) Renewals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renewals
}

// SetNow stops the clock of appointments at a time. With the zero time it shows the present again.
func (s *Server) SetNow(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// SetZone sets the time zone of all users: how local times are read and responses written. The default is
// America/New_York.
func (s *Server) SetZone(zone *time.Location) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zone = zone
}

// Zone returns the time zone of all users.
func (s *Server) Zone() *time.Location {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.zone
}

// Request is a request that reached the server.
type Request struct {
	Operation string // "Appointments.AdminCreate"; "" for a request that fits none
	Method    string
	Path      string // as sent, escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Requests returns all requests in the order of their arrival: logins, retries and invalid ones too.
func (s *Server) Requests() []Request { return fake.Requests[Request](s.core.Calls()) }

// Problems returns why requests were refused as invalid. Each begins with the operation. Local times with an offset come last.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.core.Problems(), s.problems)
}
