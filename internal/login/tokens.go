package login

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

// Settings are where a client's tokens come from.
type Settings struct {
	Vendor  string
	Source  caremux.TokenSource
	Own     bool               // the source uses the client's own credentials, which do not change
	Timeout time.Duration      // of a login with all its tries
	Store   caremux.TokenStore // nil without one
	Key     string             // in the store
	Logger  *slog.Logger       // nil without one
}

// DefaultTimeout is how long a login with all its tries may take. It is not longer than the lease of a store's lock.
const DefaultTimeout = 30 * time.Second

// Tokens has the token of one client.
type Tokens struct {
	settings Settings
	clock    *Clock
	shared   *shared       // nil without a store
	asking   chan struct{} // contains a value while the source is called

	mu        sync.Mutex
	cache     cache
	refusals  refusals
	gate      gate
	flight    *flight    // nil if no login is under way
	abandoned bool       // a login was ended because its calls had gone, and none has succeeded since
	session   int        // counts the logouts
	end       *relay.End // of a refresh in the background that nobody waited for
}

// New returns the tokens of a client. It does not log in.
func New(s Settings) *Tokens {
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	t := &Tokens{
		settings: s, clock: &Clock{}, asking: make(chan struct{}, 1), gate: gate{own: s.Own}, refusals: refusals{pause: sourcePause},
	}
	if s.Own {
		t.refusals.pause = ownPause
	}
	if s.Store != nil {
		t.shared = &shared{store: s.Store, key: s.Key, vendor: s.Vendor, logger: s.Logger, clock: t.clock}
	}
	return t
}

// Clock is the vendor's.
func (t *Tokens) Clock() *Clock { return t.clock }

// Begin begins a call.
func (t *Tokens) Begin() Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Session{t, t.session}
}

// Session is what one call has to do with the tokens. After a logout it gets no other token. The zero value has none.
type Session struct {
	tokens  *Tokens
	session int
}

// Token returns a token that lasts. It logs in if there is none, and never waits if there is one.
func (s Session) Token(ctx context.Context) (string, error) {
	t := s.tokens
	t.mu.Lock()
	if end := t.end; end != nil {
		t.end = nil
		t.mu.Unlock()
		end.Raise()
	}
	now := time.Now()
	switch {
	case s.session != t.session:
		t.mu.Unlock()
		return "", t.failed("the client was logged out while the call was under way", errLoggedOut)
	case t.cache.lasts(now):
		if t.flight == nil && t.cache.due(now) && t.gate.wait(now) == 0 && t.gate.closed(now, t.gate.counts(now, false)) == nil {
			t.start(ctx, "").background = true
		}
		value := t.cache.token.Value
		t.mu.Unlock()
		return value, nil
	case ctx.Err() != nil:
		t.mu.Unlock()
		return "", context.Cause(ctx)
	}
	f := t.join(ctx, "")
	t.mu.Unlock()
	token, err := t.wait(ctx, f)
	return token.Value, t.outcome(s, err)
}

// join makes the caller, who holds the lock, a waiter for the login that is under way, or for one that begins now.
func (t *Tokens) join(ctx context.Context, refused string) *flight {
	f := t.flight
	if f == nil {
		f = t.start(ctx, refused)
	}
	f.waiters++
	return f
}

// outcome is the error of a call whose login ended with err.
func (t *Tokens) outcome(s Session, err error) error {
	if s != t.Begin() {
		return t.failed("the client was logged out while the call was under way", errLoggedOut)
	}
	return err
}

// Accepted notes that the vendor took a token for an operation.
func (s Session) Accepted(token, operation string) {
	t := s.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cache.token.Value != token {
		return
	}
	t.cache.accepted = time.Now()
	t.refusals.accepted(operation)
}

// Replace looks for another token in the place of one that the vendor refused, and waits for it. It reports false if
// there is none, or if none would help: the refusal is then the call's outcome, and the token stays for other calls.
func (s Session) Replace(ctx context.Context, token, operation string) (bool, error) {
	t := s.tokens
	t.mu.Lock()
	if t.cache.token.Value != token && t.cache.lasts(time.Now()) && s.session == t.session {
		t.mu.Unlock()
		return true, nil // a sibling has replaced it
	}
	if help, err := s.helps(token, operation); !help {
		t.mu.Unlock()
		return false, err
	}
	f := t.join(ctx, token)
	t.request(f, operation)
	t.mu.Unlock()
	another, err := t.wait(ctx, f)
	err = t.outcome(s, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil:
		return false, err
	case another.Value == token:
		t.refusals.note(operation, time.Now(), true)
		return false, nil
	}
	return true, nil
}

// ReplaceLater is Replace for a call that cannot be sent again: it does not wait.
func (s Session) ReplaceLater(ctx context.Context, token, operation string) {
	t := s.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.flight != nil || t.cache.token.Value != token {
		return
	}
	if help, _ := s.helps(token, operation); help {
		f := t.start(ctx, token)
		f.background = true
		t.request(f, operation)
	}
}

// request notes that an operation requests the token of a flight. The caller holds the lock.
func (t *Tokens) request(f *flight, operation string) {
	t.refusals.note(operation, time.Now(), false)
	if f.operations == nil {
		f.operations = map[string]bool{}
	}
	f.operations[operation] = true
}

// withdraw takes back, once, what was noted for a flight that brings no token: a later flight may have notes of its own. The caller holds
// the lock.
func (t *Tokens) withdraw(f *flight) {
	for operation := range f.operations {
		t.refusals.forget(operation)
	}
	f.operations = nil
}

// helps reports whether a login may help an operation whose token was refused. The error is that of an earlier login,
// which nobody may try again yet. The caller holds the lock.
func (s Session) helps(token, operation string) (bool, error) {
	t, now := s.tokens, time.Now()
	if s.session != t.session {
		return false, nil
	}
	if t.flight == nil {
		if !t.refusals.help(operation, &t.cache, now) {
			if _, known := t.refusals.last[operation]; !known {
				t.refusals.note(operation, now, true)
			}
			return false, nil
		}
		if err := t.gate.closed(now, true); err != nil {
			return false, t.gate.last
		}
		t.gone(token)
	}
	t.cache.refused = token
	return true, nil
}

// RefusedAgain notes that an operation refused also the token that took the place of another.
func (s Session) RefusedAgain(operation string) {
	t := s.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refusals.note(operation, time.Now(), true)
}

// Use is what is known of a token that was refused.
type Use struct {
	Accepted bool // the vendor has accepted it before, for this operation or another
	Second   bool // it took the place of a token that was refused
	Replaced bool // another token has been requested because of this operation, and none helped
}

// Use says what is known of a token.
func (s Session) Use(token, operation string) Use {
	t := s.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	present := t.cache.token.Value == token
	return Use{
		Accepted: present && !t.cache.accepted.IsZero(),
		Second:   present && t.cache.replaces,
		Replaced: s.session == t.session && t.refusals.inVain(operation, time.Now()),
	}
}

// End ends the session of all calls that have begun: they get no other token, and what a login that is under way brings
// is not kept. It returns the tokens of which the vendor may still know. It takes no more than three quarters of the
// time that the context leaves; the error is that of a login that did not end in its part of it, of which the vendor
// may know too.
func (t *Tokens) End(ctx context.Context) (ended []string, err error) {
	t.mu.Lock()
	t.session++
	present := t.cache.token.Value
	if value := t.cache.drop(time.Now()); value != "" {
		ended = append(ended, value)
	}
	t.refusals.last = nil
	f := t.flight
	t.flight = nil
	if f != nil {
		t.withdraw(f)
	}
	t.mu.Unlock()
	t.gone(present)
	late := ""
	if f != nil {
		if late, err = f.abort(ctx); late != "" && late != present {
			t.gone(late)
			ended = append(ended, late)
		}
	}
	if t.shared != nil {
		t.shared.drop(ctx, present, late)
	}
	return ended, err
}

// abort ends a flight, and returns the token of a login that could not be kept from being sent.
func (f *flight) abort(ctx context.Context) (string, error) {
	f.quit()
	ctx, cancel := context.WithTimeout(ctx, remaining(ctx)/2)
	defer cancel()
	select {
	case <-f.done:
	case <-ctx.Done():
		f.cancel()
		return "", context.Cause(ctx)
	}
	if f.err != nil || f.end != nil {
		return "", nil
	}
	return f.token.Value, nil
}

// remaining is how much time a context leaves, and no more than a login takes.
func remaining(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(DefaultTimeout, time.Until(deadline))
	}
	return DefaultTimeout
}

// Forgetter is a token source that keeps the token that it returned, to refresh it, and wants to know when that is
// over.
type Forgetter interface{ Forget(token string) }

// gone tells the source that a token is not used any more.
func (t *Tokens) gone(token string) {
	if f, ok := t.settings.Source.(Forgetter); ok && token != "" {
		f.Forget(token)
	}
}

var errLoggedOut = errors.New("logged out")

// failed is the error of a login that did not fail at the vendor.
func (t *Tokens) failed(reason string, cause error) error {
	e := caremux.Error{Vendor: t.settings.Vendor, Operation: "login", Kind: caremux.ErrUnauthorized}
	return caremux.NewError(e, caremux.ErrorParts{Cause: cause, Reason: reason})
}

// notTried is the error of a login that the gate kept from being tried.
func (t *Tokens) notTried(err error) error {
	if errors.Is(err, errTooManyLogins) {
		return t.failed("not tried: the vendor refused the tokens of the last logins", err)
	}
	return err
}
