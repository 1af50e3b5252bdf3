package transport

import (
	"sync"
	"time"
)

// alarm ends the calls of a client when the client's timeout is over. They share one timer of the runtime, which is set when none is
// pending and not with each call: to set one and to stop it costs a small call more than all else that bounds it, as it may wake a thread.
// A client that makes no calls has no timer either, once the last has rung.
type alarm struct {
	timeout time.Duration

	mu          sync.Mutex
	first, last *clock // of the calls under way, in the order in which they began
	set         bool   // a timer is pending
}

// add bounds a call that has begun.
func (l *alarm) add(c *clock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.before = l.last; c.before == nil {
		l.first = c
	} else {
		c.before.after = c
	}
	l.last, c.under = c, true
	if !l.set {
		l.set = true
		time.AfterFunc(l.timeout, l.ring)
	}
}

// remove ends the bound of a call, and reports whether the call was still under it.
func (l *alarm) remove(c *clock) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unlink(c)
}

func (l *alarm) unlink(c *clock) bool {
	if !c.under {
		return false
	}
	if c.before == nil {
		l.first = c.after
	} else {
		c.before.after = c.after
	}
	if c.after == nil {
		l.last = c.before
	} else {
		c.after.before = c.before
	}
	c.before, c.after, c.under = nil, nil, false
	return true
}

// ring ends the calls whose time is over, and sets the timer for the next.
func (l *alarm) ring() {
	l.mu.Lock()
	var over []*clock
	now := time.Now()
	for c := l.first; c != nil && now.Sub(c.since) >= l.timeout; c = l.first {
		l.unlink(c)
		over = append(over, c)
	}
	if l.set = l.first != nil; l.set {
		time.AfterFunc(l.timeout-now.Sub(l.first.since), l.ring)
	}
	l.mu.Unlock()
	for _, c := range over {
		c.cancel(errTimeout)
	}
}
