package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/tokentest"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

func newTokens(t testing.TB, client redis.UniversalClient, prefix string, key byte) *redisstore.Tokens {
	t.Helper()
	s, err := redisstore.NewTokens(client, redisstore.TokensConfig{Prefix: prefix, Key: bytes.Repeat([]byte{key}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTokensKeepThePromisesOfAStore(t *testing.T) {
	client := connect(t)
	p := prefix(t, client)
	tokentest.Run(t, newTokens(t, client, p, 1), newTokens(t, connect(t), p, 1))
}

func TestTokensAreSealedAndExpire(t *testing.T) {
	client := connect(t)
	p, ctx := prefix(t, client), t.Context()
	s := newTokens(t, client, p, 1)
	token := caremux.Token{Value: "open-sesame", Expires: time.Now().Add(time.Minute).UTC()}
	if err := s.Save(ctx, "welkin account", token); err != nil {
		t.Fatal(err)
	}
	names := keys(t, client, p)
	if len(names) != 1 || strings.Contains(names[0], "account") {
		t.Fatalf("keys %q", names)
	}
	stored := client.Get(ctx, names[0]).Val()
	if strings.Contains(stored, "sesame") || stored == "" {
		t.Errorf("Redis has %q", stored)
	}
	if ttl := client.PTTL(ctx, names[0]).Val(); ttl <= 50*time.Second || ttl > time.Minute {
		t.Errorf("the token stays for %v", ttl)
	}
	if got, err := newTokens(t, client, p, 2).Load(ctx, "welkin account"); err != nil || got.Value != "" {
		t.Errorf("with another key: %q, %v", got.Value, err)
	}
	if err := s.Save(ctx, "eka account", token); err != nil {
		t.Fatal(err)
	}
	for _, name := range keys(t, client, p) { // moved under another account
		client.Set(ctx, name, stored, time.Minute)
	}
	if got, err := s.Load(ctx, "eka account"); err != nil || got.Value != "" {
		t.Errorf("under another account: %q, %v", got.Value, err)
	}
	for _, gone := range []caremux.Token{{}, {Value: "old", Expires: time.Now().Add(-time.Second)}} {
		if err := errors.Join(s.Save(ctx, "welkin account", token), s.Save(ctx, "welkin account", gone)); err != nil {
			t.Error(err)
		}
		if got, err := s.Load(ctx, "welkin account"); err != nil || got.Value != "" {
			t.Errorf("a token without use is kept: %v", err)
		}
	}
	if err := s.Save(ctx, "forever", caremux.Token{Value: "forever"}); err != nil {
		t.Error(err)
	}
	for _, name := range keys(t, client, p) {
		if ttl := client.PTTL(ctx, name).Val(); ttl <= 0 {
			t.Errorf("%s stays for %v", name, ttl)
		}
	}
}

// aclRules are those of the comment of Tokens.
const aclRules = "resetkeys ~caremux:token:* -@all +get +set +del +eval +evalsha +ping +hello"

func TestUserOfTheACLSuffices(t *testing.T) {
	admin := connect(t)
	p, user, ctx := prefix(t, admin), fmt.Sprintf("tokens-%d", time.Now().UnixNano()), t.Context()
	args := []any{"ACL", "SETUSER", user, "on", ">secret"}
	for _, rule := range strings.Fields(strings.Replace(aclRules, "caremux:token:", p, 1)) {
		args = append(args, rule)
	}
	if err := admin.Do(ctx, args...).Err(); err != nil {
		t.Fatal(err)
	}
	defer admin.Do(context.Background(), "ACL", "DELUSER", user)
	client := redis.NewClient(&redis.Options{Addr: address, Username: user, Password: "secret", ContextTimeoutEnabled: true})
	defer client.Close()
	s := newTokens(t, client, p, 1)
	unlock, err := s.Lock(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if names := keys(t, admin, p); len(names) != 0 {
		t.Errorf("the user must not unlock: %q", names)
	}
	token := caremux.Token{Value: "t", Expires: time.Now().Add(time.Minute).UTC()}
	if err := s.Save(ctx, "a", token); err != nil {
		t.Error(err)
	}
	if got, err := s.Load(ctx, "a"); err != nil || got.Value != "t" {
		t.Errorf("%q, %v", got.Value, err)
	}
	if err := errors.Join(client.Ping(ctx).Err(), s.Save(ctx, "a", caremux.Token{})); err != nil {
		t.Error(err)
	}
	if err := client.Get(ctx, "others").Err(); err == nil || errors.Is(err, redis.Nil) {
		t.Errorf("the user can read everything: %v", err)
	}
}

func TestTokensNeedAClientAndAKey(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	var e *webhook.ArgumentError
	if _, err := redisstore.NewTokens(nil, redisstore.TokensConfig{}); !errors.As(err, &e) || e.Field != "client" {
		t.Error(err)
	}
	if _, err := redisstore.NewTokens(client, redisstore.TokensConfig{Key: []byte("x")}); !errors.As(err, &e) || e.Field != "Key" {
		t.Error(err)
	}
	if _, err := redisstore.NewTokens(client, redisstore.TokensConfig{Prefix: "{"}); !errors.As(err, &e) || e.Field != "Prefix" {
		t.Error(err)
	}
	s := newTokens(t, client, "", 1) // nobody is there
	_, err1 := s.Load(t.Context(), "patient-7")
	_, err2 := s.Lock(t.Context(), "patient-7")
	for _, err := range []error{err1, err2, s.Save(t.Context(), "patient-7", caremux.Token{Value: "sesame"})} {
		if err == nil || strings.Contains(err.Error(), "patient") || strings.Contains(err.Error(), "sesame") {
			t.Error(err)
		}
	}
}
