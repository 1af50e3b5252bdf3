package caremux

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// Response contains the details of a call beside its result; see [WithResponse]. It is printed and logged without
// header and body.
type Response struct {
	Status    int         // HTTP status of the last attempt, 0 without a response
	Header    http.Header // header of the last response
	RequestID string      // the vendor's id of the request
	RateLimit RateLimit   // as far as the vendor reports it
	Attempts  int         // how often the request was sent
	Duration  time.Duration
	Lined     time.Duration // of that, in line: see [CallEvent]
	LinedFor  string
	Body      []byte // the response as received; nil for a streamed download

	// Meta is what a vendor package decoded from the response's envelope; its documentation names the type.
	Meta any
}

// Format prints status, request id and attempts for every verb.
func (r Response) Format(f fmt.State, verb rune) {
	text := "no response"
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

// LogValue returns what Format prints.
func (r Response) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// RateLimit contains the values of the X-RateLimit-* headers. Values that the vendor did not send are nil or zero.
type RateLimit struct {
	Limit     *int      // calls allowed in the window
	Remaining *int      // calls left in it
	Reset     time.Time // when the window ends
}
