package caremux

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Token is a vendor's access token. It prints as "[redacted]" with every verb and in slog.
type Token struct {
	Value   string    `json:"value"`             // what the vendor wants to see in the request
	Refresh string    `json:"refresh,omitempty"` // what renews it, with vendors that have such
	Expires time.Time `json:"expires"`           // zero if it does not expire
}

// Format prints "[redacted]".
func (t Token) Format(f fmt.State, verb rune) { formatText(f, verb, redacted) }

// LogValue is "[redacted]".
func (t Token) LogValue() slog.Value { return slog.StringValue(redacted) }

const redacted = "[redacted]"

// TokenSource gives access tokens. A client asks its source only when it holds no token that lasts, from one goroutine at a
// time, and never more than a few times a minute.
type TokenSource interface {
	Token(ctx context.Context) (Token, error)
}

// TokenSourceFunc lets a function be a [TokenSource].
type TokenSourceFunc func(ctx context.Context) (Token, error)

// Token calls f.
func (f TokenSourceFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }

// StaticToken is a source of one token that is got and renewed elsewhere.
func StaticToken(value string) TokenSource {
	return TokenSourceFunc(func(context.Context) (Token, error) { return Token{Value: value}, nil })
}

// TokenStore keeps tokens for several clients or processes that log in with the same credentials, so that one login serves
// all. Keys name vendor, host and account and hold no secret. Every method may be called from several goroutines.
type TokenStore interface {
	// Load returns the stored token, or a zero Token if there is none.
	Load(ctx context.Context, key string) (Token, error)
	// Save replaces the stored token.
	Save(ctx context.Context, key string, t Token) error
	// Lock waits until the caller alone may renew the token of key, or until the context ends. The caller calls unlock when done.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// NewMemoryTokenStore returns a store for clients of one process.
func NewMemoryTokenStore() TokenStore {
	return &memoryStore{tokens: map[string]Token{}, locks: map[string]chan struct{}{}}
}

type memoryStore struct {
	mu     sync.Mutex
	tokens map[string]Token
	locks  map[string]chan struct{}
}

// Format keeps the tokens out of what is printed: those in an unexported field would not be asked how they print.
func (s *memoryStore) Format(f fmt.State, verb rune) { formatText(f, verb, "token store in memory") }

func (s *memoryStore) Load(_ context.Context, key string) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[key], nil
}

func (s *memoryStore) Save(_ context.Context, key string, t Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[key] = t
	return nil
}

func (s *memoryStore) Lock(ctx context.Context, key string) (func(), error) {
	s.mu.Lock()
	lock := s.locks[key]
	if lock == nil {
		lock = make(chan struct{}, 1)
		s.locks[key] = lock
	}
	s.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return sync.OnceFunc(func() { <-lock }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
