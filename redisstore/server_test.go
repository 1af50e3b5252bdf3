package redisstore_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// addressVariable names a running Redis to test against. Without it the tests start redis-server themselves.
const addressVariable = "CAREMUX_TEST_REDIS"

// address is of the Redis of this run; empty if there is none, and then noRedis says why.
var address, noRedis string

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	if os.Getenv(workerVariable) != "" {
		worker()
		return
	}
	os.Exit(withRedis(m.Run))
}

func withRedis(run func() int) int {
	if address = os.Getenv(addressVariable); address != "" {
		return run()
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		noRedis = "no redis-server on PATH, and " + addressVariable + " is not set"
		return run()
	}
	dir, err := os.MkdirTemp("", "redisstore")
	if err != nil {
		noRedis = err.Error()
		return run()
	}
	defer os.RemoveAll(dir)
	for range 5 { // another process may take the free port first
		if stop, err := start(program, dir); err != nil {
			noRedis = err.Error()
		} else {
			defer stop()
			break
		}
	}
	return run()
}

func start(program, dir string) (stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", dir)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer client.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		// The process id tells our server from another on the same port.
		if info, err := client.InfoMap(context.Background(), "server").Result(); err == nil &&
			info["Server"]["process_id"] == fmt.Sprint(cmd.Process.Pid) {
			address = "127.0.0.1:" + port
			return stop, nil
		}
		if time.Now().After(end) {
			stop()
			return nil, fmt.Errorf("redis-server on port %s does not answer", port)
		}
	}
}

// connect returns a client of its own for one replica.
func connect(t testing.TB) *redis.Client {
	t.Helper()
	if address == "" {
		t.Skip(noRedis)
	}
	client := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { client.Close() })
	return client
}

// prefix keeps the keys of runs and tests apart, and removes them at the end.
func prefix(t testing.TB, client *redis.Client) string {
	t.Helper()
	p := fmt.Sprintf("test:%d:%s:", time.Now().UnixNano(), t.Name())
	t.Cleanup(func() {
		ctx := context.Background()
		for _, key := range keys(t, client, p) {
			client.Del(ctx, key)
		}
	})
	return p
}

func keys(t testing.TB, client *redis.Client, prefix string) []string {
	t.Helper()
	var list []string
	it := client.Scan(context.Background(), 0, prefix+"*", 1000).Iterator()
	for it.Next(context.Background()) {
		list = append(list, it.Val())
	}
	if err := it.Err(); err != nil {
		t.Error(err)
	}
	return list
}

// parallel does a work in several goroutines, each time with another number.
func parallel(b *testing.B, n *int64, work func(i int) error) {
	b.Helper()
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := work(int(atomic.AddInt64(n, 1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
