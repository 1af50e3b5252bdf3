package login

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

const (
	// storeWait bounds one Load or Save.
	storeWait = 5 * time.Second
	// lockWait bounds the wait for other processes that log in, of which one may have been stopped.
	lockWait = 10 * time.Second
)

// shared is the token's place in a store. Whatever goes wrong there is logged, and then costs a login of one's own.
type shared struct {
	store  caremux.TokenStore
	key    string
	vendor string
	logger *slog.Logger
	clock  *Clock // a store's times are the vendor's: machines that share it may disagree about theirs
}

// load returns the stored token, a zero Token if there is none.
func (s *shared) load(ctx context.Context) caremux.Token {
	token, err := bounded(ctx, storeWait, func(ctx context.Context) (caremux.Token, error) { return s.store.Load(ctx, s.key) }, nil)
	if err != nil {
		s.warn(ctx, "token store: load failed")
		return caremux.Token{}
	}
	token.Expires = s.clock.Local(token.Expires)
	return token
}

// save stores a token without what nobody reads there.
func (s *shared) save(ctx context.Context, token caremux.Token) {
	stored := caremux.Token{Value: token.Value, Expires: s.clock.Vendor(token.Expires)}
	_, err := bounded(ctx, storeWait, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.Save(ctx, s.key, stored)
	}, nil)
	if err != nil {
		s.warn(ctx, "token store: save failed")
	}
}

// lock waits for the lock. It reports false if it could not be had within the time.
func (s *shared) lock(ctx context.Context, wait time.Duration) (unlock func(), ok bool) {
	release, err := bounded(ctx, wait, func(ctx context.Context) (func(), error) { return s.store.Lock(ctx, s.key) },
		func(unlock func()) { unlock() })
	if err != nil || release == nil {
		s.warn(ctx, "token store: lock failed")
		return func() {}, false
	}
	return func() {
		_, _ = bounded(context.WithoutCancel(ctx), storeWait, func(context.Context) (struct{}, error) {
			release()
			return struct{}{}, nil
		}, nil)
	}, true
}

// drop takes tokens out of the store, unless another process has replaced them. Without the lock they are left there:
// whoever takes one learns of its end by a 401.
func (s *shared) drop(ctx context.Context, values ...string) {
	unlock, ok := s.lock(ctx, min(lockWait, remaining(ctx)/4))
	defer unlock()
	if !ok {
		return
	}
	if stored := s.load(ctx).Value; stored != "" && slices.Contains(values, stored) {
		s.save(ctx, caremux.Token{})
	}
}

func (s *shared) warn(ctx context.Context, message string) {
	if s.logger != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, message, slog.String("vendor", s.vendor))
	}
}

// storeGrace is how long a function whose context has ended may take to notice.
const storeGrace = time.Second

// bounded calls a function of a store, whose context ends after the time. It leaves one that heeds no context; what
// such a function returns in the end goes to late. How else the function ends, the caller ends.
func bounded[T any](ctx context.Context, wait time.Duration, call func(context.Context) (T, error), late func(T)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var value T
	var err error
	var settled atomic.Bool // by the function's return, or by leaving it
	done := make(chan *relay.End, 1)
	go relay.Run(func() { value, err = call(ctx) }, func(end *relay.End) {
		switch {
		case settled.CompareAndSwap(false, true):
			done <- end
		case late != nil && end == nil && err == nil:
			relay.Run(func() { late(value) }, func(*relay.End) {})
		}
	})
	select {
	case end := <-done:
		end.Raise()
		return value, err
	case <-ctx.Done():
	}
	grace := time.NewTimer(storeGrace)
	defer grace.Stop()
	select {
	case end := <-done:
		end.Raise()
		return value, err
	case <-grace.C:
	}
	if settled.CompareAndSwap(false, true) {
		var none T
		return none, ctx.Err()
	}
	(<-done).Raise() // it returned just now
	return value, err
}
