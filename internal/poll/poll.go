// Package poll waits for jobs that have to be polled until they are done.
package poll

import (
	"context"
	"math/rand/v2"
	"time"
)

// Rhythm says how often to poll, and for how long.
type Rhythm struct {
	Min   time.Duration // before the second poll; each later wait is half as long again
	Max   time.Duration // the longest wait
	Limit time.Duration // for all of it, the polls included; 0 is not a limit but the context's
}

// with returns r with the given values in place of its own, as far as they are above zero. A limit below zero is none.
func (r Rhythm) with(shortest, longest, limit time.Duration) Rhythm {
	if shortest > 0 {
		r.Min = shortest
	}
	if longest > 0 {
		r.Max = longest
	}
	if limit != 0 {
		r.Limit = max(limit, 0)
	}
	return r
}

// least is the shortest wait: a number without a unit, which is nanoseconds, must not storm the vendor.
const least = 10 * time.Millisecond

// most is the longest wait: one that stands for never must not overflow, and storm the vendor too.
const most = 365 * 24 * time.Hour

// Until polls at once and then repeatedly until poll reports that it is done or fails. The context of a poll ends at
// the limit, so that a poll that hangs does not outlast it. When the context ends, or the limit is reached, Until
// returns the cause, which for the limit is an error that matches context.DeadlineExceeded.
func Until(ctx context.Context, r Rhythm, poll func(context.Context) (done bool, err error)) error {
	err, _ := until(ctx, r, poll)
	return err
}

// until also reports whether the time was up, in place of a poll that ended the wait.
func until(
	parent context.Context, r Rhythm, poll func(context.Context) (done bool, err error),
) (err error, timeUp bool) {
	r.Min = min(max(r.Min, least), most)
	r.Max = min(max(r.Max, r.Min), most)
	ctx, last := parent, time.Time{}
	if r.Limit > 0 {
		limit := min(r.Limit, most)
		last = time.Now().Add(limit - lastPoll(limit))
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(parent, limit, errLimit)
		defer cancel()
	}
	for pause := r.Min; ; pause = min(pause*3/2, r.Max) {
		done, err := poll(ctx)
		switch {
		case done:
			return err, false
		case err != nil && parent.Err() == nil && context.Cause(ctx) == errLimit:
			return errLimit, true // the limit cut the poll off
		case err != nil:
			return err, false
		}
		wait := pause*4/5 + rand.N(pause*2/5+1) // jitter keeps many waiters apart
		if left := time.Until(last); r.Limit > 0 && wait > left {
			if wait = left; wait <= 0 {
				return errLimit, true
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx), true
		case <-timer.C:
		}
	}
}

// lastPoll is how long before the limit the last poll begins, so that it can end within the limit.
func lastPoll(limit time.Duration) time.Duration { return min(limit/10, 2*time.Second) }

var errLimit error = limitError{}

type limitError struct{}

func (limitError) Error() string        { return "the limit of the wait was reached" }
func (limitError) Timeout() bool        { return true }
func (limitError) Is(target error) bool { return target == context.DeadlineExceeded }
