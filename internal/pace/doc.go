// Package pace says when a call may go, and whether a failed one may go once more. It knows nothing of HTTP.
//
// # The pace
//
// A vendor counts the calls in a window of time. A [Pace] keeps the same log as far as it can: requests under way and
// accepted ones, by time. It waits for nothing until the vendor refuses a request, or says that none is left:
//
//	            8 at once, one more with each response
//	          ┌─────────────────────────────────────────┐
//	          │                 unlimited               │◄───────────────────────────────────┐
//	          └────────────────────┬────────────────────┘                                    │
//	                   refused, or nothing left                                              │
//	                               ▼                                                         │
//	          ┌─────────────────────────────────────────┐  refused once more: its storm only │
//	   ┌─────►│                  paused                 │  extends the pause                 │
//	   │      │  until the time that the vendor named,  │─┐                                  │
//	   │      │  with jitter; else until a backoff ends │◄┘                                  │
//	   │      └────────────────────┬────────────────────┘                                    │
//	   │           learn: limit = accepted in window before the pause;                       │
//	   │           window = the longest wait named, at least 1 s                             │
//	   │                           ▼                                                         │
//	   │      ┌─────────────────────────────────────────┐   5 minutes without a call         │
//	   ├──────┤                  limited                ├────────────────────────────────────┘
//	refused   │   a call goes when fewer than limit     │   that had to wait
//	   │      │   lie within window                     │
//	   │      └──────┬───────────────────────▲──────────┘
//	   │     reached and not refused      a window passed, or as many were accepted:
//	   │     for hold windows:            hold = 1, step doubles
//	   │     limit += step                   │
//	   │             ▼                       │
//	   │      ┌──────────────────────────────┴──────────┐
//	   └──────┤                  probing                │
//	refused:  └─────────────────────────────────────────┘
//	limit -= step, hold doubles, step = 1
//
// Where the vendor says what is left of the window, that counts, and not the log. After a pause without a named end, or
// after another pause with nothing accepted between, one request goes first. A window is never rounded up to a usual one,
// but for the case that only a usual one explains; see mirror.usual.
//
// Calls wait in the order in which they began, and a refused one returns to its place. Only the first in the line has a timer; the others
// sleep until it goes. There is no goroutine. A call leaves when its context ends. It leaves as well, with a [Late], when the pause is
// longer than it may wait, or when pause follows pause and no request is accepted.
//
// What it cannot know: how many calls others make of the same limit. Processes that share a limit learn their share by refusals.
//
// # The budget
//
// A [Budget] keeps retries of failures, refusals not among them, from multiplying an outage:
//
//	failed ─► backoff ─► a token of the client and one of the operation?
//	                        │yes            │no
//	                        ▼               ▼
//	                      retry   wait, in the order of the calls, for a success that returns tokens:
//	                              10 s from the first failure, if the latest success is younger than 10 s
//	                              and no more wait than the successes can pay; else the failure is the result
//
// A budget that fails at once saves none of the calls that were begun in a short outage. A retry that succeeds does not return its own
// token: that keeps an overloaded vendor down.
package pace
