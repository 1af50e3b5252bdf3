package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux/webhook"
)

func TestTheVendorWaitsForNoFunctionOfAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := new(webhook.MemoryQueue)
		p := newInProcess(t, acme(), webhook.WithQueue(q), webhook.WithScope("clinic"))
		var ran atomic.Int64
		webhook.On(p.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
			time.Sleep(time.Minute)
			if d.Payload.ID != "o1" || string(d.Body) == "" || d.Type != "order.paid" || d.Header.Get(signatureHeader) != "" {
				t.Errorf("%+v", d)
			}
			ran.Add(1)
			return nil
		})
		ctx, stop := context.WithCancel(t.Context())
		var working sync.WaitGroup
		working.Go(func() {
			if err := p.Work(ctx, webhook.Workers{}); err != nil {
				t.Error(err)
			}
		})
		body := `{"type":"order.paid","key":"1","id":"o1"}`
		send := func() webhook.Report {
			return p.Receive(t.Context(), p.v.Sign([]byte(body), time.Now()), []byte(body))
		}
		start := time.Now()
		for range 2 { // the same delivery twice
			if r := send(); r.Outcome != webhook.OutcomeQueued || r.Status != 200 || r.Failure() != nil {
				t.Errorf("%+v", r)
			}
		}
		if time.Since(start) != 0 {
			t.Errorf("it took %v", time.Since(start))
		}
		time.Sleep(5 * time.Minute)
		if ran.Load() != 1 || q.Len() != 0 {
			t.Errorf("ran %d times, %d are left", ran.Load(), q.Len())
		}
		stop()
		working.Wait()
	})
}

func TestOnlyWhatDecodesIsQueued(t *testing.T) {
	q := new(webhook.MemoryQueue)
	p := newInProcess(t, acme(), webhook.WithQueue(q))
	webhook.On(p.Handler, ok[orderEvent])
	send := func(body string) webhook.Outcome {
		return p.Receive(t.Context(), p.v.Sign([]byte(body), time.Now()), []byte(body)).Outcome
	}
	for body, want := range map[string]webhook.Outcome{
		`{"type":"order.paid","total":"x"}`: webhook.OutcomeUndecodable,
		`{"type":`:                          webhook.OutcomeUndecodable,
		`{"type":"other"}`:                  webhook.OutcomeIgnored,
	} {
		if got := send(body); got != want || q.Len() != 0 {
			t.Errorf("%s: %s, %d are stored", body, got, q.Len())
		}
	}
	if r := p.Receive(t.Context(), nil, []byte(paid)); r.Status != 401 || q.Len() != 0 {
		t.Errorf("%+v, %d are stored", r, q.Len())
	}
}

type failingQueue struct {
	webhook.Queue
	err error
}

func (q failingQueue) Enqueue(context.Context, ...webhook.Message) error {
	if q.err == nil {
		panic("private")
	}
	return q.err
}

func TestAQueueThatFailsCostsNoEvent(t *testing.T) {
	for name, err := range map[string]error{"fails": webhook.ErrQueueFull, "panics": nil} {
		p := newInProcess(t, acme(), webhook.WithQueue(failingQueue{err: err}))
		webhook.On(p.Handler, ok[orderEvent])
		rec := p.send()
		if rec.Code != 503 || rec.Header().Get("Retry-After") != "30" ||
			p.report().Outcome != webhook.OutcomeUnqueued || p.report().Err == nil {
			t.Errorf("%s: %d %v, %+v", name, rec.Code, rec.Header(), p.report())
		}
	}
}

func TestADeliveryOfSeveralEventsIsQueuedAsOne(t *testing.T) {
	q := &webhook.MemoryQueue{Max: 2}
	p := newInProcess(t, batch(), webhook.WithQueue(q))
	webhook.On(p.Handler, ok[orderEvent])
	send := func(body string) webhook.Report {
		return p.Receive(t.Context(), p.v.Sign([]byte(body), time.Now()), []byte(body))
	}
	one := `{"type":"order.paid","id":"1"}`
	if r := send("[" + one + ";" + one + ";" + one + "]"); r.Status != 503 || q.Len() != 0 {
		t.Errorf("more than the queue can store: %+v, %d are stored", r, q.Len())
	}
	r := send("[" + one + `;{"type":"other"};` + one + "]")
	if r.Status != 200 || r.Outcome != webhook.OutcomeQueued || q.Len() != 2 || r.Parts[1].Outcome != webhook.OutcomeIgnored ||
		r.Parts[2].Outcome != webhook.OutcomeQueued {
		t.Errorf("%+v, %d are stored", r, q.Len())
	}
	if r.Parts[0].Event.Key == r.Parts[2].Event.Key {
		t.Error("two events of a delivery have one key")
	}
}

// worked runs a handler with workers until nothing is left in the queue.
type worked struct {
	*inProcess
	queue   *webhook.MemoryQueue
	mu      sync.Mutex
	reports []webhook.Report // of workers
}

func work(t *testing.T, w webhook.Workers, fn func(context.Context, webhook.Delivery[orderEvent]) error, bodies ...string) *worked {
	t.Helper()
	k := &worked{queue: new(webhook.MemoryQueue)}
	k.inProcess = newInProcess(t, acme(), webhook.WithQueue(k.queue), webhook.WithReport(func(_ context.Context, r webhook.Report) {
		if r.Attempt > 0 {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.reports = append(k.reports, r)
		}
	}))
	webhook.On(k.Handler, fn)
	for _, body := range bodies {
		if r := k.Receive(t.Context(), k.v.Sign([]byte(body), time.Now()), []byte(body)); r.Outcome != webhook.OutcomeQueued {
			t.Fatalf("%+v", r)
		}
	}
	k.run(t, w)
	return k
}

func (k *worked) run(t *testing.T, w webhook.Workers) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Work(ctx, w) }()
	for range 100_000 { // in fake time
		if k.queue.Len() == 0 {
			break
		}
		time.Sleep(time.Second)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAFunctionThatFailsIsTriedAgainAndAgainButNotForever(t *testing.T) {
	for name, fn := range map[string]func(context.Context, webhook.Delivery[orderEvent]) error{
		"fails":  func(context.Context, webhook.Delivery[orderEvent]) error { return errors.New("no database") },
		"panics": func(context.Context, webhook.Delivery[orderEvent]) error { panic("private") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var times []time.Time
				k := work(t, webhook.Workers{Count: 1, Attempts: 5, MinBackoff: time.Second, MaxBackoff: 4 * time.Second},
					func(ctx context.Context, d webhook.Delivery[orderEvent]) error {
						times = append(times, time.Now())
						return fn(ctx, d)
					}, paid)
				if len(times) != 5 || len(k.reports) != 5 {
					t.Fatalf("ran %d times, %d reports", len(times), len(k.reports))
				}
				for i, most := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
					if pause := times[i+1].Sub(times[i]); pause < most/2 || pause > most {
						t.Errorf("pause %d is %v, want half of %v or more", i+1, pause, most)
					}
				}
				for i, r := range k.reports {
					if r.Attempt != i+1 || r.Dead != (i == 4) || r.Failure() == nil {
						t.Errorf("report %d: %+v", i, r)
					}
				}
				dead, err := k.queue.Dead(t.Context(), "", 10)
				if err != nil || len(dead) != 1 || dead[0].Attempts != 5 || dead[0].Message.Key != "1" ||
					strings.Contains(dead[0].Reason, "private") {
					t.Fatalf("%+v, %v", dead, err)
				}
				if want := map[string]string{
					"fails": "no database", "panics": "webhook: panic with a value of type string",
				}[name]; dead[0].Reason != want {
					t.Errorf("reason %q", dead[0].Reason)
				}
				fn = func(context.Context, webhook.Delivery[orderEvent]) error { return nil }
				if err := k.queue.Revive(t.Context(), dead[0].ID); err != nil {
					t.Fatal(err)
				}
				k.run(t, webhook.Workers{})
				if last := k.reports[len(k.reports)-1]; last.Outcome != webhook.OutcomeHandled || last.Attempt != 1 {
					t.Errorf("revived: %+v", last)
				}
			})
		})
	}
}

func TestAStoreThatFailsCostsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		k := &worked{queue: new(webhook.MemoryQueue)}
		ran := 0
		store := &spyStore{Store: new(webhook.MemoryStore)}
		store.claim = func(c webhook.Claim, err error) (webhook.Claim, error) {
			if time.Since(begun) < time.Hour {
				store.Store = new(webhook.MemoryStore) // which has not seen the claim
				return webhook.Claim{}, errors.New("away")
			}
			return c, err
		}
		k.inProcess = newInProcess(t, acme(), webhook.WithQueue(k.queue), webhook.WithStore(store))
		webhook.On(k.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { ran++; return nil })
		k.Receive(t.Context(), k.v.Sign([]byte(paid), time.Now()), []byte(paid))
		k.run(t, webhook.Workers{Count: 1, Attempts: 1})
		if dead, _ := k.queue.Dead(t.Context(), "", 1); ran != 1 || len(dead) != 0 {
			t.Errorf("ran %d times, dead letters %+v", ran, dead)
		}
	})
}

func TestAMessageThatKillsItsWorkersComesToAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &worked{queue: new(webhook.MemoryQueue)}
		k.inProcess = newInProcess(t, acme(), webhook.WithQueue(k.queue))
		webhook.On(k.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { t.Error("ran"); return nil })
		k.Receive(t.Context(), k.v.Sign([]byte(paid), time.Now()), []byte(paid))
		for range 3 { // workers that took it and died
			if _, err := k.queue.Take(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
		}
		k.run(t, webhook.Workers{Attempts: 3})
		if dead, _ := k.queue.Dead(t.Context(), "", 1); len(dead) != 1 || !strings.Contains(dead[0].Reason, "never settled") {
			t.Errorf("%+v", dead)
		}
	})
}

func TestAMessageIsExtendedWhileItsFunctionRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Int64
		work(t, webhook.Workers{Count: 4}, func(context.Context, webhook.Delivery[orderEvent]) error {
			ran.Add(1)
			time.Sleep(5 * time.Minute) // with leases of one
			return nil
		}, paid)
		if ran.Load() != 1 {
			t.Errorf("ran %d times", ran.Load())
		}
	})
}

func TestFunctionsEndWellWhenWorkersAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &worked{queue: new(webhook.MemoryQueue)}
		k.inProcess = newInProcess(t, acme(), webhook.WithQueue(k.queue))
		ended := false
		ctx, stop := context.WithCancel(t.Context())
		webhook.On(k.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
			stop()
			time.Sleep(time.Minute)
			ended = ctx.Err() == nil
			return nil
		})
		k.Receive(t.Context(), k.v.Sign([]byte(paid), time.Now()), []byte(paid))
		if err := k.Work(ctx, webhook.Workers{}); err != nil || !ended || k.queue.Len() != 0 {
			t.Errorf("%v, ended well: %t, %d are left", err, ended, k.queue.Len())
		}
	})
}

// brokenTaker is a queue whose Take fails, panics, and returns nothing, before it works.
type brokenTaker struct {
	*webhook.MemoryQueue
	calls int
}

func (q *brokenTaker) Take(ctx context.Context, lease time.Duration) (*webhook.Job, error) {
	q.calls++
	switch q.calls {
	case 1:
		return nil, errors.New("away")
	case 2:
		panic("private")
	case 3:
		return nil, nil
	}
	return q.MemoryQueue.Take(ctx, lease)
}

func TestWorkersOutliveAQueueThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &brokenTaker{MemoryQueue: new(webhook.MemoryQueue)}
		p := newInProcess(t, acme(), webhook.WithQueue(q))
		ctx, stop := context.WithCancel(t.Context())
		webhook.On(p.Handler, func(context.Context, webhook.Delivery[orderEvent]) error { stop(); return nil })
		p.send()
		if err := p.Work(ctx, webhook.Workers{Count: 1}); err != nil || q.calls != 4 || q.Len() != 0 {
			t.Errorf("%v after %d calls, %d are left", err, q.calls, q.Len())
		}
	})
}

func TestWorkersAreCheckedFirst(t *testing.T) {
	p := newInProcess(t, acme(), webhook.WithQueue(new(webhook.MemoryQueue)))
	for field, w := range map[string]webhook.Workers{
		"Count": {Count: -1}, "Attempts": {Attempts: -1}, "MinBackoff": {MinBackoff: -1}, "MaxBackoff": {MinBackoff: 2, MaxBackoff: 1},
	} {
		var e *webhook.ArgumentError
		if err := p.Work(t.Context(), w); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for name, h := range map[string]*webhook.Handler{
		"nil": nil, "no queue": newInProcess(t, acme()).Handler,
		"a queue of one's own": newInProcess(t, acme(), webhook.WithQueue(failingQueue{})).Handler,
	} {
		var e *webhook.ArgumentError
		if err := h.Work(t.Context(), webhook.Workers{}); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// outbox is a queue of somebody's own: it stores JSON.
type outbox [][]byte

func (o *outbox) Enqueue(_ context.Context, messages ...webhook.Message) error {
	for _, m := range messages {
		text, err := json.Marshal(m)
		if err != nil {
			return err
		}
		*o = append(*o, text)
	}
	return nil
}

func TestMessagesOfOnesOwnQueueAreProcessed(t *testing.T) {
	var q outbox
	p := newInProcess(t, acme(), webhook.WithQueue(&q), webhook.WithScope("a"))
	var got []string
	fail := errors.New("not now")
	webhook.On(p.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
		got = append(got, fmt.Sprint(d.Payload, d.Type, string(d.Body), d.Header))
		return fail
	})
	p.send()
	if len(q) != 1 {
		t.Fatalf("%d messages", len(q))
	}
	var m webhook.Message
	if err := json.Unmarshal(q[0], &m); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v", m, m, m); strings.Contains(text, "key") || !strings.Contains(text, "acme order.paid") {
		t.Errorf("it prints %s", text)
	}
	if r := p.Process(t.Context(), m); r.Outcome != webhook.OutcomeFailed || !errors.Is(r.Failure(), fail) {
		t.Errorf("%+v", r)
	}
	fail = nil
	for _, want := range []webhook.Outcome{webhook.OutcomeHandled, webhook.OutcomeDuplicate} {
		if r := p.Process(t.Context(), m); r.Outcome != want || r.Failure() != nil || p.report().Outcome != want {
			t.Errorf("%+v, want %s", r, want)
		}
	}
	if len(got) != 2 || got[0] != `{ 0}order.paid`+paid+`map[]` || got[0] != got[1] {
		t.Errorf("got %q", got)
	}
	changed := func(change func(*webhook.Message)) webhook.Message { m := m; change(&m); return m }
	for name, c := range map[string]struct {
		m    webhook.Message
		want webhook.Outcome
		err  error
	}{
		"another vendor's":  {changed(func(m *webhook.Message) { m.Vendor = "other" }), webhook.OutcomeFailed, nil},
		"another scope's":   {changed(func(m *webhook.Message) { m.Scope = "b" }), webhook.OutcomeFailed, nil},
		"no key":            {changed(func(m *webhook.Message) { m.Key = "" }), webhook.OutcomeFailed, nil},
		"no function":       {changed(func(m *webhook.Message) { m.Type = "other" }), webhook.OutcomeFailed, webhook.ErrNoFunction},
		"a body cut in two": {changed(func(m *webhook.Message) { m.Body = m.Body[:9] }), webhook.OutcomeUndecodable, nil},
	} {
		r := p.Process(t.Context(), c.m)
		if r.Outcome != c.want || r.Failure() == nil || c.err != nil && !errors.Is(r.Failure(), c.err) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := (*webhook.Handler)(nil).Process(t.Context(), m); r.Failure() == nil {
		t.Errorf("a handler that nobody made: %+v", r)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"vendor":"acme","type":"order.paid","key":"1","received":"2026-01-01T00:00:00Z","body":"e30=","header":{"a":["b"]}}`))
	f.Add([]byte(`{"vendor":"acme","type":"order.paid","key":"1","body":"AA=="}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m webhook.Message
		if json.Unmarshal(text, &m) != nil {
			return
		}
		v, err := webhook.NewPlainHMAC(signatureHeader, []string{secret})
		if err != nil {
			t.Fatal(err)
		}
		h, err := webhook.NewHandler(v, acme(), webhook.WithLogger(discard))
		if err != nil {
			t.Fatal(err)
		}
		ran := 0
		webhook.On(h, func(context.Context, webhook.Delivery[orderEvent]) error { ran++; return nil })
		first, second := h.Process(t.Context(), m), h.Process(t.Context(), m)
		if first.Outcome == webhook.OutcomePanicked || (first.Outcome == webhook.OutcomeHandled) != (ran == 1) || ran > 1 ||
			ran == 1 && second.Outcome != webhook.OutcomeDuplicate {
			t.Errorf("%+v, then %+v, ran %d times", first, second, ran)
		}
	})
}

// FuzzReceive lets anything at all arrive at a handler.
func FuzzReceive(f *testing.F) {
	f.Add("X-Signature", "sha", []byte(paid), true)
	f.Add("x-signature", "", []byte{}, false)
	f.Fuzz(func(t *testing.T, name, value string, body []byte, sign bool) {
		v, err := webhook.NewPlainHMAC(signatureHeader, []string{secret})
		if err != nil {
			t.Fatal(err)
		}
		h, err := webhook.NewHandler(v, acme(), webhook.WithLogger(discard))
		if err != nil {
			t.Fatal(err)
		}
		webhook.On(h, ok[orderEvent])
		header := http.Header{name: {value}}
		if sign {
			header = v.Sign(body, time.Now())
		}
		r := h.Receive(t.Context(), header, body)
		if r.Outcome == webhook.OutcomePanicked || sign == (r.Status == 401) && len(body) > 0 && sign {
			t.Errorf("signed %t: %+v", sign, r)
		}
		if !sign && r.Status != 401 && v.Verify(header, body) != nil {
			t.Errorf("not authentic: %+v", r)
		}
		req := httptest.NewRequest("POST", "/", strings.NewReader(string(body)))
		req.Header = header
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != r.Status {
			t.Errorf("a request gets %d, bytes get %d", rec.Code, r.Status)
		}
	})
}
