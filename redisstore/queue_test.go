package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/webhook/queuetest"
	"github.com/redis/go-redis/v9"
)

func newQueue(t testing.TB, client redis.UniversalClient, cfg redisstore.QueueConfig) *redisstore.Queue {
	t.Helper()
	q, err := redisstore.NewQueue(client, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// queuePrefix is for a queue of its own.
func queuePrefix(t testing.TB) string {
	t.Helper()
	p := fmt.Sprintf("test:%d:%s:", time.Now().UnixNano(), strings.ReplaceAll(t.Name(), " ", "_"))
	client := connect(t)
	t.Cleanup(func() {
		for _, name := range []string{"messages", "ready", "later", "dead"} {
			client.Del(context.Background(), "{"+p+"}"+name)
		}
	})
	return p
}

func TestQueueKeepsItsPromises(t *testing.T) {
	connect(t)
	for name, key := range map[string][]byte{"in clear": nil, "sealed": bytes.Repeat([]byte{7}, 32)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			queuetest.Run(t, func(t *testing.T) webhook.WorkQueue {
				return newQueue(t, connect(t), redisstore.QueueConfig{Prefix: queuePrefix(t), Key: key})
			})
		})
	}
}

func patientMessage(key string) webhook.Message {
	return webhook.Message{Event: webhook.Event{Vendor: "acme", Type: "thing", Key: key}, Body: []byte(`{"name":"Zanzibarra"}`)}
}

func TestSealedMessagesAreNotReadByOthers(t *testing.T) {
	client, p := connect(t), queuePrefix(t)
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	q := newQueue(t, client, redisstore.QueueConfig{Prefix: p, Key: one})
	other := newQueue(t, client, redisstore.QueueConfig{Prefix: p, Key: two})
	ctx := t.Context()
	if err := q.Enqueue(ctx, patientMessage("zz-patient")); err != nil {
		t.Fatal(err)
	}
	for id, text := range client.HGetAll(ctx, "{"+p+"}messages").Val() {
		if strings.Contains(id+text, "patient") || strings.Contains(text, "acme") {
			t.Errorf("Redis has %q", text)
		}
	}
	// Who has another key makes a dead letter of it rather than taking it forever.
	taking, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		if j, err := other.Take(taking, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("took %v, %v", j, err)
		}
	})
	letters, err := other.Dead(ctx, "", 10)
	for end := time.Now().Add(time.Minute); err == nil && len(letters) == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		letters, err = other.Dead(ctx, "", 10)
	}
	stop()
	all.Wait()
	if err != nil || len(letters) != 1 || letters[0].Message.Key != "" || !strings.Contains(letters[0].Reason, "another key") {
		t.Fatalf("%+v, %v", letters, err)
	}
	if letters, err = q.Dead(ctx, "", 10); err != nil || letters[0].Message.Key != "zz-patient" {
		t.Errorf("%+v, %v", letters, err)
	}
	if err := q.Revive(ctx, letters[0].ID); err != nil {
		t.Error(err)
	}
	if j, err := q.Take(ctx, time.Minute); err != nil || j.Message.Key != "zz-patient" {
		t.Errorf("took %v, %v", j, err)
	}
}

func TestQueueIsFullAtItsLimit(t *testing.T) {
	q := newQueue(t, connect(t), redisstore.QueueConfig{Prefix: queuePrefix(t), Max: 2})
	m := patientMessage("a")
	if err := q.Enqueue(t.Context(), m, m, m); !errors.Is(err, webhook.ErrQueueFull) {
		t.Error(err)
	}
	if n, err := q.Len(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are stored, %v", n, err)
	}
	if err := errors.Join(q.Enqueue(t.Context(), m), q.Enqueue(t.Context(), m)); err != nil {
		t.Error(err)
	}
	j, err := q.Take(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Bury(t.Context(), j, "no"); err != nil {
		t.Error(err)
	}
	if err := q.Enqueue(t.Context(), m); !errors.Is(err, webhook.ErrQueueFull) {
		t.Errorf("with a dead letter: %v", err)
	}
}

// twiceQueue runs each script a second time, as the client does when the first response got lost.
type twiceQueue struct{ *redis.Client }

func (c twiceQueue) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	c.Client.EvalSha(ctx, sha, keys, args...)
	return c.Client.EvalSha(ctx, sha, keys, args...)
}

func TestMessagesAreStoredOnceWhenTheResponseGotLost(t *testing.T) {
	client, p := connect(t), queuePrefix(t)
	q := newQueue(t, client, redisstore.QueueConfig{Prefix: p, Max: 1})
	if err := q.Enqueue(t.Context(), patientMessage("warm")); err != nil { // the script is known from here on
		t.Fatal(err)
	}
	j, err := q.Take(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	again := newQueue(t, twiceQueue{client}, redisstore.QueueConfig{Prefix: p, Max: 1})
	if err := errors.Join(again.Complete(t.Context(), j), again.Enqueue(t.Context(), patientMessage("a"))); err != nil {
		t.Fatal(err)
	}
	if n := client.XLen(t.Context(), "{"+p+"}ready").Val(); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestBadConfigurationsOfAQueueAreRefused(t *testing.T) {
	client := redis.NewClient(&redis.Options{})
	defer client.Close()
	for field, cfg := range map[string]redisstore.QueueConfig{
		"Prefix": {Prefix: "a{b"}, "Key": {Key: []byte("short")}, "Max": {Max: -1},
	} {
		var e *webhook.ArgumentError
		if _, err := redisstore.NewQueue(client, cfg); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := redisstore.NewQueue(nil, redisstore.QueueConfig{}); err == nil {
		t.Error("a queue without a client")
	}
}
