package faultnet

import "strconv"

// Fault is what happens to one request.
type Fault uint8

// Faults of [Proxy]. The server has acted on the request only where the comment says so.
const (
	None                  Fault = iota // nothing: the server acts and answers
	Refuse                             // nothing, but the connection is not kept and the next one is refused; see [Proxy.Dial]
	ResetBeforeBody                    // reset when the header has arrived
	ResetInBody                        // reset when half of the body has arrived, which the server sees too
	ResetAfterBody                     // reset when all has arrived
	ResetAfterWork                     // reset in place of a response; the server has acted
	ResetInAnswer                      // reset in the middle of the response; the server has acted
	CloseInAnswer                      // orderly end in the middle of the response; the server has acted
	Delay                              // a late answer; the server has acted
	StallBeforeWork                    // no response, ever
	StallAfterWork                     // no response, ever; the server has acted
	StallInAnswer                      // silence in the middle of the response; the server has acted
	CutJSON                            // a response of half the length, complete as HTTP; the server has acted
	WrongType                          // the response as text/plain; the server has acted
	HTMLAnswer                         // 200 with a page
	HTMLError                          // 502 with a page
	Interim                            // 100, 102 and 103 ahead of the response; the server has acted
	Switching                          // 101 and then silence; the server has acted
	TooMany                            // 429
	TooManyRetryAfter                  // 429 with Retry-After: 0
	Unavailable                        // 503
	UnavailableRetryAfter              // 503 with a Retry-After that has passed
	UnavailableAfterWork               // 503; the server has acted
	Broken                             // 500
	BrokenAfterWork                    // 500; the server has acted
	Unauthorized                       // 401
	RedirectAway                       // 307 to another origin
	RedirectAfterWork                  // 303 to another origin; the server has acted
	Oversize                           // a response that says it has a tebibyte; the server has acted
	Endless                            // a response without an end; the server has acted
)

// Faults of [HTTP2].
const (
	GoAwayUnprocessed Fault = iota + 64 // GOAWAY that says the request was not looked at
	GoAwayGraceful                      // GOAWAY ahead of the response; the server has acted
	GoAwayLost                          // GOAWAY and the end of the connection in place of the response; the server has acted
	StreamRefused                       // RST_STREAM with REFUSED_STREAM
	StreamReset                         // RST_STREAM with INTERNAL_ERROR in place of the response's body; the server has acted
	StreamRejected                      // RST_STREAM with PROTOCOL_ERROR in place of the response; the server has acted
)

var names = map[Fault]string{
	None: "none", Refuse: "refuse", ResetBeforeBody: "reset before body", ResetInBody: "reset in body", ResetAfterBody: "reset after body",
	ResetAfterWork: "reset after work", ResetInAnswer: "reset in answer", CloseInAnswer: "close in answer", Delay: "delay",
	StallBeforeWork: "stall before work", StallAfterWork: "stall after work", StallInAnswer: "stall in answer", CutJSON: "cut JSON",
	WrongType: "wrong type", HTMLAnswer: "HTML answer", HTMLError: "HTML error", Interim: "1xx", Switching: "101 and silence",
	TooMany: "429", TooManyRetryAfter: "429 Retry-After", Unavailable: "503", UnavailableRetryAfter: "503 Retry-After",
	UnavailableAfterWork: "503 after work", Broken: "500", BrokenAfterWork: "500 after work", Unauthorized: "401",
	RedirectAway: "redirect away", RedirectAfterWork: "redirect after work", Oversize: "oversize", Endless: "endless",
	GoAwayUnprocessed: "GOAWAY unprocessed", GoAwayGraceful: "GOAWAY graceful", GoAwayLost: "GOAWAY lost",
	StreamRefused: "stream refused", StreamReset: "stream reset", StreamRejected: "stream rejected",
}

func (f Fault) String() string {
	if name := names[f]; name != "" {
		return name
	}
	return "fault " + strconv.Itoa(int(f))
}

// Faults are all faults of [Proxy], without [None].
func Faults() []Fault {
	var all []Fault
	for f := Refuse; f <= Endless; f++ {
		all = append(all, f)
	}
	return all
}

// FaultsHTTP2 are all faults of [HTTP2].
func FaultsHTTP2() []Fault {
	return []Fault{GoAwayUnprocessed, GoAwayGraceful, GoAwayLost, StreamRefused, StreamReset, StreamRejected}
}

// Acts reports whether the server acts on a request that meets the fault.
func (f Fault) Acts() bool {
	switch f {
	case ResetBeforeBody, ResetInBody, ResetAfterBody, StallBeforeWork, HTMLAnswer, HTMLError, TooMany, TooManyRetryAfter,
		Unavailable, UnavailableRetryAfter, Broken, Unauthorized, RedirectAway, GoAwayUnprocessed, StreamRefused:
		return false
	}
	return true
}
