// Command replicas shows two replicas of a service that share the vendor's access token in Redis, so that one login serves both.
//
//	REDIS_ADDR=localhost:6379 go -C examples/replicas run .
//
// Without REDIS_ADDR they share a store in memory, which real replicas cannot. The vendor is a fake in this process. It is a
// module of its own, so that go-redis stays out of the go.mod of who only uses the clients.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/redis/go-redis/v9"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv("REDIS_ADDR")); err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, redisAddress string) error {
	fake, err := welkintest.Start()
	if err != nil {
		return err
	}
	defer fake.Close()
	fake.AddPatients(3)

	stores, done, err := openStores(ctx, out, redisAddress)
	if err != nil {
		return err
	}
	defer done()
	var replicas []*welkin.Client
	for _, store := range stores {
		c, err := fake.NewClient(caremux.WithTokenStore(store))
		if err != nil {
			return err
		}
		replicas = append(replicas, c)
	}

	if err := work(ctx, out, replicas); err != nil {
		return err
	}
	fmt.Fprintf(out, "logins so far: %d\n", fake.Logins())

	// Each replica finds out that its token is refused. The first one logs in, the other takes the token from the store.
	fmt.Fprintln(out, "the vendor revokes all tokens")
	fake.ExpireTokens()
	if err := work(ctx, out, replicas); err != nil {
		return err
	}
	fmt.Fprintf(out, "logins so far: %d\n", fake.Logins())
	return nil
}

// openStores gives each replica a store and a connection of its own, as if it were a process of its own.
func openStores(ctx context.Context, out io.Writer, address string) (stores []caremux.TokenStore, done func(), err error) {
	if address == "" {
		fmt.Fprintln(out, "REDIS_ADDR is not set: the replicas share a store in memory")
		memory := caremux.NewMemoryTokenStore()
		return []caremux.TokenStore{memory, memory}, func() {}, nil
	}
	fmt.Fprintln(out, "the replicas share their token in Redis")
	// A real service gets this key from where it gets its other secrets, the same for all replicas.
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, nil, err
	}
	done = func() {}
	for range 2 {
		// Beyond loopback: TLSConfig, and a user of the ACL; see redisstore.Tokens.
		client := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
		others := done
		done = func() { _ = client.Close(); others() }
		store, err := redisstore.NewTokens(client, redisstore.TokensConfig{Key: key})
		if err := errors.Join(err, client.Ping(ctx).Err()); err != nil {
			done()
			return nil, nil, err
		}
		stores = append(stores, store)
	}
	return stores, done, nil
}

// work lets all replicas call the vendor at once.
func work(ctx context.Context, out io.Writer, replicas []*welkin.Client) error {
	results := make(chan error)
	for _, c := range replicas {
		go func() {
			_, err := c.Patients.List(ctx, nil)
			results <- err
		}()
	}
	var failed error
	for range replicas {
		failed = errors.Join(failed, <-results)
	}
	if failed == nil {
		fmt.Fprintf(out, "%d replicas have listed the patients\n", len(replicas))
	}
	return failed
}
