// Package queuetest checks that a [webhook.WorkQueue] satisfies its documentation. Use it in the tests of a queue of
// your own:
//
//	func TestQueue(t *testing.T) { queuetest.Run(t, newQueue) }
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

const long, short = time.Minute, 100 * time.Millisecond

// Run checks queues against the real clock, in a few seconds. newQueue returns an empty queue each time.
func Run(t *testing.T, newQueue func(t *testing.T) webhook.WorkQueue) {
	for _, c := range []struct {
		name  string
		check func(q *check)
	}{
		{"a message arrives as it was stored", arrives},
		{"messages are taken in their order, each by one", inOrder},
		{"a queue without messages waits for one", waits},
		{"a wait ends with the context", ends},
		{"a lease keeps a message from others until it ends", leased},
		{"an extended lease lasts, from now", extended},
		{"leases of different length do not shorten each other", mixedLeases},
		{"who is late can neither extend, retry nor bury", late},
		{"who is late can complete", lateComplete},
		{"a completed message is gone", completed},
		{"a message that is retried is due after its pause, with its attempts", retried},
		{"a buried message is a dead letter, with its reason", buried},
		{"dead letters are listed page by page, in their order", listed},
		{"a dead letter that is revived is due, without attempts", revived},
		{"a dead letter that is discarded is gone", discarded},
		{"an unknown dead letter is reported", unknownLetter},
		{"of many workers each gets messages of its own", shared},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(&check{T: t, ctx: t.Context(), WorkQueue: newQueue(t)})
		})
	}
}

type check struct {
	*testing.T
	webhook.WorkQueue
	ctx context.Context
}

func message(name string) webhook.Message {
	return webhook.Message{
		Event: webhook.Event{Vendor: "acme", Type: "order.paid", Key: name, Time: time.Unix(1_700_000_000, 5).UTC(), Test: true},
		Scope: "account", Received: time.Unix(1_700_000_001, 7).UTC(), Body: []byte("{\"a\": \"\\u0000\xff\"}"),
		Header: http.Header{"Acme-Mode": {"test", ""}},
	}
}

func (q *check) ok(err error) {
	q.Helper()
	if err != nil {
		q.Fatal(err)
	}
}

func (q *check) lost(err error) {
	q.Helper()
	if !errors.Is(err, webhook.ErrClaimLost) {
		q.Errorf("error is %v, want ErrClaimLost", err)
	}
}

func (q *check) put(names ...string) {
	q.Helper()
	var all []webhook.Message
	for _, name := range names {
		all = append(all, message(name))
	}
	q.ok(q.Enqueue(q.ctx, all...))
}

// inTime calls f, in which a lease is used before it ends, with longer and longer leases until the machine is fast enough
// for one. f takes a message for that long and returns what became of it.
func (q *check) inTime(f func(lease time.Duration) error) {
	q.Helper()
	for lease := 5 * short; ; lease *= 2 {
		start := time.Now()
		if err := f(lease); err == nil || lease > long || time.Since(start) < lease {
			q.ok(err)
			return
		}
	}
}

// take takes a message within some seconds.
func (q *check) take(lease time.Duration, want string) *webhook.Job {
	q.Helper()
	ctx, cancel := context.WithTimeout(q.ctx, time.Minute)
	defer cancel()
	j, err := q.Take(ctx, lease)
	q.ok(err)
	if j == nil || want != "" && j.Message.Key != want || j.ID == "" || j.Token == "" {
		q.Fatalf("took %+v, want %q", j, want)
	}
	return j
}

// none reports a message that should not be due for a while.
func (q *check) none(d time.Duration) {
	q.Helper()
	ctx, cancel := context.WithTimeout(q.ctx, d)
	defer cancel()
	if j, err := q.Take(ctx, long); err == nil {
		q.Fatalf("took %q, which is not due", j.Message.Key)
	}
}

func (q *check) letters(want ...string) []webhook.DeadLetter {
	q.Helper()
	all, err := q.Dead(q.ctx, "", 100)
	q.ok(err)
	var got []string
	for _, d := range all {
		got = append(got, d.Message.Key)
	}
	if !slices.Equal(got, want) {
		q.Fatalf("dead letters %q, want %q", got, want)
	}
	return all
}

func arrives(q *check) {
	q.ok(q.Enqueue(q.ctx)) // nothing
	q.put("a")
	j := q.take(long, "a")
	if !reflect.DeepEqual(j.Message, message("a")) || j.Attempt != 1 {
		q.Errorf("attempt %d of %#v with body %q, header %v", j.Attempt, j.Message, j.Message.Body, j.Message.Header)
	}
}

func inOrder(q *check) {
	q.put("a", "b")
	q.put("c")
	ids := map[string]bool{}
	for _, name := range []string{"a", "b", "c"} {
		ids[q.take(long, name).ID] = true
	}
	if len(ids) != 3 {
		q.Errorf("ids %v", ids)
	}
	q.none(short)
}

func waits(q *check) {
	took := make(chan *webhook.Job, 1)
	go func() {
		j, err := q.Take(q.ctx, long)
		if err != nil {
			q.Error(err)
		}
		took <- j
	}()
	time.Sleep(short)
	q.put("a")
	select {
	case j := <-took:
		if j == nil || j.Message.Key != "a" {
			q.Errorf("took %+v", j)
		}
	case <-time.After(time.Minute):
		q.Fatal("nobody woke up")
	}
}

func ends(q *check) {
	ctx, cancel := context.WithCancel(q.ctx)
	cancel()
	if j, err := q.Take(ctx, long); !errors.Is(err, context.Canceled) {
		q.Errorf("took %v, %v", j, err)
	}
	ctx, cancel = context.WithTimeout(q.ctx, short)
	defer cancel()
	start := time.Now()
	if j, err := q.Take(ctx, long); !errors.Is(err, context.DeadlineExceeded) {
		q.Errorf("took %v, %v", j, err)
	}
	if time.Since(start) > 20*time.Second {
		q.Errorf("it took %v", time.Since(start))
	}
}

func leased(q *check) {
	q.put("a")
	start := time.Now()
	first := q.take(5*short, "a")
	second := q.take(long, "a")
	if took := time.Since(start); took < 4*short { // clocks may differ by a little
		q.Errorf("taken from its owner after %v", took)
	}
	if second.Attempt != 2 || second.Token == first.Token || second.ID != first.ID {
		q.Errorf("%d %q %q, then %d %q %q", first.Attempt, first.ID, first.Token, second.Attempt, second.ID, second.Token)
	}
}

func extended(q *check) {
	q.put("a")
	var j *webhook.Job
	var ends time.Time
	q.inTime(func(lease time.Duration) error {
		j, ends = q.take(lease, "a"), time.Now().Add(lease)
		return q.Extend(q.ctx, j, long)
	})
	q.none(max(time.Until(ends), 0) + 5*short)
	q.ok(q.Extend(q.ctx, j, short))
	q.take(long, "a")
}

func mixedLeases(q *check) {
	q.put("a", "b")
	q.take(long, "a")
	q.take(2*short, "b")
	if j := q.take(2*short, "b"); j.Attempt != 2 {
		q.Errorf("attempt %d", j.Attempt)
	}
	if j := q.take(long, "b"); j.Attempt != 3 {
		q.Errorf("attempt %d", j.Attempt)
	}
	q.none(3 * short)
}

func late(q *check) {
	q.put("a")
	first := q.take(short, "a")
	second := q.take(long, "a")
	q.lost(q.Extend(q.ctx, first, short))
	q.lost(q.Retry(q.ctx, first, 0))
	q.lost(q.Bury(q.ctx, first, "late"))
	q.none(3 * short)
	q.letters()
	q.ok(q.Complete(q.ctx, second))
	for _, j := range []*webhook.Job{first, second} {
		q.lost(q.Extend(q.ctx, j, short))
		q.lost(q.Retry(q.ctx, j, 0))
		q.lost(q.Bury(q.ctx, j, "late"))
	}
	q.none(3 * short)
	q.letters()
}

func lateComplete(q *check) {
	q.put("a")
	first := q.take(short, "a")
	second := q.take(short, "a")
	q.ok(q.Complete(q.ctx, first))
	q.none(4 * short)
	q.lost(q.Retry(q.ctx, second, 0))
	q.none(short)
}

func completed(q *check) {
	q.put("a", "b")
	j := q.take(short, "a")
	q.ok(q.Complete(q.ctx, j))
	q.ok(q.Complete(q.ctx, j)) // as after a response that was lost
	q.take(long, "b")
	q.none(4 * short)
}

func retried(q *check) {
	q.put("a")
	j := q.take(long, "a")
	start := time.Now()
	q.ok(q.Retry(q.ctx, j, 6*short))
	q.lost(q.Extend(q.ctx, j, long))
	again := q.take(long, "a")
	if took := time.Since(start); took < 5*short { // clocks may differ by a little
		q.Errorf("due after %v", took)
	}
	if again.Attempt != 2 || again.ID != j.ID {
		q.Errorf("attempt %d of %q, which was %q", again.Attempt, again.ID, j.ID)
	} else {
		again.Attempt = 0 // a worker that could not begin
		q.ok(q.Retry(q.ctx, again, 0))
	}
	if again := q.take(long, "a"); again.Attempt != 1 {
		q.Errorf("attempt %d", again.Attempt)
	}
}

func buried(q *check) {
	q.put("a")
	q.ok(q.Retry(q.ctx, q.take(long, "a"), 0))
	before := time.Now().Add(-time.Minute)
	var j *webhook.Job
	var ends time.Time
	q.inTime(func(lease time.Duration) error {
		j, ends = q.take(lease, "a"), time.Now().Add(lease)
		return q.Bury(q.ctx, j, "no such clinic")
	})
	q.none(max(time.Until(ends), 0) + 2*short)
	d := q.letters("a")[0]
	if d.ID == "" || d.Attempts != j.Attempt || d.Attempts < 2 || d.Reason != "no such clinic" ||
		!reflect.DeepEqual(d.Message, message("a")) ||
		d.Buried.Before(before) || d.Buried.After(time.Now().Add(time.Minute)) || d.Buried.Location() != time.UTC {
		q.Errorf("%+v, body %q", d, d.Message.Body)
	}
}

func listed(q *check) {
	names := []string{"a", "b", "c", "d", "e"}
	for _, name := range names {
		q.put(name)
		q.ok(q.Bury(q.ctx, q.take(long, name), "no"))
	}
	q.letters(names...)
	var got []string
	for after := ""; ; {
		page, err := q.Dead(q.ctx, after, 2)
		q.ok(err)
		if len(page) > 2 {
			q.Fatalf("%d on a page", len(page))
		}
		if len(page) == 0 {
			break
		}
		for _, d := range page {
			got, after = append(got, d.Message.Key), d.ID
		}
	}
	if !slices.Equal(got, names) {
		q.Errorf("listed %q", got)
	}
}

func revived(q *check) {
	q.put("a")
	q.ok(q.Bury(q.ctx, q.take(long, "a"), "no"))
	q.ok(q.Revive(q.ctx, q.letters("a")[0].ID))
	q.letters()
	if j := q.take(long, "a"); j.Attempt != 1 || !reflect.DeepEqual(j.Message, message("a")) {
		q.Errorf("attempt %d of %+v", j.Attempt, j.Message)
	}
	q.none(short)
}

func discarded(q *check) {
	q.put("a", "b")
	for _, name := range []string{"a", "b"} {
		q.ok(q.Bury(q.ctx, q.take(long, name), "no"))
	}
	q.ok(q.Discard(q.ctx, q.letters("a", "b")[0].ID))
	q.letters("b")
	q.none(short)
}

func unknownLetter(q *check) {
	q.put("a")
	q.ok(q.Bury(q.ctx, q.take(long, "a"), "no"))
	id := q.letters("a")[0].ID
	q.ok(q.Discard(q.ctx, id))
	for _, id := range []string{id, "", "no id"} {
		for _, err := range []error{q.Revive(q.ctx, id), q.Discard(q.ctx, id)} {
			if !errors.Is(err, webhook.ErrNoDeadLetter) {
				q.Errorf("%q: %v", id, err)
			}
		}
	}
}

func shared(q *check) {
	const count = 200
	var names []string
	for i := range count {
		names = append(names, fmt.Sprint(i))
	}
	q.put(names...)
	var mu sync.Mutex
	var all sync.WaitGroup
	taken := map[string]int{}
	for range 8 {
		all.Go(func() {
			for range count / 8 {
				j, err := q.Take(q.ctx, long)
				if err != nil {
					q.Error(err)
					return
				}
				mu.Lock()
				taken[j.Message.Key]++
				mu.Unlock()
				if err := q.Complete(q.ctx, j); err != nil {
					q.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(taken) != count {
		q.Errorf("%d of %d were taken", len(taken), count)
	}
}
