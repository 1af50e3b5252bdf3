package budget

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Budget bounds the retries of failed requests by those that succeed. Each retry takes a token of the client and one of the operation, and
// each success returns a part of one to both. A retry without tokens waits for them as long as requests still succeed.
type Budget struct {
	mu         sync.Mutex
	size, each float64 // tokens of the client, and of each operation
	left       float64
	operations map[string]float64 // what is missing of each
	waiting    []*retry           // in the order of the calls' begin

	success   time.Time // the latest
	successes float64   // in the present half of a period and the one before
	before    float64
	since     time.Time // the begin of the present half
}

const (
	returned     = 0.15             // of a token, by a success
	waitForToken = 12 * time.Second // from the first failure, and from the latest success
	half         = 15 * time.Second // the rate of successes is that of the latest 15 to 30 s
	leastWaiting = 4                // may wait at any rate
)

// ErrSpent says that the budget has no token for a retry.
var ErrSpent = errors.New("the retry budget is spent")

type retry struct {
	operation string
	begun     time.Time // the call
	granted   chan struct{}
}

// New returns a budget of size tokens for all operations together and each for every one.
func New(size, each int) *Budget {
	return &Budget{size: float64(size), each: float64(each), left: float64(size), operations: map[string]float64{}}
}

// Succeeded returns a part of a token to the client and to the operation.
func (b *Budget) Succeeded(operation string) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.success = now
	b.turn(now)
	b.successes++
	b.left = min(b.size, b.left+returned)
	if missing, ok := b.operations[operation]; ok {
		if missing -= returned; missing > 0 {
			b.operations[operation] = missing
		} else {
			delete(b.operations, operation)
		}
	}
	if len(b.waiting) > 0 {
		b.waiting = slices.DeleteFunc(b.waiting, func(r *retry) bool {
			ok := b.take(r.operation)
			if ok {
				close(r.granted)
			}
			return ok
		})
	}
}

// turn counts successes by halves of a period.
func (b *Budget) turn(now time.Time) {
	switch passed := now.Sub(b.since); {
	case passed < half:
	case passed < 2*half && !b.since.IsZero():
		b.before, b.successes, b.since = b.successes, 0, b.since.Add(half)
	default:
		b.before, b.successes, b.since = 0, 0, now
	}
}

func (b *Budget) take(operation string) bool {
	if b.left < 1 || b.each-b.operations[operation] < 1 {
		return false
	}
	b.left--
	b.operations[operation]++
	return true
}

// room is how many retries may wait: those that the present rate of successes can pay in time.
func (b *Budget) room(now time.Time) int {
	b.turn(now)
	over := max(time.Second, now.Sub(b.since)+half)
	return max(leastWaiting, int((b.successes+b.before)*returned*float64(waitForToken)/float64(over)))
}

// Take takes the tokens of a retry. begun says when the call began, and failed when it failed first. It waits for them, and
// returns ErrSpent if there is no hope, or the context's cause.
func (b *Budget) Take(ctx context.Context, operation string, begun, failed time.Time) (waited time.Duration, err error) {
	b.mu.Lock()
	now := time.Now()
	if b.take(operation) {
		b.mu.Unlock()
		return 0, nil
	}
	if len(b.waiting) >= b.room(now) {
		b.mu.Unlock()
		return 0, ErrSpent
	}
	r := &retry{operation, begun, make(chan struct{})}
	i, _ := slices.BinarySearchFunc(b.waiting, r, func(a, b *retry) int { return cmp.Compare(a.begun.UnixNano(), b.begun.UnixNano()) })
	b.waiting = slices.Insert(b.waiting, i, r)
	b.mu.Unlock()
	err = b.wait(ctx, r, failed)
	return time.Since(now), err
}

func (b *Budget) wait(ctx context.Context, r *retry, failed time.Time) (err error) {
	timer := time.NewTimer(b.patience(failed))
	defer timer.Stop()
	for {
		select {
		case <-r.granted:
			return nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-timer.C:
			if patience := b.patience(failed); patience > 0 {
				timer.Reset(patience)
				continue
			}
			err = ErrSpent
		}
		b.mu.Lock()
		i := slices.Index(b.waiting, r)
		if i >= 0 {
			b.waiting = slices.Delete(b.waiting, i, i+1)
		}
		b.mu.Unlock()
		if i < 0 && err == ErrSpent {
			return nil // granted meanwhile
		}
		return err
	}
}

// patience is how long a retry may wait from now on.
func (b *Budget) patience(failed time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return min(time.Until(failed.Add(waitForToken)), time.Until(b.success.Add(waitForToken)))
}
