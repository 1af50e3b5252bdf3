package redisstore_test

import (
	"context"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/tokentest"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/webhook/queuetest"
	"github.com/caremux/caremux/webhook/storetest"
	"github.com/redis/go-redis/v9"
)

// cluster starts a cluster of one node, which refuses scripts that touch more than one slot as any other does.
func cluster(t *testing.T) *redis.ClusterClient {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server on PATH")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	l.Close()
	bus, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, busPort, _ := net.SplitHostPort(bus.Addr().String())
	bus.Close()
	cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--cluster-port", busPort, "--cluster-enabled",
		"yes", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	node := redis.NewClient(&redis.Options{Addr: addr})
	defer node.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for node.Ping(ctx).Err() != nil && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if err := node.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	for client.Set(ctx, "ready", 1, time.Minute).Err() != nil {
		if ctx.Err() != nil {
			t.Skip("the cluster does not come up")
		}
		time.Sleep(10 * time.Millisecond)
	}
	return client
}

func TestAClusterKeepsAllPromises(t *testing.T) {
	client := cluster(t)
	t.Run("deliveries", func(t *testing.T) { storetest.Run(t, newStore(t, client, "")) })
	t.Run("tokens", func(t *testing.T) {
		s := newTokens(t, client, "", 1)
		tokentest.Run(t, s, s)
	})
	t.Run("queue", func(t *testing.T) {
		queuetest.Run(t, func(t *testing.T) webhook.WorkQueue {
			return newQueue(t, client, redisstore.QueueConfig{Prefix: t.Name() + ":"})
		})
	})
	t.Run("limiter", func(t *testing.T) {
		l, err := redisstore.NewLimiter(client, redisstore.LimiterConfig{Name: "v", Rate: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := l.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
