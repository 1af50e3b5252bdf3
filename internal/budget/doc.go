// Package budget says whether a failed request may be repeated: a [Budget] keeps retries of failures, refusals not among them, from multiplying
// an outage. It knows nothing of HTTP.
//
//	failed ─► backoff ─► a token of the client and one of the operation?
//	                        │yes            │no
//	                        ▼               ▼
//	                      retry   wait, in the order of the calls, for a success that returns tokens:
//	                              12 s from the first failure, if the latest success is younger than 12 s
//	                              and no more wait than the successes can pay; else the failure is the result
//
// A budget that fails at once saves none of the calls that were begun in a short outage. A retry that succeeds does not return its own
// token: that keeps an overloaded vendor down.
package budget
