package ekacaretest

import (
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/specserver"
)

// Fault makes calls fail: see [caremuxtest.Fault]. Its Operation is one such as "Appointments.Book"; an empty one means any but the
// login, which is "Auth.Login". An error status without a Body is sent with the vendor's most frequent format of an error.
type Fault = caremuxtest.Fault

// Fail queues a fault. A call meets the first fault of the queue for its operation. A fault for an operation that does not
// exist ends the test, or panics on a server of [Start].
func (s *Server) Fail(f Fault) {
	s.core.T.Helper()
	s.core.Fail(f, func(f *Fault) {
		f.Body = failed(f.Status, "FAULT", "this fault was requested").encoded()
	})
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

// Request is a request that reached the server: see [caremuxtest.Request].
type Request = caremuxtest.Request

// Requests returns all requests in the order of their arrival, including logins, retries and invalid requests.
func (s *Server) Requests() []Request { return s.core.Requests() }

// Problems returns why requests were refused as invalid. Each begins with the operation.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.core.Problems(), s.problems)
}
