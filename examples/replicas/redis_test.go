package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisAddress is of the Redis that CAREMUX_TEST_REDIS names, or of a redis-server that runs for this test.
func redisAddress(t *testing.T) string {
	t.Helper()
	if address := os.Getenv("CAREMUX_TEST_REDIS"); address != "" {
		return address
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server on PATH, and CAREMUX_TEST_REDIS is not set")
	}
	for range 5 { // another process may take the free port first
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		_, port, _ := net.SplitHostPort(address)
		l.Close()
		cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		if answers(address, cmd.Process.Pid) {
			return address
		}
	}
	t.Fatal("redis-server does not start")
	return ""
}

// answers waits until the Redis with a process id answers, and not another on the same port.
func answers(address string, pid int) bool {
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		info, err := client.InfoMap(context.Background(), "server").Result()
		if err == nil {
			return info["Server"]["process_id"] == fmt.Sprint(pid)
		}
	}
	return false
}
