package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// queued is a handler with a queue and a store in Redis.
func queued(t testing.TB, client redis.UniversalClient, queue, store string, fn func(context.Context, int) error) (
	*webhook.Handler, *redisstore.Queue,
) {
	t.Helper()
	q := newQueue(t, client, redisstore.QueueConfig{Prefix: queue})
	h, err := webhook.NewHandler(verifier(), things(), webhook.WithStore(newStore(t, client, store)), webhook.WithQueue(q),
		webhook.WithLease(shortLease), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	webhook.On(h, func(ctx context.Context, d webhook.Delivery[thing]) error { return fn(ctx, d.Payload.ID) })
	return h, q
}

// TestNoMessageOfAQueueIsLost has functions that fail at random, a worker that dies, and connections that are cut.
func TestNoMessageOfAQueueIsLost(t *testing.T) {
	admin := connect(t)
	p, s, n := queuePrefix(t), prefix(t, admin), seed(t)
	const hopeless = 7 // events whose function never returns nil
	var runs, done [deliveries]atomic.Int64
	fn := func(r *rand.Rand, mu *sync.Mutex) func(context.Context, int) error {
		return func(_ context.Context, id int) error {
			mu.Lock()
			fate := r.IntN(100)
			mu.Unlock()
			runs[id].Add(1)
			switch {
			case id < hopeless || fate < 8:
				return errors.New("not now")
			case fate < 10:
				panic("not now")
			}
			done[id].Add(1)
			return nil
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	defer stop()
	workers := webhook.Workers{Count: 1, Attempts: 12, MinBackoff: 5 * time.Millisecond, MaxBackoff: 100 * time.Millisecond}
	var working sync.WaitGroup
	var receivers []*webhook.Handler
	var queue *redisstore.Queue
	for i := range 4 {
		client, mu, r := connect(t), new(sync.Mutex), rand.New(rand.NewPCG(n, uint64(i)))
		var h *webhook.Handler
		h, queue = queued(t, client, p, s, fn(r, mu))
		receivers = append(receivers, h)
		working.Go(func() {
			if err := h.Work(ctx, workers); err != nil {
				t.Error(err)
			}
		})
	}
	// A fifth worker takes some and dies in the middle.
	var abandoned, cut atomic.Int64
	dying := newQueue(t, connect(t), redisstore.QueueConfig{Prefix: p})
	go func() {
		for ctx.Err() == nil {
			if j, err := dying.Take(ctx, shortLease); err == nil && abandoned.Load() > 0 && rand.IntN(3) > 0 {
				_ = dying.Retry(ctx, j, 0)
			} else if err == nil {
				abandoned.Add(1)
			}
			if l, err := dying.Len(ctx); err == nil && l > deliveries/3 && abandoned.Load() > 0 {
				return
			}
		}
	}()
	cutting, stopCutting := context.WithCancel(ctx)
	go func() {
		for cutting.Err() == nil {
			if killed, err := admin.Do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Int64(); err == nil {
				cut.Add(killed)
			}
			select {
			case <-cutting.Done():
			case <-time.After(300 * time.Millisecond):
			}
		}
	}()
	start, v := time.Now(), verifier()
	var sending sync.WaitGroup
	var again atomic.Int64
	for i := range 8 {
		sending.Go(func() {
			for id := i; id < deliveries; id += 8 {
				body := fmt.Appendf(nil, `{"id":%d}`, id)
				for {
					r := receivers[id%len(receivers)].Receive(ctx, v.Sign(body, time.Now()), body)
					if r.Status == 200 {
						break
					}
					if again.Add(1); r.Status != 503 {
						t.Errorf("%+v", r)
						return
					}
				}
			}
		})
	}
	sending.Wait()
	sent := time.Since(start)
	for left := 1; left > 0 && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) { // until nothing is left
		if l, err := queue.Len(ctx); err == nil {
			left = l
		}
	}
	stopCutting()
	took := time.Since(start)
	stop()
	working.Wait()
	lost, twice := 0, 0
	for id := range done {
		switch n := done[id].Load(); {
		case id < hopeless:
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	letters, err := queue.Dead(context.Background(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var dead []int
	for _, d := range letters {
		id, _ := strconv.Atoi(d.Message.Key)
		dead = append(dead, id)
		if d.Reason == "" {
			t.Errorf("%+v", d)
		}
	}
	slices.Sort(dead)
	if lost != 0 {
		t.Errorf("%d are lost", lost)
	}
	for id := range hopeless {
		if _, found := slices.BinarySearch(dead, id); !found {
			t.Errorf("event %d is no dead letter: %v", id, dead)
		}
	}
	if len(dead) > hopeless {
		t.Errorf("dead letters %v", dead)
	}
	if abandoned.Load() == 0 || cut.Load() == 0 {
		t.Error("no worker died or no connection was cut: the test proves little")
	}
	t.Logf("%d connections cut, %d messages in the hands of a worker that died", cut.Load(), abandoned.Load())
	t.Logf("%d deliveries sent in %v (%d sent again), done in %v: %d lost, %d ran twice, dead letters %v",
		deliveries, sent.Round(time.Millisecond),
		again.Load(), took.Round(time.Millisecond), lost, twice, dead)
}

// TestTheVendorHasItsResponseWhileFunctionsTakeLong reports the time of a response; it is a figure and no test of speed but for an
// order of magnitude.
func TestTheVendorHasItsResponseWhileFunctionsTakeLong(t *testing.T) {
	client := connect(t)
	h, _ := queued(t, client, queuePrefix(t), prefix(t, client), func(ctx context.Context, _ int) error {
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
		return nil
	})
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() {
		if err := h.Work(ctx, webhook.Workers{Count: 4}); err != nil {
			t.Error(err)
		}
	})
	vendor := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	defer vendor.CloseIdleConnections()
	v := verifier()
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			for j := range 10 {
				time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond) // as vendors do not send in step
				body := fmt.Sprintf(`{"id":%d}`, i*10+j)
				r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header = v.Sign([]byte(body), time.Now())
				start := time.Now()
				res, err := vendor.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
				d := time.Since(start)
				if res.StatusCode != 200 {
					t.Errorf("status %d", res.StatusCode)
				}
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	stop()
	working.Wait()
	slices.Sort(took)
	if len(took) == 1000 {
		t.Logf("responses of 100 senders: median %v, 99th percentile %v", took[500], took[990])
		if took[500] > 2*time.Second {
			t.Errorf("the vendor waits for functions: %v", took[500])
		}
	}
}
