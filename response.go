package caremux

import (
	"net/http"
	"time"
)

// Response is what a call learned beside its result; see [WithResponse].
type Response struct {
	Status    int         // HTTP status of the last attempt, 0 when no answer came
	Header    http.Header // header of the last answer
	RequestID string      // the vendor's id of the request
	RateLimit RateLimit   // as far as the vendor told
	Attempts  int         // how often the request was sent
	Duration  time.Duration
	Body      []byte // the answer as received; nil for a streamed download

	// Meta is what a vendor package decoded from the answer's envelope; its documentation names the type.
	Meta any
}

// RateLimit holds the figures of X-RateLimit-* headers. Figures that the vendor did not send are nil or zero.
type RateLimit struct {
	Limit     *int      // calls allowed in the window
	Remaining *int      // calls left in it
	Reset     time.Time // when the window ends
}
