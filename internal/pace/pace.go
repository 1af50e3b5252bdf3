package pace

import (
	"cmp"
	"context"
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
	late    *Late
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
		p.mirror = newMirror(nil)
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
	if _, why := p.mirror.ask(now); why != None {
		return false
	}
	p.send(c, now)
	return true
}

// Wait returns when a call that has a place may send a request, and why it had to wait. It fails with the context's cause, or with a *Late.
func (p *Pace) Wait(ctx context.Context, c *Place) (why Reason, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if late := p.tooLate(c, now); late != nil {
		// One goes each time that its patience has passed, and finds out whether the pause has ended.
		if p.mirror.named-now <= c.MaxWait || c.MaxWait <= 0 || now-max(p.asked, p.mirror.began) < c.MaxWait {
			return Pause, late
		}
		p.asked = now
		p.send(c, now)
		return None, nil
	}
	if c.wake == nil {
		c.wake = make(chan struct{}, 1)
	}
	i, _ := slices.BinarySearchFunc(p.line, c, func(a, b *Place) int { return cmp.Compare(a.number, b.number) })
	p.line = slices.Insert(p.line, i, c)
	if why = Rate; now < p.mirror.until {
		why = Pause
	}
	return p.stand(ctx, c, why)
}

// stand waits in the line for the head's turn. The caller has the lock.
func (p *Pace) stand(ctx context.Context, c *Place, first Reason) (why Reason, err error) {
	why = first
	var timer *time.Timer
	defer func() {
		if timer != nil {
			timer.Stop()
		}
	}()
	for {
		var alarm <-chan time.Time
		if now := p.now(); c.late != nil {
			err, c.late = c.late, nil
			return Pause, err // tell has taken it out of the line
		} else if p.line[0] == c {
			until := p.mirror.until
			at, reason := p.mirror.ask(now)
			if reason == None {
				p.leave(c)
				p.send(c, now)
				return why, nil
			}
			if reason == Pause {
				why = Pause
			}
			if until != p.mirror.until {
				p.tell(now, false)
				continue
			}
			if timer == nil {
				timer = time.NewTimer(at - now)
			} else {
				timer.Reset(at - now)
			}
			alarm = timer.C
		}
		p.mu.Unlock()
		select {
		case <-c.wake:
		case <-alarm:
		case <-ctx.Done():
		}
		p.mu.Lock()
		if ctx.Err() != nil && c.late == nil {
			p.leave(c)
			return why, context.Cause(ctx)
		}
	}
}

func (p *Pace) send(c *Place, now instant) {
	c.out, c.sent = true, now
	p.mirror.sent(now)
}

// leave takes a call out of the line and wakes the next.
func (p *Pace) leave(c *Place) {
	if i := slices.Index(p.line, c); i >= 0 {
		p.line = slices.Delete(p.line, i, i+1)
	}
	p.wakeHead()
}

func (p *Pace) wakeHead() {
	if len(p.line) > 0 {
		p.line[0].rouse()
	}
}

func (c *Place) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// tooLate is the error of a call that may not wait for the end of the pause.
func (p *Pace) tooLate(c *Place, now instant) *Late {
	short := !c.Deadline.IsZero() && !c.Deadline.After(p.base.Add(p.mirror.until))
	if now < p.mirror.until && (short || p.mirror.named-now > c.MaxWait) {
		return p.newLate()
	}
	return nil
}

// newLate names the end of the pause, as the vendor did if it did.
func (p *Pace) newLate() *Late { return &Late{p.base.Add(cmp.Or(p.mirror.named, p.mirror.until))} }

// tell sends those home who stand in the line and may not wait for the end of the pause. refused says that a refusal began it.
func (p *Pace) tell(now instant, refused bool) {
	p.line = slices.DeleteFunc(p.line, func(c *Place) bool {
		if c.late = p.tooLate(c, now); c.late == nil && refused && p.mirror.dry >= max(c.Pauses, leastPauses) {
			c.late = p.newLate()
		}
		if c.late != nil {
			c.rouse()
		}
		return c.late != nil
	})
	p.wakeHead()
}

// Accepted notes a response that is not a refusal.
func (p *Pace) Accepted(c *Place, f Figures) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.out {
		c.out = false
		p.mirror.accepted(p.now(), c.sent, f)
		p.wakeHead()
	}
}

// Gone notes that no request was sent, or that no response came.
func (p *Pace) Gone(c *Place) {
	if !c.out { // the caller's own
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c.out = false
	p.mirror.in--
	p.wakeHead()
}

// Refused notes a refusal. until is the end of the pause, and begins says that this refusal began it. It returns a *Late if the call is not
// to wait and ask again.
func (p *Pace) Refused(c *Place, r Refusal) (until time.Time, begins bool, late *Late) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if c.out {
		c.out = false
		c.refused++
		begins = p.mirror.refused(now, c.sent, r)
		p.tell(now, begins)
	}
	return p.base.Add(p.mirror.until), begins, p.gaveUp(c, now)
}

func (p *Pace) gaveUp(c *Place, now instant) *Late {
	if p.mirror.dry >= c.Pauses || c.refused >= mostRefused*c.Pauses {
		return p.newLate()
	}
	return p.tooLate(c, now)
}

// Leave reports whether the request may still leave, some time after Wait has returned. If a pause has begun, it may not, and the call
// goes back to its place by another Wait.
func (p *Pace) Leave(c *Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now < p.mirror.until && c.sent <= p.mirror.began {
		c.out = false
		p.mirror.in--
		p.wakeHead()
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
