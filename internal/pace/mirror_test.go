package pace

import (
	"flag"
	"slices"
	"testing"
	"time"
)

const (
	sec    = time.Second
	minute = time.Minute
)

func steady(l load) load { l.low, l.high = 20*time.Millisecond, 60*time.Millisecond; return l }
func wide(l load) load   { l.low, l.high = 5*time.Millisecond, 300*time.Millisecond; return l }

// beside is a load of two processes.
func beside(a, b load) load {
	b = steady(b)
	a.beside = &b
	return steady(a)
}

var models = []string{"fixed", "first", "rolling"}

// seeds is the number of courses of each load. With fewer, their medians move. With -v, their figures are logged.
var seeds = flag.Uint64("seeds", 41, "courses of each load")

// sample is a figure of several courses.
type sample []float64

func (s sample) mean() (sum float64) {
	for _, x := range s {
		sum += x
	}
	return sum / float64(len(s))
}

// at returns the figure that a part of the courses does not exceed.
func (s sample) at(part float64) float64 {
	s = slices.Sorted(slices.Values(s))
	return s[int(part*float64(len(s)-1))]
}

// courses of a load: the time beyond a second as a part of the ideal time, and the part of the requests that is refused. No call may fail.
func courses(t *testing.T, v vendor, l load) (times, refused sample) {
	t.Helper()
	for seed := range *seeds {
		o := simulate(v, l, seed)
		took := o.took.Seconds() - 1
		if o.ideal > 0 {
			took /= o.ideal.Seconds()
		}
		times, refused = append(times, took), append(refused, o.share())
		if len(o.waits) != l.total() || o.failed > 0 {
			t.Errorf("seed %d: %d of %d calls, %d failed", seed, len(o.waits), l.total(), o.failed)
		}
	}
	t.Logf("time %.2f, %.2f at 95 %%; refused %.1f %%, %.1f %% at 95 %%",
		times.mean(), times.at(0.95), 100*refused.mean(), 100*refused.at(0.95))
	return times, refused
}

// TestLoadsTakeAboutAsLongAsTheLimitAllows holds the goals: the time beyond a second as a part of the ideal time, and the
// part of the requests that is refused, as medians of several courses against each model of a limit.
func TestLoadsTakeAboutAsLongAsTheLimitAllows(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	exact := func(d time.Duration) time.Duration { return d }
	none := func(time.Duration) time.Duration { return -1 }
	quarter := func(d time.Duration) time.Duration { return d / 4 }
	zero := func(time.Duration) time.Duration { return 0 }
	ten := vendor{limit: 10, window: sec}
	hundred := vendor{limit: 100, window: minute}
	with := func(v vendor, change func(*vendor)) vendor { change(&v); return v }
	shown := func(v *vendor) { v.shows = true }
	for _, tt := range []struct {
		name    string
		vendor  vendor
		load    load
		time    float64 // at most, of the ideal
		refused float64 // at most, of the requests
	}{
		{"500 calls", ten, steady(load{callers: 50, calls: 10}), 1.15, 0.05},
		{"500 calls, slow responses among fast ones", ten, wide(load{callers: 50, calls: 10}), 1.35, 0.05},
		{"500 calls, the limit in headers", with(ten, shown), steady(load{callers: 50, calls: 10}), 1.15, 0},
		{"500 calls, exact waits named", with(ten, func(v *vendor) { v.after = exact }), steady(load{callers: 50, calls: 10}), 1.15, 0.05},
		{"500 calls, no waits named", with(ten, func(v *vendor) { v.after = none }), steady(load{callers: 50, calls: 10}), 1.15, 0.05},
		{"500 calls, a wait of 0 named", with(ten, func(v *vendor) { v.after = zero }), steady(load{callers: 50, calls: 10}), 1.15, 0.05},
		{"500 calls, too short waits named", with(ten, func(v *vendor) {
			v.after = quarter
		}), steady(load{callers: 50, calls: 10}), 1.15, 0.05},
		{"50 calls", ten, steady(load{callers: 50, calls: 1}), 1.15, 0.26},
		{"6 exports of 5 pages", vendor{limit: 3, window: sec}, steady(load{callers: 6, calls: 5}), 1.15, 0.17},
		{"200 calls of 100 a minute, the limit in headers", with(hundred, shown), steady(load{callers: 50, calls: 4}), 1.15, 0},
		{"200 calls of 100 a minute", hundred, steady(load{callers: 50, calls: 4}), 1.15, 0.2},
		{"500 calls of 100 a minute", hundred, steady(load{callers: 50, calls: 10}), 1.15, 0.1},
		{"2500 calls of 100 a minute", hundred, steady(load{callers: 50, calls: 50}), 1.15, 0.05},
		{"5000 calls of 100 a second", vendor{limit: 100, window: sec}, steady(load{callers: 200, calls: 25}), 1.15, 0.05},
		{"a limit that doubles", with(ten, func(v *vendor) {
			v.change = map[time.Duration]int{20 * sec: 20}
		}), steady(load{callers: 50, calls: 20}), 0.75, 0.05},
		{"a limit that halves", with(ten, func(v *vendor) {
			v.change = map[time.Duration]int{20 * sec: 5}
		}), steady(load{callers: 50, calls: 10}), 1.75, 0.06},
		{"two processes", ten, steady(load{processes: 2, callers: 25, calls: 10}), 1.3, 0.12},
		{"100 a minute, no waits named", with(hundred, func(v *vendor) { v.after = none }), steady(load{callers: 50, calls: 10}), 1.2, 0.2},
		{"100 in 5 minutes", vendor{limit: 100, window: 5 * minute}, steady(load{callers: 50, calls: 6}), 1.15, 0.15},
		{"1000 a minute", vendor{limit: 1000, window: minute}, steady(load{callers: 100, calls: 50}), 1.15, 0.05},
		{"two processes, slow responses among fast ones", ten, wide(load{processes: 2, callers: 25, calls: 10}), 1.35, 0.12},
		{"two processes, 250 calls of 100 a minute", hundred, steady(load{processes: 2, callers: 25, calls: 5}), 1.3, 0.17},
		{"two processes, 400 calls of 100 a minute", hundred, steady(load{processes: 2, callers: 25, calls: 8}), 1.2, 0.12},
		{"two processes, 800 calls of 100 a minute", hundred, steady(load{processes: 2, callers: 25, calls: 16}), 1.15, 0.1},
		{"two processes, 1600 calls of 100 a minute", hundred, steady(load{processes: 2, callers: 25, calls: 32}), 1.1, 0.06},
		{"two processes, 300 and 100 calls", hundred, beside(load{callers: 25, calls: 12}, load{callers: 25, calls: 4}), 1.3, 0.125},
		{"two processes, 1300 and 300 calls", hundred, beside(load{callers: 25, calls: 52}, load{callers: 25, calls: 12}), 1.1, 0.07},
		{"two processes, one ends early", hundred, beside(load{callers: 25, calls: 15}, load{callers: 25, calls: 1}), 1.25, 0.1},
		{"two processes, one begins late", hundred,
			beside(load{callers: 25, calls: 12}, load{callers: 25, calls: 4, start: 30 * sec}), 1.3, 0.1},
		{"three processes", ten, steady(load{processes: 3, callers: 25, calls: 7}), 1.3, 0.16},
		{"three processes, 600 calls of 100 a minute", hundred, steady(load{processes: 3, callers: 25, calls: 8}), 1.2, 0.12},
		{"three processes, 1500 calls of 100 a minute", hundred, steady(load{processes: 3, callers: 25, calls: 20}), 1.15, 0.08},
		{"two processes, the limit in headers", with(hundred, shown), steady(load{processes: 2, callers: 25, calls: 8}), 1.15, 0.05},
		{"two processes, 1600 calls, the limit in headers", with(hundred, shown),
			steady(load{processes: 2, callers: 25, calls: 32}), 1.1, 0.05},
	} {
		for _, model := range models {
			t.Run(tt.name+"/"+model, func(t *testing.T) {
				t.Parallel()
				v := tt.vendor
				v.model = model
				times, shares := courses(t, v, tt.load)
				if time, refused := times.at(0.5), shares.at(0.5); time > tt.time || refused > tt.refused {
					t.Errorf("time %.2f of the ideal, want %.2f; %.1f %% refused, want %.1f %%", time, tt.time, 100*refused, 100*tt.refused)
				}
			})
		}
	}
}

func TestNoCallWaitsMuchLongerThanTheOthers(t *testing.T) {
	t.Parallel()
	for _, model := range models {
		o := simulate(vendor{model: model, limit: 10, window: sec}, steady(load{callers: 50, calls: 10}), 1)
		slices.Sort(o.waits)
		if longest, middle := o.waits[len(o.waits)-1], o.waits[len(o.waits)/2]; longest > 3*middle {
			t.Errorf("%s: the longest wait was %v, the median %v", model, longest, middle)
		}
	}
}

// asks is a mirror that hears from its vendor by hand.
func asks(t *testing.T) *mirror {
	t.Helper()
	m := newMirror(func() float64 { return 0.5 })
	return &m
}

func refusal(after time.Duration) Refusal {
	return Refusal{After: after, Window: max(0, after), Backoff: backoff, Patience: 2 * time.Hour}
}

func TestPauseLastsAsTheVendorNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		r    Refusal
		want time.Duration // with half of the jitter
	}{
		{"named", refusal(10 * sec), 10*sec + 125*time.Millisecond},
		{"zero", refusal(0), 375*time.Millisecond + 5*time.Millisecond},
		{"not named", refusal(-1), 375*time.Millisecond + 5*time.Millisecond},
		{"long", refusal(1000 * sec), 1000*sec + 750*time.Millisecond},
	} {
		m := asks(t)
		m.ask(1)
		m.refused(2, 1, tt.r)
		at, why := m.ask(3)
		if why != Pause || at < 2+tt.want-time.Millisecond || at > 2+tt.want+time.Millisecond {
			t.Errorf("%s: %s until %v, want %v", tt.name, why, at, tt.want)
		}
		if at, why := m.ask(at); why != None {
			t.Errorf("%s: %s until %v after the pause", tt.name, why, at)
		}
	}
}

func TestFiguresBeyondBeliefCountAsAMinute(t *testing.T) {
	t.Parallel()
	m := asks(t)
	m.ask(1)
	m.accepted(2, 1, Figures{Limit: 500, Remaining: 0, Reset: time.Hour, Known: true})
	at, why := m.ask(3)
	if why != Pause || at < minute || at > 64*sec {
		t.Errorf("%s until %v, want a minute", why, at)
	}
	if _, why := m.ask(at); why != None {
		t.Error("nothing goes after it")
	}
	if _, why := m.ask(at); why != Rate {
		t.Error("more than one asks whether the window has ended")
	}
}

func TestProcessTakesItsPartOfWhatIsLeft(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ own, gone, want int }{{40, 40, 60}, {20, 40, 30}, {1, 40, 1}, {50, 99, 1}, {50, 100, 0}} {
		m, now := asks(t), sec
		m.in = tt.own
		for range tt.own {
			m.accepted(now+1, now, Figures{Limit: 100, Remaining: 100 - tt.gone, Reset: minute, Known: true})
		}
		sent := 0
		for ; sent < 200; sent++ {
			if _, why := m.ask(now + 2); why != None {
				break
			}
		}
		if sent != min(tt.want, tt.own+coldOpen) { // slow start allows no more
			t.Errorf("of %d that are gone %d are its own: it sends %d of the rest, want %d", tt.gone, tt.own, sent, tt.want)
		}
	}
}

func TestRequestThatHangsDoesNotKeepOthersFromTheirPart(t *testing.T) {
	t.Parallel()
	m := asks(t)
	m.ask(1)
	m.accepted(2, 1, Figures{Limit: 100, Remaining: 50, Reset: minute, Known: true})
	m.ask(3)
	at, why := m.ask(4)
	if why != Rate || at > 3*sec {
		t.Fatalf("the next waits until %v for %q, though others take nearly all", at, why)
	}
	if at, why := m.ask(at); why != None {
		t.Errorf("it waits until %v for %s", at, why)
	}
}

// TestLimitThatIsNotMetCostsNothing has bursts of calls to a vendor that tells its limit, with hours between them.
func TestLimitThatIsNotMetCostsNothing(t *testing.T) {
	t.Parallel()
	m := asks(t)
	m.open = 50 // it has had as many responses
	for _, now := range []instant{sec, 4 * minute, 10 * minute, 60 * minute} {
		for i := range 50 {
			if at, why := m.ask(now); why != None {
				t.Fatalf("at %v, call %d waits until %v for %s", now, i, at, why)
			}
		}
		for i := range 50 {
			m.accepted(now+10*time.Millisecond, now, Figures{Limit: 1000, Remaining: 999 - i, Reset: minute, Known: true})
		}
		if at, why := m.ask(now + sec); why != None || m.share(now+sec, false) != m.credit {
			t.Errorf("at %v, the next call waits until %v for %s, and may take %d of %d", now, at, why, m.share(now+sec, false), m.credit)
		}
	}
}

func TestVendorThatHangsDoesNotKeepCallsOut(t *testing.T) {
	t.Parallel()
	m := asks(t)
	now, sent := time.Duration(1), 0
	for now < 2*sec {
		at, why := m.ask(now)
		if why != None {
			now = at
			continue
		}
		sent++
	}
	if sent < 500 {
		t.Errorf("%d requests in 2 s", sent)
	}
}

func TestBusyVendorSaysNothingOfANumber(t *testing.T) {
	t.Parallel()
	m := asks(t)
	for range 8 {
		m.ask(1)
	}
	r := refusal(sec)
	r.Busy = true
	for range 8 {
		m.refused(2, 1, r)
	}
	at, _ := m.ask(3)
	if _, why := m.ask(at); why != None || m.limit != 0 {
		t.Errorf("%s, limit %d", why, m.limit)
	}
	if _, why := m.ask(at); why != Rate {
		t.Error("more than one request goes to a vendor that was busy")
	}
}

func TestLimitIsForgotten(t *testing.T) {
	t.Parallel()
	m := asks(t)
	m.ask(1)
	m.refused(2, 1, refusal(sec))
	at, _ := m.ask(3)
	m.ask(at)
	if m.limit != 1 {
		t.Fatalf("limit %d", m.limit)
	}
	m.extra = 1
	if m.ask(at + memory + sec); m.limit != 0 || m.window != 0 || m.extra != 0 {
		t.Errorf("limit %d in %v after %v", m.limit, m.window, memory)
	}
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	m := asks(t)
	for i := range 100_000 {
		now := time.Duration(i+1) * 100 * time.Microsecond
		m.ask(now)
		m.accepted(now+1, now, Figures{})
	}
	if cap(m.log) > 2*mostLogged {
		t.Errorf("room for %d instants", cap(m.log))
	}
	m = asks(t)
	for i := range 10_000 {
		now := time.Duration(i+1) * sec
		m.ask(now)
		m.accepted(now+1, now, Figures{})
	}
	if cap(m.log) > 512 {
		t.Errorf("room for %d instants at one a second", cap(m.log))
	}
}
