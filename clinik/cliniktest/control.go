package cliniktest

import (
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// Fault makes calls fail: see [caremuxtest.Fault]. Its Operation is one such as "Patients.Create", or "Bulk.Download"; an empty one
// means any. An error status without a Body is sent with an error in ClinikAPI's format.
type Fault = caremuxtest.Fault

// Fail queues a fault. A call meets the first fault of the queue for its operation. A fault for an operation that does not
// exist ends the test, or panics on a server of [Start].
func (s *Server) Fail(f Fault) {
	s.core.T.Helper()
	s.core.Fail(f, func(f *Fault) {
		s.mu.Lock()
		id := s.newRequestID()
		s.mu.Unlock()
		f.Body = (&failure{status: f.Status, code: "FAULT", message: "This fault was requested."}).body(id)
		if f.Header = f.Header.Clone(); f.Header == nil {
			f.Header = http.Header{}
		}
		if f.Header.Get(requestIDHeader) == "" {
			f.Header.Set(requestIDHeader, id)
		}
	})
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.core.ClearFaults() }

// SetLag sets after how many further requests searches, and charts of patients, return a change, as ClinikAPI's index lags for
// about ten seconds. Reads by id return it at once. The default is 0, which also updates the index.
func (s *Server) SetLag(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lag = max(0, requests); s.lag == 0 {
		s.advanceIndex(true)
	}
}

// AdvanceIndex updates the index of searches.
func (s *Server) AdvanceIndex() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanceIndex(true)
}

// SetRateLimit sets how many calls a minute the server allows, and how many are left in this minute; further ones are
// refused with 429 RATE_LIMITED until the minute is over. By default both are 1000 in each response, and no call is refused:
// a client never has to wait. [Server.RateLimit] refuses calls by their number.
func (s *Server) SetRateLimit(limit, remaining int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits, s.limit, s.remaining, s.window = true, limit, remaining, s.clock.Now().Add(rateWindow)
}

// Limit refuses calls beyond n in any period of per with 429 RATE_LIMITED, as ClinikAPI does beyond its calls in a rolling minute. Each
// response has the figures, and a refusal has a Retry-After header. With n 0 there is no such limit.
func (s *Server) Limit(n int, per time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rolling = specserver.Window{Limit: max(0, n), Per: per}
}

// RateLimit refuses the next calls, as many as times says and all with -1, with 429 RATE_LIMITED and a Retry-After header of
// retryAfter, rounded up to seconds.
func (s *Server) RateLimit(times int, retryAfter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited, s.retryAfter = times, retryAfter
}

// ExhaustQuota refuses all calls with 429 and a code: [clinik.CodeMonthlyQuotaExceeded] or [clinik.CodeSandboxQuotaExceeded].
// With "" it accepts calls.
func (s *Server) ExhaustQuota(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quotaCode = code
}

// RevokeKey refuses all calls with 401 KEY_REVOKED.
func (s *Server) RevokeKey() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = true
}

// AnswerFHIR sets whether an operation on records, such as "Assessments.Create" or "Patients.Search", returns FHIR resources
// instead of flat records.
func (s *Server) AnswerFHIR(operation string, on bool) { s.set(s.fhirShape, operation, on) }

// MixOutcome sets whether the pages of a search, such as "Patients.Search", begin with an OperationOutcome among the
// records. It does not count for the page size and the total.
func (s *Server) MixOutcome(operation string, on bool) { s.set(s.outcomeRows, operation, on) }

func (s *Server) set(switches map[string]bool, operation string, on bool) {
	s.core.T.Helper()
	id := s.core.OperationID(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	switches[id] = on
}

// SetNow stops the clock of the server at a time: that of records, of the header Date, of signatures, of the limits of
// calls and of bulk jobs, and of the links of exports. With the zero time it shows the present again.
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

// SetJobPolls sets for how many polls a bulk job that is started from now on is in progress: first pending, then
// processing. The poll after these returns it as completed. The default is 2.
func (s *Server) SetJobPolls(polls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobPolls = max(0, polls)
}

// FailJobs sets whether bulk jobs that are started from now on fail, without an effect.
func (s *Server) FailJobs(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobsFail = on
}

// Request is a request that reached the server: see [caremuxtest.Request]. The download of an export's file has the Operation
// "Bulk.Download".
type Request = caremuxtest.Request

// Requests returns all requests in the order of their arrival, including retries and invalid requests.
func (s *Server) Requests() []Request { return s.core.Requests() }

// Problems returns why requests were refused as invalid, in their order. Each begins with the operation. A download that was
// sent the key is among them.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
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
