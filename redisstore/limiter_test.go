package redisstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// workerVariable makes this program a process with many callers of one limiter: the prefix and the address of Redis.
const workerVariable = "CAREMUX_TEST_LIMITED"

const (
	processes, callers, callsEach = 4, 25, 2
	callsPerSecond                = 20
)

// worker calls as often as it may, and prints when each call went, in microseconds.
func worker() {
	var p, addr string
	if _, err := fmt.Sscanf(os.Getenv(workerVariable), "%s %s", &p, &addr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	l, err := redisstore.NewLimiter(client, redisstore.LimiterConfig{Prefix: p, Name: "v", Rate: callsPerSecond})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var all sync.WaitGroup
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // until all processes are
	for range callers {
		all.Go(func() {
			for range callsEach {
				if err := l.Wait(context.Background()); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(time.Now().UnixMicro())
			}
		})
	}
	all.Wait()
}

func TestReplicasKeepOneLimit(t *testing.T) {
	admin := connect(t)
	p := strings.ReplaceAll(prefix(t, admin), " ", "_")
	var mu sync.Mutex
	var went []int64
	var all, ready sync.WaitGroup
	var starts []io.Closer
	for range processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s", workerVariable, p, address))
		cmd.Stderr = os.Stderr
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		starts = append(starts, stdin)
		ready.Add(1)
		all.Go(func() {
			lines := bufio.NewScanner(stdout)
			lines.Scan()
			ready.Done()
			for lines.Scan() {
				var at int64
				if _, err := fmt.Sscan(lines.Text(), &at); err != nil {
					t.Error(err)
				}
				mu.Lock()
				went = append(went, at)
				mu.Unlock()
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	for _, stdin := range starts {
		stdin.Close()
	}
	all.Wait()
	slices.Sort(went)
	total := processes * callers * callsEach
	if len(went) != total {
		t.Fatalf("%d calls went", len(went))
	}
	// The vendor: a bucket of one second's calls, filled evenly, as the times at which calls went would meet it.
	refused, bucket, last := 0, float64(callsPerSecond), went[0]
	for _, at := range went {
		bucket = min(bucket+float64(at-last)/1e6*callsPerSecond, callsPerSecond)
		if last = at; bucket >= 1 {
			bucket--
		} else {
			refused++
		}
	}
	ideal := time.Duration(total-1) * time.Second / callsPerSecond
	took := time.Duration(went[total-1]-went[0]) * time.Microsecond
	t.Logf("%d processes with %d callers: %d calls in %v, ideal %v (%.3f x), %d refused", processes, callers, total, took, ideal,
		float64(took)/float64(ideal), refused)
	if took < ideal*9/10 { // the first call may be seen late
		t.Errorf("faster than the limit")
	}
	if took > ideal*3/2 { // no more than 1.1 on a machine that does nothing else
		t.Errorf("much slower than the limit")
	}
	if refused*20 > total {
		t.Errorf("%d of %d would be refused", refused, total)
	}
}

func TestLimiterLetsABurstGoAfterAPause(t *testing.T) {
	client := connect(t)
	l, err := redisstore.NewLimiter(client, redisstore.LimiterConfig{
		Prefix: prefix(t, client), Name: "v", Rate: 1, Per: time.Hour, Burst: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := l.Wait(t.Context()); err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	start := time.Now()
	for range 3 { // refused at once, and nothing is taken
		if err := l.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) ||
			!strings.Contains(err.Error(), "longer than the context lasts") {
			t.Error(err)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	waiting, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Wait(waiting) }()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := l.Wait(waiting); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestLimitersAreCheckedWhenTheyAreMade(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	for field, cfg := range map[string]redisstore.LimiterConfig{
		"Name": {Rate: 1}, "Rate": {Name: "v"}, "Per": {Name: "v", Rate: 1, Per: -1}, "Per ": {Name: "v", Rate: 2_000_000},
		"Burst": {Name: "v", Rate: 1, Burst: -1}, "Prefix": {Prefix: "}", Name: "v", Rate: 1},
	} {
		var e *webhook.ArgumentError
		if _, err := redisstore.NewLimiter(client, cfg); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := redisstore.NewLimiter(nil, redisstore.LimiterConfig{Name: "v", Rate: 1}); err == nil {
		t.Error("a limiter without a client")
	}
	l, err := redisstore.NewLimiter(client, redisstore.LimiterConfig{Name: "v", Rate: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Wait(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "redisstore: limiter") {
		t.Errorf("a Redis that is away: %v", err)
	}
}
