package transport

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/caremux/caremux"
)

// tokens holds the token of one client, renews it ahead of its expiry and lets any number of goroutines wait for one login.
type tokens struct {
	vendor  string
	source  caremux.TokenSource
	timeout time.Duration
	store   caremux.TokenStore
	key     string
	logger  *slog.Logger
	asking  chan struct{} // holds a value while the source is asked: a login that its callers left may not have ended yet

	mu      sync.Mutex
	token   caremux.Token
	got     time.Time // when the token was got
	worked  string    // the value that the vendor accepted last
	refused string    // the value that the vendor refused last, not to be taken from the store again
	login   *login    // under way
	logins  [maxLogins]time.Time
	next    int   // index in logins of the oldest
	last    error // why the last login failed

	fixed      bool      // the source has the client's own credentials, which do not change
	rejections int       // how often in a row the vendor did not take them
	rejectedAt time.Time // when it did not last
}

// maxLogins a minute, even when the vendor refuses every token it gives.
const maxLogins = 5

// login is one exchange that any number of callers wait for. It runs apart from their contexts and ends early only when
// all of them have gone.
type login struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiters int
	token   caremux.Token
	err     error
}

func newTokens(vendor string, source caremux.TokenSource, timeout time.Duration, store caremux.TokenStore, key string, logger *slog.Logger) *tokens {
	return &tokens{vendor: vendor, source: source, timeout: timeout, store: store, key: key, logger: logger, asking: make(chan struct{}, 1)}
}

// early is how long before its expiry a token is renewed.
const early = time.Minute

// fresh reports whether a token need not be renewed yet. One that was got with little life is used for half of it.
func fresh(t caremux.Token, got, now time.Time) bool {
	margin := early
	if !t.Expires.IsZero() && !got.IsZero() {
		margin = min(margin, t.Expires.Sub(got)/2)
	}
	return usable(t, now.Add(margin))
}

func usable(t caremux.Token, now time.Time) bool {
	return t.Value != "" && (t.Expires.IsZero() || now.Before(t.Expires))
}

// get returns a token that lasts, logging in if need be.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	if fresh(t.token, t.got, time.Now()) {
		defer t.mu.Unlock()
		return t.token.Value, nil
	}
	l := t.login
	if l == nil {
		if err := ctx.Err(); err != nil {
			t.mu.Unlock()
			return "", err
		}
		l = t.start(ctx)
	}
	l.waiters++
	t.mu.Unlock()

	select {
	case <-l.done:
	case <-ctx.Done():
		t.leave(l)
		return "", context.Cause(ctx)
	}
	if l.err == nil {
		return l.token.Value, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if usable(t.token, time.Now()) {
		return t.token.Value, nil // renewal failed, but the present token still lasts a little
	}
	return "", l.err
}

// leave counts a waiter out; the last one ends the login, so that it does not outlive its callers. One after which none may follow
// for a while goes on until its timeout: callers without patience must not keep all others out.
func (t *tokens) leave(l *login) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.waiters--; l.waiters == 0 && !t.spent(time.Now()) {
		l.cancel()
		if t.login == l {
			t.login = nil // whoever comes next must not inherit the cancel
		}
	}
}

// spent reports whether no login may begin now. The caller holds the lock.
func (t *tokens) spent(now time.Time) bool { return now.Sub(t.logins[t.next]) < time.Minute }

// start begins a login. The caller holds the lock.
func (t *tokens) start(ctx context.Context) *login {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.timeout)
	l := &login{done: make(chan struct{}), cancel: cancel}
	t.login = l
	go func() {
		defer cancel()
		token, err := t.obtain(detached)
		t.mu.Lock()
		defer t.mu.Unlock()
		if err == nil {
			t.token, t.got, t.last, t.rejections = token, time.Now(), nil, 0
		} else if !errors.Is(err, context.Canceled) {
			t.last = err
		}
		l.token, l.err = token, err
		if t.login == l {
			t.login = nil
		}
		close(l.done)
	}()
	return l
}

// obtain takes a token from the store or logs in.
func (t *tokens) obtain(ctx context.Context) (caremux.Token, error) {
	if t.store == nil {
		return t.exchange(ctx)
	}
	if token, ok := t.load(ctx); ok {
		return token, nil
	}
	unlock, err := t.store.Lock(ctx, t.key)
	if err != nil {
		if ctx.Err() != nil {
			return caremux.Token{}, context.Cause(ctx)
		}
		t.warn(ctx, "token store: lock failed")
	} else {
		defer unlock()
	}
	if token, ok := t.load(ctx); ok {
		return token, nil // another process was faster
	}
	token, err := t.exchange(ctx)
	if err == nil && t.store.Save(ctx, t.key, token) != nil {
		t.warn(ctx, "token store: save failed")
	}
	return token, err
}

func (t *tokens) load(ctx context.Context) (caremux.Token, bool) {
	token, err := t.store.Load(ctx, t.key)
	if err != nil {
		t.warn(ctx, "token store: load failed")
		return token, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return token, fresh(token, time.Time{}, time.Now()) && token.Value != t.refused
}

// errTooManyLogins keeps a vendor that refuses every token from being stormed.
var errTooManyLogins = errors.New("too many logins in the last minute")

func (t *tokens) exchange(ctx context.Context) (caremux.Token, error) {
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return caremux.Token{}, ctx.Err()
	}
	now := time.Now()
	t.mu.Lock()
	if last := t.last; last != nil && t.rejections >= maxRejections && now.Sub(t.rejectedAt) < time.Minute {
		t.mu.Unlock()
		return caremux.Token{}, last
	}
	if t.spent(now) {
		last := t.last
		t.mu.Unlock()
		if last != nil {
			return caremux.Token{}, last
		}
		return caremux.Token{}, caremux.NewError(
			caremux.Error{Vendor: t.vendor, Operation: "login", Kind: caremux.ErrUnauthorized},
			nil, errTooManyLogins, "not tried: the vendor refused the tokens of the last logins", false)
	}
	t.logins[t.next] = now
	t.next = (t.next + 1) % maxLogins
	t.mu.Unlock()

	token, err := t.source.Token(ctx)
	if err != nil {
		if ctx.Err() != nil && context.Cause(ctx) == context.DeadlineExceeded {
			err = context.DeadlineExceeded
		}
		if t.fixed {
			t.mu.Lock()
			if rejects(err) {
				t.rejections, t.rejectedAt = t.rejections+1, time.Now()
			} else {
				t.rejections = 0
			}
			t.mu.Unlock()
		}
		return caremux.Token{}, err
	}
	if !usable(token, time.Now()) {
		reason := "the login gave an empty token"
		if token.Value != "" {
			reason = "the login gave a token that has expired; check this machine's clock"
		}
		return caremux.Token{}, caremux.NewError(
			caremux.Error{Vendor: t.vendor, Operation: "login", Kind: caremux.ErrUnauthorized}, nil, nil, reason, false)
	}
	return token, nil
}

// maxRejections in a row of the client's own credentials: one may be a hiccup, and after two the vendor is left alone for a
// minute, since asking on would change nothing and may lock the account.
const maxRejections = 2

func rejects(err error) bool {
	e, ok := errors.AsType[*caremux.Error](err)
	return ok && (e.Status == 401 || e.Status == 403) && !errors.Is(err, caremux.ErrRateLimited)
}

// works notes that the vendor accepted a token.
func (t *tokens) works(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.worked = value
}

// use tells what is known of a token.
func (t *tokens) use(value string, replayed bool) TokenUse {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := TokenUse{Token: value, Accepted: t.worked == value, Replayed: replayed}
	if t.token.Value == value {
		u.Expires = t.token.Expires
	}
	return u
}

// forget drops the present token and returns it, "" if there is none that lasts. The store must not hand it out again.
func (t *tokens) forget(ctx context.Context) string {
	t.mu.Lock()
	token := t.token
	t.token = caremux.Token{}
	if token.Value != "" {
		t.refused = token.Value
		t.lost(token.Value)
	}
	t.mu.Unlock()
	if t.store != nil && token.Value != "" {
		t.drop(ctx, token.Value)
	}
	if !usable(token, time.Now()) {
		return ""
	}
	return token.Value
}

// drop takes a token out of the store, unless another process has replaced it.
func (t *tokens) drop(ctx context.Context, value string) {
	unlock, err := t.store.Lock(ctx, t.key)
	if err != nil {
		t.warn(ctx, "token store: lock failed")
		return
	}
	defer unlock()
	if stored, err := t.store.Load(ctx, t.key); err != nil || stored.Value != value {
		return
	}
	if t.store.Save(ctx, t.key, caremux.Token{}) != nil {
		t.warn(ctx, "token store: save failed")
	}
}

// invalidate forgets the token that the vendor refused, unless a sibling has renewed it meanwhile.
func (t *tokens) invalidate(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused = value
	if t.token.Value == value {
		t.token = caremux.Token{}
	}
	t.lost(value)
}

// Forgetter is a token source that holds on to the token that it gave, to renew it, and wants to know when that is over.
type Forgetter interface{ Forget(token string) }

func (t *tokens) lost(value string) {
	if f, ok := t.source.(Forgetter); ok {
		f.Forget(value)
	}
}

func (t *tokens) warn(ctx context.Context, message string) {
	if t.logger != nil {
		t.logger.WarnContext(ctx, message, slog.String("vendor", t.vendor))
	}
}
