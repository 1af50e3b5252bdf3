package transport

import (
	"net/http"
	"slices"
)

// failure is the kind of an attempt's end.
type failure uint8

const (
	failedByStatus failure = iota
	failedUnsent           // no byte of the request has reached a server
	failedForGood          // nor can one: repeating cannot help
	failedInFlight         // the request may have arrived
	failedToRead           // a response came, but not all of it
	failedPromise          // a whole response that is not what the operation documents
)

// rule says of one kind of failure whether the attempt may be followed by another, and whether the server may have acted.
type rule struct {
	what     string // for the documentation of caremux.RetryPolicy
	kind     failure
	statuses []int // for failedByStatus; none is every other status
	asked    bool  // only with Retry-After

	safe, unsafe bool // whether a call that may be sent twice is retried, and a POST or PATCH
	applied      bool // whether a call that changes something may have been applied
}

// rules is the one table of failures. The first rule that fits counts.
var rules = []rule{
	{what: "nothing was sent", kind: failedUnsent, safe: true, unsafe: true},
	{what: "it cannot be sent: certificate, proxy login, scheme", kind: failedForGood},
	{what: "sent, and no response came", kind: failedInFlight, safe: true, applied: true},
	{what: "2xx, cut off", kind: failedToRead, safe: true, applied: true},
	{what: "2xx with an unexpected response", kind: failedPromise, applied: true},
	{what: "304; 307, 308 to another origin", statuses: []int{304, 307, 308}},
	{what: "408", statuses: []int{408}, safe: true, applied: true},
	{what: "425, 429", statuses: []int{425, 429}, safe: true, unsafe: true},
	{what: "other 4xx", statuses: between(400, 499)},
	{what: "503 with Retry-After", statuses: []int{503}, asked: true, safe: true, unsafe: true},
	{what: "500, 502, 503, 504", statuses: []int{500, 502, 503, 504}, safe: true, applied: true},
	{what: "any other status", applied: true},
}

func between(first, last int) (statuses []int) {
	for status := first; status <= last; status++ {
		statuses = append(statuses, status)
	}
	return statuses
}

// ruleOf finds the rule for a failure. asked says that the response had a Retry-After.
func ruleOf(kind failure, status int, asked bool) rule {
	i := slices.IndexFunc(rules, func(r rule) bool {
		return r.kind == kind && (len(r.statuses) == 0 || slices.Contains(r.statuses, status)) && (!r.asked || asked)
	})
	return rules[i] // the last fits every status, and each other kind has one
}

// askedToWait reports whether a response says when to come back.
func askedToWait(h http.Header) bool { return h.Get("Retry-After") != "" }
