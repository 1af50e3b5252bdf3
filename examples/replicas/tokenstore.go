package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caremux/caremux"
)

// tokenStore is a [caremux.TokenStore] in Redis.
//
// Tokens open the vendor's patient data to whoever holds them. So they are encrypted here, with a key that Redis does not know;
// they leave Redis when they expire; and the service should have a user of its own there that sees nothing else:
//
//	ACL SETUSER tokens on >password resetkeys ~caremux:token:* -@all +get +set +del +eval +evalsha +ping +hello
type tokenStore struct {
	client redis.UniversalClient
	prefix string
	seal   cipher.AEAD
	// A replica that dies in the middle of a login holds its lock so long. A login that takes longer may happen twice, which
	// does no harm.
	lockFor time.Duration
}

var _ caremux.TokenStore = (*tokenStore)(nil)

// Tokens that do not say when they expire are kept so long.
const unknownExpiry = time.Hour

// newTokenStore takes a key of 32 bytes, the same for all replicas.
func newTokenStore(client redis.UniversalClient, prefix string, key []byte) (*tokenStore, error) {
	if len(key) != 32 {
		return nil, errors.New("the key of a token store has 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	return &tokenStore{client: client, prefix: prefix, seal: seal, lockFor: 30 * time.Second}, err
}

// name hashes the key, which names the account.
func (s *tokenStore) name(key string) string {
	sum := sha256.Sum256([]byte(key))
	return s.prefix + "{" + hex.EncodeToString(sum[:16]) + "}"
}

// Load implements [caremux.TokenStore].
func (s *tokenStore) Load(ctx context.Context, key string) (t caremux.Token, err error) {
	name := s.name(key)
	sealed, err := s.client.Get(ctx, name).Bytes()
	if errors.Is(err, redis.Nil) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	plain, err := s.seal.Open(nil, nil, sealed, []byte(name))
	if err != nil || json.Unmarshal(plain, &t) != nil {
		// Sealed with an older key, say: as good as none, the next Save replaces it.
		return caremux.Token{}, nil
	}
	return t, nil
}

// Save implements [caremux.TokenStore]. An empty token, or one that has expired, is removed.
func (s *tokenStore) Save(ctx context.Context, key string, t caremux.Token) error {
	name, ttl := s.name(key), unknownExpiry
	if !t.Expires.IsZero() {
		ttl = time.Until(t.Expires)
	}
	if t.Value == "" || ttl < time.Millisecond {
		return s.client.Del(ctx, name).Err()
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return err
	}
	// Bound to its name, a token cannot be passed off as that of another account.
	return s.client.Set(ctx, name, s.seal.Seal(nil, nil, plain, []byte(name)), ttl).Err()
}

// unlock removes a lock, unless it has expired and is another's by now.
var unlock = redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`)

// Lock implements [caremux.TokenStore].
func (s *tokenStore) Lock(ctx context.Context, key string) (func(), error) {
	name, owner := s.name(key)+":lock", rand.Text()
	for {
		err := s.client.SetArgs(ctx, name, owner, redis.SetArgs{Mode: "NX", TTL: s.lockFor}).Err()
		if err == nil {
			return func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
				defer cancel()
				_ = unlock.Run(ctx, s.client, []string{name}, owner).Err() // if it fails, the lock expires
			}, nil
		}
		if !errors.Is(err, redis.Nil) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
}
