package pace

import "time"

// Reason is why a call waited.
type Reason string

// The reasons.
const (
	None  Reason = ""
	Pause Reason = "pause" // the vendor refused, or says that nothing is left
	Rate  Reason = "pace"  // what the vendor takes has been sent, or a response is waited for
)

// Figures are what a vendor says of its limit beside a response.
type Figures struct {
	Limit     int // calls in a window, 0 if it does not say
	Remaining int // calls left in it
	Reset     time.Duration
	Known     bool // Remaining and Reset are
}

// Refusal is a response by which the vendor did not take a request.
type Refusal struct {
	After    time.Duration // the named wait, -1 for none
	Window   time.Duration // what the named wait says of the window, 0 if nothing
	Busy     bool          // the vendor is, whatever the number of calls
	Patience time.Duration // the longest pause, after which one request finds out
	Backoff  func(pauses int) time.Duration
	Figures  Figures
}
