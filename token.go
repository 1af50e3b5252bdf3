package caremux

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Token is a vendor's access token. It is printed as "[redacted]" with every verb, in slog and as JSON. Stores keep
// what MarshalBinary returns.
type Token struct {
	Value   string    `json:"value"`             // the token as it is sent
	Refresh string    `json:"refresh,omitempty"` // the refresh token, for vendors that have one
	Expires time.Time `json:"expires"`           // zero if it does not expire
}

// Format prints "[redacted]".
func (t Token) Format(f fmt.State, verb rune) { formatText(f, verb, redacted) }

// LogValue returns "[redacted]".
func (t Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]". JSON encoders call it, so that a token never appears in a value that is logged as
// JSON.
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// storedToken is a token without the methods that hide it.
type storedToken Token

// MarshalBinary returns the whole token, for a [TokenStore]. Clients of Redis and encoding/gob call it.
func (t Token) MarshalBinary() ([]byte, error) { return json.Marshal(storedToken(t)) }

// UnmarshalBinary reads what MarshalBinary returned.
func (t *Token) UnmarshalBinary(data []byte) error {
	var stored storedToken
	if json.Unmarshal(data, &stored) != nil { // its text may show a part of the token
		return errNoToken
	}
	*t = Token(stored)
	return nil
}

var errNoToken = errors.New("caremux: the data is not a stored token")

const redacted = "[redacted]"

// TokenSource returns access tokens. A client calls its source if it has no valid token, and in the background
// shortly before the current one expires; in one goroutine at a time, at growing intervals while it fails, and a few
// times a minute at most while the vendor refuses the tokens. The context ends after 5 to 15 seconds, longer after
// each failure. A panic in it is raised in the goroutines of the calls that wait for the token, as a [*PanicError].
type TokenSource interface {
	Token(ctx context.Context) (Token, error)
}

// TokenSourceFunc lets a function be a [TokenSource].
type TokenSourceFunc func(ctx context.Context) (Token, error)

// Token calls f.
func (f TokenSourceFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }

// StaticToken returns a source of one token that is obtained and refreshed elsewhere.
func StaticToken(value string) TokenSource {
	return TokenSourceFunc(func(context.Context) (Token, error) { return Token{Value: value}, nil })
}

// TokenStore keeps tokens for several clients or processes that log in with the same credentials, so that one login
// serves all. A key stands for vendor, base URL, environment, account and credentials, so that no client receives a
// token that its own credentials would not return; none of these can be read from the key. Every method may be called
// from several goroutines.
//
// A store whose methods fail, hang or panic costs time and logins, but no calls: a client waits 5 seconds for Load and
// Save and 10 seconds for Lock, and then logs in without them.
type TokenStore interface {
	// Load returns the stored token, or a zero Token if there is none.
	Load(ctx context.Context, key string) (Token, error)
	// Save replaces the stored token. A zero Token removes it. Token.MarshalBinary returns what to keep; clients leave
	// Token.Refresh empty, since none reads it from a store.
	Save(ctx context.Context, key string, t Token) error
	// Lock waits until the caller alone may refresh the token of key, or until the context ends. The caller calls
	// unlock when done, whatever has become of the context. A process that was killed or stopped must not keep the
	// lock: a lease of half a minute does, as no login takes longer and a second one does no harm.
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
	if t.Value == "" {
		delete(s.tokens, key)
		return nil
	}
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
