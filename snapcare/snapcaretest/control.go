package snapcaretest

import (
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// Fault makes calls fail: see [caremuxtest.Fault]. Its Operation is one such as "Appointments.AdminCreate"; an empty one means any
// but the login, which is "Account.CreateSession". An error status without a Body is sent with an error in the format of version 3.
type Fault = caremuxtest.Fault

// Fail queues a fault. A call meets the first fault of the queue for its operation. A fault for an operation that does not
// exist ends the test, or panics on a server of [Start].
func (s *Server) Fail(f Fault) {
	s.core.T.Helper()
	s.core.Fail(f, func(f *Fault) {
		f.Body = (&failure{f.Status, 1_000_000 + f.Status, "this fault was requested"}).body()
	})
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

// SetNow stops the clock of the server at a time: that of appointments, of the header Date and of signatures. With
// the zero time it shows the present again. Sessions live by the real time, whatever this says.
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

// Request is a request that reached the server: see [caremuxtest.Request].
type Request = caremuxtest.Request

// Requests returns all requests in the order of their arrival, including logins, retries and invalid requests.
func (s *Server) Requests() []Request { return s.core.Requests() }

// Problems returns why requests were refused as invalid. Each begins with the operation. Local times with an offset come last.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.core.Problems(), s.problems)
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
