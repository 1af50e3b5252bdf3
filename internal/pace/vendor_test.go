package pace

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// vendor is a simulated server that allows limit calls in window.
type vendor struct {
	model  string // "fixed", "first" or "rolling"
	limit  int
	window time.Duration
	after  func(exact time.Duration) time.Duration // what it names for a wait; nil: whole seconds, rounded up
	shows  bool                                    // X-RateLimit-*
	phase  time.Duration                           // of a fixed window
	change map[time.Duration]int                   // a limit that changes

	begin    time.Duration
	used     int
	accepted []time.Duration
}

// ask counts a request that arrives at now.
func (v *vendor) ask(now time.Duration) (ok bool, f Figures, exact time.Duration) {
	for at, limit := range v.change {
		if now >= at {
			v.limit = limit
		}
	}
	end := time.Duration(0)
	switch v.model {
	case "rolling":
		for len(v.accepted) > 0 && v.accepted[0] <= now-v.window {
			v.accepted = v.accepted[1:]
		}
		v.used = len(v.accepted)
		if v.used > 0 {
			end = v.accepted[0] + v.window
		}
	case "fixed":
		if begin := (now+v.phase)/v.window*v.window - v.phase; begin != v.begin {
			v.begin, v.used = begin, 0
		}
		end = v.begin + v.window
	case "first":
		if v.used == 0 || now >= v.begin+v.window {
			v.begin, v.used = now, 0
		}
		end = v.begin + v.window
	}
	if ok = v.used < v.limit; ok {
		v.used++
		v.accepted = append(v.accepted, now)
		if v.model == "rolling" {
			end = v.accepted[0] + v.window
		}
	}
	if v.shows {
		f = Figures{Limit: v.limit, Remaining: v.limit - v.used, Reset: seconds(end - now), Known: true}
	}
	return ok, f, end - now
}

// seconds rounds up to whole seconds.
func seconds(d time.Duration) time.Duration {
	return time.Duration(math.Ceil(d.Seconds())) * time.Second
}

// load is what the callers of each process want of a vendor. A process has a pace of its own.
type load struct {
	processes int
	callers   int           // goroutines of each
	calls     int           // of each goroutine, one after another
	low, high time.Duration // a request and its response take
	start     time.Duration // when they begin
	beside    *load         // other processes
}

// of are the loads of all processes.
func (l *load) of() (all []load) {
	for ; l != nil; l = l.beside {
		all = append(all, slices.Repeat([]load{*l}, max(1, l.processes))...)
	}
	return all
}

func (l *load) total() (calls int) {
	for _, one := range l.of() {
		calls += one.callers * one.calls
	}
	return calls
}

// outcome is how it went.
type outcome struct {
	took     time.Duration
	ideal    time.Duration // by a client that knows the vendor's state
	requests int
	refused  int
	failed   int             // refusals after which a call would give up
	waits    []time.Duration // of each call, from its begin to its response
}

func (o outcome) share() float64 { return float64(o.refused) / float64(o.requests) }

type event struct {
	at  time.Duration
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// world is a queue of events. It has no goroutine and no clock, so that one seed is one course.
type world struct {
	now    time.Duration
	events events
	seq    int
	random *rand.Rand
}

func (w *world) at(at time.Duration, do func()) {
	w.seq++
	heap.Push(&w.events, event{max(at, w.now), w.seq, do})
}

func (w *world) run() {
	for w.events.Len() > 0 {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
	}
}

func (w *world) latency(l load) time.Duration {
	return (l.low + time.Duration(w.random.Int64N(int64(l.high-l.low)+1))) / 2
}

// simulate lets the load meet the vendor.
func simulate(v vendor, l load, seed uint64) outcome {
	w := &world{random: rand.New(rand.NewPCG(seed, 1)), now: 1} // no instant is 0
	v.begin = -1 << 40
	v.phase += time.Duration(w.random.Int64N(int64(v.window)))
	out := &outcome{}
	windows := (l.total() - 1) / v.limit
	out.ideal = time.Duration(windows) * v.window
	if v.model == "fixed" {
		out.ideal -= (l.start + v.phase) % v.window
	}
	for _, l := range l.of() {
		p := &process{world: w, mirror: newMirror(w.random.Float64), vendor: &v, load: l, out: out}
		w.at(l.start, func() {
			for range l.callers {
				p.call(l.calls)
			}
			p.look()
		})
	}
	w.run()
	out.took -= l.start
	return *out
}

// process is a client: the line of pace.go without goroutines.
type process struct {
	*world
	mirror mirror
	vendor *vendor
	load   load
	out    *outcome
	begun  int
	line   []waiting
	timer  int // the number of the latest; earlier ones are stopped
}

type waiting struct {
	place int
	begin time.Duration
	more  int // calls of the same goroutine
	times int // it was refused
}

func (p *process) call(calls int) {
	if calls > 0 {
		p.begun++
		p.line = append(p.line, waiting{place: p.begun, begin: p.now, more: calls - 1})
	}
}

// look lets go whoever may.
func (p *process) look() {
	for len(p.line) > 0 {
		at, why := p.mirror.ask(p.now)
		if why != None {
			p.timer++
			timer := p.timer
			p.at(at, func() {
				if timer == p.timer {
					p.look()
				}
			})
			return
		}
		head := p.line[0]
		p.line = p.line[1:]
		p.send(head)
	}
}

func (p *process) send(c waiting) {
	sent := p.now
	p.out.requests++
	p.at(p.now+p.latency(p.load), func() {
		ok, f, exact := p.vendor.ask(p.now)
		named := seconds(exact)
		if p.vendor.after != nil {
			named = p.vendor.after(exact)
		}
		p.at(p.now+p.latency(p.load), func() {
			p.out.took = p.now
			if ok {
				p.mirror.accepted(p.now, sent, f)
				p.out.waits = append(p.out.waits, p.now-c.begin)
				p.call(c.more)
			} else {
				p.out.refused++
				c.times++
				p.mirror.refused(p.now, sent, Refusal{
					After: named, Window: max(0, named), Figures: f, Backoff: backoff, Patience: 2 * time.Hour,
				})
				if p.mirror.hopeless(p.now, 4) || c.times >= 4*mostRefused {
					p.out.failed++
				}
				i, _ := slices.BinarySearchFunc(p.line, c.place, func(w waiting, place int) int { return w.place - place })
				p.line = slices.Insert(p.line, i, c)
			}
			p.look()
		})
	})
}

// backoff is that of the default policy.
func backoff(pauses int) time.Duration {
	return min(20*time.Second, 500*time.Millisecond<<min(pauses-1, 10))
}
