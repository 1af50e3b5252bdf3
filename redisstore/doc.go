// Package redisstore stores in Redis what the replicas of a service share:
//
//   - [Deliveries]: which webhook deliveries were handled, a [webhook.Store]
//   - [Queue]: webhook events that wait for their functions, a [webhook.WorkQueue]
//   - [Tokens]: vendors' access tokens, a [caremux.TokenStore]
//   - [Limiter]: a vendor's rate limit, for all replicas together
//
// One client serves all four:
//
//	client := redis.NewClient(&redis.Options{Addr: "redis:6379", ContextTimeoutEnabled: true})
//	deliveries, err := redisstore.NewDeliveries(client, redisstore.DeliveriesConfig{})
//	if err != nil {
//		return err
//	}
//	queue, err := redisstore.NewQueue(client, redisstore.QueueConfig{Key: key})
//	if err != nil {
//		return err
//	}
//	h, err := webhook.NewHandler(verifier, clinik.WebhookFormat(), webhook.WithStore(deliveries), webhook.WithQueue(queue))
//
// With ContextTimeoutEnabled calls to a Redis that hangs end with the context; without it go-redis waits for several of its own
// timeouts. Redis 7 or a compatible server is needed. Clients of Redis Cluster and of Sentinel work too: the keys of each script
// are in one slot.
//
// # Requirements for Redis
//
// Set maxmemory-policy to noeviction: a Redis that evicts forgets. What a restart without persistence, or a failover to a replica
// without the last writes, costs:
//
//   - Deliveries: events are handled a second time, if the vendor retries them. None is lost.
//   - Queue: messages that were acknowledged to the vendor are lost. Use appendonly yes; with appendfsync everysec, the last second
//     may be lost in a crash of the machine, with always none. A failover loses what the new primary had not received;
//     min-replicas-to-write and min-replicas-max-lag bound that.
//   - Tokens: one more login.
//   - Limiter: calls of one burst more.
package redisstore

import (
	"strings"

	"github.com/caremux/caremux/webhook"
)

// checkPrefix refuses what breaks the slot of a key in a cluster.
func checkPrefix(prefix string) error {
	if strings.ContainsAny(prefix, "{}") {
		return &webhook.ArgumentError{Field: "Prefix", Rule: "must not contain braces, which choose the slot of a key"}
	}
	return nil
}
