package webhook_test

import (
	"context"
	"errors"
	"testing"

	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/webhook/queuetest"
)

func TestMemoryQueueKeepsThePromisesOfAQueue(t *testing.T) {
	queuetest.Run(t, func(*testing.T) webhook.WorkQueue { return new(webhook.MemoryQueue) })
}

func TestMemoryQueueIsFullAtItsLimit(t *testing.T) {
	q := &webhook.MemoryQueue{Max: 2}
	m := webhook.Message{Event: webhook.Event{Key: "a"}}
	if err := q.Enqueue(t.Context(), m, m, m); !errors.Is(err, webhook.ErrQueueFull) || q.Len() != 0 {
		t.Errorf("three at once: %v, %d are stored", err, q.Len())
	}
	if err := q.Enqueue(t.Context(), m); err != nil {
		t.Error(err)
	}
	j, err := q.Take(t.Context(), 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(q.Bury(t.Context(), j, "no"), q.Enqueue(t.Context(), m)); err != nil {
		t.Error(err)
	}
	if err := q.Enqueue(t.Context(), m); !errors.Is(err, webhook.ErrQueueFull) {
		t.Errorf("with a dead letter: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Enqueue(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}
