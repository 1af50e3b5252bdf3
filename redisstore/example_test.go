package redisstore_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

func ExampleNewDeliveries() {
	client := redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_ADDR"), ContextTimeoutEnabled: true})
	defer client.Close()
	store, err := redisstore.NewDeliveries(client, redisstore.DeliveriesConfig{Prefix: "clinic:webhook:"})
	if err != nil {
		panic(err)
	}
	verifier, err := webhook.NewTimestampedHMAC("Acme-Signature", 5*time.Minute, []string{os.Getenv("ACME_WEBHOOK_SECRET")})
	if err != nil {
		panic(err)
	}
	acme := webhook.Format{ // a vendor's package has this ready: clinik.WebhookFormat()
		Vendor: "acme",
		Describe: func(_ http.Header, body []byte) (webhook.Event, error) {
			var e struct{ ID, Type string }
			err := json.Unmarshal(body, &e)
			return webhook.Event{Type: e.Type, Key: e.ID}, err
		},
		Decode: json.Unmarshal,
	}
	h, err := webhook.NewHandler(verifier, acme, webhook.WithStore(store))
	if err != nil {
		panic(err)
	}
	h.Fallback(func(_ context.Context, _ webhook.Delivery[json.RawMessage]) error { return nil })
	http.Handle("/hooks/acme", h)
}
