package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/budget"
	"github.com/caremux/caremux/internal/pace"
)

// lane is what the calls of one documented group of operations share: the pace and the budget of their retries.
type lane struct {
	laneKey
	pace    *pace.Pace
	budget  *budget.Budget // nil without one
	figures bool           // the vendor's X-RateLimit headers speak of these calls
}

// lanes are those of a client and of the clients derived from it.
type lanes struct {
	shared        *caremux.Pace
	vendor        string
	total, single int // tokens of a budget

	last atomic.Pointer[lane] // that a call took: most clients have one

	mu    sync.Mutex
	lanes map[laneKey]*lane
}

type laneKey struct{ host, group string }

func newLanes(vendor string, config *caremux.Config) *lanes {
	l := &lanes{
		shared: config.Pace,
		vendor: vendor,
		total:  config.Retry.Budget,
		single: config.Retry.OperationBudget,
		lanes:  map[laneKey]*lane{},
	}
	if l.shared == nil {
		l.shared = caremux.NewPace()
	}
	return l
}

func (l *lanes) of(host, group string) *lane {
	key := laneKey{host, group}
	if last := l.last.Load(); last != nil && last.laneKey == key {
		return last
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.lanes[key]
	if found == nil {
		// The headers speak of the limit of all calls, whatever else holds for a group.
		found = &lane{laneKey: key, pace: pace.Of(l.shared, l.vendor, host, group), figures: group == "" || group == withoutToken}
		if l.total > 0 {
			found.budget = budget.New(l.total, l.single)
		}
		l.lanes[key] = found
	}
	l.last.Store(found)
	return found
}

// withoutToken is the group of the calls that need no token: a login does not stand in the line of those that wait for it, and its failures
// take nothing from their budget.
const withoutToken = "without a token"

// laneOf is the lane of a call.
func (c *Client) laneOf(op *Operation, u *url.URL) *lane {
	group := ""
	if op.Anonymous {
		group = withoutToken
	} else if of := c.settings.Group; of != nil {
		group = of(op)
	}
	return c.lanes.of(u.Host, group)
}

// ready brings an attempt to where it may leave: through the line, past the user's limiter, and with a token that is valid by then.
func (a *attempts) ready(ctx context.Context, req *http.Request) error {
	for limited := false; ; limited = true {
		if err := a.line(ctx); err != nil {
			return err
		}
		if !limited {
			if err := a.limit(ctx); err != nil {
				return err
			}
		}
		if err := a.authorise(ctx, req); err != nil {
			return err
		}
		if a.lane.pace.Try(&a.place) {
			return nil
		}
	}
}

// line waits for the vendor's pace. The client's timeout does not run meanwhile.
func (a *attempts) line(ctx context.Context) error {
	if ctx.Err() != nil {
		return a.keptBack(context.Cause(ctx))
	}
	if a.lane.pace.Try(&a.place) {
		return nil
	}
	var why pace.Reason
	err := a.aside(func() (err error) {
		why, err = a.lane.pace.Wait(ctx, &a.place)
		return err
	}, func() string { return string(why) })
	var late *pace.Late
	switch {
	case err == nil:
		return nil
	case errors.As(err, &late):
		return a.tooLate(late)
	}
	return a.keptBack(err)
}

// keptBack is the error of a call that was not sent, or not sent again.
func (a *attempts) keptBack(err error) error {
	if a.err == nil {
		return a.notSent(err)
	}
	a.err = a.then(err)
	return a.err
}

// limit waits for the user's own limiter.
func (a *attempts) limit(ctx context.Context) error {
	l := a.client.config.Limiter
	if l == nil {
		return nil
	}
	err := a.aside(func() error { return l.Wait(ctx) }, func() string { return caremux.LinedForLimiter })
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return a.keptBack(err)
}

// aside waits outside the client's timeout, and notes how long and why.
func (a *attempts) aside(wait func() error, why func() string) error {
	a.clock.pause()
	begun := time.Now()
	err := wait()
	a.noteLined(time.Since(begun), why())
	a.clock.resume()
	return err
}

// noteLined adds to the time in the line. The longest wait names the reason.
func (a *attempts) noteLined(d time.Duration, why string) {
	if why == "" || d <= 0 {
		return
	}
	a.waits.lined += d
	if d > a.waits.longest {
		a.waits.longest, a.waits.reason = d, why
	}
}

// tooLate is the error of a call that would have to wait longer than it may: that of its latest attempt, if there was one.
func (a *attempts) tooLate(late *pace.Late) error {
	if a.err == nil {
		a.fail(failedForGood, late)
		a.err.Kind = caremux.ErrRateLimited
	}
	a.err.RetryAt = late.Until
	return a.err
}

// spend takes the tokens of a retry.
func (a *attempts) spend(ctx context.Context) error {
	b := a.lane.budget
	if b == nil || a.policy.Budget < 0 {
		return nil
	}
	waited, err := b.Take(ctx, a.op.Name, a.started, a.failed)
	a.noteLined(waited, caremux.LinedForBudget)
	if err == budget.ErrSpent {
		a.err.BudgetSpent = true
		return a.err
	}
	return err
}

// settle tells the line how the vendor responded, and reports whether it refused.
func (a *attempts) settle() bool {
	var said pace.Figures
	refused := a.refusal()
	if a.lane.figures && !a.elsewhere && (refused || a.status != http.StatusTooManyRequests) {
		said = figures(a.header)
	}
	if !refused {
		a.lane.pace.Accepted(&a.place, said)
		return false
	}
	r := pace.Refusal{
		After: -1, Busy: a.status == http.StatusServiceUnavailable, Figures: said,
		Backoff: func(pauses int) time.Duration { return ceiling(a.policy, pauses) },
	}
	if asked, ok := retryAfter(a.header, time.Now()); ok {
		r.After, r.Window = asked.wait, asked.wait
		if asked.date {
			r.Window -= time.Second // the clock of a date shows whole ones
		}
	} else if f := r.Figures; f.Reset > 0 && (!f.Known || f.Remaining == 0) {
		r.After, r.Window = f.Reset, f.Reset
	}
	var begins bool
	a.pausedUntil, begins, a.late = a.lane.pace.Refused(&a.place, r)
	a.wait = max(0, time.Until(a.pausedUntil))
	if !begins {
		a.pausedUntil = time.Time{}
	}
	return true
}

// refusal reports whether the vendor refused the attempt because of all that the client sends, so that the others better wait too.
func (a *attempts) refusal() bool {
	if a.elsewhere || a.err == nil || a.err.Kind == caremux.ErrQuotaExceeded {
		return false
	}
	switch a.status {
	case http.StatusTooManyRequests:
		return !a.personal()
	case http.StatusServiceUnavailable:
		return askedToWait(a.header)
	}
	return false
}

// personal reports whether the vendor refused one person's step, for longer than a retry waits.
func (a *attempts) personal() bool {
	personal := a.client.settings.Personal
	return personal != nil && personal(a.err)
}

// works reports whether the outcome shows that the operation works: the vendor did what was requested, or said why it did not.
func (a *attempts) works(err error) bool {
	switch a.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return err == nil || a.status >= 300 && a.status < 500
}

// takePlace finds the line of a call, and what the call may bear in it.
func (a *attempts) takePlace(ctx context.Context, u *url.URL) {
	a.lane = a.client.laneOf(a.op, u)
	a.place.MaxWait, a.place.Pauses = a.policy.MaxRetryAfter, a.policy.MaxAttempts
	a.place.Deadline, _ = ctx.Deadline()
}
