package trust

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faultnet"
)

var (
	ledgerCalls = flag.Int("ledger.calls", 300, "calls of the ledger test to each vendor; with -short, at most 150")
	ledgerSeed  = flag.Uint64("ledger.seed", 0, "seed of the ledger test's faults, 0 for a random one")
	ledgerAll   = flag.Bool("ledger.all", false, "every way of sending with every vendor, where the test picks one for each otherwise")
)

const (
	workers = 50
	tenants = 5 // clients that share a transport
)

// hasty are the options of clients that lose no time with waiting.
func hasty(rt http.RoundTripper, base string) []caremux.Option {
	return []caremux.Option{
		caremux.WithBaseURL(base), caremux.WithTransport(rt), caremux.WithTimeout(1500 * time.Millisecond),
		caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 4, MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}),
	}
}

// TestLedger makes many calls at once to each vendor over a network that fails all the time, and then compares what callers
// were told with what the server has. The order of calls and so of faults depends on the machine too; the seed decides the rest.
func TestLedger(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.vendor, func(t *testing.T) { ledger(t, s.start, overHTTP1) })
	}
}

// TestLedgerOfSeveralSends is [TestLedger] where one attempt can be several sends: over HTTP/2, with and without TLS, with
// a header for which net/http sends a POST again, and through middleware that sends it elsewhere.
func TestLedgerOfSeveralSends(t *testing.T) {
	ways := []struct {
		name    string
		connect func(*testing.T, *subject, uint64) *network
	}{
		{"HTTP2", overHTTP2},
		{"HTTP2 without TLS", overPlainHTTP2},
		{"Idempotency-Key", through(idempotencyKey)},
		{"retrying", through(retrying)},
		{"failing over", through(failingOver)},
	}
	for i, s := range subjects {
		for j, way := range ways {
			if *ledgerAll || j == i || i == len(subjects)-1 && j > i {
				t.Run(s.vendor+"/"+way.name, func(t *testing.T) { ledger(t, s.start, way.connect) })
			}
		}
	}
}

// network is what lies between clients and server.
type network struct {
	url    string
	rt     *http.Transport
	opts   []caremux.Option // of the clients
	close  func()
	open   func() int // connections
	strays func() int
	counts func() map[faultnet.Fault]int
	expect []faultnet.Fault
}

func overHTTP1(t *testing.T, s *subject, seed uint64) *network {
	t.Helper()
	p := must(faultnet.New(faultnet.Config{Target: s.url, Script: script(s, seed)}))(t)
	n := &network{url: p.URL, rt: caremux.NewTransport(), close: p.Close, open: p.Open, strays: p.Strays,
		counts: p.Counts, expect: faultnet.Faults()}
	n.rt.DialContext = p.Dial
	return n
}

func overHTTP2(t *testing.T, s *subject, seed uint64) *network {
	t.Helper()
	return relayed(t, s, seed, false)
}

func overPlainHTTP2(t *testing.T, s *subject, seed uint64) *network {
	t.Helper()
	return relayed(t, s, seed, true)
}

func relayed(t *testing.T, s *subject, seed uint64, plain bool) *network {
	t.Helper()
	deal := faultnet.Deck(seed, 150, faultnet.FaultsHTTP2()...)
	h := must(faultnet.NewHTTP2(faultnet.Config{Target: s.url, Script: deal, Plain: plain}))(t)
	n := &network{url: h.URL, rt: caremux.NewTransport(), close: h.Close, open: h.Open, counts: h.Counts, expect: faultnet.FaultsHTTP2()}
	n.strays = func() int { return 0 }
	if plain {
		n.rt.Protocols = new(http.Protocols)
		n.rt.Protocols.SetUnencryptedHTTP2(true)
		return n
	}
	n.rt.TLSClientConfig = &tls.Config{RootCAs: h.Roots}
	return n
}

// through is [overHTTP1] with something of the user's before the connections.
func through(middleware func(http.RoundTripper) http.RoundTripper) func(*testing.T, *subject, uint64) *network {
	return func(t *testing.T, s *subject, seed uint64) *network {
		t.Helper()
		n := overHTTP1(t, s, seed)
		n.opts = []caremux.Option{caremux.WithMiddleware(middleware)}
		return n
	}
}

// script deals all faults in equal numbers, but few answers without an end, which cost much. Logins are spared: the vendor
// refuses tokens in storms.
func script(s *subject, seed uint64) faultnet.Script {
	var cards []faultnet.Fault
	for _, f := range faultnet.Faults() {
		switch {
		case f == faultnet.Endless:
			cards = append(cards, f)
		case f != faultnet.Unauthorized || s.isLogin == nil:
			cards = append(cards, f, f, f)
		}
	}
	deal := faultnet.Deck(seed, 150, cards...)
	n := 0
	return func(r *http.Request) faultnet.Fault {
		if s.isLogin == nil {
			return deal(r)
		}
		if s.isLogin(r.URL.Path) {
			return faultnet.None
		}
		n++
		if at := n - 100; at >= 0 && at%(*ledgerCalls) < 30 {
			return faultnet.Unauthorized
		}
		return deal(r)
	}
}

// outcome is what a caller was told.
type outcome struct {
	marker string
	create bool
	method string
	id     string
	err    error
}

func ledger(t *testing.T, start func(*testing.T) *subject, connect func(*testing.T, *subject, uint64) *network) {
	seed := *ledgerSeed
	if seed == 0 {
		seed = rand.Uint64N(1e6) + 1
	}
	calls := *ledgerCalls
	if testing.Short() {
		calls = min(calls, 100) // among which not every fault occurs
	}
	t.Logf("seed %d, %d calls", seed, calls)
	budget := time.Minute + time.Duration(calls)*60*time.Millisecond // the vendors' refusals pause all
	before := goleak.IgnoreCurrent()
	files := openFiles()
	begin := time.Now()

	s := start(t)
	n := connect(t, s, seed)
	ctx, cancel := context.WithTimeout(t.Context(), budget)
	defer cancel()
	outcomes := run(ctx, t, s, n, calls, seed)
	if ctx.Err() != nil {
		t.Errorf("the run did not end within %v", budget)
	}
	wait(t, "connections of the clients", func() bool {
		n.rt.CloseIdleConnections() // a connection that nobody waits for any more may come about late
		return n.open() == 0
	})
	for _, f := range n.expect {
		if f == faultnet.Unauthorized && s.isLogin != nil && calls < 100 {
			continue
		}
		rare := f == faultnet.Endless || f == faultnet.Refuse // the latter needs a connection that is not kept
		if n.counts()[f] == 0 && calls >= 300 && !(rare && calls < 1000) {
			t.Errorf("the fault %q was not injected", f)
		}
	}
	strays := n.strays()
	if strays > 0 {
		t.Errorf("%d requests followed a redirect to another origin", strays)
	}
	n.close()
	logins := 0
	if s.logins != nil {
		logins = s.logins()
		if minutes := int(time.Since(begin)/time.Minute) + 2; logins > 5*tenants*minutes {
			t.Errorf("%d logins of %d clients", logins, tenants)
		}
	}
	audit(t, s, outcomes)
	s.stop()
	http.DefaultClient.CloseIdleConnections()
	idle()
	wait(t, "open files", func() bool { return openFiles() <= files })
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	t.Logf("%v, %d logins, %d strays, faults %v", time.Since(begin).Round(time.Millisecond), logins, strays, n.counts())
}

// run makes the calls: half of them create, of the others some change and the rest read.
func run(ctx context.Context, t *testing.T, s *subject, n *network, total int, seed uint64) []outcome {
	t.Helper()
	clients := make([]calls, tenants)
	for i := range clients {
		clients[i] = must(s.connect(append(hasty(n.rt, n.url), n.opts...)...))(t)
	}
	outcomes := make([]outcome, total)
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)+1))
			c := clients[w%tenants]
			for i := int(next.Add(1)) - 1; i < total; i = int(next.Add(1)) - 1 {
				ctx, cancel := ctx, context.CancelFunc(func() {})
				if random.IntN(20) == 0 { // a caller in a hurry
					ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(30))*time.Millisecond)
				}
				outcomes[i] = one(ctx, c, i)
				cancel()
			}
		})
	}
	all.Wait()
	return outcomes
}

func one(ctx context.Context, c calls, i int) outcome {
	o := outcome{marker: fmt.Sprint(markerPrefix, i), create: i%2 == 0}
	switch {
	case o.create:
		o.method = http.MethodPost
		o.id, o.err = c.create(ctx, o.marker)
	case i%10 == 1 || i%10 == 5:
		o.method = "change"
		o.err = c.change(ctx, i, o.marker)
	case i%10 == 9:
		o.err = c.list(ctx)
	default:
		o.err = c.read(ctx, i)
	}
	return o
}

// audit holds what callers were told against what the server has and what it was sent.
func audit(t *testing.T, s *subject, outcomes []outcome) {
	t.Helper()
	for _, err := range s.problems() {
		t.Errorf("the server was sent an invalid request: %v", err)
	}
	held := must(s.records(t.Context()))(t)
	sent := map[string][]arrival{}
	for _, a := range s.arrived() {
		if m := markerOf(a.body); m != "" {
			sent[m] = append(sent[m], a)
		}
	}
	var tally struct{ creates, succeeded, doubled, lost, untyped, wrong, maybe, needless, refused int }
	for _, o := range outcomes {
		known := typed(o.err)
		if o.err != nil && known == nil {
			tally.untyped++
			t.Errorf("%s: a failure without a type: %T %v", o.marker, o.err, o.err)
			continue
		}
		applied, entries := len(sent[o.marker]), held[o.marker]
		again := o.method == "change" && applied > 0 && sent[o.marker][0].method == http.MethodPut // may be repeated
		if applied > 1 && !again || o.create && len(entries) > 1 {
			tally.doubled++
			t.Errorf("%s was sent %d times and is held %d times: %v", o.marker, applied, len(entries), o.err)
		}
		if o.create {
			tally.creates++
			if applied != len(entries) {
				t.Errorf("%s was sent %d times and is held %d times", o.marker, applied, len(entries))
			}
		}
		switch {
		case o.err != nil && o.method == "":
			if known.MaybeApplied() {
				t.Errorf("a call that only reads may have changed something: %v", o.err)
			}
		case o.err != nil && known.MaybeApplied():
			tally.maybe++
			if applied == 0 {
				tally.needless++
			}
		case o.err != nil:
			tally.refused++
			if applied > 0 {
				tally.wrong++
				t.Errorf("%s was applied although the error denies it: %v", o.marker, o.err)
			}
		case o.create:
			tally.succeeded++
			body := s.body(o.marker)
			if len(entries) == 0 || entries[0].id != o.id || entries[0].note != "of "+o.marker || !sameJSON(sent[o.marker][0].body, body) {
				tally.lost++
				t.Errorf("%s succeeded as %q, but the server has %v", o.marker, o.id, entries)
			}
		case o.method == "change" && applied == 0:
			tally.lost++
			t.Errorf("%s succeeded, but the server never saw it", o.marker)
		}
	}
	if tally.succeeded < tally.creates/5 {
		t.Errorf("only %d of %d creates succeeded", tally.succeeded, tally.creates)
	}
	t.Logf("%d of %d creates succeeded; doubled %d, lost %d, errors without a type %d, errors that deny what happened %d; "+
		"of the writes that failed %d may have been applied (%d were not) and %d were surely not",
		tally.succeeded, tally.creates, tally.doubled, tally.lost, tally.untyped, tally.wrong, tally.maybe, tally.needless, tally.refused)
}

// typed gives the error that says whether the server may have acted, nil for none.
func typed(err error) *caremux.Error {
	var e *caremux.Error
	if errors.As(err, &e) && e.Vendor != "" && e.Operation != "" {
		return e
	}
	return nil
}

// idle lets go of the connections that all clients share.
func idle() {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// openFiles counts the files and connections of this process; 0 where the system does not tell.
func openFiles() int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(files)
}

// wait gives what ends by itself a moment to do so.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("left over: %s", what)
			return
		}
	}
}
