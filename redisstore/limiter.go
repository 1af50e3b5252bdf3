package redisstore

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// DefaultLimiterPrefix begins every key of a [Limiter] unless [LimiterConfig] says otherwise.
const DefaultLimiterPrefix = "caremux:limit:"

// LimiterConfig is what a [Limiter] needs beside a client.
type LimiterConfig struct {
	Prefix string // begins the key; empty means [DefaultLimiterPrefix]

	// Name names the limit: the vendor and the account that it counts for. All replicas use the same. It must not contain a secret.
	Name string

	Rate  int           // calls in Per, evenly spaced
	Per   time.Duration // 0 means a second
	Burst int           // calls that may go at once after a pause; 0 means 1
}

// Limiter spaces the calls of all replicas so that together they keep a vendor's rate limit. Its Wait is what caremux.WithLimiter and
// users of golang.org/x/time/rate expect.
//
// Each call of Wait takes the next free time of all replicas, in one script, and sleeps until then: the order is fair, and each
// caller calls Redis once. (The library redis_rate only returns whether a call may proceed now and when to retry, so that waiting
// callers compete and may starve.) A caller whose context ends while it waits leaves its time unused. The clock is that of Redis.
type Limiter struct {
	client   redis.Scripter
	key      string
	interval time.Duration
	burst    int
}

// NewLimiter returns a limiter that uses client, which the caller closes. Nothing is sent yet.
func NewLimiter(client redis.Scripter, cfg LimiterConfig) (*Limiter, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultLimiterPrefix
	}
	if err := checkPrefix(cfg.Prefix); err != nil {
		return nil, err
	}
	if cfg.Per == 0 {
		cfg.Per = time.Second
	}
	if cfg.Burst == 0 {
		cfg.Burst = 1
	}
	fail := func(field, rule string) (*Limiter, error) {
		return nil, &webhook.ArgumentError{Field: field, Rule: rule}
	}
	switch {
	case client == nil:
		return fail("client", "is required")
	case cfg.Name == "":
		return fail("Name", "is required")
	case cfg.Rate <= 0:
		return fail("Rate", "must be positive")
	case cfg.Per < 0 || cfg.Per/time.Duration(cfg.Rate) < time.Microsecond:
		return fail("Per", "must be positive, and a microsecond or more for each call")
	case cfg.Burst < 0:
		return fail("Burst", "must not be negative")
	}
	interval := (cfg.Per + time.Duration(cfg.Rate) - 1) / time.Duration(cfg.Rate)
	interval = (interval + time.Microsecond - 1).Truncate(time.Microsecond) // never faster than requested
	return &Limiter{client, cfg.Prefix + "{" + cfg.Name + "}", interval, cfg.Burst}, nil
}

// limitScript stores the time of the next free call, in microseconds, and returns how long the caller has to wait. It stores nothing if
// that is longer than the caller may wait.
var limitScript = redis.NewScript(`
local time = redis.call('TIME')
local now, interval = time[1] * 1000000 + time[2], tonumber(ARGV[1])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = math.max(next - (ARGV[2] - 1) * interval - now, 0)
if wait <= tonumber(ARGV[3]) then
  next = next + interval
  redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1000)
end
return string.format('%.0f', wait)`)

// Wait returns when the call may go. It returns an error matching [context.DeadlineExceeded] at once if that is after the context's
// deadline, the context's error when it ends before, and Redis' error if the limit cannot be read.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	most := time.Duration(math.MaxInt64)
	if deadline, ok := ctx.Deadline(); ok {
		most = time.Until(deadline)
	}
	asked := time.Now()
	microseconds, err := limitScript.Run(ctx, l.client, []string{l.key}, l.interval.Microseconds(), l.burst, most.Microseconds()).Int64()
	if err != nil {
		return failure(ctx, "limiter", err)
	}
	wait := time.Duration(microseconds) * time.Microsecond
	if wait > most {
		wait = wait.Round(time.Millisecond)
		return fmt.Errorf("redisstore: limiter: a wait of %v is longer than the context lasts: %w", wait, context.DeadlineExceeded)
	}
	return sleep(ctx, wait-time.Since(asked)/2) // the response took about half of that
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
