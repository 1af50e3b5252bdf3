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
	asks       bool // no other flight may call the source
	trying     bool // the source is called right now
	waiters    int
	background bool            // goes on without waiters
	operations map[string]bool // that request it since their token was refused

	// Read by others when done is closed:
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
	go t.fly(f)
	return f
}

// fly takes a token from the store, or logs in as often as the gate lets it. It runs the user's code: a store, a source.
func (t *Tokens) fly(f *flight) {
	done, returned := false, false
	defer func() { t.land(f, relay.Ended(returned, recover())) }()

	// Store: another process may have logged in, or be about to.
	unlock := func() {}
	defer func() {
		unlock()
		returned = done // the release of the lock has returned too
	}()
	if s := t.shared; s != nil {
		stored := s.load(f.waits)
		if !t.takes(stored) {
			unlock, _ = s.lock(f.waits, lockWait)
			stored = s.load(f.waits) // another process may have been faster
		}
		if t.takes(stored) {
			f.token, done = stored, true
			return
		}
	}

	// Login: try after try.
	for again := true; again; {
		try, cancel, err := t.admit(f)
		if err != nil {
			f.err = err
			break
		}
		token, err := t.settings.Source.Token(try)
		again = t.ended(try, f, token, err)
		cancel()
	}
	t.free(f)

	// Store: the token is for the other processes too.
	if f.err == nil && t.shared != nil && t.current(f) {
		t.shared.save(f.ctx, f.token)
	}
	done = true
}

// land ends a flight.
func (t *Tokens) land(f *flight, end *relay.End) {
	t.free(f)
	t.mu.Lock()
	defer t.mu.Unlock()
	defer f.cancel()
	f.end = end
	now := time.Now()
	switch {
	case end != nil:
		if f.waiters == 0 {
			t.end = end // for the next call: nobody else would hear of it
		}
	case f.err == nil && f.session == t.session && (t.flight == f || !t.cache.lasts(now)):
		t.cache.put(f.token, now, f.refused != "")
		t.abandoned = false
	}
	if f.err != nil || end != nil {
		// Now, not when the waiters wake up: a call whose token is refused in between would take it that another one did not help.
		t.withdraw(f)
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
		return caremux.Token{}, t.late(ctx, f)
	case <-f.ctx.Done():
		timer := time.NewTimer(overtime)
		defer timer.Stop()
		select {
		case <-f.done:
		case <-ctx.Done():
			return caremux.Token{}, t.late(ctx, f)
		case <-timer.C:
			t.leave(f)
			return caremux.Token{}, context.DeadlineExceeded
		}
	}
	f.end.Raise()
	return f.token, f.err
}

// late counts out a waiter whose context has ended, and returns why: with the latest failure of the login, if it waited for the next try.
func (t *Tokens) late(ctx context.Context, f *flight) error {
	t.leave(f)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gate.last == nil {
		return context.Cause(ctx)
	}
	return errors.Join(context.Cause(ctx), t.gate.last)
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
	t.withdraw(f)
	f.cancel()
	if t.flight == f {
		t.flight = nil // whoever comes next must not inherit the cancel
	}
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

// admit waits until the source may be called, and bounds the try by the context that it returns. A source is called by one goroutine at a
// time: one that its calls have left may not have ended yet.
func (t *Tokens) admit(f *flight) (try context.Context, cancel context.CancelFunc, err error) {
	if !f.asks {
		select {
		case t.asking <- struct{}{}:
			f.asks = true
		case <-f.waits.Done():
			return nil, nil, f.waits.Err()
		}
	}
	for {
		wait, timeout, err := t.pass(f)
		switch {
		case err != nil:
			return nil, nil, err
		case wait == 0:
			try, cancel = context.WithTimeout(f.ctx, timeout)
			return try, cancel, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-f.waits.Done():
			timer.Stop()
			return nil, nil, f.waits.Err()
		}
	}
}

// pass asks the gate for a try.
func (t *Tokens) pass(f *flight) (wait, timeout time.Duration, err error) {
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

// ended takes what a try brought, tells the gate, and reports whether another try follows.
func (t *Tokens) ended(try context.Context, f *flight, token caremux.Token, err error) (again bool) {
	f.token, f.err = t.checked(try, token, err)
	if errors.Is(f.ctx.Err(), context.Canceled) {
		return false // no call waits for it any more: that says nothing of the vendor
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f.trying = false
	return t.gate.end(time.Now(), f.err) && (f.waiters > 0 || f.background)
}

// free lets another flight call the source.
func (t *Tokens) free(f *flight) {
	if f.asks {
		f.asks = false
		<-t.asking
	}
}

// checked is what the source returned, if it can be used.
func (t *Tokens) checked(try context.Context, token caremux.Token, err error) (caremux.Token, error) {
	if err != nil {
		if context.Cause(try) == context.DeadlineExceeded {
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
