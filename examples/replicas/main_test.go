package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caremux/caremux"
)

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

func TestTokensAreSealedAndExpire(t *testing.T) {
	s, client := newStore(t, bytes.Repeat([]byte{1}, 32))
	ctx := t.Context()
	if got, err := s.Load(ctx, "welkin account"); err != nil || got.Value != "" {
		t.Errorf("an empty store gives %q, %v", got.Value, err)
	}
	token := caremux.Token{Value: "open-sesame", Refresh: "again", Expires: time.Now().Add(time.Minute).UTC()}
	if err := s.Save(ctx, "welkin account", token); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(ctx, "welkin account"); err != nil || got != token {
		t.Errorf("got %q until %v, %v", got.Value, got.Expires, err)
	}
	name := s.name("welkin account")
	stored := client.Get(ctx, name).Val()
	if stored == "" || strings.Contains(stored, "sesame") || strings.Contains(stored, "again") || strings.Contains(name, "account") {
		t.Errorf("Redis holds %q under %q", stored, name)
	}
	if ttl := client.PTTL(ctx, name).Val(); ttl <= 50*time.Second || ttl > time.Minute {
		t.Errorf("the token stays for %v", ttl)
	}
	// Neither another key nor another account opens it.
	other, err := newTokenStore(client, s.prefix, bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := other.Load(ctx, "welkin account"); err != nil || got.Value != "" {
		t.Errorf("with another key: %q, %v", got.Value, err)
	}
	client.Set(ctx, s.name("eka account"), stored, time.Minute)
	if got, err := s.Load(ctx, "eka account"); err != nil || got.Value != "" {
		t.Errorf("under another account: %q, %v", got.Value, err)
	}
	for _, gone := range []caremux.Token{{}, {Value: "old", Expires: time.Now().Add(-time.Second)}} {
		if err := errors.Join(s.Save(ctx, "welkin account", token), s.Save(ctx, "welkin account", gone)); err != nil {
			t.Error(err)
		}
		if n := client.Exists(ctx, name).Val(); n != 0 {
			t.Error("a token without use is kept")
		}
	}
	if err := s.Save(ctx, "welkin account", caremux.Token{Value: "forever"}); err != nil {
		t.Error(err)
	}
	if ttl := client.PTTL(ctx, name).Val(); ttl <= 0 {
		t.Errorf("a token without an expiry stays for %v", ttl)
	}
}

func TestLockHasOneHolder(t *testing.T) {
	s, _ := newStore(t, make([]byte, 32))
	unlock, err := s.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(short, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second holder: %v", err)
	}
	next := make(chan func())
	go func() {
		unlock, err := s.Lock(context.Background(), "a")
		if err != nil {
			t.Error(err)
		}
		next <- unlock
	}()
	unlock()
	second := <-next
	unlock() // must not take the lock from the second
	short, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(short, "a"); err == nil {
		t.Error("a lock was given back by one who does not hold it")
	}
	second()
	s.lockFor = 100 * time.Millisecond
	if _, err := s.Lock(t.Context(), "a"); err != nil { // its holder dies
		t.Fatal(err)
	}
	if unlock, err := s.Lock(t.Context(), "a"); err != nil {
		t.Errorf("after the holder died: %v", err)
	} else {
		unlock()
	}
}

// The user in the comment of tokenStore can do what the store needs, and read nothing else.
func TestUserOfTheACLSuffices(t *testing.T) {
	address := redisAddress(t)
	admin := redis.NewClient(&redis.Options{Addr: address})
	defer admin.Close()
	user, prefix := fmt.Sprintf("tokens-%d", time.Now().UnixNano()), fmt.Sprintf("test:%d:", time.Now().UnixNano())
	rules := strings.Replace(aclRules, "caremux:token:", prefix, 1)
	args := []any{"ACL", "SETUSER", user, "on", ">secret"}
	for _, rule := range strings.Fields(rules) {
		args = append(args, rule)
	}
	if err := admin.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
	defer admin.Do(context.Background(), "ACL", "DELUSER", user)
	client := redis.NewClient(&redis.Options{Addr: address, Username: user, Password: "secret", ContextTimeoutEnabled: true})
	defer client.Close()
	s, err := newTokenStore(client, prefix, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := s.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if n := admin.Exists(t.Context(), s.name("a")+":lock").Val(); n != 0 {
		t.Error("the user must not unlock")
	}
	token := caremux.Token{Value: "t", Expires: time.Now().Add(time.Minute).UTC()}
	if err := s.Save(t.Context(), "a", token); err != nil {
		t.Error(err)
	}
	if got, err := s.Load(t.Context(), "a"); err != nil || got != token {
		t.Errorf("%q, %v", got.Value, err)
	}
	if err := errors.Join(client.Ping(t.Context()).Err(), s.Save(t.Context(), "a", caremux.Token{})); err != nil {
		t.Error(err)
	}
	if err := client.Get(t.Context(), "others").Err(); err == nil || errors.Is(err, redis.Nil) {
		t.Errorf("the user can read everything: %v", err)
	}
}
