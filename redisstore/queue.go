package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// DefaultQueuePrefix begins every key of a [Queue] unless [QueueConfig] says otherwise.
const DefaultQueuePrefix = "caremux:queue:"

// QueueConfig is what a [Queue] needs beside a client.
type QueueConfig struct {
	// Prefix begins every key; empty means [DefaultQueuePrefix]. Each handler needs a queue of its own.
	Prefix string

	// Key encrypts the messages, which contain patients' data, with AES-256-GCM, so that Redis and its backups cannot be read. It
	// has 32 bytes, the same for all replicas. Nil stores them as they are.
	Key []byte `json:"-"`

	// Max is how many messages are stored at most, dead letters included; a full queue returns [webhook.ErrQueueFull], and the
	// vendor retries the event. 0 means no limit.
	Max int
}

// Queue is a [webhook.WorkQueue] on a Redis stream with a consumer group. Messages of workers that died are taken over with
// XAUTOCLAIM once their lease has ended. A worker that waits occupies a connection of the client's pool: let PoolSize be larger
// than the number of workers.
type Queue struct {
	client redis.UniversalClient
	keys   []string // of messages, ready, later, dead
	sealer
	max int
}

var _ webhook.WorkQueue = (*Queue)(nil)

// NewQueue returns a queue that uses client, which the caller closes. Nothing is sent yet.
func NewQueue(client redis.UniversalClient, cfg QueueConfig) (*Queue, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultQueuePrefix
	}
	if err := checkPrefix(cfg.Prefix); err != nil {
		return nil, err
	}
	fail := func(field, rule string) (*Queue, error) { return nil, &webhook.ArgumentError{Field: field, Rule: rule} }
	switch {
	case client == nil:
		return fail("client", "is required")
	case cfg.Max < 0:
		return fail("Max", "must not be negative")
	}
	q := &Queue{client: client, max: cfg.Max}
	if cfg.Key != nil {
		var err error
		if q.sealer, err = newSealer(cfg.Key); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"messages", "ready", "later", "dead"} {
		q.keys = append(q.keys, "{"+cfg.Prefix+"}"+name) // one slot
	}
	return q, nil
}

// Enqueue stores messages; see [webhook.Queue]. The client retries it if the response was lost, without storing them
// twice.
func (q *Queue) Enqueue(ctx context.Context, messages ...webhook.Message) error {
	if len(messages) == 0 {
		return ctx.Err()
	}
	args := []any{q.max}
	for _, m := range messages {
		text, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("redisstore: enqueue: %w", err)
		}
		args = append(args, rand.Text(), q.seal(q.keys[0], text))
	}
	stored, err := enqueueScript.Run(ctx, q.client, q.keys, args...).Bool()
	switch {
	case err != nil && !errors.Is(err, redis.Nil):
		return failure(ctx, "enqueue", err)
	case !stored:
		return webhook.ErrQueueFull
	}
	return nil
}

// idlest is the longest time that a worker waits for new messages before it looks for those whose lease or pause has ended.
const idlest = 500 * time.Millisecond

// Take leases a message; see [webhook.WorkQueue]. When the context ends it returns within half a second.
func (q *Queue) Take(ctx context.Context, lease time.Duration) (*webhook.Job, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		got, err := takeScript.Run(ctx, q.client, q.keys, group, leaseIdle(lease), window.Milliseconds(), idlest.Milliseconds()).Slice()
		if err != nil {
			return nil, failure(ctx, "take", err)
		}
		if len(got) == 2 { // nothing is due
			if err := q.wait(ctx, fmt.Sprint(got[0]), fmt.Sprint(got[1])); err != nil {
				return nil, err
			}
			continue
		}
		job, text, err := jobOf(got)
		if err != nil {
			return nil, err
		}
		if job.Message, err = q.decode(text); err == nil {
			return job, nil
		}
		// Nobody can read it: it must not come again and again.
		if err := q.Bury(ctx, job, err.Error()); err != nil && !errors.Is(err, webhook.ErrClaimLost) {
			return nil, err
		}
	}
}

// wait returns when the stream has an entry behind last, or after some milliseconds.
func (q *Queue) wait(ctx context.Context, last, milliseconds string) error {
	n, err := strconv.Atoi(milliseconds)
	if err != nil {
		return fmt.Errorf("redisstore: take: %w", err)
	}
	pause := min(max(time.Duration(n)*time.Millisecond, time.Millisecond), idlest)
	if deadline, ok := ctx.Deadline(); ok {
		pause = max(min(pause, time.Until(deadline)), time.Millisecond)
	}
	err = q.client.XRead(ctx, &redis.XReadArgs{Streams: []string{q.keys[1], last}, Count: 1, Block: pause}).Err()
	if err != nil && !errors.Is(err, redis.Nil) {
		return failure(ctx, "take", err)
	}
	return nil
}

var errReply = errors.New("redisstore: Redis returned something else than the script does")

// jobOf reads what the script returns: the entry of the stream, the id, the attempt, the deliveries of this entry, and the text.
func jobOf(got []any) (*webhook.Job, []byte, error) {
	if len(got) != 5 {
		return nil, nil, errReply
	}
	attempt, err := strconv.Atoi(fmt.Sprint(got[2]))
	if err != nil {
		return nil, nil, errReply
	}
	text, ok := got[4].(string)
	if !ok {
		return nil, nil, errReply
	}
	return &webhook.Job{ID: fmt.Sprint(got[1]), Attempt: attempt, Token: fmt.Sprint(got[0], ":", got[3])}, []byte(text), nil
}

var errUnreadable = errors.New("redisstore: the message cannot be read")

func (q *Queue) decode(text []byte) (m webhook.Message, err error) {
	plain, err := q.open(q.keys[0], text)
	if err != nil {
		return m, err
	}
	if json.Unmarshal(plain, &m) != nil {
		return webhook.Message{}, errUnreadable
	}
	return m, nil
}

// held runs a script for the owner of the lease of a message.
func (q *Queue) held(ctx context.Context, what string, script *redis.Script, j *webhook.Job, args ...any) error {
	entry, count, ok := strings.Cut(j.Token, ":")
	if !ok {
		return webhook.ErrClaimLost
	}
	done, err := script.Run(ctx, q.client, q.keys, append([]any{group, entry, count, j.ID}, args...)...).Bool()
	switch {
	case err != nil && !errors.Is(err, redis.Nil):
		return failure(ctx, what, err)
	case !done:
		return webhook.ErrClaimLost
	}
	return nil
}

// Extend makes a lease last from now; see [webhook.WorkQueue].
func (q *Queue) Extend(ctx context.Context, j *webhook.Job, lease time.Duration) error {
	return q.held(ctx, "extend", extendLeaseScript, j, leaseIdle(lease))
}

// Complete removes a message; see [webhook.WorkQueue].
func (q *Queue) Complete(ctx context.Context, j *webhook.Job) error {
	entry, _, _ := strings.Cut(j.Token, ":")
	if err := completeScript.Run(ctx, q.client, q.keys, group, entry, j.ID).Err(); err != nil {
		return failure(ctx, "complete", err)
	}
	return nil
}

// Retry makes a message due after a pause; see [webhook.WorkQueue].
func (q *Queue) Retry(ctx context.Context, j *webhook.Job, after time.Duration) error {
	return q.held(ctx, "retry", retryScript, j, max(j.Attempt, 0), max(after.Milliseconds(), 0))
}

// Bury makes a message a dead letter; see [webhook.WorkQueue].
func (q *Queue) Bury(ctx context.Context, j *webhook.Job, reason string) error {
	return q.held(ctx, "bury", buryScript, j, j.Attempt, reason)
}

// Dead lists dead letters; see [webhook.WorkQueue]. A message that cannot be read, as with another key, has its reason alone.
func (q *Queue) Dead(ctx context.Context, after string, most int) ([]webhook.DeadLetter, error) {
	start := "-"
	if after != "" {
		if !isEntry(after) {
			return nil, &webhook.ArgumentError{Field: "after", Rule: "must be the id of a dead letter"}
		}
		start = "(" + after
	}
	if most <= 0 {
		return nil, ctx.Err()
	}
	entries, err := q.client.XRangeN(ctx, q.keys[3], start, "+", int64(most)).Result()
	if err != nil {
		return nil, failure(ctx, "dead letters", err)
	}
	var letters []webhook.DeadLetter
	for _, e := range entries {
		field := func(name string) string { text, _ := e.Values[name].(string); return text }
		d := webhook.DeadLetter{ID: e.ID, Reason: field("reason")}
		d.Attempts, _ = strconv.Atoi(field("attempts"))
		if at, _, ok := strings.Cut(e.ID, "-"); ok {
			n, _ := strconv.ParseInt(at, 10, 64)
			d.Buried = time.UnixMilli(n).UTC()
		}
		d.Message, _ = q.decode([]byte(field("message")))
		letters = append(letters, d)
	}
	return letters, nil
}

// Revive makes a dead letter due; see [webhook.WorkQueue].
func (q *Queue) Revive(ctx context.Context, id string) error { return q.exhume(ctx, id, rand.Text()) }

// Discard removes a dead letter; see [webhook.WorkQueue].
func (q *Queue) Discard(ctx context.Context, id string) error { return q.exhume(ctx, id, "") }

func (q *Queue) exhume(ctx context.Context, id, message string) error {
	if !isEntry(id) {
		return webhook.ErrNoDeadLetter
	}
	found, err := exhumeScript.Run(ctx, q.client, q.keys, id, message).Bool()
	switch {
	case err != nil && !errors.Is(err, redis.Nil):
		return failure(ctx, "dead letter", err)
	case !found:
		return webhook.ErrNoDeadLetter
	}
	return nil
}

// Len returns how many messages wait or are leased; dead letters are not among them.
func (q *Queue) Len(ctx context.Context) (int, error) {
	n, err := q.client.HLen(ctx, q.keys[0]).Result()
	if err != nil {
		return 0, failure(ctx, "length", err)
	}
	return int(n), nil
}

// isEntry reports whether an id is one of a stream: two numbers with a hyphen between them.
func isEntry(id string) bool {
	a, b, ok := strings.Cut(id, "-")
	if !ok {
		return false
	}
	_, err1 := strconv.ParseUint(a, 10, 64)
	_, err2 := strconv.ParseUint(b, 10, 64)
	return err1 == nil && err2 == nil
}

// window is the longest lease. A stream knows how long an entry was idle and not when a lease ends: so each entry is made to look as
// if it had been idle since a window before that, and XAUTOCLAIM takes those that were idle for the whole window.
const window = 7 * 24 * time.Hour

func leaseIdle(lease time.Duration) int64 {
	return (window - min(max(lease, time.Millisecond), window)).Milliseconds()
}

// group is the consumer group, and the consumer in it: leases are distinguished by the number of deliveries of an
// entry.
const group = "workers"
