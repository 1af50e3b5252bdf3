// Package caremuxtest contains the types that the fakes of all vendors have in common: the faults that make calls go wrong, the
// requests that arrived, the changes that they made, and the webhooks that were sent. Each fake has the types under its own name,
// such as welkintest.Fault, so that a test of one vendor needs no import of this package, and a function that serves tests of
// several vendors takes the same types from all:
//
//	// outage makes the next three calls of any of the fakes fail.
//	func outage(srv interface{ Fail(caremuxtest.Fault) }) {
//		srv.Fail(caremuxtest.Fault{Status: http.StatusServiceUnavailable, Times: 3})
//	}
//
// The fakes are welkin/welkintest, clinik/cliniktest, ekacare/ekacaretest and snapcare/snapcaretest.
package caremuxtest

import (
	"net/http"
	"net/url"
	"time"
)

// Fault makes calls go wrong. Its parts apply in this order: Delay, then one of Stall, Reset and Status. A fault without these
// three lets the call proceed after the delay.
type Fault struct {
	// Operation is the operation as caremux.Error names it, such as "Patients.Create". An empty one means any operation but the
	// vendor's login.
	Operation string
	Times     int // how many calls, 0 for one, -1 for all until ClearFaults

	// A response sent instead of acting. An error status without a Body is sent with an error in the vendor's format.
	Status int
	Header http.Header
	Body   []byte

	Delay     time.Duration // wait before proceeding; ends with the request
	Stall     bool          // never respond, until the client goes away or the server closes
	Reset     bool          // close the connection without a response
	AfterWork bool          // the fault strikes when the call has had its effect: the response gets lost, or is an error
	CutBody   bool          // announce the whole response, send half of it and close the connection
}

// Request is a request that reached a fake.
type Request struct {
	Operation string // as caremux.Error names it, such as "Patients.Create"; "" for a request that fits none
	Method    string
	Path      string // as sent, escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Write is a change that a fake has made for a call, whether or not the caller learned of it.
type Write struct {
	Operation string // as caremux.Error names it, such as "Patients.Create"
	ID        string // of the record that was created or changed
}

// Delivery is an event that a fake has sent to one endpoint.
type Delivery struct {
	Event    string
	Endpoint string
	Header   http.Header // as sent
	Body     []byte
	Status   int // of the response; 0 if there was none
}
