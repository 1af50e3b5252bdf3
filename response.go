package caremux

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// Response is what a call learned beside its result; see [WithResponse]. It prints and logs without header and body.
type Response struct {
	Status    int         // HTTP status of the last attempt, 0 when no answer came
	Header    http.Header // header of the last answer
	RequestID string      // the vendor's id of the request
	RateLimit RateLimit   // as far as the vendor told
	Attempts  int         // how often the request was sent
	Duration  time.Duration
	Lined     time.Duration // of that, in line: see [CallEvent]
	LinedFor  string
	Body      []byte // the answer as received; nil for a streamed download

	// Meta is what a vendor package decoded from the answer's envelope; its documentation names the type.
	Meta any
}

// Format prints status, request id and attempts for every verb.
func (r Response) Format(f fmt.State, verb rune) {
	text := "no answer"
	if r.Status != 0 {
		text = "status " + strconv.Itoa(r.Status)
	}
	if id := safeToken(r.RequestID); id != "" {
		text += ", request " + id
	}
	if r.Attempts > 1 {
		text += ", " + strconv.Itoa(r.Attempts) + " attempts"
	}
	formatText(f, verb, text)
}

// LogValue is what Format prints.
func (r Response) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// RateLimit holds the figures of X-RateLimit-* headers. Figures that the vendor did not send are nil or zero.
type RateLimit struct {
	Limit     *int      // calls allowed in the window
	Remaining *int      // calls left in it
	Reset     time.Time // when the window ends
}
