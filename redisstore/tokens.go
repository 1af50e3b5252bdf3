package redisstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// DefaultTokensPrefix begins every key of [Tokens] unless [TokensConfig] says otherwise.
const DefaultTokensPrefix = "caremux:token:"

// TokensConfig is what [Tokens] need beside a client.
type TokensConfig struct {
	Prefix string // begins every key; empty means [DefaultTokensPrefix]
	Key    []byte `json:"-"` // encrypts the tokens with AES-256-GCM: 32 bytes, the same for all replicas
}

// Tokens are a [caremux.TokenStore] in Redis, for replicas that share one login.
//
// Tokens open the vendor's patient data to whoever has them. So they are encrypted with a key that Redis does not know, each bound to
// its account; they leave Redis when they expire; and the service should have a user of its own there that sees nothing else:
//
//	ACL SETUSER tokens on >password resetkeys ~caremux:token:* -@all +get +set +del +eval +evalsha +ping +hello
//
// A token that was sealed with another key counts as none. A replica that dies while it logs in keeps its lock for half a minute.
type Tokens struct {
	client redis.UniversalClient
	prefix string
	sealer
}

var _ caremux.TokenStore = (*Tokens)(nil)

const (
	unknownExpiry = time.Hour        // for which a token is stored that does not say when it expires
	lockLease     = 30 * time.Second // a login that takes longer may happen twice, which does no harm
	lockPoll      = 25 * time.Millisecond
)

// NewTokens returns a store that uses client, which the caller closes. Nothing is sent yet.
func NewTokens(client redis.UniversalClient, cfg TokensConfig) (*Tokens, error) {
	if client == nil {
		return nil, &webhook.ArgumentError{Field: "client", Rule: "is required"}
	}
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultTokensPrefix
	}
	if err := checkPrefix(cfg.Prefix); err != nil {
		return nil, err
	}
	s, err := newSealer(cfg.Key)
	if err != nil {
		return nil, err
	}
	return &Tokens{client, cfg.Prefix, s}, nil
}

// name hashes the key, which names the account. The token and its lock are in one slot.
func (s *Tokens) name(key string) string {
	sum := sha256.Sum256([]byte(key))
	return s.prefix + "{" + hex.EncodeToString(sum[:16]) + "}"
}

// Load returns the stored token; see [caremux.TokenStore].
func (s *Tokens) Load(ctx context.Context, key string) (t caremux.Token, err error) {
	name := s.name(key)
	sealed, err := s.client.Get(ctx, name).Bytes()
	if errors.Is(err, redis.Nil) {
		return t, nil
	}
	if err != nil {
		return t, failure(ctx, "load", err)
	}
	plain, err := s.open(name, sealed)
	if err != nil || t.UnmarshalBinary(plain) != nil {
		return caremux.Token{}, nil // as good as none: the next Save replaces it
	}
	return t, nil
}

// Save replaces the stored token; see [caremux.TokenStore]. An empty token, or one that has expired, is removed.
func (s *Tokens) Save(ctx context.Context, key string, t caremux.Token) error {
	name, ttl := s.name(key), unknownExpiry
	if !t.Expires.IsZero() {
		ttl = time.Until(t.Expires)
	}
	var err error
	if t.Value == "" || ttl < time.Millisecond {
		err = s.client.Del(ctx, name).Err()
	} else if plain, failed := t.MarshalBinary(); failed != nil {
		err = failed
	} else {
		err = s.client.Set(ctx, name, s.seal(name, plain), ttl).Err()
	}
	if err != nil {
		return failure(ctx, "save", err)
	}
	return nil
}

// unlockScript removes a lock, unless it has expired and is another's by now.
var unlockScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

// lockScript returns 1 to the owner, also if the client retries it because the response was lost.
var lockScript = redis.NewScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) or redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0`)

// Lock waits until the caller alone may refresh a token; see [caremux.TokenStore].
func (s *Tokens) Lock(ctx context.Context, key string) (func(), error) {
	name, owner := []string{s.name(key) + ":lock"}, rand.Text()
	unlock := func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = unlockScript.Run(ctx, s.client, name, owner).Err() // if it fails, the lock expires
	}
	for {
		locked, err := lockScript.Run(ctx, s.client, name, owner, lockLease.Milliseconds()).Bool()
		switch {
		case err != nil && !errors.Is(err, redis.Nil):
			if ended(ctx) != nil {
				unlock() // it may have been locked all the same
			}
			return nil, failure(ctx, "lock", err)
		case locked:
			return unlock, nil
		}
		timer := time.NewTimer(lockPoll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}
