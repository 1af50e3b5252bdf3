package login

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

// flight is one login, or one refresh, that any number of calls wait for. It runs apart from their contexts, and ends
// early when all of them have gone.
type flight struct {
	ctx        context.Context // ends with the login's timeout
	cancel     context.CancelFunc
	waits      context.Context // ends before, with a logout: nothing more is sent
	quit       context.CancelFunc
	done       chan struct{}
	session    int    // see Tokens
	refused    string // the token that it replaces, "" if it was not refused
	begun      time.Time
	trying     bool // the source is called right now
	waiters    int
	background bool // goes on without waiters

	// Set when done is closed:
	token caremux.Token
	err   error
	end   *relay.End
}

// start begins a flight. The caller holds the lock.
func (t *Tokens) start(ctx context.Context, refused string) *flight {
	f := &flight{done: make(chan struct{}), session: t.session, refused: refused, begun: time.Now()}
	f.ctx, f.cancel = context.WithTimeout(context.WithoutCancel(ctx), t.settings.Timeout)
	f.waits, f.quit = context.WithCancel(f.ctx)
	t.flight = f
	var token caremux.Token
	var err error
	go relay.Run(func() { token, err = t.obtain(f) }, func(end *relay.End) { t.land(f, token, err, end) })
	return f
}

// land ends a flight.
func (t *Tokens) land(f *flight, token caremux.Token, err error, end *relay.End) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer f.cancel()
	f.token, f.err, f.end = token, err, end
	now := time.Now()
	switch {
	case end != nil:
		if f.waiters == 0 {
			t.end = end // for the next call: nobody else would hear of it
		}
	case err == nil && f.session == t.session && (t.flight == f || !t.cache.lasts(now)):
		t.cache.put(token, now, f.refused != "")
		t.abandoned = false
	}
	if t.flight == f {
		t.flight = nil
	}
	close(f.done)
}

// overtime is how long calls wait for a login that does not heed the end of its context.
const overtime = time.Second

// wait waits for a flight in which the caller counts as a waiter.
func (t *Tokens) wait(ctx context.Context, f *flight) (caremux.Token, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		t.leave(f)
		return caremux.Token{}, context.Cause(ctx)
	case <-f.ctx.Done():
		timer := time.NewTimer(overtime)
		defer timer.Stop()
		select {
		case <-f.done:
		case <-ctx.Done():
			t.leave(f)
			return caremux.Token{}, context.Cause(ctx)
		case <-timer.C:
			t.leave(f)
			return caremux.Token{}, context.DeadlineExceeded
		}
	}
	f.end.Raise()
	return f.token, f.err
}

// leave counts a waiter out. The last one ends the login, so that it does not outlive its calls. But calls without
// patience must not keep all others out: when one login has been ended so and none has succeeded since, the next may
// use the time that a first try has.
func (t *Tokens) leave(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.waiters--; f.waiters > 0 || f.background {
		return
	}
	if t.abandoned && f.trying && time.Since(f.begun) < firstTimeout {
		return
	}
	t.abandoned = true
	f.cancel()
	if t.flight == f {
		t.flight = nil // whoever comes next must not inherit the cancel
	}
}

// obtain takes a token from the store or logs in.
func (t *Tokens) obtain(f *flight) (caremux.Token, error) {
	if t.shared == nil {
		return t.login(f)
	}
	if token := t.shared.load(f.waits); t.takes(token) {
		return token, nil
	}
	unlock, _ := t.shared.lock(f.waits, lockWait)
	defer unlock()
	if token := t.shared.load(f.waits); t.takes(token) {
		return token, nil // another process was faster
	}
	token, err := t.login(f)
	if err == nil && t.current(f) {
		t.shared.save(f.ctx, token)
	}
	return token, err
}

func (t *Tokens) takes(token caremux.Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cache.takes(token, time.Now())
}

// current reports whether there was no logout since the flight began.
func (t *Tokens) current(f *flight) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return f.session == t.session
}

// login tries to log in when the gate lets it. A source is called by one goroutine at a time: one that its calls have
// left may not have ended yet.
func (t *Tokens) login(f *flight) (caremux.Token, error) {
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-f.waits.Done():
		return caremux.Token{}, f.waits.Err()
	}
	for {
		wait, timeout, err := t.admit(f)
		if err != nil {
			return caremux.Token{}, err
		}
		if wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
				continue
			case <-f.waits.Done():
				timer.Stop()
				return caremux.Token{}, f.waits.Err()
			}
		}
		token, err := t.ask(f.ctx, timeout)
		if errors.Is(f.ctx.Err(), context.Canceled) {
			return token, err // no call waits for it any more: that says nothing of the vendor
		}
		if !t.ended(f, err) {
			return token, err
		}
	}
}

// admit asks the gate for a try.
func (t *Tokens) admit(f *flight) (wait, timeout time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.session != t.session {
		return 0, 0, errLoggedOut
	}
	now := time.Now()
	counts := t.gate.counts(now, f.refused != "")
	if err = t.gate.closed(now, counts); err != nil {
		return 0, 0, t.notTried(err)
	}
	if wait = t.gate.wait(now); wait == 0 {
		timeout, f.trying = t.gate.begin(now, counts), true
	}
	return wait, timeout, nil
}

// ended tells the gate how a try ended, and reports whether another one follows.
func (t *Tokens) ended(f *flight, err error) (again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.trying = false
	return t.gate.end(time.Now(), err) && (f.waiters > 0 || f.background)
}

// ask calls the source.
func (t *Tokens) ask(ctx context.Context, timeout time.Duration) (caremux.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	token, err := t.settings.Source.Token(ctx)
	if err != nil {
		if context.Cause(ctx) == context.DeadlineExceeded {
			err = context.DeadlineExceeded // whatever the source's own words for it are
		}
		return caremux.Token{}, err
	}
	token.Expires = t.expiry(token)
	if !usable(token, time.Now()) {
		reason := "the login returned an empty token"
		if token.Value != "" {
			reason = "the login returned a token that has expired; check this machine's clock"
		}
		return caremux.Token{}, t.failed(reason, nil)
	}
	return token, nil
}

// expiry is when a token expires in this machine's time, if its own exp claim says when.
func (t *Tokens) expiry(token caremux.Token) time.Time {
	claims, ok := ParseClaims(token.Value)
	if !ok || token.Expires.IsZero() || claims.Expires.Unix() != token.Expires.Unix() {
		return token.Expires
	}
	expires, _ := t.clock.Expiry(claims)
	return expires
}
