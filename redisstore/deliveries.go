package redisstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// DefaultDeliveriesPrefix begins every key of [Deliveries] unless [DeliveriesConfig] says otherwise.
const DefaultDeliveriesPrefix = "caremux:webhook:"

// DeliveriesConfig is what [Deliveries] need beside a client.
type DeliveriesConfig struct {
	// Prefix begins every key; empty means [DefaultDeliveriesPrefix]. Services that share a Redis and receive the same deliveries, each
	// for its own purpose, need prefixes of their own. Handlers of several accounts in one service have [webhook.WithScope].
	Prefix string
}

// Deliveries are a [webhook.Store] in Redis: what was handled, and what is being handled. They serve any number of goroutines. What is
// stored is a hash of the key of a delivery, never the key itself, which may name a patient; each delivery is one key with one
// expiry.
type Deliveries struct {
	client redis.Scripter
	prefix string
}

var _ webhook.Store = (*Deliveries)(nil)

// NewDeliveries returns a store that uses client: a [redis.Client], [redis.ClusterClient] or [redis.Ring]. The caller closes the
// client. Nothing is sent yet.
func NewDeliveries(client redis.Scripter, cfg DeliveriesConfig) (*Deliveries, error) {
	if client == nil {
		return nil, &webhook.ArgumentError{Field: "client", Rule: "is required"}
	}
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultDeliveriesPrefix
	}
	return &Deliveries{client, cfg.Prefix}, nil
}

// done is the value of a key whose delivery was handled. Tokens are longer.
const done = "done"

// The client retries a script if the response was lost, so each of them returns the same if it runs twice.
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

// Claim tries to claim key; see [webhook.Store].
func (s *Deliveries) Claim(ctx context.Context, key string, lease time.Duration) (webhook.Claim, error) {
	c := webhook.Claim{Key: key}
	token := rand.Text()
	state, err := claimScript.Run(ctx, s.client, s.keys(key), token, milliseconds(lease), done).Text()
	switch {
	case err != nil:
		return c, failure(ctx, "claim", err)
	case state == "handled":
		c.State = webhook.Handled
	case state == "held":
		c.State = webhook.Held
	default:
		c.State, c.Token = webhook.Claimed, token
	}
	return c, nil
}

// Extend makes a claim last for lease from now; see [webhook.Store].
func (s *Deliveries) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	extended, err := extendScript.Run(ctx, s.client, s.keys(c.Key), c.Token, milliseconds(lease)).Bool()
	switch {
	case err != nil:
		return failure(ctx, "extend", err)
	case !extended:
		return webhook.ErrClaimLost
	}
	return nil
}

// Done records that the delivery was handled; see [webhook.Store].
func (s *Deliveries) Done(ctx context.Context, c webhook.Claim, keep time.Duration) error {
	if err := doneScript.Run(ctx, s.client, s.keys(c.Key), milliseconds(keep), done).Err(); err != nil {
		return failure(ctx, "done", err)
	}
	return nil
}

// Release ends a claim; see [webhook.Store].
func (s *Deliveries) Release(ctx context.Context, c webhook.Claim) error {
	if err := releaseScript.Run(ctx, s.client, s.keys(c.Key), c.Token).Err(); err != nil {
		return failure(ctx, "release", err)
	}
	return nil
}

func (s *Deliveries) keys(key string) []string {
	sum := sha256.Sum256([]byte(key))
	return []string{s.prefix + hex.EncodeToString(sum[:])}
}

// milliseconds is the finest expiry of Redis, which refuses none at all.
func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }
