package redisstore_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// BenchmarkDelivery has what one delivery costs with Redis behind it, beside a plain XADD of as many bytes. Several are under way at
// once, as in a server.
func BenchmarkDelivery(b *testing.B) {
	client, pad := connect(b), make([]byte, 900)
	for i := range pad {
		pad[i] = 'x'
	}
	body := func(i int) []byte {
		return []byte(`{"id":` + strconv.Itoa(i) + `,"pad":"` + string(pad) + `"}`)
	}
	v := verifier()
	var n int64
	deliver := func(b *testing.B, opts ...webhook.HandlerOption) {
		h, err := webhook.NewHandler(v, things(), append(opts, webhook.WithLogger(slog.New(slog.DiscardHandler)))...)
		if err != nil {
			b.Fatal(err)
		}
		webhook.On(h, func(context.Context, webhook.Delivery[thing]) error { return nil })
		parallel(b, &n, func(i int) error {
			text := body(i)
			return h.Receive(b.Context(), v.Sign(text, time.Now()), text).Failure()
		})
	}
	b.Run("XADD", func(b *testing.B) {
		p := prefix(b, client)
		parallel(b, &n, func(i int) error {
			return client.XAdd(b.Context(), &redis.XAddArgs{Stream: p + "plain", Values: []any{"body", body(i)}}).Err()
		})
	})
	b.Run("memory", func(b *testing.B) { deliver(b) })
	b.Run("deliveries", func(b *testing.B) { deliver(b, webhook.WithStore(newStore(b, client, prefix(b, client)))) })
	b.Run("queue", func(b *testing.B) {
		deliver(b, webhook.WithQueue(newQueue(b, client, redisstore.QueueConfig{Prefix: queuePrefix(b)})))
	})
}
