// Package pace says when a call may go. It knows nothing of HTTP.
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
//	   │      └──────┬──────────────────────────────────┘
//	   │     reached and not refused for hold windows: extra = 1
//	   │             ▼
//	   │      ┌─────────────────────────────────────────┐ accepted too: limit += extra, extra doubles
//	   └──────┤                 probing                 │─┐
//	refused:  │   limit + extra calls                   │◄┘
//	extra = 0,└─────────────────────────────────────────┘
//	hold doubles
//
// Where the vendor says what is left of the window, that counts, and not the log; of what is left, a process takes the part
// that it took of what is gone, since others see the same figures. After a pause without a named end, or after another pause
// with nothing accepted between, one request goes first. So it does in each window of 5 s and longer, in case that the window is
// longer yet; in a short one the slow start would cost too much time. A window is never rounded up to a usual one, but for the
// case that only a usual one explains; see mirror.usual.
//
// Calls wait in the order in which they began, and a refused one returns to its place. Only the first in the line has a timer;
// the others sleep until it goes. There is no goroutine. A call leaves when its context ends. It leaves as well, with a
// [Late], when the pause is longer than it may wait, or when pause follows pause and no request is accepted.
//
// # What it cannot know
//
// How many calls others make of the same limit: processes that share one learn their shares by refusals, and the shares are never equal to
// the last call. Two of them with 800 calls each at 100 a minute take 1.07 to 1.14 of the ideal time, and 3 to 7 % of the requests are refused.
// With 200 calls each, which is four windows, it is 1.34 to 1.40, and 10 to 11 %: the one with the smaller share needs a fifth window for its
// last calls. To try beyond the limit in every window does not help (1.37 to 1.44, and 14 to 16 %): each takes from the other. Where the vendor
// tells what is left, it is 1.03 and 3 %.
//
// # Files
//
// pace.go has the line and its states, mirror.go the log that is a copy of the vendor's, refusal.go what a refused call learns.
package pace
