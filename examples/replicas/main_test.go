package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// childVariable makes this program a process with five clients: the address of the vendor, of Redis, and a prefix.
const childVariable = "CAREMUX_TEST_REPLICA"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child makes five clients, says so, and lets all of them call at once when it is told to.
func child(ctx context.Context) error {
	var vendor, address, prefix string
	var c welkin.Credentials
	_, err := fmt.Sscan(os.Getenv(childVariable), &vendor, &address, &prefix, &c.Tenant, &c.Instance, &c.ClientName, &c.Secret)
	if err != nil {
		return err
	}
	var clients []*welkin.Client
	for range 5 {
		r := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
		defer r.Close()
		store, err := redisstore.NewTokens(r, redisstore.TokensConfig{Prefix: prefix, Key: bytes.Repeat([]byte{1}, 32)})
		if err != nil {
			return err
		}
		client, err := welkin.New(c, caremux.WithBaseURL(vendor), caremux.WithTokenStore(store))
		if err != nil {
			return err
		}
		clients = append(clients, client)
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	return work(ctx, os.Stdout, clients)
}

func TestTwentyClientsInFourProcessesLogInOnce(t *testing.T) {
	address := redisAddress(t)
	fake := welkintest.NewServer(t)
	fake.AddPatients(3)
	c := fake.Credentials()
	env := fmt.Sprintf("%s=%s %s test:%d: %s %s %s %s", childVariable, fake.URL, address, time.Now().UnixNano(),
		c.Tenant, c.Instance, c.ClientName, c.Secret)
	var ended sync.WaitGroup
	var begin []func()
	for range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env, cmd.Stderr = append(os.Environ(), env), os.Stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		if !lines.Scan() || lines.Text() != "ready" {
			t.Fatalf("the process says %q", lines.Text())
		}
		begin = append(begin, func() { fmt.Fprintln(stdin) })
		ended.Go(func() {
			for lines.Scan() {
				if lines.Text() != "5 replicas have listed the patients" {
					t.Error(lines.Text())
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, now := range begin {
		now()
	}
	ended.Wait()
	if n := fake.Logins(); n != 1 {
		t.Errorf("%d logins", n)
	}
}

func TestReplicasShareOneLogin(t *testing.T) {
	check := func(t *testing.T, address, store string) {
		var out strings.Builder
		if err := run(t.Context(), &out, address); err != nil {
			t.Fatal(err)
		}
		want := store + `
2 replicas have listed the patients
logins so far: 1
the vendor revokes all tokens
2 replicas have listed the patients
logins so far: 2
`
		if out.String() != want {
			t.Errorf("got:\n%swant:\n%s", out.String(), want)
		}
	}
	t.Run("in memory", func(t *testing.T) { check(t, "", "REDIS_ADDR is not set: the replicas share a store in memory") })
	t.Run("in Redis", func(t *testing.T) { check(t, redisAddress(t), "the replicas share their token in Redis") })
}
