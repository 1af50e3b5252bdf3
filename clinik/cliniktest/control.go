package cliniktest

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
	// Operation is "Patients.Create", as [caremux.Error] names it, or "Bulk.Download"; "" is any.
	Operation string
	Times     int // how many calls, 0 for one, -1 for all until ClearFaults

	// A response that is sent instead of processing the call. Without a Body it is an error in ClinikAPI's format.
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
	fault := fake.Fault(s.t, s.model.spec, "cliniktest", specserver.Fault(f))
	if fault.Status >= 400 && fault.Body == nil {
		s.mu.Lock()
		id := s.newRequestID()
		s.mu.Unlock()
		fault.Body = (&failure{status: fault.Status, code: "FAULT", message: "This fault was requested."}).body(id)
		if fault.Header = fault.Header.Clone(); fault.Header == nil {
			fault.Header = http.Header{}
		}
		if fault.Header.Get(requestIDHeader) == "" {
			fault.Header.Set(requestIDHeader, id)
		}
	}
	s.core.Fail(fault)
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
// refused with 429 RATE_LIMITED until the minute is over. By default both are 1000, and no call is refused.
// [Server.RateLimit] refuses calls by their number.
func (s *Server) SetRateLimit(limit, remaining int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits, s.limit, s.remaining, s.window = true, limit, remaining, s.now().Add(rateWindow)
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
	s.t.Helper()
	id := fake.OperationID(s.t, s.model.spec, "cliniktest", operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	switches[id] = on
}

// Advance moves the clock of the server forward. The limits of calls and of bulk jobs, and the links of exports, go by
// it.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// now is what the clock of the server shows.
func (s *Server) now() time.Time { return time.Now().Add(s.ahead) }

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

// Request is a request that reached the server.
type Request struct {
	Operation string // "Patients.Create"; "Bulk.Download" for the file of an export; "" for a request that fits none
	Method    string
	Path      string // as sent, escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Requests returns all requests in the order of their arrival, including retries and invalid ones.
func (s *Server) Requests() []Request { return fake.Requests[Request](s.core.Calls()) }

// Problems returns why requests were refused as invalid, in their order. Each begins with the operation. A download that was
// sent the key is among them.
func (s *Server) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}
