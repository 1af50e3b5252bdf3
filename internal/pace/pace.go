package pace

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Of returns the line of a group of a vendor's operations in a *caremux.Pace. Package caremux sets it when it is initialised.
var Of func(shared any, vendor, host, group string) *Pace

// Pace is the line of the calls under one limit. Its zero value is ready, and safe for concurrent use.
type Pace struct {
	mu     sync.Mutex
	mirror mirror
	base   time.Time
	places uint64
	line   []*Place // in the order of the calls' begin
}

// Place is one call's place in the line, which it keeps for all of its requests. The zero value is a place at the end.
type Place struct {
	MaxWait  time.Duration // the longest named wait; see [Late]
	Pauses   int           // in a row after which the call gives up, if none of the requests of a minute was accepted
	Deadline time.Time     // of the call's context, zero for none

	number  uint64
	out     bool // a request is under way
	sent    instant
	refused int
	wake    chan struct{} // for the call in the line
	over    bool          // it gives up
}

// Late says that a call would have to wait longer than it may.
type Late struct{ Until time.Time }

func (*Late) Error() string { return "the vendor takes no calls yet" }

const (
	leastPauses = 4 // in a row that a call in the line stands, however few it wants
	mostRefused = 4 // times Pauses, that a call is refused while others are accepted: it may be one that always is
)

// lock returns what is known, and the time since the pace was first used. The caller unlocks.
func (p *Pace) lock() (*mirror, instant) {
	p.mu.Lock()
	if p.base.IsZero() {
		p.base = time.Now().Add(-1) // so that no instant is 0
		p.mirror = newMirror(rand.Float64)
	}
	return &p.mirror, time.Since(p.base)
}

// Try reports whether the call may send a request at once, as it may in most cases. Otherwise the caller calls Wait. Once the request is
// ready to leave, another Try reports whether it still may; if a pause has begun, it may not. Accepted, Refused or Gone follows.
func (p *Pace) Try(c *Place) bool {
	m, now := p.lock()
	defer p.mu.Unlock()
	if c.out {
		if now < m.until && c.sent <= m.began {
			p.gone(c)
		}
		c.sent = now
		return c.out
	}
	if c.number == 0 {
		p.places++
		c.number = p.places
	}
	if len(p.line) > 0 {
		return false
	}
	_, why := m.ask(now)
	c.out, c.sent = why == None, now
	return c.out
}

// Wait returns when a call that has a place may send a request, and why it had to wait. It fails with the context's cause, or with a *Late.
func (p *Pace) Wait(ctx context.Context, c *Place) (why Reason, err error) {
	m, _ := p.lock()
	defer p.mu.Unlock()
	c.wake, c.over = make(chan struct{}, 1), false
	i, _ := slices.BinarySearchFunc(p.line, c, func(a, b *Place) int { return cmp.Compare(a.number, b.number) })
	p.line = slices.Insert(p.line, i, c)
	defer func() {
		p.line = slices.DeleteFunc(p.line, func(other *Place) bool { return other == c })
		p.wake(1)
	}()
	for why = Rate; ; {
		now, until := time.Since(p.base), m.until
		if now < until {
			why = Pause
		}
		if ctx.Err() != nil {
			return why, context.Cause(ctx)
		}
		if late := p.tooLate(c, now); late != nil {
			return why, late
		}
		var alarm <-chan time.Time
		if p.line[0] == c {
			at, reason := m.ask(now)
			if reason == None {
				c.out, c.sent = true, now
				return why, nil
			}
			if until != m.until { // nothing is left: a pause
				p.wake(len(p.line))
			}
			alarm = time.After(at - now)
		}
		p.mu.Unlock()
		select {
		case <-c.wake:
		case <-alarm:
		case <-ctx.Done():
		}
		p.mu.Lock()
	}
}

// wake has the first n calls of the line look again.
func (p *Pace) wake(n int) {
	for _, c := range p.line[:min(n, len(p.line))] {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// tooLate is the error of a call that may not wait for the end of the pause. It names that end, as the vendor did if it did.
func (p *Pace) tooLate(c *Place, now instant) *Late {
	m := &p.mirror
	short := !c.Deadline.IsZero() && !c.Deadline.After(p.base.Add(m.until))
	if c.over || now < m.until && (short || m.named-now > c.MaxWait) {
		return &Late{p.base.Add(cmp.Or(m.named, m.until))}
	}
	return nil
}

// Accepted notes a response that is not a refusal.
func (p *Pace) Accepted(c *Place, f Figures) {
	m, now := p.lock()
	defer p.mu.Unlock()
	if c.out {
		c.out = false
		m.accepted(now, c.sent, f)
		p.wake(1)
	}
}

// Gone notes that no request was sent, or that no response came.
func (p *Pace) Gone(c *Place) {
	if c.out { // the caller's own
		p.mu.Lock()
		defer p.mu.Unlock()
		p.gone(c)
	}
}

func (p *Pace) gone(c *Place) {
	c.out = false
	p.mirror.in--
	p.wake(1)
}

// Refused notes a refusal. until is the end of the pause, and begins says that this refusal began it. It returns a *Late if the call is not
// to wait and ask again.
func (p *Pace) Refused(c *Place, r Refusal) (until time.Time, begins bool, late *Late) {
	m, now := p.lock()
	defer p.mu.Unlock()
	if c.out {
		c.out = false
		c.refused++
		r.Patience, r.Busy = c.MaxWait, r.Busy || r.After > c.MaxWait // so long a wait is not that for a window
		begins = m.refused(now, c.sent, r)
		for _, other := range p.line {
			other.over = other.over || begins && m.hopeless(now, max(other.Pauses, leastPauses))
		}
		p.wake(len(p.line))
	}
	c.over = m.hopeless(now, c.Pauses) || c.refused >= mostRefused*c.Pauses
	return p.base.Add(m.until), begins, p.tooLate(c, now)
}

// State returns what is known of the limit: calls in a window, 0 if not known; the end of a pause, zero if there is none; and how many
// calls are in the line.
func (p *Pace) State() (limit int, window time.Duration, until time.Time, waiting int) {
	m, now := p.lock()
	defer p.mu.Unlock()
	if now < m.until {
		until = p.base.Add(m.until)
	}
	return m.limit, m.window, until, len(p.line)
}
