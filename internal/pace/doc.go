// Package pace says when a call may go. It knows nothing of HTTP.
//
// A vendor counts the calls in a window of time. A [Pace] keeps the same log as far as it can: requests under way and
// accepted ones, by time. It waits for nothing until the vendor refuses a request, or says that none is left:
//
//	             8 at once, one more with each response
//	           ┌─────────────────────────────────────────┐
//	           │                unlimited                │◄──────────────────────────┐
//	           └────────────────────┬────────────────────┘                           │
//	                    refused, or nothing left                                     │
//	                                ▼                                                │
//	           ┌─────────────────────────────────────────┐                           │
//	    ┌─────►│                 paused                  │                           │
//	    │      │  until the time that the vendor named,  │                           │
//	    │      │  with jitter; else until a backoff ends │                           │
//	    │      └────────────────────┬────────────────────┘                           │
//	    │           learn: limit = accepted in window before the pause;              │
//	    │           window = the longest wait named, at least 1 s                    │
//	    │                           ▼                                                │
//	    │      ┌─────────────────────────────────────────┐ 5 minutes without         │
//	    ├──────┤                 limited                 ├───────────────────────────┘
//	refused    │  a call goes when fewer than limit      │ a request
//	    │      │  lie within window                      │
//	    │      └────────────────────┬────────────────────┘
//	    │             used up for a fifth to half of a window, at least for 3 s: extra = 1
//	    │                           ▼
//	    │      ┌─────────────────────────────────────────┐ all accepted: limit += extra,
//	    └──────┤                 probing                 │─┐ extra doubles, up to 8
//	refused:   │  limit + extra calls                    │◄┘
//	extra = 0  └─────────────────────────────────────────┘
//
// A process that has used up its limit sends one more request some time later in the same window, when the others that share the limit
// have taken their part of it. If that is accepted, the rest of the window is free. Otherwise it costs one refusal, and the pause ends with
// the window as the wait for it would have. A window of a minute is probed each time. Those of a second are so short that a refusal
// costs one: they are probed after 3 s, then after twice as long each time, up to a minute, and together with the next window's calls.
//
// Where the vendor says what is left of the window, that counts, and not the log; of what is left, a process takes the part
// that it took of what is gone, since others see the same figures. After a pause without a named end, or after another pause
// with nothing accepted between, one request goes first. So it does in each window of 5 s and longer, in case that the window is
// longer yet; in a short one the slow start would cost too much time.
//
// Calls wait in the order in which they began, and a refused one returns to its place. Only the first in the line has a timer;
// the others sleep until it goes. There is no goroutine. A call leaves when its context ends. It leaves as well, with a
// [Late], when the pause is longer than it may wait, or when pause follows pause and the vendor has accepted no request of this
// process for a minute and six windows. A pause lasts no longer than the refused call may wait; then one request finds out.
//
// # What it cannot know
//
// How many calls others make of the same limit: processes that share one learn their shares by refusals, and the shares are never equal to
// the last call. At 100 a minute, as time beyond a second ÷ ideal time, and refused requests; the means of 400 courses over a fixed
// window, one from the first request, and a rolling one, and in brackets what 95 % of the courses do not exceed:
//
//	two processes, 200 calls each         1.10–1.14 (1.17–1.23)    11 % (12 %)
//	two processes, 400 calls each         1.05–1.06 (1.08–1.09)     7 %  (8 %)
//	two processes, 800 calls each         1.02–1.03 (1.04–1.05)   4–5 %  (5 %)
//	300 calls beside 100                  1.13–1.20 (1.17–1.45)    12 % (13 %)
//	375 calls beside 25                   1.12–1.20 (1.17–1.41)     7 % (8–11 %)
//	300 calls, and 100 from 30 s later    1.16–1.23 (1.34–1.39)     8 %  (9 %)
//	three processes, 200 calls each       1.09–1.10 (1.11–1.13)  11–12 % (12–14 %)
//	three processes, 500 calls each       1.03–1.05 (1.04–1.08)     7 % (7–8 %)
//	200 calls each, the limit in headers  1.01–1.02 (1.02–1.03)   1–3 % (2–7 %)
//
// Most refusals are those of the first storm, when nothing is known. Three processes of 175 calls each at 10 a second take 1.14 to 1.22
// (1.31–1.42), and 8 to 14 % are refused: who comes first in such a window takes all of it. In one of their 400 courses a process had
// none of its first requests accepted, and four of its calls gave up; so did one of the 1,600 calls in one course of two processes with
// headers.
//
// A vendor without Retry-After refuses 18 % of 500 calls at 100 a minute, since each process has to find out when the minute ends.
//
// # Files
//
// pace.go has the line and its states, mirror.go the log that is a copy of the vendor's, refusal.go what a refused call learns.
package pace
