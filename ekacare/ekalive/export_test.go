package ekalive

import (
	"context"
	"time"
)

// OpenStream opens a stream without a session.
func OpenStream(ctx context.Context, address string, opts ...Option) (*ScribeStream, error) {
	return open(ctx, address, opts)
}

// Finish is End without the session.
func (s *ScribeStream) Finish(ctx context.Context) error { return s.finish(ctx) }

// AwaitConfirmed waits until the service has shown that it has read all messages.
func AwaitConfirmed(ctx context.Context, c *Conversation) {
	_ = c.await(ctx, func() bool { return len(c.unconfirmed) == 0 || c.failure != nil })
}

// AwaitFull waits until no more messages can be kept.
func AwaitFull(ctx context.Context, c *Conversation) {
	_ = c.await(ctx, func() bool { return c.full || c.failure != nil })
}

// AwaitPing waits until a ping is sent that is so much later than now.
func AwaitPing(ctx context.Context, c *Conversation, later time.Duration) {
	limit := now() + later.Milliseconds()
	_ = c.await(ctx, func() bool { return c.ping.time > limit || c.failure != nil })
}
