// Package redisstore remembers webhook deliveries in Redis, so that replicas of a service handle each of them once.
//
//	client := redis.NewClient(&redis.Options{Addr: "redis:6379", ContextTimeoutEnabled: true})
//	store, err := redisstore.New(client, redisstore.Config{})
//	if err != nil {
//		return err
//	}
//	h, err := webhook.NewHandler(verifier, clinik.WebhookFormat(), webhook.WithStore(store))
//
// With ContextTimeoutEnabled a Redis that hangs is given up when the handler's patience ends; without it go-redis waits as long
// as its own timeouts say, several times over.
//
// Each delivery is one key with one expiry, changed by scripts that Redis runs one at a time; so it works with a cluster, too.
// What is stored is a hash of the delivery's key, never the key itself, which may name a patient.
//
// # What Redis must promise
//
// A delivery is handled again if Redis forgets it: when it evicts keys for want of memory (set maxmemory-policy to noeviction),
// when it restarts without persistence, and when a replica without the last writes takes over. Functions should therefore bear a
// second run of the same delivery; no delivery is lost in any of these cases.
package redisstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// DefaultPrefix begins every key unless [Config] says otherwise.
const DefaultPrefix = "caremux:webhook:"

// Config is what a [Store] needs beside a client.
type Config struct {
	// Prefix begins every key; empty means [DefaultPrefix]. Services that share a Redis and receive the same deliveries, each
	// for its own purpose, need prefixes of their own. Handlers of several accounts in one service have [webhook.WithScope].
	Prefix string
}

// Store is a [webhook.Store] in Redis. It serves any number of goroutines.
type Store struct {
	client redis.Scripter
	prefix string
}

var _ webhook.Store = (*Store)(nil)

// New returns a store that talks through client: a [redis.Client], [redis.ClusterClient] or [redis.Ring]. The caller closes the
// client. Nothing is sent yet.
func New(client redis.Scripter, cfg Config) (*Store, error) {
	if client == nil {
		return nil, &webhook.ArgumentError{Field: "client", Rule: "is required"}
	}
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultPrefix
	}
	return &Store{client, cfg.Prefix}, nil
}

// done is the value of a key whose delivery was handled. Tokens are longer.
const done = "done"

// The client repeats a script when the answer got lost, so each of them gives the same answer when it runs twice.
var (
	claimScript = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held == ARGV[3] then return 'handled' end
if held and held ~= ARGV[1] then return 'held' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'claimed'`)

	extendScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

	doneScript = redis.NewScript(`
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])
return 1`)

	releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
)

// Claim tries to get hold of key; see [webhook.Store].
func (s *Store) Claim(ctx context.Context, key string, lease time.Duration) (webhook.Claim, error) {
	c := webhook.Claim{Key: key}
	token := rand.Text()
	state, err := claimScript.Run(ctx, s.client, s.keys(key), token, milliseconds(lease), done).Text()
	switch {
	case err != nil:
		return c, fmt.Errorf("redisstore: claim: %w", err)
	case state == "handled":
		c.State = webhook.Handled
	case state == "held":
		c.State = webhook.Held
	default:
		c.State, c.Token = webhook.Claimed, token
	}
	return c, nil
}

// Extend makes a claim hold for lease from now; see [webhook.Store].
func (s *Store) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	extended, err := extendScript.Run(ctx, s.client, s.keys(c.Key), c.Token, milliseconds(lease)).Bool()
	switch {
	case err != nil:
		return fmt.Errorf("redisstore: extend: %w", err)
	case !extended:
		return webhook.ErrClaimLost
	}
	return nil
}

// Done remembers that the delivery was handled; see [webhook.Store].
func (s *Store) Done(ctx context.Context, c webhook.Claim, keep time.Duration) error {
	if err := doneScript.Run(ctx, s.client, s.keys(c.Key), milliseconds(keep), done).Err(); err != nil {
		return fmt.Errorf("redisstore: done: %w", err)
	}
	return nil
}

// Release gives a claim back; see [webhook.Store].
func (s *Store) Release(ctx context.Context, c webhook.Claim) error {
	if err := releaseScript.Run(ctx, s.client, s.keys(c.Key), c.Token).Err(); err != nil {
		return fmt.Errorf("redisstore: release: %w", err)
	}
	return nil
}

func (s *Store) keys(key string) []string {
	sum := sha256.Sum256([]byte(key))
	return []string{s.prefix + hex.EncodeToString(sum[:])}
}

// milliseconds is the finest expiry of Redis, which refuses none at all.
func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }
