package redisstore_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
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

const (
	deliveries = 10_000
	events     = 4_000 // so each comes two or three times
	senders    = 50

	// shortLease is when what a killed process held is free again; long enough for a machine that stalls.
	shortLease = 3 * time.Second
)

// seedVariable repeats a run.
const seedVariable = "CAREMUX_TEST_SEED"

func seed(t *testing.T) uint64 {
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedVariable, n)
	return n
}

type thing struct {
	ID int `json:"id"`
}

func (thing) EventTypes() []string { return []string{"thing"} }

func verifier() *webhook.Verifier {
	v, err := webhook.NewTimestampedHMAC("Acme-Signature", 5*time.Minute, []string{"whsec"})
	if err != nil {
		panic(err)
	}
	return v
}

// things is the format of a vendor.
func things() webhook.Format {
	return webhook.Format{
		Vendor: "acme",
		Describe: func(_ http.Header, body []byte) (webhook.Event, error) {
			var e thing
			err := json.Unmarshal(body, &e)
			return webhook.Event{Type: "thing", Key: strconv.Itoa(e.ID)}, err
		},
		Decode: json.Unmarshal,
	}
}

// replica is one process's handler.
func replica(client *redis.Client, prefix string, lease time.Duration, fn func(context.Context, int) error) *webhook.Handler {
	store, err := redisstore.NewDeliveries(client, redisstore.DeliveriesConfig{Prefix: prefix})
	if err != nil {
		panic(err)
	}
	h, err := webhook.NewHandler(verifier(), things(), webhook.WithStore(store), webhook.WithLease(lease),
		webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	webhook.On(h, func(ctx context.Context, d webhook.Delivery[thing]) error { return fn(ctx, d.Payload.ID) })
	return h
}

// schedule is the order of deliveries: repetitions lie close to each other, so that many meet.
func schedule(r *rand.Rand) []int {
	list := make([]int, deliveries)
	for i := range list {
		list[i] = i * events / deliveries
	}
	for i := 0; i+1 < len(list); i++ {
		j := min(i+r.IntN(30), len(list)-1)
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// vendor sends until every delivery is answered with 200, to one of the addresses at random, as behind a load balancer.
type vendor struct {
	urls     []string
	verifier *webhook.Verifier
	client   *http.Client
	ok       atomic.Int64
	statuses sync.Map // int to *atomic.Int64; 0 is no answer
}

func newVendor(urls ...string) *vendor {
	return &vendor{urls: urls, verifier: verifier(), client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: 20 * time.Second,
	}}
}

func (v *vendor) count(status int) int64 {
	n, _ := v.statuses.LoadOrStore(status, new(atomic.Int64))
	return n.(*atomic.Int64).Load()
}

func (v *vendor) run(ctx context.Context, seed uint64, list []int) error {
	work := make(chan int)
	failed := make(chan error, senders)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for id := range work {
				if err := v.deliver(ctx, r, id); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	var err error
	for _, id := range list {
		select {
		case work <- id:
			continue
		case err = <-failed:
		}
		break
	}
	close(work)
	all.Wait()
	v.client.CloseIdleConnections()
	select {
	case err = <-failed:
	default:
	}
	return err
}

func (v *vendor) deliver(ctx context.Context, r *rand.Rand, id int) error {
	body := fmt.Sprintf(`{"id":%d}`, id)
	for {
		req, err := http.NewRequestWithContext(ctx, "POST", v.urls[r.IntN(len(v.urls))], strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header = v.verifier.Sign([]byte(body), time.Now())
		status := 0
		if res, err := v.client.Do(req); err == nil {
			status = res.StatusCode
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		n, _ := v.statuses.LoadOrStore(status, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		switch status {
		case 200:
			v.ok.Add(1)
			return nil
		case 0, 500, 503:
		default:
			return fmt.Errorf("answered %d", status)
		}
		select { // a vendor in a hurry
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(5+r.IntN(20)) * time.Millisecond):
		}
	}
}

func TestTwoReplicasHandleEachOfTenThousandDeliveriesOnce(t *testing.T) {
	admin := connect(t)
	p, n := prefix(t, admin), seed(t)
	var runs [events]atomic.Int64
	var servers []string
	for range 2 {
		server := httptest.NewServer(replica(connect(t), p, time.Minute, func(_ context.Context, id int) error {
			runs[id].Add(1)
			return nil
		}))
		t.Cleanup(server.Close)
		servers = append(servers, server.URL)
	}
	v, start := newVendor(servers...), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := v.run(ctx, n, schedule(rand.New(rand.NewPCG(n, 0)))); err != nil {
		t.Fatal(err)
	}
	for id := range runs {
		if got := runs[id].Load(); got != 1 {
			t.Errorf("event %d ran %d times", id, got)
		}
	}
	if v.ok.Load() != deliveries || v.count(500) != 0 || v.count(0) != 0 {
		t.Errorf("%d answered with 200, %d with 500, %d not at all", v.ok.Load(), v.count(500), v.count(0))
	}
	if v.count(503) == 0 {
		t.Error("no two of a kind met: the test proves little")
	}
	t.Logf("%d deliveries of %d events in %v, each ran once; %d times 503 because another had it",
		deliveries, events, time.Since(start).Round(time.Millisecond), v.count(503))
}

// childVariable makes this program a replica that the test can kill: it holds the seed, the prefix and the address of Redis.
const childVariable = "CAREMUX_TEST_REPLICA"

// child serves until its standard input ends, which it does at the latest when the parent dies.
func child() {
	var n uint64
	var p, addr string
	if _, err := fmt.Sscanf(os.Getenv(childVariable), "%d %s %s", &n, &p, &addr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	client := redis.NewClient(&redis.Options{Addr: addr})
	server := httptest.NewServer(replica(client, p, shortLease, shaky(client, p, n)))
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// shaky is a function that fails at random, before and after it had its effect: one more in Redis.
func shaky(client *redis.Client, prefix string, seed uint64) func(context.Context, int) error {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	return func(ctx context.Context, id int) error {
		mu.Lock()
		fate := r.IntN(100)
		mu.Unlock()
		switch {
		case fate < 15:
			return errors.New("not now")
		case fate < 17:
			panic("not now")
		}
		if err := client.HIncrBy(ctx, prefix+"effects", strconv.Itoa(id), 1).Err(); err != nil {
			return err
		}
		time.Sleep(2 * time.Millisecond) // where a kill shall find some: after the effect, before the store knows
		if fate < 20 {
			// The effect stays. Who fails after it asks for a second one, so these are counted apart.
			if err := client.HIncrBy(ctx, prefix+"late-failures", strconv.Itoa(id), 1).Err(); err != nil {
				return err
			}
			return errors.New("not now, though done")
		}
		return nil
	}
}

func TestNothingIsLostWhenFunctionsFailAndAProcessIsKilled(t *testing.T) {
	admin := connect(t)
	p, n := strings.ReplaceAll(prefix(t, admin), " ", "_"), seed(t)

	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s", childVariable, n+1, p, address))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	childURL, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal("the child did not start: ", err)
	}

	client := connect(t)
	server := httptest.NewServer(replica(client, p, shortLease, shaky(client, p, n)))
	t.Cleanup(server.Close)
	v, start := newVendor(server.URL, strings.TrimSpace(childURL)), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- v.run(ctx, n, schedule(rand.New(rand.NewPCG(n, 0)))) }()

	for v.ok.Load() < deliveries/3 {
		select {
		case err := <-ended:
			t.Fatalf("ended before the kill: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	killed := time.Since(start)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	effects, err := admin.HGetAll(ctx, p+"effects").Result()
	if err != nil {
		t.Fatal(err)
	}
	late, err := admin.HGetAll(ctx, p+"late-failures").Result()
	if err != nil {
		t.Fatal(err)
	}
	lost, asked, twice := 0, 0, 0
	for id := range events {
		ran, _ := strconv.Atoi(effects[strconv.Itoa(id)])
		again, _ := strconv.Atoi(late[strconv.Itoa(id)])
		if ran == 0 {
			lost++
			t.Errorf("event %d is lost", id)
		}
		asked += again
		if more := ran - again - 1; more > 0 {
			twice += more
		}
	}
	if v.ok.Load() != deliveries {
		t.Errorf("%d answered with 200", v.ok.Load())
	}
	if v.count(0) == 0 {
		t.Error("the kill interrupted nothing: the test proves little")
	}
	// Only what was in the killed process's hands may have run twice.
	if twice > senders {
		t.Errorf("%d events ran twice, more than were ever in hand at once", twice)
	}
	t.Logf("%d deliveries of %d events in %v, killed after %v: %d lost; answers: %d times 500, %d times 503, %d times none; "+
		"ran twice because of the kill: %d; because the function failed after its effect: %d",
		deliveries, events, time.Since(start).Round(time.Millisecond), killed.Round(time.Millisecond), lost,
		v.count(500), v.count(503), v.count(0), twice, asked)
}
