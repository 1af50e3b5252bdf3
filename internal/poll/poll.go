// Package poll waits for jobs that have to be looked at until they are done.
package poll

import (
	"context"
	"math/rand/v2"
	"time"
)

// Rhythm says how often to look, and for how long.
type Rhythm struct {
	Min   time.Duration // before the second look; each later wait is half as long again
	Max   time.Duration // the longest wait
	Limit time.Duration // for all of it; 0 is no limit but the context's
}

// least is the shortest wait: a number without a unit, which is nanoseconds, must not storm the vendor.
const least = 10 * time.Millisecond

// most is the longest wait: one that stands for never must not overflow, and storm the vendor too.
const most = 365 * 24 * time.Hour

// Until looks at once and then again and again until look says that it is done or fails. When the context ends, or when the next
// look would come after the limit, at which it looks once more, it returns the cause, which for the limit is an error that
// matches context.DeadlineExceeded.
func Until(ctx context.Context, r Rhythm, look func(context.Context) (done bool, err error)) error {
	r.Min = min(max(r.Min, least), most)
	r.Max = min(max(r.Max, r.Min), most)
	start := time.Now()
	for pause := r.Min; ; pause = min(pause*3/2, r.Max) {
		done, err := look(ctx)
		if done || err != nil {
			return err
		}
		wait := pause*4/5 + rand.N(pause*2/5+1) // jitter keeps many waiters apart
		if r.Limit > 0 && time.Since(start)+wait > r.Limit {
			// One last look at the limit itself.
			if wait = r.Limit - time.Since(start); wait <= 0 {
				return errLimit
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
	}
}

var errLimit = limitError{}

type limitError struct{}

func (limitError) Error() string        { return "it was not done within the limit of the wait" }
func (limitError) Timeout() bool        { return true }
func (limitError) Is(target error) bool { return target == context.DeadlineExceeded }
