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
	asked  instant  // when a call last asked in a pause that is longer than it would wait
}

// Place is one call's place in the line, which it keeps for all of its requests. The zero value is a place at the end.
type Place struct {
	MaxWait  time.Duration // the longest named wait; see [Late]
	Pauses   int           // in a row without an accepted request after which the call gives up
	Deadline time.Time     // of the call's context, zero for none

	number  uint64
	out     bool // a request is under way
	sent    instant
	refused int
	wake    chan struct{} // for the call in the line
	over    bool          // too many pauses in a row have begun while it stood there
}

// Late says that a call would have to wait longer than it may.
type Late struct{ Until time.Time }

func (*Late) Error() string { return "the vendor takes no calls yet" }

const (
	leastPauses = 4 // in a row that a call in the line stands, however few it wants
	mostRefused = 4 // times Pauses, that a call is refused while others are accepted: it may be one that always is
)

// now is the time since the pace was first used. The caller has the lock.
func (p *Pace) now() instant {
	if p.base.IsZero() {
		p.base = time.Now().Add(-1) // so that no instant is 0
		p.mirror = newMirror(rand.Float64)
	}
	return time.Since(p.base)
}

// Try reports whether the call may send a request at once, as it may in most cases. The caller then calls Leave, and Accepted, Refused or
// Gone. Otherwise it calls Wait.
func (p *Pace) Try(c *Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if c.number == 0 {
		p.places++
		c.number = p.places
	}
	if len(p.line) > 0 {
		return false
	}
	_, why := p.mirror.ask(now)
	if why == None {
		p.send(c, now)
	}
	return why == None
}

// Wait returns when a call that has a place may send a request, and why it had to wait. It fails with the context's cause, or with a *Late.
func (p *Pace) Wait(ctx context.Context, c *Place) (why Reason, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); p.findsOut(c, now) {
		p.send(c, now)
		return None, nil
	}
	c.wake, c.over = make(chan struct{}, 1), false
	i, _ := slices.BinarySearchFunc(p.line, c, func(a, b *Place) int { return cmp.Compare(a.number, b.number) })
	p.line = slices.Insert(p.line, i, c)
	defer func() {
		p.line = slices.DeleteFunc(p.line, func(other *Place) bool { return other == c })
		p.wake(1)
	}()
	why = Rate
	for {
		now, until := p.now(), p.mirror.until
		if now < until {
			why = Pause
		}
		switch late := p.tooLate(c, now); {
		case ctx.Err() != nil:
			return why, context.Cause(ctx)
		case late != nil:
			return why, late
		}
		var alarm <-chan time.Time
		if p.line[0] == c {
			at, reason := p.mirror.ask(now)
			if reason == None {
				p.send(c, now)
				return why, nil
			}
			if until != p.mirror.until { // nothing is left: a pause
				p.wake(len(p.line))
				continue
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

func (p *Pace) send(c *Place, now instant) {
	c.out, c.sent = true, now
	p.mirror.sent(now)
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
	short := !c.Deadline.IsZero() && !c.Deadline.After(p.base.Add(p.mirror.until))
	if c.over || now < p.mirror.until && (short || p.mirror.named-now > c.MaxWait) {
		return &Late{p.base.Add(cmp.Or(p.mirror.named, p.mirror.until))}
	}
	return nil
}

// findsOut reports whether the call finds out if a pause has ended that is longer than calls wait. One does each time that its patience has
// passed.
func (p *Pace) findsOut(c *Place, now instant) bool {
	if now >= p.mirror.until || p.mirror.named-now <= c.MaxWait || c.MaxWait <= 0 || now-max(p.asked, p.mirror.began) < c.MaxWait {
		return false
	}
	p.asked = now
	return true
}

// back notes that the call's request is not under way any more, and reports whether it was.
func (c *Place) back() bool {
	was := c.out
	c.out = false
	return was
}

// Accepted notes a response that is not a refusal.
func (p *Pace) Accepted(c *Place, f Figures) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.back() {
		p.mirror.accepted(p.now(), c.sent, f)
		p.wake(1)
	}
}

// Gone notes that no request was sent, or that no response came.
func (p *Pace) Gone(c *Place) {
	if !c.back() { // the caller's own
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mirror.in--
	p.wake(1)
}

// Refused notes a refusal. until is the end of the pause, and begins says that this refusal began it. It returns a *Late if the call is not
// to wait and ask again.
func (p *Pace) Refused(c *Place, r Refusal) (until time.Time, begins bool, late *Late) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, m := p.now(), &p.mirror
	if c.back() {
		c.refused++
		begins = m.refused(now, c.sent, r)
		for _, other := range p.line {
			other.over = other.over || begins && m.dry >= max(other.Pauses, leastPauses)
		}
		p.wake(len(p.line))
	}
	c.over = m.dry >= c.Pauses || c.refused >= mostRefused*c.Pauses
	return p.base.Add(m.until), begins, p.tooLate(c, now)
}

// Leave reports whether the request may still leave, some time after Wait has returned. If a pause has begun, it may not, and the call
// goes back to its place by another Wait.
func (p *Pace) Leave(c *Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now < p.mirror.until && c.sent <= p.mirror.began {
		c.back()
		p.mirror.in--
		p.wake(1)
		return false
	}
	c.sent = now
	return true
}

// State is what is known of a limit.
type State struct {
	Limit   int // calls in Window, 0 if not known
	Window  time.Duration
	Until   time.Time // the end of a pause, zero if there is none
	Waiting int       // calls in the line
}

// State returns what is known now.
func (p *Pace) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := State{Waiting: len(p.line)}
	now := p.now()
	s.Limit, s.Window = p.mirror.limit, p.mirror.window
	if now < p.mirror.until {
		s.Until = p.base.Add(p.mirror.until)
	}
	return s
}
